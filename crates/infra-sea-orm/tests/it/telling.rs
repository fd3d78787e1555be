//! A unit of work tells what it changed of the catalogue: all of it, and not before its commit.

use std::sync::{Arc, Mutex};

use domain::{
    catalogue::{
        CatalogueChange, CatalogueChanges, CataloguePart, PartVersion, ProductId, ProductKey,
    },
    ordering::OfferKey,
    shared::event::Provenance,
};
use test_support::builders;

use crate::{cancellation::cut_short, fixture::TestDatabase, shop::Shop};

on_each_database!(
    a_commit_tells_what_it_changed_of_the_catalogue,
    what_is_rolled_back_is_not_told,
    what_nobody_waits_for_any_more_is_told,
);

/// Remembers what it was told.
#[derive(Default)]
struct Told(Mutex<Vec<CatalogueChange>>);

impl Told {
    fn take(&self) -> Vec<CatalogueChange> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl CatalogueChanges for Told {
    fn note(&self, changes: &[CatalogueChange]) {
        self.0.lock().unwrap().extend_from_slice(changes);
    }
    fn version_of(&self, _: CataloguePart) -> PartVersion {
        panic!("the store asks for no version")
    }
}

async fn open(mut test: TestDatabase) -> (Shop, Arc<Told>) {
    let told = Arc::new(Told::default());
    test.db = test.db.telling(told.clone());
    (Shop::open(test).await, told)
}

fn product_of(key: OfferKey) -> ProductId {
    let OfferKey::Product(product) = key else { panic!("a product") };
    product
}

async fn a_commit_tells_what_it_changed_of_the_catalogue(test: TestDatabase) {
    let (shop, told) = open(test).await;
    let ann = shop.user("ann").await;
    assert_eq!(told.take(), []);

    let keys = [shop.stock_up("green", 9).await, shop.stock_up("black", 9).await];
    let changes = keys.map(|key| CatalogueChange::Product(product_of(key)));
    assert_eq!(told.take(), changes);

    let category = builders::category(&shop.ports.ids, None, "tea");
    let mut uow = shop.ports.catalogue.begin(&Provenance::default()).await.unwrap();
    uow.categories().insert_all(&[category]).await.unwrap();
    assert_eq!(told.take(), []);
    uow.commit().await.unwrap();
    assert_eq!(told.take(), [CatalogueChange::Category]);

    let order = shop.place(ann, &keys).await.unwrap().unwrap();
    assert_eq!(sorted(told.take()), changes);
    shop.expire(&order).await;
    assert_eq!(sorted(told.take()), changes);

    let order = shop.place(ann, &keys).await.unwrap().unwrap();
    shop.request(&order, "mock-1").await;
    told.take();
    shop.capture("mock-1").await.unwrap();
    assert_eq!(sorted(told.take()), changes);
}

/// Ids grow, so this is the order in which the products were made.
fn sorted(mut changes: Vec<CatalogueChange>) -> Vec<CatalogueChange> {
    changes.sort_by_key(|change| match change {
        CatalogueChange::Product(product) => Some(*product),
        CatalogueChange::Category => None,
    });
    changes
}

async fn what_is_rolled_back_is_not_told(test: TestDatabase) {
    let (shop, told) = open(test).await;
    let ann = shop.user("ann").await;
    let key = shop.stock_up("green", 1).await;
    told.take();
    let mut uow = shop.ports.catalogue.begin(&Provenance::default()).await.unwrap();
    let (product, stock) = builders::product("black").build(&shop.ports.ids);
    uow.products().insert_all(&[product], &stock).await.unwrap();
    drop(uow);
    shop.place(ann, &[key]).await.unwrap().unwrap();
    told.take();
    // Sold out.
    assert!(shop.place(ann, &[key]).await.unwrap().is_none());
    assert_eq!(told.take(), []);
}

async fn what_nobody_waits_for_any_more_is_told(test: TestDatabase) {
    let (shop, told) = open(test).await;
    let (mut polls, mut ended) = (1, 0);
    while ended < 3 {
        assert!(polls < 200, "a unit of work takes a handful of polls");
        let (product, stock) = builders::product(&format!("tea-{polls}")).build(&shop.ports.ids);
        let id = product.id();
        let store = async {
            let mut uow = shop.ports.catalogue.begin(&Provenance::default()).await?;
            uow.products().insert_all(&[product], &stock).await?;
            uow.commit().await
        };
        let is_done = cut_short(store, polls).await;
        // Whatever was in flight is over when the next one has its turn.
        drop(shop.ports.catalogue.begin(&Provenance::default()).await.unwrap());
        let found = shop.ports.catalogue_reads.product(&ProductKey::Id(id)).await.unwrap();
        let was_told = told.take() == [CatalogueChange::Product(id)];
        assert!(was_told || found.is_none(), "not told after {polls} polls");
        assert!(was_told || !is_done);
        ended += usize::from(is_done);
        polls += 1;
    }
}
