//! Use cases of messaging.

mod deliver_mails;
pub(crate) mod on_task_pushed;
mod push_task;
mod queue_once;
mod settle_dead_letter;

pub use deliver_mails::{DeliverMailsUseCase, DeliverMailsUseCaseParameters};
pub use on_task_pushed::{LogTask, LogTaskParameters};
pub use push_task::{PushTaskUseCase, PushTaskUseCaseParameters};
pub(crate) use queue_once::queue_once;
pub use settle_dead_letter::{SettleDeadLetterUseCase, SettleDeadLetterUseCaseParameters};
