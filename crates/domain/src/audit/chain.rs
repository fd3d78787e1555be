use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use super::{AuditActor, AuditEntry};
use crate::{
    shared::{event::Provenance, id::RawId},
    text_enum,
};

/// What the first entry follows.
pub const GENESIS_HASH: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Names the layout of what is hashed.
const LAYOUT: &str = "kontor-audit-1";

/// The last entry, kept apart from the entries: it tells when the last ones are gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditHead {
    /// Its number; 0 before the first.
    pub seq: i64,
    /// Its hash, [`GENESIS_HASH`] before the first.
    pub hash: String,
}

impl Default for AuditHead {
    fn default() -> Self {
        Self { seq: 0, hash: GENESIS_HASH.to_owned() }
    }
}

/// One entry as stored, word for word, so that also what nobody would write is hashed as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// Number; the first is 1 and there are no gaps.
    pub seq: i64,
    /// When it was done.
    pub at: OffsetDateTime,
    /// `user`, `system` or `cli`.
    pub actor_kind: String,
    /// Which person.
    pub actor: Option<RawId>,
    /// What the person was to the shop then.
    pub role: Option<String>,
    /// By which session.
    pub session: Option<RawId>,
    /// Name of the action.
    pub action: String,
    /// What kind of thing it was done to.
    pub target_kind: String,
    /// To which.
    pub target: RawId,
    /// `name=value` pairs separated by spaces.
    pub details: String,
    /// The network the request came from, not the whole address.
    pub address: Option<String>,
    /// Id of the request.
    pub request_id: Option<String>,
    /// Hash of the entry before.
    pub previous_hash: String,
    /// SHA-256 of everything above, in hexadecimal.
    pub hash: String,
}

impl AuditRecord {
    /// The entry that follows `head`.
    pub fn following(head: &AuditHead, entry: &AuditEntry, provenance: &Provenance) -> Self {
        let (actor, role, session) = match entry.by {
            AuditActor::User { user, role, session } => (Some(user), Some(role), session),
            AuditActor::System | AuditActor::Cli => (None, None, None),
        };
        let mut record = Self {
            seq: head.seq.saturating_add(1),
            at: entry.at,
            actor_kind: entry.by.kind().to_owned(),
            actor: actor.map(crate::identity::UserId::raw),
            role: role.map(|role| role.as_str().to_owned()),
            session: session.map(crate::identity::SessionId::raw),
            action: entry.action.as_str().to_owned(),
            target_kind: entry.target.kind.as_str().to_owned(),
            target: entry.target.id,
            details: entry.details.as_str().to_owned(),
            address: provenance.network.as_ref().map(ToString::to_string),
            request_id: provenance.correlation_id.clone(),
            previous_hash: head.hash.clone(),
            hash: String::new(),
        };
        record.hash = record.computed_hash();
        record
    }

    /// What its hash must be. Each part is written with its length, so that no two entries are
    /// written the same.
    pub fn computed_hash(&self) -> String {
        let micros = self.at.unix_timestamp_nanos() / 1_000;
        let id = |id: RawId| id.hyphenated().to_string();
        let parts = [
            Some(LAYOUT.to_owned()),
            Some(self.seq.to_string()),
            Some(micros.to_string()),
            Some(self.actor_kind.clone()),
            self.actor.map(id),
            self.role.clone(),
            self.session.map(id),
            Some(self.action.clone()),
            Some(self.target_kind.clone()),
            Some(id(self.target)),
            Some(self.details.clone()),
            self.address.clone(),
            self.request_id.clone(),
            Some(self.previous_hash.clone()),
        ];
        let mut hasher = Sha256::new();
        for part in parts {
            match part {
                Some(text) => hasher.update(format!("{}:{text};", text.len())),
                None => hasher.update("-;"),
            }
        }
        hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Its number as the id a window continues after.
    pub fn cursor(&self) -> RawId {
        RawId::from_u128(u128::try_from(self.seq).unwrap_or_default())
    }

    /// What the next entry follows.
    pub fn head(&self) -> AuditHead {
        AuditHead { seq: self.seq, hash: self.hash.clone() }
    }

    /// Why this cannot be the entry after `previous`.
    pub fn fault_after(&self, previous: &AuditHead) -> Option<ChainFault> {
        if self.seq != previous.seq.saturating_add(1) {
            Some(ChainFault::Missing)
        } else if self.hash != self.computed_hash() {
            Some(ChainFault::Changed)
        } else if self.previous_hash != previous.hash {
            Some(ChainFault::Detached)
        } else {
            None
        }
    }
}

text_enum!(
    /// What is wrong with an entry.
    ChainFault {
        /// It is not there.
        Missing = "missing",
        /// It is not what was recorded.
        Changed = "changed",
        /// It does not follow the entry before it.
        Detached = "detached",
        /// It is not known to whoever counts the entries.
        Unknown = "unknown",
    }
);

/// What looking through the whole log came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Entries that are whole, from the first on.
    pub intact: u64,
    /// The last of them.
    pub head: AuditHead,
    /// Number of the first entry that is not whole, and why.
    pub broken: Option<(i64, ChainFault)>,
}
