//! What is done by the clock.

mod clean_up_sessions;
mod expire_orders;
mod next_due;
mod purge_events;
mod purge_handled;
mod purge_idempotent_answers;
mod purge_parked_webhooks;
mod purge_provider_events;
mod purge_tasks;
mod reconcile_payments;
mod run_jobs;
mod sweep;

pub use clean_up_sessions::{CleanUpSessionsJob, CleanUpSessionsJobParameters};
pub use expire_orders::{ExpireOrdersJob, ExpireOrdersJobParameters};
pub use purge_events::{PurgeEventsJob, PurgeEventsJobParameters};
pub use purge_handled::{PurgeHandledJob, PurgeHandledJobParameters};
pub use purge_idempotent_answers::{
    PurgeIdempotentAnswersJob, PurgeIdempotentAnswersJobParameters,
};
pub use purge_parked_webhooks::{PurgeParkedWebhooksJob, PurgeParkedWebhooksJobParameters};
pub use purge_provider_events::{PurgeProviderEventsJob, PurgeProviderEventsJobParameters};
pub use purge_tasks::{PurgeTasksJob, PurgeTasksJobParameters};
pub use reconcile_payments::{ReconcilePaymentsJob, ReconcilePaymentsJobParameters};
pub use run_jobs::{RunJobsUseCase, RunJobsUseCaseParameters};
