use std::sync::Arc;

use domain::{
    catalogue::{CatalogueChange, CatalogueChanges, ProductId},
    inventory::StockDemand,
    shared::event::{AggregateType, NewEvent},
};

/// What a unit of work changes of the catalogue.
#[derive(Default)]
pub(crate) struct CatalogueTouched(Vec<ProductId>);

impl CatalogueTouched {
    /// Notes a product whose stock or texts were changed without an event of its own.
    pub(crate) fn product(&mut self, product: ProductId) {
        if !self.0.contains(&product) {
            self.0.push(product);
        }
    }

    /// Notes the products whose stock moves.
    pub(crate) fn demand(&mut self, demand: &[StockDemand]) {
        for wanted in demand {
            self.product(wanted.product);
        }
    }

    /// All of it, with what the events say, to be told to `changes`.
    pub(crate) fn telling(
        self,
        events: &[NewEvent],
        changes: Option<Arc<dyn CatalogueChanges>>,
    ) -> Option<Telling> {
        let mut what: Vec<_> = self.0.into_iter().map(CatalogueChange::Product).collect();
        what.extend(events.iter().filter_map(|event| match event.aggregate_type {
            AggregateType::Product => {
                Some(CatalogueChange::Product(ProductId::new(event.aggregate_id)))
            }
            AggregateType::Category => Some(CatalogueChange::Category),
            AggregateType::User
            | AggregateType::Session
            | AggregateType::Post
            | AggregateType::EmailRequest
            | AggregateType::StockLevel
            | AggregateType::Order
            | AggregateType::Payment
            | AggregateType::Task => None,
        }));
        changes.filter(|_| !what.is_empty()).map(|changes| Telling { changes, what })
    }
}

/// Tells of the changes when it goes: once the commit was answered, and also when nobody waits for
/// the answer any more.
#[must_use = "dropped before the commit it tells too early"]
pub(crate) struct Telling {
    changes: Arc<dyn CatalogueChanges>,
    what: Vec<CatalogueChange>,
}

impl Drop for Telling {
    fn drop(&mut self) {
        self.changes.note(&self.what);
    }
}
