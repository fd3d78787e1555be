use domain::{
    catalogue::{Product, ProductStatus},
    ordering::{
        Coupon, CouponChange, CouponId, CouponRefused, Discount, EditOrder, EditOrderCommand,
        EditOrderError, InvalidTransition, OrderCommand, OrderId, OrderStatus, OrderView,
        Particulars, ParticularsChange, PlaceOrder, PlaceOrderCommand, PlaceOrderError, PromoCode,
    },
    payments::FactKind,
    shared::{event::Provenance, ports::IdGenerator},
};
use infra_memory::store::{MemoryOrderingStore, MemoryPaymentsStore};
use shaku::HasComponent;
use test_support::builders::{self, roubles};

use crate::{
    losing::{LosingStore, Losses},
    shop::{Goods, Shop, done, wants},
};

fn edition(shop: &Shop, order: OrderId, wanted: &[(Goods, u32)]) -> EditOrderCommand {
    let actor = shop.staff();
    let wanted = Some(wants(actor, wanted).wanted);
    let (change, provenance) = (ParticularsChange::default(), Provenance::default());
    EditOrderCommand { actor, order, wanted, change, provenance }
}

async fn edit(
    shop: &Shop,
    order: OrderId,
    wanted: &[(Goods, u32)],
) -> Result<OrderView, EditOrderError> {
    let app = shop.app();
    let edit_order: &dyn EditOrder = app.resolve_ref();
    edit_order.execute(edition(shop, order, wanted)).await
}

fn coupon(shop: &Shop, change: CouponChange) -> CouponId {
    let coupon: Coupon = builders::coupon(&shop.ids, "TEA-10", change);
    let id = coupon.id;
    shop.state.lock().coupons.insert(id, coupon);
    id
}

async fn place_with_code(shop: &Shop, command: PlaceOrderCommand) -> OrderView {
    let app = shop.app();
    let place_order: &dyn PlaceOrder = app.resolve_ref();
    let promo_code = PromoCode::parse("TEA-10");
    done(place_order.execute(PlaceOrderCommand { promo_code, ..command }).await.unwrap())
}

#[tokio::test]
async fn an_edited_order_holds_what_it_is_for_now_and_no_more() {
    let shop = Shop::open();
    let ann = shop.customer("ann").await;
    let (tea, rum, bun) =
        (shop.goods("tea", 10).await, shop.goods("rum", 10).await, shop.goods("bun", 10).await);
    let app = shop.app();
    let place_order: &dyn PlaceOrder = app.resolve_ref();
    let order = done(place_order.execute(wants(ann, &[(tea, 2), (rum, 3)])).await.unwrap());
    let edited = edit(&shop, order.id, &[(bun, 1), (tea, 5)]).await.unwrap();
    assert_eq!((edited.status, edited.number), (OrderStatus::Pending, order.number));
    assert_eq!((edited.total, edited.lines.len()), (roubles(60_000), 2));
    let reserved = [tea, rum, bun].map(|goods| shop.stock(goods).reserved);
    assert_eq!(reserved, [5, 0, 1]);
    assert_eq!(shop.events().last(), Some(&"ordering.order_edited.v1"));
    let audited = shop.state.lock().audit.last().unwrap().action.clone();
    assert_eq!(audited, "order.updated");
}

#[tokio::test]
async fn what_stays_keeps_its_price_also_when_it_is_not_sold_any_more() {
    let shop = Shop::open();
    let ann = shop.customer("ann").await;
    let (tea, rum) = (shop.goods("tea", 10).await, shop.goods("rum", 10).await);
    let order = shop.place(ann, tea, 2).await;
    {
        let mut tables = shop.state.lock();
        for product in tables.products.values_mut() {
            let mut parts = product.parts().clone();
            parts.status = ProductStatus::Inactive;
            let at = product.created_at();
            *product = Product::restore(product.id(), parts, 1, at, at);
        }
    }
    let edited = edit(&shop, order.id, &[(tea, 3)]).await.unwrap();
    assert_eq!(edited.total, roubles(30_000));
    let refused = edit(&shop, order.id, &[(rum, 1)]).await;
    let Err(EditOrderError::Lines(PlaceOrderError::NotSold { line: 0, .. })) = refused else {
        panic!("{refused:?}")
    };
}

#[tokio::test]
async fn units_that_are_not_there_leave_the_order_as_it_was() {
    let shop = Shop::open();
    let ann = shop.customer("ann").await;
    let (tea, rum) = (shop.goods("tea", 3).await, shop.goods("rum", 1).await);
    let order = shop.place(ann, tea, 2).await;
    let before = shop.snapshot();
    let refused = edit(&shop, order.id, &[(tea, 4), (rum, 2)]).await;
    let Err(EditOrderError::Lines(PlaceOrderError::OutOfStock(short))) = refused else {
        panic!("{refused:?}")
    };
    let mut left: Vec<_> = short.iter().map(|short| (short.wanted, short.left)).collect();
    left.sort_unstable();
    assert_eq!(left, [(2, 1), (2, 1)]);
    assert_eq!(shop.snapshot(), before);
}

#[tokio::test]
async fn an_order_that_is_paid_or_being_paid_stays_as_it_is() {
    let shop = Shop::open();
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
    let order = shop.place(ann, tea, 2).await;
    let payment = shop.begin_to_pay(ann, order.id).await;
    let refused = edit(&shop, order.id, &[(tea, 1)]).await;
    assert!(matches!(refused, Err(EditOrderError::BeingPaid)), "{refused:?}");
    shop.report(&payment, FactKind::Captured).await.unwrap();
    let refused = edit(&shop, order.id, &[(tea, 1)]).await;
    let Err(EditOrderError::Transition(InvalidTransition { from, command })) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!((from, command), (OrderStatus::Paid, OrderCommand::Edit));
    let missing = edit(&shop, OrderId::new(shop.ids.next()), &[(tea, 1)]).await;
    assert!(matches!(missing, Err(EditOrderError::NotFound)), "{missing:?}");
    let empty = edit(&shop, order.id, &[]).await;
    assert!(matches!(empty, Err(EditOrderError::Lines(PlaceOrderError::LineCount))), "{empty:?}");
    assert_eq!(shop.stock(tea).allocated, 2);
}

async fn redirect(
    shop: &Shop,
    order: OrderId,
    change: ParticularsChange,
) -> Result<OrderView, EditOrderError> {
    let app = shop.app();
    let edit_order: &dyn EditOrder = app.resolve_ref();
    let command = EditOrderCommand { wanted: None, change, ..edition(shop, order, &[]) };
    edit_order.execute(command).await
}

#[tokio::test]
async fn a_pending_order_goes_elsewhere_also_while_it_is_being_paid() {
    let shop = Shop::open();
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
    let app = shop.app();
    let place_order: &dyn PlaceOrder = app.resolve_ref();
    let particulars = Particulars {
        shipping_address: Some(builders::address("Ann")),
        billing_address: None,
        note: Some("Ring twice".to_owned()),
    };
    let placed = PlaceOrderCommand { particulars: particulars.clone(), ..wants(ann, &[(tea, 2)]) };
    let order = done(place_order.execute(placed).await.unwrap());
    assert_eq!(order.particulars, particulars);
    let payment = shop.begin_to_pay(ann, order.id).await;
    let change = ParticularsChange {
        shipping_address: Some(Some(builders::address("Bob"))),
        note: Some(None),
        ..ParticularsChange::default()
    };
    let moved = redirect(&shop, order.id, change.clone()).await.unwrap();
    let expected =
        Particulars { shipping_address: Some(builders::address("Bob")), ..Particulars::default() };
    assert_eq!((&moved.particulars, moved.total), (&expected, order.total));
    assert_eq!(moved.lines, order.lines);
    assert_eq!(shop.events().last(), Some(&"ordering.order_edited.v1"));
    let noted = shop.state.lock().audit.last().unwrap().clone();
    assert_eq!(
        (&*noted.action, &*noted.details),
        ("order.updated", "fields=shipping_address,note")
    );
    let before = shop.snapshot();
    redirect(&shop, order.id, change).await.unwrap();
    assert_eq!(shop.snapshot(), before, "it goes there already");
    shop.report(&payment, FactKind::Captured).await.unwrap();
    let back = ParticularsChange { shipping_address: Some(None), ..ParticularsChange::default() };
    let refused = redirect(&shop, order.id, back).await;
    assert!(matches!(refused, Err(EditOrderError::Transition(_))), "{refused:?}");
}

#[tokio::test]
async fn the_price_is_made_anew_with_the_coupon_it_has() {
    let shop = Shop::open();
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
    let change = CouponChange {
        minimum: Some(Some(roubles(20_000))),
        total_limit: Some(Some(1)),
        ..CouponChange::default()
    };
    let id = coupon(&shop, change);
    let order = place_with_code(&shop, wants(ann, &[(tea, 2)])).await;
    // Nobody else could have it now; the order has it already.
    let edited = edit(&shop, order.id, &[(tea, 4)]).await.unwrap();
    assert_eq!((edited.subtotal, edited.discount), (roubles(40_000), roubles(4_000)));
    assert_eq!(edited.lines[0].discount, roubles(4_000));
    let refused = edit(&shop, order.id, &[(tea, 1)]).await;
    let Err(EditOrderError::Lines(PlaceOrderError::Coupon(CouponRefused::Minimum { minimum }))) =
        refused
    else {
        panic!("{refused:?}")
    };
    assert_eq!((minimum, shop.state.lock().coupons[&id].used), (roubles(20_000), 1));
}

#[tokio::test]
async fn an_order_that_costs_nothing_any_more_is_paid() {
    let shop = Shop::open();
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
    let discount = Some(Discount::Amount(roubles(10_000)));
    coupon(&shop, CouponChange { discount, ..CouponChange::default() });
    let order = place_with_code(&shop, wants(ann, &[(tea, 2)])).await;
    assert_eq!(order.status, OrderStatus::Pending);
    let edited = edit(&shop, order.id, &[(tea, 1)]).await.unwrap();
    assert_eq!((edited.total, edited.status), (roubles(0), OrderStatus::Paid));
    assert_eq!((shop.stock(tea).reserved, shop.stock(tea).allocated), (0, 1));
}

#[tokio::test]
async fn a_lost_race_is_run_again() {
    let shop = Shop::open();
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
    let order = shop.place(ann, tea, 2).await;
    let losses = Losses::of(2);
    let inner = MemoryPaymentsStore::over(shop.state.clone());
    let store = LosingStore { inner, losses: losses.clone() };
    let app = shop.app_over(MemoryOrderingStore::over(shop.state.clone()), store);
    let edit_order: &dyn EditOrder = app.resolve_ref();
    edit_order.execute(edition(&shop, order.id, &[(tea, 3)])).await.unwrap();
    assert_eq!((losses.left(), shop.stock(tea).reserved), (0, 3));
}
