//! Stock counters and the movements that explain them.

mod movements;
mod reads;
mod recounts;
mod shipping;
mod stock;

use async_trait::async_trait;
use domain::{
    inventory::{InventoryStore, InventoryUnitOfWork, RecountRepository},
    shared::{error::StoreError, event::Provenance},
};
use shaku::Component;
use uuid::Uuid;

pub(crate) use self::movements::{Movement, insert_movements};
pub use self::reads::{SeaInventoryReads, SeaInventoryReadsParameters};
use crate::{connect::Database, unit_of_work::SeaUnitOfWork};

/// Where stock lies until there are more places; made by the first migration.
pub(crate) const DEFAULT_LOCATION: Uuid =
    Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0001);

/// Writes stock to SQLite or PostgreSQL.
#[derive(Component)]
#[shaku(interface = InventoryStore)]
pub struct SeaInventoryStore {
    /// Where it is kept.
    pub db: Database,
}

#[async_trait]
impl InventoryStore for SeaInventoryStore {
    async fn begin(
        &self,
        provenance: &Provenance,
    ) -> Result<Box<dyn InventoryUnitOfWork>, StoreError> {
        Ok(Box::new(self.db.begin(provenance).await?))
    }
}

impl InventoryUnitOfWork for SeaUnitOfWork {
    fn recounts(&mut self) -> &mut dyn RecountRepository {
        self
    }
}
