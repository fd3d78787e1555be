//! A payment provider that answers as a test tells it to.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use domain::{
    payments::{
        Capabilities, CaptureMode, CreatedAtProvider, FactKind, FetchedPayment, GatewayError,
        MalformedNotice, OperationId, OperationRequest, PaymentGateway, PaymentId, PaymentRequest,
        ProviderFact, ProviderNotice, RefundId, RefundReport, RefundRequest, SignatureError,
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
    /// What was set aside was to be taken.
    Capture(OperationId),
    /// An attempt was to be ended.
    Void(OperationId),
    /// It was asked what became of an attempt.
    Fetch(PaymentId),
    /// Money was to be given back.
    Refund(RefundId),
}

/// A payment as the provider knows it.
struct Known {
    created: CreatedAtProvider,
    amount: Money,
    capture: CaptureMode,
    facts: BTreeMap<String, ProviderFact>,
}

impl Known {
    fn has(&self, kind: FactKind) -> bool {
        self.facts.values().any(|fact| fact.kind == kind)
    }

    fn add(&mut self, kind: FactKind) -> ProviderFact {
        let fact = ProviderFact { key: kind.to_string(), kind, amount: self.amount, reason: None };
        self.facts.entry(fact.key.clone()).or_insert(fact).clone()
    }
}

#[derive(Default)]
struct Script {
    answers: VecDeque<Answer>,
    calls: Vec<Call>,
    known: BTreeMap<PaymentId, Known>,
    refunded: BTreeMap<RefundId, (String, Money)>,
    notices: BTreeMap<String, ProviderNotice>,
}

impl Script {
    fn named(&mut self, name: &str) -> Option<&mut Known> {
        self.known.values_mut().find(|known| known.created.provider_payment_id == name)
    }

    /// Notes a call, and answers it: `act` has the effect.
    fn answer<T>(
        &mut self,
        call: Call,
        act: impl FnOnce(&mut Self) -> Result<T, String>,
    ) -> Result<T, GatewayError> {
        self.calls.push(call);
        match self.answers.pop_front().unwrap_or(Answer::Done) {
            Answer::Refused(reason) => Err(GatewayError::Refused { reason }),
            Answer::UnknownBeforeEffect => {
                Err(GatewayError::Unknown("the request was lost".into()))
            }
            Answer::UnknownAfterEffect => {
                // Whatever came of it, nobody hears of it.
                drop(act(self));
                Err(GatewayError::Unknown("the answer was lost".into()))
            }
            Answer::Done => act(self).map_err(|reason| GatewayError::Refused { reason }),
        }
    }
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
        self.script().known.get(&payment).map(|known| known.created.clone())
    }

    /// Money that really went back, by refund.
    pub fn refunded(&self) -> Vec<(RefundId, Money)> {
        self.script().refunded.iter().map(|(id, (_, money))| (*id, *money)).collect()
    }

    /// Whether the provider really took the money of `payment`.
    pub fn has_taken(&self, payment: PaymentId) -> bool {
        self.script().known.get(&payment).is_some_and(|known| known.has(FactKind::Captured))
    }

    /// The customer of `payment` pays; the webhook that tells of it. `None` when the provider does
    /// not take money for it any more.
    pub fn pay(&self, payment: PaymentId) -> Option<WebhookRequest> {
        let notice = {
            let mut script = self.script();
            let known = script.known.get_mut(&payment)?;
            if known.has(FactKind::Canceled) || known.has(FactKind::Failed) {
                return None;
            }
            let kind = match known.capture {
                CaptureMode::Automatic => FactKind::Captured,
                CaptureMode::Manual => FactKind::Authorized,
            };
            notice_of(known, kind)
        };
        Some(self.webhook(notice))
    }

    /// The customer of `payment` is refused; the webhook that tells of it.
    pub fn decline(&self, payment: PaymentId) -> Option<WebhookRequest> {
        let notice = notice_of(self.script().known.get(&payment)?, FactKind::Failed);
        Some(self.webhook(notice))
    }

    /// A webhook with a good signature that cannot be read.
    pub fn garbled(&self) -> WebhookRequest {
        let body = b"\xff".to_vec();
        WebhookRequest { headers: vec![("signature".to_owned(), signature(&body))], body }
    }

    /// A webhook with a good signature that says `notice`. The provider knows what it says.
    pub fn webhook(&self, notice: ProviderNotice) -> WebhookRequest {
        let mut script = self.script();
        if let Some((key, kind)) = notice.fact.clone() {
            let (amount, reason) = (notice.amount, notice.reason.clone());
            if let Some(known) = script.named(&notice.provider_payment_id) {
                let fact = ProviderFact { key: key.clone(), kind, amount, reason };
                known.facts.entry(key).or_insert(fact);
            }
        }
        let body = notice.event_id.clone().into_bytes();
        script.notices.insert(notice.event_id.clone(), notice);
        let headers = vec![("signature".to_owned(), signature(&body))];
        WebhookRequest { headers, body }
    }
}

fn notice_of(known: &Known, kind: FactKind) -> ProviderNotice {
    let provider_payment_id = known.created.provider_payment_id.clone();
    ProviderNotice {
        event_id: format!("{kind} of {provider_payment_id}"),
        provider_payment_id,
        fact: Some((kind.to_string(), kind)),
        amount: known.amount,
        reason: None,
    }
}

/// Good for these bytes and no others.
fn signature(body: &[u8]) -> String {
    format!("good {body:?}")
}

#[async_trait]
impl PaymentGateway for ScriptedGateway {
    async fn create(&self, request: &PaymentRequest) -> Result<CreatedAtProvider, GatewayError> {
        let (payment, amount, capture) = (request.payment, request.amount, request.capture);
        self.script().answer(Call::Create(payment), |script| {
            let known = script.known.entry(payment).or_insert_with(|| Known {
                created: CreatedAtProvider {
                    provider_payment_id: format!("scripted-{payment}"),
                    checkout_url: Some(format!("https://pay.example/{payment}")),
                    state: None,
                },
                amount,
                capture,
                facts: BTreeMap::new(),
            });
            Ok(known.created.clone())
        })
    }

    async fn capture(&self, request: &OperationRequest) -> Result<ProviderFact, GatewayError> {
        self.script().answer(Call::Capture(request.operation), |script| {
            let known = script.named(&request.provider_payment_id).ok_or("unknown payment")?;
            if known.has(FactKind::Canceled) || !known.has(FactKind::Authorized) {
                return Err("nothing is set aside".to_owned());
            }
            Ok(known.add(FactKind::Captured))
        })
    }

    async fn void(&self, request: &OperationRequest) -> Result<ProviderFact, GatewayError> {
        self.script().answer(Call::Void(request.operation), |script| {
            let known = script.named(&request.provider_payment_id).ok_or("unknown payment")?;
            if known.has(FactKind::Captured) {
                return Err("the money was taken".to_owned());
            }
            Ok(known.add(FactKind::Canceled))
        })
    }

    async fn fetch(
        &self,
        payment: PaymentId,
        provider_payment_id: Option<&str>,
    ) -> Result<Option<FetchedPayment>, GatewayError> {
        self.script().answer(Call::Fetch(payment), |script| {
            let known = match provider_payment_id {
                Some(name) => script.named(name).map(|known| &*known),
                None => script.known.get(&payment),
            };
            Ok(known.map(|known| FetchedPayment {
                provider_payment_id: known.created.provider_payment_id.clone(),
                checkout_url: known.created.checkout_url.clone(),
                facts: known.facts.values().cloned().collect(),
            }))
        })
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { manual_capture: true }
    }

    async fn refund(&self, request: &RefundRequest) -> Result<RefundReport, GatewayError> {
        let RefundRequest { refund, provider_payment_id: name, amount } = request;
        let given = self.script().answer(Call::Refund(*refund), |script| {
            if script.refunded.contains_key(refund) {
                return Ok(());
            }
            let before = script.refunded.values().filter(|(of, _)| of == name);
            let before: i64 = before.map(|(_, money)| money.minor).sum();
            let known = script.named(name).ok_or("unknown payment")?;
            let taken = if known.has(FactKind::Captured) { known.amount.minor } else { 0 };
            if before + amount.minor > taken {
                return Err("more than was taken".to_owned());
            }
            script.refunded.insert(*refund, (name.clone(), *amount));
            Ok(())
        });
        match given {
            Ok(()) => Ok(RefundReport::Succeeded),
            Err(GatewayError::Refused { reason }) => Ok(RefundReport::Refused { reason }),
            Err(unknown) => Err(unknown),
        }
    }

    fn verify_webhook(
        &self,
        request: &WebhookRequest,
        _now: OffsetDateTime,
    ) -> Result<(), SignatureError> {
        match request.header("signature") {
            Some(good) if good == signature(&request.body) => Ok(()),
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
