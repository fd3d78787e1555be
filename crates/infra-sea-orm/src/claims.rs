use domain::shared::{error::StoreError, event::Provenance, ports::UnitOfWork};

use crate::{connect::Database, sql::Sql};

impl Database {
    /// Hands back the events, mails and jobs that a process which died had claimed. Only for a store
    /// that has one owner: elsewhere a claim may be somebody's who lives.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing was handed back.
    pub async fn hand_back_claims(&self) -> Result<(), StoreError> {
        let uow = self.begin(&Provenance::default()).await?;
        let events = "UPDATE outbox SET claimed_until = 0
            WHERE published_at IS NULL AND claimed_until > 0";
        uow.execute(events, Vec::new()).await?;
        // One that failed and waits for its next attempt has a reason.
        let mails = "UPDATE mails SET due_at = created_at
            WHERE status = 'queued' AND attempts > 0 AND fail_reason IS NULL";
        uow.execute(mails, Vec::new()).await?;
        let jobs = "UPDATE jobs SET leased_until = 0 WHERE leased_until > 0";
        uow.execute(jobs, Vec::new()).await?;
        Box::new(uow).commit().await
    }
}
