use domain::{
    payments::{FactKind, MalformedNotice, ProviderNotice},
    shared::money::{Currency, Money, MoneyError},
};
use serde::Deserialize;

const MAX_ID_BYTES: usize = 255;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Notice {
    event_id: String,
    provider_payment_id: String,
    status: Status,
    amount: String,
    currency: Currency,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Created,
    Pending,
    RequiresAction,
    Authorized,
    #[serde(alias = "paid")]
    Succeeded,
    Failed,
    #[serde(alias = "cancelled")]
    Canceled,
}

impl Status {
    const fn fact(self) -> Option<FactKind> {
        Some(match self {
            Self::Created => return None,
            Self::Pending => FactKind::Pending,
            Self::RequiresAction => FactKind::RequiresAction,
            Self::Authorized => FactKind::Authorized,
            Self::Succeeded => FactKind::Captured,
            Self::Failed => FactKind::Failed,
            Self::Canceled => FactKind::Canceled,
        })
    }
}

#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error("not a notice of the mock provider")]
    Shape(#[from] serde_json::Error),
    #[error("{0} must be 1 to 255 bytes without control characters")]
    Id(&'static str),
    #[error("the amount cannot be read")]
    Amount(#[from] MoneyError),
}

pub(super) fn parse(body: &[u8]) -> Result<ProviderNotice, MalformedNotice> {
    read(body).map_err(|problem| MalformedNotice(problem.into()))
}

fn read(body: &[u8]) -> Result<ProviderNotice, Problem> {
    let notice: Notice = serde_json::from_slice(body)?;
    let event_id = checked("event_id", notice.event_id)?;
    let provider_payment_id = checked("provider_payment_id", notice.provider_payment_id)?;
    let amount = Money::parse(&notice.amount, notice.currency)?;
    // The mock provider takes all the money at once or none of it: one fact of each kind.
    let fact = notice.status.fact().map(|kind| (kind.as_str().to_owned(), kind));
    let declined = matches!(notice.status, Status::Failed);
    let reason = declined.then(|| "declined".to_owned());
    Ok(ProviderNotice { event_id, provider_payment_id, fact, amount, reason })
}

fn checked(name: &'static str, id: String) -> Result<String, Problem> {
    let good = (1..=MAX_ID_BYTES).contains(&id.len()) && !id.chars().any(char::is_control);
    if good { Ok(id) } else { Err(Problem::Id(name)) }
}
