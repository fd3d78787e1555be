//! Taking in what a provider says of a payment outside of a webhook: in an answer, or earlier than
//! the payment was known.

use domain::{
    payments::{
        AttemptStatus, Fact, FetchedPayment, Payment, PaymentId, PaymentsUnitOfWork, ProviderFact,
        ProviderName, ProviderNotice, Takings, WebhookError,
    },
    shared::{
        error::StoreError,
        event::Stamp,
        ports::{Clock, IdGenerator, stamp},
    },
};
use time::OffsetDateTime;

use super::settle::{ReportStamps, settle};

/// What is learnt is named by and when it is learnt.
#[derive(Clone, Copy)]
pub(super) struct Learning<'a> {
    pub(super) clock: &'a dyn Clock,
    pub(super) ids: &'a dyn IdGenerator,
    pub(super) at: OffsetDateTime,
}

impl Learning<'_> {
    fn stamp(&self) -> Stamp {
        Stamp { at: self.at, ..stamp(self.clock, self.ids) }
    }

    fn learn(&self, payment: &mut Payment, fact: &ProviderFact) {
        let ProviderFact { key, kind, amount, reason } = fact.clone();
        payment.learn(Fact { key, kind, amount, reason, at: self.at }, self.stamp());
    }
}

/// What a provider says of a payment.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    /// Its own name for it, and where the customer pays.
    pub(super) named: Option<(String, Option<String>)>,
    pub(super) facts: Vec<ProviderFact>,
}

impl From<FetchedPayment> for Said {
    fn from(fetched: FetchedPayment) -> Self {
        let named = Some((fetched.provider_payment_id, fetched.checkout_url));
        Self { named, facts: fetched.facts }
    }
}

/// Adds what a provider says of a payment, and what was parked for it, to what is known, and moves
/// the order to where its money says.
pub(super) async fn take_in(
    uow: &mut dyn PaymentsUnitOfWork,
    id: PaymentId,
    said: &Said,
    learning: &Learning<'_>,
) -> Result<Payment, StoreError> {
    let missing = || StoreError::Corrupt(format!("payment {id} is gone"));
    let mut payment = uow.payments().find(id).await?.ok_or_else(missing)?;
    let known = payment.state().provider_payment_id.clone();
    if let (None, Some((name, url))) = (&known, &said.named) {
        payment.note_created(name.clone(), url.clone());
        uow.payments().update(&payment).await?;
    }
    let provider = payment.provider();
    let Some(name) = known.or_else(|| payment.state().provider_payment_id.clone()) else {
        // Nothing without a name took money, so the order has nothing to learn.
        for fact in &said.facts {
            learning.learn(&mut payment, fact);
        }
        uow.payments().update(&payment).await?;
        return Ok(payment);
    };
    let parked = uow.payments().unpark(provider, &name).await?;
    take_in_named(uow, (provider, &name), (&parked, &said.facts), learning).await
}

/// As [`take_in`], of a payment that has a name at its provider.
pub(super) async fn take_in_named(
    uow: &mut dyn PaymentsUnitOfWork,
    (provider, name): (ProviderName, &str),
    (parked, facts): (&[ProviderNotice], &[ProviderFact]),
    learning: &Learning<'_>,
) -> Result<Payment, StoreError> {
    let found = uow.payments().find_at_provider(provider, name).await?;
    let missing = || StoreError::Corrupt(format!("payment {name} of {provider} is gone"));
    let (mut payment, others): (Payment, Takings) = found.ok_or_else(missing)?;
    for notice in parked {
        let (id, event) = (payment.id(), &notice.event_id);
        let is_new = uow.payments().note_provider_event(provider, event, id, learning.at).await?;
        if let (true, Some(fact)) = (is_new, said_by(notice)) {
            learning.learn(&mut payment, &fact);
        }
    }
    for fact in facts {
        learning.learn(&mut payment, fact);
    }
    if !payment.fresh_facts().is_empty() {
        let stamps = ReportStamps::draw(learning.clock, learning.ids);
        settle(uow, &mut payment, others, &stamps).await.map_err(not_settled)?;
        uow.payments().update(&payment).await?;
        if payment.status() == AttemptStatus::Conflicted {
            let payment = payment.id();
            tracing::error!(%payment, "the provider reports another amount than was asked for");
        }
    }
    Ok(payment)
}

fn said_by(notice: &ProviderNotice) -> Option<ProviderFact> {
    let (key, kind) = notice.fact.clone()?;
    Some(ProviderFact { key, kind, amount: notice.amount, reason: notice.reason.clone() })
}

fn not_settled(error: WebhookError) -> StoreError {
    match error {
        WebhookError::Store(error) => error,
        error => StoreError::Corrupt(error.to_string()),
    }
}
