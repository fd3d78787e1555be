//! Categories and products.

/// Condition on a product `p` that everybody may see: active, priced, its category not hidden.
macro_rules! is_shown {
    () => {
        "p.status = 'active' AND p.is_priced AND (p.category_id IS NULL OR p.category_id NOT IN \
         (SELECT id FROM categories WHERE NOT is_shown))"
    };
}

mod categories;
mod listed;
mod listing;
mod order;
mod products;
mod reads;
mod reindex;
mod search;
mod shown;
mod telling;
mod totals;

use async_trait::async_trait;
use domain::{
    catalogue::{CatalogueStore, CatalogueUnitOfWork, CategoryRepository, ProductRepository},
    shared::{error::StoreError, event::Provenance},
};
use shaku::Component;

pub use self::reads::{
    SeaCatalogueBackroom, SeaCatalogueBackroomParameters, SeaCatalogueReads,
    SeaCatalogueReadsParameters,
};
pub(crate) use self::shown::{slug_of, taken_slugs};
pub(crate) use self::telling::CatalogueTouched;
pub(crate) use self::totals::Totals;
use crate::{connect::Database, unit_of_work::SeaUnitOfWork};

/// Writes the catalogue to SQLite or PostgreSQL.
#[derive(Component)]
#[shaku(interface = CatalogueStore)]
pub struct SeaCatalogueStore {
    /// Where it is kept.
    pub db: Database,
}

#[async_trait]
impl CatalogueStore for SeaCatalogueStore {
    async fn begin(
        &self,
        provenance: &Provenance,
    ) -> Result<Box<dyn CatalogueUnitOfWork>, StoreError> {
        Ok(Box::new(self.db.begin(provenance).await?))
    }
}

impl CatalogueUnitOfWork for SeaUnitOfWork {
    fn categories(&mut self) -> &mut dyn CategoryRepository {
        self
    }

    fn products(&mut self) -> &mut dyn ProductRepository {
        self
    }
}
