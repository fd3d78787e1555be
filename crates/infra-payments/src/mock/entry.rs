use std::collections::{BTreeMap, BTreeSet};

use domain::{
    payments::{CaptureMode, FactKind, GatewayError, MockBooks, MockEntry, ProviderFact},
    shared::money::{Currency, Money},
};
use serde::{Deserialize, Serialize};

/// Writers that may get in between before one gives up.
const MAX_TRIES: u32 = 20;

/// How far a payment has come at the mock provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    /// The request for it was lost on its way.
    Unheard,
    Open,
    Challenged,
    Authorized,
    Captured,
    Declined,
    Canceled,
}

/// A payment in the books of the mock provider.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Entry {
    amount: i64,
    currency: Currency,
    is_manual: bool,
    pub(super) state: State,
    /// What went back, by the key of the refund.
    pub(super) refunds: BTreeMap<String, i64>,
    /// What was asked for already.
    pub(super) asked: BTreeSet<String>,
}

impl Entry {
    pub(super) fn new(amount: Money, capture: CaptureMode) -> Self {
        Self {
            amount: amount.minor,
            currency: amount.currency,
            is_manual: capture == CaptureMode::Manual,
            state: State::Unheard,
            refunds: BTreeMap::new(),
            asked: BTreeSet::new(),
        }
    }

    pub(super) const fn amount(&self) -> Money {
        Money::new(self.amount, self.currency)
    }

    pub(super) fn refunded(&self) -> i64 {
        self.refunds.values().sum()
    }

    /// What paying does: money is taken, or set aside.
    pub(super) const fn paid(&self) -> State {
        if self.is_manual { State::Authorized } else { State::Captured }
    }

    /// Everything that happened.
    pub(super) fn facts(&self) -> Vec<ProviderFact> {
        let kinds: &[FactKind] = match self.state {
            State::Unheard => &[],
            State::Open => &[FactKind::Pending],
            State::Challenged => &[FactKind::Pending, FactKind::RequiresAction],
            State::Authorized => &[FactKind::Authorized],
            State::Captured if self.is_manual => &[FactKind::Authorized, FactKind::Captured],
            State::Captured => &[FactKind::Captured],
            State::Declined => &[FactKind::Failed],
            State::Canceled => &[FactKind::Canceled],
        };
        kinds.iter().map(|kind| self.fact(*kind)).collect()
    }

    /// As [`notice`](super::notice) reads it from a webhook.
    pub(super) fn fact(&self, kind: FactKind) -> ProviderFact {
        let reason = (kind == FactKind::Failed).then(|| "declined".to_owned());
        ProviderFact { key: kind.to_string(), kind, amount: self.amount(), reason }
    }
}

/// The books, an entry at a time.
pub(super) struct Books<'a>(pub(super) &'a dyn MockBooks);

impl Books<'_> {
    pub(super) async fn read(&self, name: &str) -> Result<Option<(Entry, i64)>, GatewayError> {
        let Some(entry) = self.0.read(name).await.map_err(unknown)? else { return Ok(None) };
        let read = serde_json::from_str(&entry.body).map_err(unknown)?;
        Ok(Some((read, entry.version)))
    }

    /// Changes the entry under `name`, or a `new` one, as one step. `None` when there is none.
    pub(super) async fn change<T>(
        &self,
        name: &str,
        new: Option<&Entry>,
        change: impl Fn(&mut Entry) -> T,
    ) -> Result<Option<T>, GatewayError> {
        for _ in 0..MAX_TRIES {
            let known = self.read(name).await?;
            let Some((mut entry, version)) = known.or_else(|| new.map(|new| (new.clone(), 0)))
            else {
                return Ok(None);
            };
            let outcome = change(&mut entry);
            let body = serde_json::to_string(&entry).map_err(unknown)?;
            let written = MockEntry { body, version: version + 1 };
            if self.0.write(name, &written).await.map_err(unknown)? {
                return Ok(Some(outcome));
            }
        }
        Err(GatewayError::Unknown("everybody writes into the books".into()))
    }
}

fn unknown(error: impl Into<domain::shared::error::Cause>) -> GatewayError {
    GatewayError::Unknown(error.into())
}
