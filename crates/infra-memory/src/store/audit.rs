use async_trait::async_trait;
use domain::{
    audit::{AuditFilter, AuditHead, AuditReads, AuditRecord, StoredRecord},
    identity::UserId,
    shared::{
        error::StoreError,
        page::{Page, Window},
    },
};
use shaku::Component;

use super::{MemoryState, page};

/// [`AuditReads`] over a [`MemoryState`].
#[derive(Component)]
#[shaku(interface = AuditReads)]
pub struct MemoryAuditReads {
    /// The database.
    #[shaku(default)]
    state: MemoryState,
}

impl MemoryAuditReads {
    /// Reads of existing state.
    pub const fn over(state: MemoryState) -> Self {
        Self { state }
    }
}

fn fits(record: &AuditRecord, filter: &AuditFilter) -> bool {
    filter.actor.is_none_or(|actor| record.actor == Some(UserId::raw(actor)))
        && filter.action.is_none_or(|action| record.action == action.as_str())
        && filter.target_kind.is_none_or(|kind| record.target_kind == kind.as_str())
        && filter.target.is_none_or(|target| record.target == target)
        && filter.from.is_none_or(|from| record.at >= from)
        && filter.to.is_none_or(|to| record.at < to)
}

#[async_trait]
impl AuditReads for MemoryAuditReads {
    async fn list(
        &self,
        filter: &AuditFilter,
        window: Window,
    ) -> Result<Page<AuditRecord>, StoreError> {
        let tables = self.state.lock();
        let newest_first = tables.audit.iter().rev();
        let found = newest_first.filter(|record| fits(record, filter)).cloned().collect();
        Ok(page::cut(found, AuditRecord::cursor, window))
    }

    async fn following(&self, after: i64, limit: u32) -> Result<Vec<StoredRecord>, StoreError> {
        let tables = self.state.lock();
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let found = tables.audit.iter().filter(|record| record.seq > after).take(limit);
        Ok(found.map(|record| StoredRecord::Readable(Box::new(record.clone()))).collect())
    }

    async fn head(&self) -> Result<AuditHead, StoreError> {
        Ok(self.state.lock().audit_head.clone())
    }
}
