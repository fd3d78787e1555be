use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    audit::{AuditHead, AuditReads, ChainFault, StoredRecord, Verdict, VerifyAuditLog},
    shared::error::StoreError,
};
use shaku::Component;

/// Entries looked at in one go.
const BATCH: u32 = 1_000;

/// Implements [`VerifyAuditLog`].
#[derive(Component)]
#[shaku(interface = VerifyAuditLog)]
pub struct VerifyAuditLogUseCase {
    #[shaku(inject)]
    reads: Arc<dyn AuditReads>,
}

#[async_trait]
impl VerifyAuditLog for VerifyAuditLogUseCase {
    #[tracing::instrument(name = "audit.verify_audit_log", skip_all)]
    async fn execute(&self) -> Result<Verdict, StoreError> {
        let mut last = AuditHead::default();
        loop {
            // Asked for before the entries: whatever it counts must be among them.
            let head = self.reads.head().await?;
            let batch = self.reads.following(last.seq, BATCH).await?;
            if batch.is_empty() {
                return Ok(verdict(last.clone(), fault_of_head(&last, &head)));
            }
            for stored in batch {
                match follow(&last, &stored) {
                    Ok(next) => last = next,
                    Err(fault) => {
                        let broken = (last.seq.saturating_add(1), fault);
                        return Ok(verdict(last, Some(broken)));
                    }
                }
            }
        }
    }
}

fn follow(last: &AuditHead, stored: &StoredRecord) -> Result<AuditHead, ChainFault> {
    match stored {
        StoredRecord::Readable(record) => match record.fault_after(last) {
            None => Ok(record.head()),
            Some(fault) => Err(fault),
        },
        StoredRecord::Unreadable { seq } if *seq == last.seq.saturating_add(1) => {
            Err(ChainFault::Changed)
        }
        StoredRecord::Unreadable { .. } => Err(ChainFault::Missing),
    }
}

/// The head must be the last entry: the hash of an earlier one says that later ones are gone.
fn fault_of_head(last: &AuditHead, head: &AuditHead) -> Option<(i64, ChainFault)> {
    if head.seq > last.seq {
        Some((last.seq.saturating_add(1), ChainFault::Missing))
    } else if head.seq < last.seq {
        Some((head.seq.saturating_add(1), ChainFault::Unknown))
    } else if head.hash != last.hash {
        Some((last.seq, ChainFault::Changed))
    } else {
        None
    }
}

fn verdict(head: AuditHead, broken: Option<(i64, ChainFault)>) -> Verdict {
    Verdict { intact: u64::try_from(head.seq).unwrap_or_default(), head, broken }
}
