//! What people write.

mod posts;
mod reads;

use async_trait::async_trait;
use domain::{
    content::{ContentStore, ContentUnitOfWork, PostRepository},
    shared::{error::StoreError, event::Provenance},
};
use shaku::Component;

pub use self::reads::{SeaPostReads, SeaPostReadsParameters};
use crate::{connect::Database, unit_of_work::SeaUnitOfWork};

/// Writes posts to SQLite or PostgreSQL.
#[derive(Component)]
#[shaku(interface = ContentStore)]
pub struct SeaContentStore {
    /// Where they are kept.
    pub db: Database,
}

#[async_trait]
impl ContentStore for SeaContentStore {
    async fn begin(
        &self,
        provenance: &Provenance,
    ) -> Result<Box<dyn ContentUnitOfWork>, StoreError> {
        Ok(Box::new(self.db.begin(provenance).await?))
    }
}

impl ContentUnitOfWork for SeaUnitOfWork {
    fn posts(&mut self) -> &mut dyn PostRepository {
        self
    }
}
