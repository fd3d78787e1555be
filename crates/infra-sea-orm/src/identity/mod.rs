//! People and their sessions.

mod api_keys;
mod email_tokens;
mod people;
mod reads;
mod sessions;
mod users;

use async_trait::async_trait;
use domain::{
    identity::{
        ApiKeyRepository, EmailTokenRepository, IdentityStore, IdentityUnitOfWork,
        SessionRepository, UserRepository,
    },
    messaging::MailQueue,
    shared::{error::StoreError, event::Provenance},
};
use shaku::Component;

pub use self::api_keys::{SeaApiKeyReads, SeaApiKeyReadsParameters};
pub use self::email_tokens::{SeaEmailTokenReads, SeaEmailTokenReadsParameters};
pub use self::people::{SeaPeopleReads, SeaPeopleReadsParameters};
pub use self::reads::{SeaIdentityReads, SeaIdentityReadsParameters};
use crate::{connect::Database, unit_of_work::SeaUnitOfWork};

/// Writes people and sessions to SQLite or PostgreSQL.
#[derive(Component)]
#[shaku(interface = IdentityStore)]
pub struct SeaIdentityStore {
    /// Where they are kept.
    pub db: Database,
}

#[async_trait]
impl IdentityStore for SeaIdentityStore {
    async fn begin(
        &self,
        provenance: &Provenance,
    ) -> Result<Box<dyn IdentityUnitOfWork>, StoreError> {
        Ok(Box::new(self.db.begin(provenance).await?))
    }
}

impl IdentityUnitOfWork for SeaUnitOfWork {
    fn users(&mut self) -> &mut dyn UserRepository {
        self
    }

    fn sessions(&mut self) -> &mut dyn SessionRepository {
        self
    }

    fn api_keys(&mut self) -> &mut dyn ApiKeyRepository {
        self
    }

    fn email_tokens(&mut self) -> &mut dyn EmailTokenRepository {
        self
    }

    fn mails(&mut self) -> &mut dyn MailQueue {
        self
    }
}
