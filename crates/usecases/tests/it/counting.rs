use domain::{
    inventory::{Counted, MovementKind, SetStock, SetStockCommand, SetStockError, StockKey},
    shared::{actor::Actor, event::Provenance, ports::IdGenerator},
};
use shaku::HasComponent;

use crate::shop::{Goods, Shop};

fn counts(actor: Actor, goods: Goods, on_hand: i64) -> SetStockCommand {
    let counted = Counted {
        on_hand,
        reason: "counted".into(),
        is_counted: None,
        backorder_limit: None,
        low_stock_threshold: None,
    };
    let key = StockKey::Product(goods.product);
    SetStockCommand { actor, key, counted, provenance: Provenance::default() }
}

async fn count(shop: &Shop, command: SetStockCommand) -> Result<i64, SetStockError> {
    let app = shop.app();
    let set_stock: &dyn SetStock = app.resolve_ref();
    Ok(set_stock.execute(command).await?.counters.on_hand)
}

#[tokio::test]
async fn a_count_leaves_a_movement_and_an_entry_in_the_audit_log() {
    let shop = Shop::open();
    let (staff, tea) = (shop.staff(), shop.goods("tea", 10).await);
    assert_eq!(count(&shop, counts(staff, tea, 7)).await.unwrap(), 7);
    assert_eq!(shop.stock(tea).on_hand, 7);
    let tables = shop.state.lock().clone();
    let moved = tables.movements.last().unwrap();
    assert_eq!((moved.kind, moved.on_hand), (MovementKind::Adjust, -3));
    assert_eq!(moved.reason.as_deref(), Some("counted"));
    let entry = tables.audit.last().unwrap();
    assert_eq!((&*entry.action, entry.target), ("stock.adjusted", tea.variant.raw()));
    assert_eq!(entry.actor, Some(staff.user.raw()));
    assert!(entry.details.contains("difference=-3"), "{}", entry.details);
}

#[tokio::test]
async fn the_same_count_again_changes_nothing() {
    let shop = Shop::open();
    let (staff, tea) = (shop.staff(), shop.goods("tea", 10).await);
    count(&shop, counts(staff, tea, 7)).await.unwrap();
    let before = shop.snapshot();
    assert_eq!(count(&shop, counts(staff, tea, 7)).await.unwrap(), 7);
    assert_eq!(shop.snapshot(), before);
}

#[tokio::test]
async fn what_was_promised_cannot_be_counted_away() {
    let shop = Shop::open();
    let (staff, ann, tea) = (shop.staff(), shop.customer("ann").await, shop.goods("tea", 10).await);
    shop.place(ann, tea, 4).await;
    let before = shop.snapshot();
    let refused = count(&shop, counts(staff, tea, 3)).await;
    assert!(matches!(refused, Err(SetStockError::Promised(_))), "{refused:?}");
    let mut unknown = counts(staff, tea, 3);
    unknown.key = StockKey::Product(domain::catalogue::ProductId::new(shop.ids.next()));
    let refused = count(&shop, unknown).await;
    assert!(matches!(refused, Err(SetStockError::NotFound)), "{refused:?}");
    assert_eq!(shop.snapshot(), before);
}

#[tokio::test]
async fn an_order_that_takes_the_last_unit_tells_so() {
    let shop = Shop::open();
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 2).await);
    shop.place(ann, tea, 1).await;
    assert!(!shop.events().contains(&"inventory.stock_depleted.v1"));
    shop.place(ann, tea, 1).await;
    assert_eq!(shop.event("inventory.stock_depleted.v1").aggregate_version, 1);
}
