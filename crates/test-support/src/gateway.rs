//! A payment provider that answers as a test tells it to.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use domain::{
    payments::{
        CreatedAtProvider, GatewayError, MalformedNotice, PaymentGateway, PaymentId,
        PaymentRequest, ProviderNotice, RefundId, RefundReport, RefundRequest, SignatureError,
        WebhookRequest,
    },
    shared::money::Money,
};
use time::OffsetDateTime;

/// How the provider answers one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Does it and says so; also what happens when nothing was programmed.
    Done,
    /// Does not do it, and nobody learns that.
    UnknownBeforeEffect,
    /// Does it, and nobody learns that.
    UnknownAfterEffect,
    /// Says no.
    Refused(String),
}

/// One call as it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// Money was asked for.
    Create(PaymentId),
    /// Money was to be given back.
    Refund(RefundId),
}

#[derive(Default)]
struct Script {
    answers: VecDeque<Answer>,
    calls: Vec<Call>,
    created: BTreeMap<PaymentId, CreatedAtProvider>,
    refunded: BTreeMap<RefundId, Money>,
    notices: BTreeMap<String, ProviderNotice>,
}

/// The provider; clones share what was programmed and what was done.
#[derive(Clone, Default)]
pub struct ScriptedGateway {
    script: Arc<Mutex<Script>>,
}

impl ScriptedGateway {
    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Programs the answer to the next call that has none yet.
    pub fn then(&self, answer: Answer) {
        self.script().answers.push_back(answer);
    }

    /// Every call, in order.
    pub fn calls(&self) -> Vec<Call> {
        self.script().calls.clone()
    }

    /// What the provider calls `payment`, if it knows about it.
    pub fn created(&self, payment: PaymentId) -> Option<CreatedAtProvider> {
        self.script().created.get(&payment).cloned()
    }

    /// Money that really went back, by refund.
    pub fn refunded(&self) -> Vec<(RefundId, Money)> {
        self.script().refunded.iter().map(|(id, money)| (*id, *money)).collect()
    }

    /// A webhook with a good signature that says `notice`.
    pub fn webhook(&self, notice: ProviderNotice) -> WebhookRequest {
        let body = notice.event_id.clone().into_bytes();
        self.script().notices.insert(notice.event_id.clone(), notice);
        WebhookRequest { headers: vec![("signature".to_owned(), "good".to_owned())], body }
    }
}

#[async_trait]
impl PaymentGateway for ScriptedGateway {
    async fn create(&self, request: &PaymentRequest) -> Result<CreatedAtProvider, GatewayError> {
        let mut script = self.script();
        let payment = request.payment;
        script.calls.push(Call::Create(payment));
        let answer = script.answers.pop_front().unwrap_or(Answer::Done);
        if let Answer::Refused(reason) = answer {
            return Err(GatewayError::Refused { reason });
        }
        if answer == Answer::UnknownBeforeEffect {
            return Err(GatewayError::Unknown("the request was lost".into()));
        }
        let created = script.created.entry(payment).or_insert_with(|| CreatedAtProvider {
            provider_payment_id: format!("scripted-{payment}"),
            checkout_url: Some(format!("https://pay.example/{payment}")),
            state: None,
        });
        if answer == Answer::UnknownAfterEffect {
            return Err(GatewayError::Unknown("the answer was lost".into()));
        }
        Ok(created.clone())
    }

    async fn refund(&self, request: &RefundRequest) -> Result<RefundReport, GatewayError> {
        let mut script = self.script();
        script.calls.push(Call::Refund(request.refund));
        match script.answers.pop_front().unwrap_or(Answer::Done) {
            Answer::Refused(reason) => return Ok(RefundReport::Refused { reason }),
            Answer::UnknownBeforeEffect => {
                return Err(GatewayError::Unknown("the request was lost".into()));
            }
            Answer::UnknownAfterEffect => {
                script.refunded.insert(request.refund, request.amount);
                return Err(GatewayError::Unknown("the answer was lost".into()));
            }
            Answer::Done => {}
        }
        script.refunded.insert(request.refund, request.amount);
        Ok(RefundReport::Succeeded)
    }

    fn verify_webhook(
        &self,
        request: &WebhookRequest,
        _now: OffsetDateTime,
    ) -> Result<(), SignatureError> {
        match request.header("signature") {
            Some("good") => Ok(()),
            Some(_) => Err(SignatureError::Wrong),
            None => Err(SignatureError::Missing),
        }
    }

    fn parse_webhook(&self, request: &WebhookRequest) -> Result<ProviderNotice, MalformedNotice> {
        let event_id =
            std::str::from_utf8(&request.body).map_err(|error| MalformedNotice(Box::new(error)))?;
        let notice = self.script().notices.get(event_id).cloned();
        notice.ok_or_else(|| MalformedNotice(format!("unknown notice {event_id}").into()))
    }
}
