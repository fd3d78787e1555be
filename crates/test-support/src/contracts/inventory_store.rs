//! Contract of [`InventoryStore`](domain::inventory::InventoryStore), its reads, and the events of
//! stock levels.

use domain::{
    catalogue::{ProductId, VariantId},
    identity::UserId,
    inventory::{
        Counted, MovementId, MovementKind, Recount, StockCounters, StockKey, StockLevelId,
        VariantStock,
    },
    ordering::Order,
    shared::{
        error::StoreError,
        event::{AggregateType, DomainEvent},
        page::Window,
        ports::IdGenerator,
    },
};

use super::{Goods, StoreFixture, store::at};
use crate::builders::{self, product, roubles};

const ALL: Window = Window::Offset { limit: 100, offset: 0 };

fn counted(on_hand: i64) -> Counted {
    Counted {
        on_hand,
        reason: "counted".to_owned(),
        is_counted: None,
        backorder_limit: None,
        low_stock_threshold: None,
    }
}

impl StoreFixture {
    fn recount(&self, stock: &VariantStock, by: &Counted, seconds: i64) -> Option<Recount> {
        let level = StockLevelId::new(self.ids.next());
        stock.recount(by, level, MovementId::new(self.ids.next()), at(seconds)).unwrap()
    }

    async fn store_recount(&self, recount: &Recount) -> Result<StockCounters, StoreError> {
        let mut uow = self.inventory.begin(&Self::provenance()).await?;
        let counters = uow.recounts().store(recount).await?;
        uow.commit().await?;
        Ok(counters)
    }

    async fn count(&self, key: StockKey, by: &Counted, seconds: i64) -> StockCounters {
        let stock = self.inventory_reads.stock(key).await.unwrap().unwrap();
        let recount = self.recount(&stock, by, seconds).unwrap();
        self.store_recount(&recount).await.unwrap()
    }

    /// Events of stock levels, each with its version.
    async fn told(&self) -> Vec<(&'static str, i64)> {
        let mut told = Vec::new();
        for event in self.drain_outbox().await {
            if event.aggregate_type == AggregateType::StockLevel {
                told.push((event.event.name(), event.aggregate_version));
            }
        }
        told
    }
}

const LOW: &str = "inventory.stock_low.v1";
const DEPLETED: &str = "inventory.stock_depleted.v1";

fn of(goods: &Goods) -> StockKey {
    StockKey::Product(goods.product)
}

/// A count survives the store, found by product and by variant, with its movement.
pub async fn a_count_survives_the_store(f: StoreFixture) {
    let (ann, tea) = (f.user("ann").await, f.goods("tea", 5).await);
    f.placed(ann, &tea, 2).await;
    let by = Counted {
        reason: "stocktaking".to_owned(),
        backorder_limit: Some(4),
        low_stock_threshold: Some(Some(1)),
        ..counted(9)
    };
    let counters = f.count(of(&tea), &by, 60).await;
    let expected = StockCounters {
        on_hand: 9,
        reserved: 2,
        allocated: 0,
        backorder_limit: 4,
        low_stock_threshold: Some(1),
    };
    assert_eq!(counters, expected);
    let by_variant = StockKey::Variant(tea.product, tea.variant);
    for key in [of(&tea), by_variant] {
        let stock = f.inventory_reads.stock(key).await.unwrap().unwrap();
        assert_eq!((stock.product, stock.variant), (tea.product, tea.variant));
        assert_eq!((stock.level, stock.counters), (Some(tea.level), expected));
        assert_eq!((&*stock.sku, &*stock.name, stock.is_counted), ("SKU-tea", "tea", true));
        assert_eq!(f.inventory_reads.stock_of(tea.variant).await.unwrap(), Some(stock));
        let mut uow = f.inventory.begin(&StoreFixture::provenance()).await.unwrap();
        assert_eq!(uow.recounts().find(key).await.unwrap().unwrap().counters, expected);
    }
    assert_eq!(f.available(&tea).await, 11);
    let page = f.inventory_reads.movements(of(&tea), ALL).await.unwrap().unwrap();
    assert_eq!(page.total, Some(3));
    let moved = page.items.iter().find(|moved| moved.kind == MovementKind::Adjust).unwrap();
    assert_eq!((moved.on_hand, moved.reserved, moved.allocated), (4, 0, 0));
    assert_eq!((moved.reason.as_deref(), moved.order), (Some("stocktaking"), None));
    assert_eq!(moved.at, at(60));
}

/// What is not there has no stock, nor has a variant of another product.
pub async fn stock_of_nothing_is_not_found(f: StoreFixture) {
    let (tea, rum) = (f.goods("tea", 5).await, f.goods("rum", 5).await);
    let unknown = ProductId::new(f.ids.next());
    for key in [StockKey::Product(unknown), StockKey::Variant(tea.product, rum.variant)] {
        assert_eq!(f.inventory_reads.stock(key).await.unwrap(), None);
        assert_eq!(f.inventory_reads.movements(key, ALL).await.unwrap(), None);
        let mut uow = f.inventory.begin(&StoreFixture::provenance()).await.unwrap();
        assert_eq!(uow.recounts().find(key).await.unwrap(), None);
    }
    let variant = VariantId::new(f.ids.next());
    assert_eq!(f.inventory_reads.stock_of(variant).await.unwrap(), None);
}

/// A variant that was never counted gets its level with the first count, and is counted when the
/// count says so.
pub async fn a_first_count_begins_the_level(f: StoreFixture) {
    let gift = f.stock_up(product("gift").uncounted()).await;
    let key = StockKey::Product(gift);
    let stock = f.inventory_reads.stock(key).await.unwrap().unwrap();
    assert_eq!((stock.level, stock.is_counted), (None, false));
    assert_eq!(f.inventory_reads.movements(key, ALL).await.unwrap().unwrap().total, Some(0));
    let by = Counted { is_counted: Some(true), ..counted(3) };
    f.count(key, &by, 1).await;
    let found = f.inventory_reads.stock(key).await.unwrap().unwrap();
    assert_eq!((found.is_counted, found.counters.on_hand), (true, 3));
    let offers = [domain::ordering::OfferKey::Product(gift)];
    let offer = f.order_reads.offers(&offers).await.unwrap().remove(0);
    assert_eq!(offer.level, found.level);
    let page = f.inventory_reads.movements(key, ALL).await.unwrap().unwrap();
    assert_eq!((page.total, page.items[0].on_hand), (Some(1), 3));
    let late = f.recount(&stock, &counted(7), 2).unwrap();
    let late = f.store_recount(&late).await;
    assert!(matches!(late, Err(StoreError::Conflict)), "{late:?}");
}

/// A count made from what is not on record any more is a conflict and changes nothing.
pub async fn a_late_count_is_a_conflict(f: StoreFixture) {
    let tea = f.goods("tea", 5).await;
    let stock = f.inventory_reads.stock(of(&tea)).await.unwrap().unwrap();
    let (first, second) = (f.recount(&stock, &counted(7), 1), f.recount(&stock, &counted(9), 2));
    f.store_recount(&first.unwrap()).await.unwrap();
    let late = f.store_recount(&second.unwrap()).await;
    assert!(matches!(late, Err(StoreError::Conflict)), "{late:?}");
    assert_eq!(f.available(&tea).await, 7);
    let page = f.inventory_reads.movements(of(&tea), ALL).await.unwrap().unwrap();
    assert_eq!(page.items.iter().map(|moved| moved.on_hand).sum::<i64>(), 7);
}

/// Units promised since the level was looked at cannot be counted away.
pub async fn a_count_never_takes_what_was_promised(f: StoreFixture) {
    let (ann, tea) = (f.user("ann").await, f.goods("tea", 5).await);
    let stock = f.inventory_reads.stock(of(&tea)).await.unwrap().unwrap();
    let (too_few, enough) = (f.recount(&stock, &counted(2), 1), f.recount(&stock, &counted(3), 1));
    f.placed(ann, &tea, 3).await;
    let late = f.store_recount(&too_few.unwrap()).await;
    assert!(matches!(late, Err(StoreError::Conflict)), "{late:?}");
    let counters = f.store_recount(&enough.unwrap()).await.unwrap();
    assert_eq!((counters.on_hand, counters.reserved, counters.available()), (3, 3, 0));
}

/// Counts side by side leave the last one, and movements that add up to it.
pub async fn racing_counts_add_up(f: StoreFixture) {
    let tea = f.goods("tea", 5).await;
    let count = async |on_hand| loop {
        let stock = f.inventory_reads.stock(of(&tea)).await.unwrap().unwrap();
        let Some(recount) = f.recount(&stock, &counted(on_hand), 1) else { return };
        match f.store_recount(&recount).await {
            Err(StoreError::Conflict) => tokio::task::yield_now().await,
            stored => {
                stored.unwrap();
                return;
            }
        }
    };
    tokio::join!(count(3), count(8), count(20), count(1));
    let left = f.available(&tea).await;
    assert!([3, 8, 20, 1].contains(&left), "{left}");
    let page = f.inventory_reads.movements(of(&tea), ALL).await.unwrap().unwrap();
    assert_eq!(page.items.iter().map(|moved| moved.on_hand).sum::<i64>(), left);
}

/// Movements come newest first, in windows.
pub async fn movements_are_listed_newest_first(f: StoreFixture) {
    let tea = f.goods("tea", 0).await;
    for number in 1..=5 {
        f.count(of(&tea), &counted(number), number).await;
    }
    let all = f.inventory_reads.movements(of(&tea), ALL).await.unwrap().unwrap();
    let times: Vec<_> = all.items.iter().map(|moved| moved.at).collect();
    assert_eq!(times, [at(5), at(4), at(3), at(2), at(1), at(0)]);
    assert_eq!(all.total, Some(6));
    let window = Window::Offset { limit: 2, offset: 1 };
    let some = f.inventory_reads.movements(of(&tea), window).await.unwrap().unwrap();
    assert_eq!((&some.items[..], some.total), (&all.items[1..3], Some(6)));
    let after = Window::After { limit: 2, after: all.items[1].id.raw() };
    let some = f.inventory_reads.movements(of(&tea), after).await.unwrap().unwrap();
    assert_eq!((&some.items[..], some.total), (&all.items[2..4], None));
    assert_eq!(some.next, Some(all.items[3].id.raw()));
    let after = Window::After { limit: 2, after: all.items[5].id.raw() };
    let none = f.inventory_reads.movements(of(&tea), after).await.unwrap().unwrap();
    assert_eq!((none.items.len(), none.next), (0, None));
}

async fn sell(f: &StoreFixture, ann: UserId, tea: &Goods, quantity: u32) -> Order {
    f.placed(ann, tea, quantity).await
}

/// Staff is told once when stock gets low and when it is gone, by orders and by counts, with
/// versions that have no gaps.
pub async fn low_stock_is_told_once_a_crossing(f: StoreFixture) {
    let (ann, tea) = (f.user("ann").await, f.goods("tea", 10).await);
    let watch = Counted { low_stock_threshold: Some(Some(3)), ..counted(10) };
    f.count(of(&tea), &watch, 1).await;
    assert_eq!(f.told().await, []);
    sell(&f, ann, &tea, 6).await;
    assert_eq!(f.told().await, []);
    let order = sell(&f, ann, &tea, 1).await;
    let drained = f.drain_outbox().await;
    let low = drained.iter().find(|event| event.event.name() == LOW).unwrap();
    assert_eq!((low.aggregate_id, low.aggregate_version), (tea.level.raw(), 1));
    assert_eq!(low.occurred_at, order.created_at());
    let DomainEvent::StockLow(low) = &low.event else { panic!("{low:?}") };
    assert_eq!((low.variant_id, low.left, low.threshold), (tea.variant, 3, 3));
    sell(&f, ann, &tea, 1).await;
    assert_eq!(f.told().await, []);
    sell(&f, ann, &tea, 2).await;
    assert_eq!(f.told().await, [(DEPLETED, 2)]);
    f.count(of(&tea), &counted(20), 2).await;
    assert_eq!(f.told().await, []);
    f.count(of(&tea), &counted(10), 3).await;
    assert_eq!(f.told().await, [(LOW, 3), (DEPLETED, 4)]);
    f.count(of(&tea), &counted(16), 4).await;
    sell(&f, ann, &tea, 6).await;
    assert_eq!(f.told().await, [(LOW, 5), (DEPLETED, 6)]);
}

/// Units that may be sold beyond what is there can be bought, and are not stock.
pub async fn backorders_are_sold_and_are_not_stock(f: StoreFixture) {
    let (ann, tea) = (f.user("ann").await, f.goods("tea", 1).await);
    let by = Counted { backorder_limit: Some(2), low_stock_threshold: Some(Some(0)), ..counted(1) };
    f.count(of(&tea), &by, 1).await;
    sell(&f, ann, &tea, 1).await;
    assert_eq!(f.told().await, [(LOW, 1)]);
    assert_eq!(f.available(&tea).await, 2);
    sell(&f, ann, &tea, 2).await;
    assert_eq!(f.told().await, [(DEPLETED, 2)]);
    let order = f.order(ann, &tea, 1);
    let mut uow = f.ordering.begin(&StoreFixture::provenance()).await.unwrap();
    let short = uow.stock().reserve(order.id(), &order.demand(), at(0)).await.unwrap();
    assert_eq!(short.len(), 1);
}

/// What is not counted is never low.
pub async fn what_is_not_counted_is_never_low(f: StoreFixture) {
    let tea = f.goods("tea", 10).await;
    let by = Counted { is_counted: Some(false), low_stock_threshold: Some(Some(3)), ..counted(1) };
    f.count(of(&tea), &by, 1).await;
    assert_eq!(f.told().await, []);
    let offers = f.order_reads.offers(&[domain::ordering::OfferKey::Product(tea.product)]).await;
    assert_eq!(offers.unwrap()[0].level, None);
    f.count(of(&tea), &Counted { is_counted: Some(true), ..counted(2) }, 2).await;
    f.count(of(&tea), &counted(0), 3).await;
    assert_eq!(f.told().await, [(DEPLETED, 1)]);
}

/// Stock that is taken for an order that came back to life is told of as well; what is given back
/// was never told.
pub async fn stock_taken_again_is_told_of(f: StoreFixture) {
    let ann = f.user("ann").await;
    let (tea, rum) = (f.goods("tea", 2).await, f.goods("rum", 1).await);
    let lines = vec![f.line(&tea, 2), f.line(&rum, 1)];
    let order = builders::order(&f.ids, ann, lines, at(0));
    f.placed(ann, &rum, 1).await;
    assert_eq!(f.told().await, [(DEPLETED, 1)]);
    let again = async || {
        let mut uow = f.payments.begin(&StoreFixture::provenance()).await.unwrap();
        let taken = uow.stock().allocate_again(order.id(), &order.demand(), at(5)).await;
        uow.commit().await.unwrap();
        taken.unwrap()
    };
    assert!(!again().await);
    assert_eq!((f.told().await, f.available(&tea).await), (vec![], 2));
    f.count(of(&rum), &counted(3), 6).await;
    assert!(again().await);
    assert_eq!(f.told().await, [(DEPLETED, 1)]);
    f.count(of(&rum), &counted(2), 7).await;
    assert_eq!(f.told().await, [(DEPLETED, 2)]);
}

/// A variant is counted apart from its product's first one.
pub async fn variants_are_counted_apart(f: StoreFixture) {
    let tea = f.stock_up(product("tea").variant("-big", true, &[roubles(1)])).await;
    let shown = domain::catalogue::ProductKey::Id(tea);
    let shown = f.catalogue_reads.product(&shown).await.unwrap().unwrap();
    let big = shown.variants[1].id;
    f.count(StockKey::Variant(tea, big), &counted(1), 1).await;
    let left = async |key| f.inventory_reads.stock(key).await.unwrap().unwrap().counters.on_hand;
    assert_eq!(left(StockKey::Variant(tea, big)).await, 1);
    assert_eq!(left(StockKey::Product(tea)).await, 10);
}

/// One test for each clause.
#[macro_export]
macro_rules! inventory_store_contract {
    ($fixture:expr) => {
        $crate::contract_tests!(inventory_store, $fixture;
            a_count_survives_the_store,
            stock_of_nothing_is_not_found,
            a_first_count_begins_the_level,
            a_late_count_is_a_conflict,
            a_count_never_takes_what_was_promised,
            racing_counts_add_up,
            movements_are_listed_newest_first,
            low_stock_is_told_once_a_crossing,
            backorders_are_sold_and_are_not_stock,
            what_is_not_counted_is_never_low,
            stock_taken_again_is_told_of,
            variants_are_counted_apart,
        );
    };
}
