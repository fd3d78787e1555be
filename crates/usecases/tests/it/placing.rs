use domain::{
    catalogue::{ProductId, ProductStatus},
    inventory::Shortage,
    ordering::{
        OfferKey, OrderStatus, PaymentStatus, PlaceOrder, PlaceOrderCommand, PlaceOrderError,
        WantedLine,
    },
    shared::{
        error::StoreError,
        idempotency::{IdempotencyError, Outcome},
        money::{Currency, Money, MoneyError},
        ports::IdGenerator,
    },
};
use infra_memory::store::{MemoryOrderingStore, MemoryPaymentsStore};
use shaku::HasComponent;
use test_support::{
    builders::{product, roubles},
    ids::CountingIds,
};

use crate::{
    losing::{LosingStore, Losses},
    shop::{RESERVED_FOR, Shop, done, key, rendered_order, wants},
};

async fn execute(
    shop: &Shop,
    command: PlaceOrderCommand,
) -> Result<Outcome<domain::ordering::OrderView>, PlaceOrderError> {
    let app = shop.app();
    let place_order: &dyn PlaceOrder = app.resolve_ref();
    place_order.execute(command).await
}

#[tokio::test]
async fn an_order_takes_its_stock_and_tells_so() {
    let shop = Shop::open();
    let (ann, tea, mug) =
        (shop.customer("ann").await, shop.goods("tea", 10).await, shop.goods("mug", 10).await);
    let order = done(execute(&shop, wants(ann, &[(tea, 2), (mug, 1), (tea, 3)])).await.unwrap());

    assert_eq!(order.total, roubles(60_000));
    assert_eq!((order.status, order.payment_status), (OrderStatus::Pending, PaymentStatus::None));
    assert_eq!(order.expires_at, Some(order.created_at + RESERVED_FOR));
    assert_eq!((shop.stock(tea).reserved, shop.stock(mug).reserved), (5, 1));
    assert_eq!(shop.events().last(), Some(&"ordering.order_placed.v1"));
    assert_eq!(shop.state.lock().orders.len(), 1);
}

#[tokio::test]
async fn a_variant_can_be_named_instead_of_its_product() {
    let shop = Shop::open();
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
    let mut command = wants(ann, &[(tea, 1)]);
    command.wanted[0].what = OfferKey::Variant(tea.variant);
    let order = done(execute(&shop, command).await.unwrap());
    assert_eq!(order.lines[0].variant, tea.variant);
}

#[tokio::test]
async fn a_product_means_its_default_variant_whatever_else_is_wanted() {
    let shop = Shop::open();
    let ann = shop.customer("ann").await;
    let tea = shop.stock_up(product("tea").variant("-large", true, &[roubles(30_000)])).await;
    let large = shop.state.lock().products[&tea.product].parts().variants[1].id;
    let mut command = wants(ann, &[(tea, 1), (tea, 1)]);
    command.wanted[0].what = OfferKey::Variant(large);

    let order = done(execute(&shop, command).await.unwrap());

    let variants: Vec<_> = order.lines.iter().map(|line| line.variant).collect();
    assert_eq!(variants, [large, tea.variant]);
    assert_eq!(order.total, roubles(40_000));
}

#[tokio::test]
async fn every_short_line_is_named_and_nothing_is_taken() {
    let shop = Shop::open();
    let ann = shop.customer("ann").await;
    let (tea, mug, pot) =
        (shop.goods("tea", 1).await, shop.goods("mug", 9).await, shop.goods("pot", 0).await);
    let before = shop.snapshot();

    let refused = execute(&shop, wants(ann, &[(tea, 2), (mug, 2), (pot, 1)])).await;

    let Err(PlaceOrderError::OutOfStock(mut shortages)) = refused else { panic!("{refused:?}") };
    shortages.sort_by_key(|shortage| shortage.variant);
    assert_eq!(
        shortages,
        [
            Shortage { variant: tea.variant, wanted: 2, left: 1 },
            Shortage { variant: pot.variant, wanted: 1, left: 0 },
        ]
    );
    assert_eq!(shop.snapshot(), before);
}

#[tokio::test]
async fn what_is_wrong_with_a_line_is_told_by_its_position() {
    let shop = Shop::open();
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
    let draft = shop.stock_up(product("draft").status(ProductStatus::Draft)).await;
    let nothing = OfferKey::Product(ProductId::new(shop.ids.next()));
    let before = shop.snapshot();

    let mut unknown = wants(ann, &[(tea, 1)]);
    unknown.wanted.push(WantedLine { what: nothing, quantity: 1 });
    let refused = execute(&shop, unknown).await;
    assert!(matches!(refused, Err(PlaceOrderError::UnknownProduct { line: 1, .. })), "{refused:?}");

    let refused = execute(&shop, wants(ann, &[(tea, 1), (draft, 1)])).await;
    assert!(matches!(refused, Err(PlaceOrderError::NotSold { line: 1, .. })), "{refused:?}");

    let mut dollars = wants(ann, &[(tea, 1)]);
    dollars.currency = Some(Currency::parse("USD").unwrap());
    let refused = execute(&shop, dollars).await;
    assert!(matches!(refused, Err(PlaceOrderError::NoPrice { line: 0, .. })), "{refused:?}");

    let refused = execute(&shop, wants(ann, &[(tea, 1), (tea, 0)])).await;
    assert!(matches!(refused, Err(PlaceOrderError::Quantity { line: 1 })), "{refused:?}");
    for count in [0, 101] {
        let refused = execute(&shop, wants(ann, &vec![(tea, 1); count])).await;
        assert!(matches!(refused, Err(PlaceOrderError::LineCount)), "{refused:?}");
    }
    assert_eq!(shop.snapshot(), before);
}

#[tokio::test]
async fn the_currency_is_the_customers_choice_or_that_of_the_first_line() {
    let shop = Shop::open();
    let ann = shop.customer("ann").await;
    let dollars = Money::new(150, Currency::parse("USD").unwrap());
    let tea = shop.stock_up(product("tea").prices(&[roubles(10_000), dollars])).await;

    let order = done(execute(&shop, wants(ann, &[(tea, 2)])).await.unwrap());
    assert_eq!(order.total.minor, order.lines[0].unit_price.minor * 2);

    let mut command = wants(ann, &[(tea, 2)]);
    command.currency = Some(dollars.currency);
    let order = done(execute(&shop, command).await.unwrap());
    assert_eq!(order.total, Money::new(300, dollars.currency));
}

#[tokio::test]
async fn a_total_that_does_not_fit_takes_nothing() {
    let shop = Shop::open();
    let ann = shop.customer("ann").await;
    let gold = shop.stock_up(product("gold").prices(&[roubles(1_000_000_000_000)])).await;
    let before = shop.snapshot();
    let refused = execute(&shop, wants(ann, &[(gold, 2)])).await;
    assert!(matches!(refused, Err(PlaceOrderError::Money(MoneyError::Overflow))), "{refused:?}");
    assert_eq!(shop.snapshot(), before);
}

#[tokio::test]
async fn an_order_that_costs_nothing_is_paid_at_once() {
    let shop = Shop::open();
    let ann = shop.customer("ann").await;
    let sample = shop.stock_up(product("sample").prices(&[roubles(0)])).await;
    let order = done(execute(&shop, wants(ann, &[(sample, 2)])).await.unwrap());

    assert_eq!((order.status, order.payment_status), (OrderStatus::Paid, PaymentStatus::Paid));
    assert_eq!(order.expires_at, None);
    assert_eq!((shop.stock(sample).reserved, shop.stock(sample).allocated), (0, 2));
    let recorded = shop.events();
    assert!(recorded.ends_with(&["ordering.order_placed.v1", "ordering.order_paid.v1"]));
}

#[tokio::test]
async fn the_same_key_gives_the_same_answer_and_one_order() {
    let shop = Shop::open();
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
    let command =
        PlaceOrderCommand { idempotency: key("k1", 1, rendered_order), ..wants(ann, &[(tea, 2)]) };
    let order = done(execute(&shop, command.clone()).await.unwrap());
    let before = shop.snapshot();

    let again = execute(&shop, command).await.unwrap();

    assert_eq!(again, Outcome::Replayed(rendered_order(&order)));
    assert_eq!(shop.snapshot(), before);
}

#[tokio::test]
async fn a_key_keeps_its_answer_when_the_goods_are_gone_meanwhile() {
    let shop = Shop::open();
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
    let command =
        PlaceOrderCommand { idempotency: key("k1", 1, rendered_order), ..wants(ann, &[(tea, 10)]) };
    let order = done(execute(&shop, command.clone()).await.unwrap());

    let again = execute(&shop, command.clone()).await.unwrap();
    assert_eq!(again, Outcome::Replayed(rendered_order(&order)));

    shop.state.lock().products.clear();
    let again = execute(&shop, command.clone()).await.unwrap();
    assert_eq!(again, Outcome::Replayed(rendered_order(&order)));

    let fresh = PlaceOrderCommand { idempotency: key("k2", 1, rendered_order), ..command };
    let refused = execute(&shop, fresh).await;
    assert!(matches!(refused, Err(PlaceOrderError::UnknownProduct { line: 0, .. })));
    assert_eq!(shop.state.lock().keys.len(), 1);
}

#[tokio::test]
async fn a_key_that_was_used_for_another_body_is_refused() {
    let shop = Shop::open();
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
    let first =
        PlaceOrderCommand { idempotency: key("k1", 1, rendered_order), ..wants(ann, &[(tea, 2)]) };
    done(execute(&shop, first).await.unwrap());
    let before = shop.snapshot();

    let other =
        PlaceOrderCommand { idempotency: key("k1", 2, rendered_order), ..wants(ann, &[(tea, 3)]) };
    let refused = execute(&shop, other).await;

    let mismatch = PlaceOrderError::Idempotency(IdempotencyError::Mismatch);
    assert_eq!(refused.unwrap_err().to_string(), mismatch.to_string());
    assert_eq!(shop.snapshot(), before);
}

#[tokio::test]
async fn a_key_is_free_again_when_the_order_was_refused() {
    let shop = Shop::open();
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 1).await);
    let command =
        PlaceOrderCommand { idempotency: key("k1", 1, rendered_order), ..wants(ann, &[(tea, 2)]) };
    assert!(execute(&shop, command.clone()).await.is_err());
    shop.state.lock().stock.get_mut(&tea.level).unwrap().on_hand = 2;
    done(execute(&shop, command).await.unwrap());
}

#[tokio::test]
async fn a_lost_race_is_run_again_as_the_same_order() {
    let shop = Shop::open();
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
    let losses = Losses::of(4);
    let inner = MemoryOrderingStore::over(shop.state.clone());
    let store = LosingStore { inner, losses: losses.clone() };
    let app = shop.app_over(store, MemoryPaymentsStore::over(shop.state.clone()));
    let place_order: &dyn PlaceOrder = app.resolve_ref();
    let drawn = shop.ids.drawn();

    let order = done(place_order.execute(wants(ann, &[(tea, 2)])).await.unwrap());

    assert_eq!(losses.left(), 0);
    assert_eq!(shop.ids.drawn() - drawn, 3, "line, order and event are drawn once");
    assert_eq!(shop.state.lock().orders.keys().collect::<Vec<_>>(), [&order.id]);
    assert_eq!(shop.stock(tea).reserved, 2);
}

#[tokio::test]
async fn a_race_that_is_lost_five_times_is_given_up() {
    let shop = Shop::open();
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
    let before = shop.snapshot();
    let inner = MemoryOrderingStore::over(shop.state.clone());
    let store = LosingStore { inner, losses: Losses::of(5) };
    let app = shop.app_over(store, MemoryPaymentsStore::over(shop.state.clone()));
    let place_order: &dyn PlaceOrder = app.resolve_ref();

    let refused = place_order.execute(wants(ann, &[(tea, 2)])).await;

    assert!(matches!(refused, Err(PlaceOrderError::Store(StoreError::Conflict))));
    assert_eq!(shop.snapshot(), before);
}

#[tokio::test]
async fn two_buyers_at_once_never_take_more_than_there_is() {
    let shop = Shop::open();
    let tea = shop.goods("tea", 3).await;
    let ann = shop.customer("ann").await;
    let app = std::sync::Arc::new(shop.app());
    let buyers: Vec<_> = (0..5)
        .map(|_| {
            let place_order: std::sync::Arc<dyn PlaceOrder> = app.resolve();
            tokio::spawn(async move { place_order.execute(wants(ann, &[(tea, 1)])).await })
        })
        .collect();
    let mut sold = 0;
    for buyer in buyers {
        match buyer.await.unwrap() {
            Ok(_) => sold += 1,
            Err(refused) => assert!(matches!(refused, PlaceOrderError::OutOfStock(_))),
        }
    }
    assert_eq!(sold, 3);
    assert_eq!(shop.stock(tea).reserved, 3);
}

#[tokio::test]
async fn a_number_that_is_taken_is_drawn_again() {
    let shop = Shop::open();
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
    let first = shop.place(ann, tea, 1).await;
    // Ids of this seed differ, but not in the bits a number is made of.
    let ids = CountingIds::seeded(256);
    let count = u32::try_from(first.id.raw().as_u128() & 0xffff_ffff).unwrap();
    while ids.drawn() + 2 < count {
        ids.next();
    }
    let shop = Shop { ids, ..shop };

    let next = shop.place(ann, tea, 1).await;

    assert_eq!(shop.ids.drawn(), count + 1 + 3, "a line, an order and an event, twice");
    assert_ne!(first.number, next.number);
    assert_eq!((shop.stock(tea).reserved, shop.state.lock().orders.len()), (2, 2));
}
