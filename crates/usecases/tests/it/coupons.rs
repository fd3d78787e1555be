use domain::{
    ordering::{
        CancelOrder, CancelOrderCommand, Coupon, CouponChange, CouponId, CouponRefused,
        CouponTerms, CreateCoupon, CreateCouponCommand, Discount, EditCoupon, EditCouponCommand,
        ExpireOrders, OrderStatus, OrderView, PlaceOrder, PlaceOrderCommand, PlaceOrderError,
        PromoCode, TermsRefused, WriteCouponError,
    },
    payments::FactKind,
    shared::{
        actor::Actor,
        event::Provenance,
        idempotency::{Outcome, StoredResponse},
        ports::IdGenerator,
    },
};
use shaku::HasComponent;
use test_support::builders::roubles;
use time::Duration;

use crate::shop::{Goods, RESERVED_FOR, Shop, done, key, rendered_order, wants};

fn ten_percent() -> CouponTerms {
    CouponTerms {
        discount: Discount::Percent(1_000),
        minimum: None,
        starts_at: None,
        ends_at: None,
        total_limit: None,
        user_limit: None,
        is_active: true,
    }
}

fn rendered(coupon: &Coupon) -> StoredResponse {
    StoredResponse { status: 201, location: None, body: format!("coupon {}", coupon.id) }
}

fn creation(shop: &Shop, code: &str, terms: CouponTerms) -> CreateCouponCommand {
    CreateCouponCommand {
        actor: shop.staff(),
        code: PromoCode::parse(code).unwrap(),
        terms,
        idempotency: None,
        provenance: Provenance::default(),
    }
}

async fn create(
    shop: &Shop,
    command: CreateCouponCommand,
) -> Result<Outcome<Coupon>, WriteCouponError> {
    let app = shop.app();
    let create_coupon: &dyn CreateCoupon = app.resolve_ref();
    create_coupon.execute(command).await
}

async fn coupon(shop: &Shop, terms: CouponTerms) -> CouponId {
    done(create(shop, creation(shop, "TEA-10", terms)).await.unwrap()).id
}

async fn edit(
    shop: &Shop,
    coupon: CouponId,
    change: CouponChange,
) -> Result<Coupon, WriteCouponError> {
    let app = shop.app();
    let edit_coupon: &dyn EditCoupon = app.resolve_ref();
    let (actor, provenance) = (shop.staff(), Provenance::default());
    edit_coupon.execute(EditCouponCommand { actor, coupon, change, provenance }).await
}

fn with_code(customer: Actor, goods: Goods, quantity: u32) -> PlaceOrderCommand {
    let promo_code = PromoCode::parse("tea-10");
    PlaceOrderCommand { promo_code, ..wants(customer, &[(goods, quantity)]) }
}

async fn place(
    shop: &Shop,
    command: PlaceOrderCommand,
) -> Result<Outcome<OrderView>, PlaceOrderError> {
    let app = shop.app();
    let place_order: &dyn PlaceOrder = app.resolve_ref();
    place_order.execute(command).await
}

fn used(shop: &Shop, coupon: CouponId) -> (u32, usize) {
    let tables = shop.state.lock();
    let held = tables.redemptions.values().filter(|row| row.released_at.is_none()).count();
    (tables.coupons[&coupon].used, held)
}

#[tokio::test]
async fn an_order_with_a_code_costs_less_and_counts_as_one_use() {
    let shop = Shop::open();
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
    let id = coupon(&shop, ten_percent()).await;
    let order = done(place(&shop, with_code(ann, tea, 2)).await.unwrap());
    assert_eq!((order.subtotal, order.discount), (roubles(20_000), roubles(2_000)));
    assert_eq!((order.total, order.lines[0].discount), (roubles(18_000), roubles(2_000)));
    assert_eq!(order.promo_code.as_deref(), Some("TEA-10"));
    assert_eq!(order.status, OrderStatus::Pending);
    assert_eq!(used(&shop, id), (1, 1));
}

#[tokio::test]
async fn an_order_that_costs_nothing_any_more_is_paid_at_once() {
    let shop = Shop::open();
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
    let terms = CouponTerms { discount: Discount::Percent(10_000), ..ten_percent() };
    coupon(&shop, terms).await;
    let order = done(place(&shop, with_code(ann, tea, 2)).await.unwrap());
    assert_eq!((order.total, order.status), (roubles(0), OrderStatus::Paid));
    assert_eq!((shop.stock(tea).reserved, shop.stock(tea).allocated), (0, 2));
}

#[tokio::test]
async fn a_code_that_is_not_had_leaves_nothing_behind() {
    let shop = Shop::open();
    let (ann, bob) = (shop.customer("ann").await, shop.customer("bob").await);
    let tea = shop.goods("tea", 10).await;
    let refused = place(&shop, with_code(ann, tea, 1)).await;
    assert!(matches!(refused, Err(PlaceOrderError::Coupon(CouponRefused::Unknown))), "{refused:?}");

    let limits = CouponTerms { total_limit: Some(2), user_limit: Some(1), ..ten_percent() };
    coupon(&shop, limits).await;
    done(place(&shop, with_code(ann, tea, 1)).await.unwrap());
    let before = shop.snapshot();
    let refused = place(&shop, with_code(ann, tea, 1)).await;
    assert!(matches!(refused, Err(PlaceOrderError::Coupon(CouponRefused::UsedUp))), "{refused:?}");
    assert_eq!(shop.snapshot(), before);
    done(place(&shop, with_code(bob, tea, 1)).await.unwrap());
    let cat = shop.customer("cat").await;
    let refused = place(&shop, with_code(cat, tea, 1)).await;
    assert!(
        matches!(refused, Err(PlaceOrderError::Coupon(CouponRefused::Exhausted))),
        "{refused:?}"
    );
    assert_eq!(shop.stock(tea).reserved, 2);
}

#[tokio::test]
async fn customers_at_once_get_no_more_than_it_is_for() {
    let shop = Shop::open();
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 100).await);
    let id = coupon(&shop, CouponTerms { total_limit: Some(2), ..ten_percent() }).await;
    let app = std::sync::Arc::new(shop.app());
    let crowd: Vec<_> = (0..5)
        .map(|_| {
            let place_order: std::sync::Arc<dyn PlaceOrder> = app.resolve();
            tokio::spawn(async move { place_order.execute(with_code(ann, tea, 1)).await })
        })
        .collect();
    let mut placed = 0;
    for one in crowd {
        match one.await.unwrap() {
            Ok(_) => placed += 1,
            Err(refused) => assert!(
                matches!(refused, PlaceOrderError::Coupon(CouponRefused::Exhausted)),
                "{refused:?}"
            ),
        }
    }
    assert_eq!((placed, used(&shop, id)), (2, (2, 2)));
    assert_eq!(shop.stock(tea).reserved, 2);
}

#[tokio::test]
async fn a_repeated_request_is_one_use_also_when_none_is_left() {
    let shop = Shop::open();
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
    let id = coupon(&shop, CouponTerms { total_limit: Some(1), ..ten_percent() }).await;
    let idempotency = key("k1", 1, rendered_order);
    let command = PlaceOrderCommand { idempotency, ..with_code(ann, tea, 1) };
    let order = done(place(&shop, command.clone()).await.unwrap());
    let Outcome::Replayed(answer) = place(&shop, command).await.unwrap() else { panic!("done") };
    assert_eq!(answer.body, format!("order {}", order.id));
    assert_eq!(used(&shop, id), (1, 1));
}

#[tokio::test]
async fn an_order_that_ends_unpaid_gives_its_use_back() {
    let shop = Shop::open();
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
    let id = coupon(&shop, CouponTerms { total_limit: Some(1), ..ten_percent() }).await;
    let order = done(place(&shop, with_code(ann, tea, 1)).await.unwrap());
    let app = shop.app();
    let cancel_order: &dyn CancelOrder = app.resolve_ref();
    let provenance = Provenance::default();
    let command = CancelOrderCommand { actor: ann, order: order.id, provenance };
    let cancelled = cancel_order.execute(command).await.unwrap();
    assert_eq!((cancelled.total, used(&shop, id)), (order.total, (0, 0)));

    done(place(&shop, with_code(ann, tea, 1)).await.unwrap());
    assert_eq!(used(&shop, id), (1, 1));
    shop.clock.advance(RESERVED_FOR + Duration::SECOND);
    let app = shop.app();
    let expire_orders: &dyn ExpireOrders = app.resolve_ref();
    assert_eq!(expire_orders.execute(10).await.unwrap(), 1);
    assert_eq!(used(&shop, id), (0, 0));
}

#[tokio::test]
async fn an_order_that_is_reinstated_keeps_its_price_and_takes_a_use_if_there_is_one() {
    for taken_meanwhile in [false, true] {
        let shop = Shop::open();
        let (ann, bob) = (shop.customer("ann").await, shop.customer("bob").await);
        let tea = shop.goods("tea", 10).await;
        let id = coupon(&shop, CouponTerms { total_limit: Some(1), ..ten_percent() }).await;
        let order = done(place(&shop, with_code(ann, tea, 1)).await.unwrap());
        let payment = shop.begin_to_pay(ann, order.id).await;
        assert_eq!(payment.amount, roubles(9_000));
        let app = shop.app();
        let cancel_order: &dyn CancelOrder = app.resolve_ref();
        let provenance = Provenance::default();
        let command = CancelOrderCommand { actor: ann, order: order.id, provenance };
        cancel_order.execute(command).await.unwrap();
        if taken_meanwhile {
            done(place(&shop, with_code(bob, tea, 1)).await.unwrap());
        }
        shop.report(&payment, FactKind::Captured).await.unwrap();
        let stored = shop.state.lock().orders[&order.id].clone();
        assert_eq!(stored.state().status, OrderStatus::Paid);
        assert_eq!(stored.total(), roubles(9_000));
        assert_eq!(used(&shop, id), (1, 1), "{taken_meanwhile}");
    }
}

#[tokio::test]
async fn a_code_is_made_once_and_noted() {
    let shop = Shop::open();
    let command = CreateCouponCommand {
        idempotency: key("k1", 1, rendered),
        ..creation(&shop, "TEA-10", ten_percent())
    };
    let made = done(create(&shop, command.clone()).await.unwrap());
    let replayed = create(&shop, command).await.unwrap();
    assert_eq!(replayed, Outcome::Replayed(rendered(&made)));
    let taken = create(&shop, creation(&shop, "tea-10", ten_percent())).await;
    assert!(matches!(taken, Err(WriteCouponError::CodeTaken)), "{taken:?}");
    let none = CouponTerms { discount: Discount::Percent(0), ..ten_percent() };
    let refused = create(&shop, creation(&shop, "RUM", none)).await;
    assert!(matches!(refused, Err(WriteCouponError::Terms(TermsRefused::Percent))), "{refused:?}");
    let tables = shop.state.lock();
    assert_eq!(tables.coupons.values().collect::<Vec<_>>(), [&made]);
    assert_eq!(tables.audit.len(), 1);
}

#[tokio::test]
async fn terms_change_for_whoever_comes_next() {
    let shop = Shop::open();
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
    let id = coupon(&shop, ten_percent()).await;
    let first = done(place(&shop, with_code(ann, tea, 1)).await.unwrap());
    let discount = Some(Discount::Percent(2_000));
    let change = CouponChange { discount, ..CouponChange::default() };
    let edited = edit(&shop, id, change).await.unwrap();
    assert_eq!((edited.version, edited.used), (2, 1));
    let second = done(place(&shop, with_code(ann, tea, 1)).await.unwrap());
    assert_eq!((first.discount, second.discount), (roubles(1_000), roubles(2_000)));

    let entries = shop.state.lock().audit.len();
    assert_eq!(edit(&shop, id, change).await.unwrap().version, 2, "nothing changes");
    assert_eq!(shop.state.lock().audit.len(), entries);
    let low = CouponChange { total_limit: Some(Some(1)), ..CouponChange::default() };
    let refused = edit(&shop, id, low).await;
    let Err(WriteCouponError::Terms(TermsRefused::Used { used })) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(used, 2);
    let missing = edit(&shop, CouponId::new(shop.ids.next()), change).await;
    assert!(matches!(missing, Err(WriteCouponError::NotFound)), "{missing:?}");
    let off = CouponChange { is_active: Some(false), ..CouponChange::default() };
    edit(&shop, id, off).await.unwrap();
    let refused = place(&shop, with_code(ann, tea, 1)).await;
    assert!(
        matches!(refused, Err(PlaceOrderError::Coupon(CouponRefused::Inactive))),
        "{refused:?}"
    );
}
