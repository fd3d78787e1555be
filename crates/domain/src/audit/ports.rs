use async_trait::async_trait;
use shaku::Interface;
use time::OffsetDateTime;

use super::{AuditAction, AuditEntry, AuditHead, AuditRecord, AuditTargetKind, Verdict};
use crate::{
    identity::UserId,
    shared::{
        error::StoreError,
        id::RawId,
        page::{Page, Window},
    },
};

/// The audit log inside one unit of work.
pub trait AuditLog: Send {
    /// Notes what is done in this unit of work. It is stored, with the network and the id of the
    /// request, by the commit and with the rest or not at all.
    fn record(&mut self, entry: AuditEntry);
}

/// Which entries are wanted; everything that is given must hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Done by this person.
    pub actor: Option<UserId>,
    /// Of this kind.
    pub action: Option<AuditAction>,
    /// Done to things of this kind.
    pub target_kind: Option<AuditTargetKind>,
    /// Done to this thing.
    pub target: Option<RawId>,
    /// Done at this time or later.
    pub from: Option<OffsetDateTime>,
    /// Done before this time.
    pub to: Option<OffsetDateTime>,
}

/// One row of the log, as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoredRecord {
    /// It has every field.
    Readable(Box<AuditRecord>),
    /// A column holds what is no value for it.
    Unreadable {
        /// Its number.
        seq: i64,
    },
}

/// Reads of the audit log.
#[async_trait]
pub trait AuditReads: Interface {
    /// A window of the entries that fit `filter`, the newest first. An entry is named by its
    /// number as an id.
    async fn list(
        &self,
        filter: &AuditFilter,
        window: Window,
    ) -> Result<Page<AuditRecord>, StoreError>;
    /// Up to `limit` entries after number `after`, the oldest first.
    async fn following(&self, after: i64, limit: u32) -> Result<Vec<StoredRecord>, StoreError>;
    /// What the log says its last entry is.
    async fn head(&self) -> Result<AuditHead, StoreError>;
}

/// Looks through the whole log.
#[async_trait]
pub trait VerifyAuditLog: Interface {
    /// Says where the chain breaks first, when it does.
    async fn execute(&self) -> Result<Verdict, StoreError>;
}
