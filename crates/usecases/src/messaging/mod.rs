//! Use cases of messaging.

mod deliver_mails;
mod queue_once;

pub use deliver_mails::{DeliverMailsUseCase, DeliverMailsUseCaseParameters};
pub(crate) use queue_once::queue_once;
