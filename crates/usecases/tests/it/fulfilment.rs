//! What the staff does with paid orders: goods leave, money goes back.

use std::sync::Arc;

use domain::{
    ordering::{
        CancelOrder, CancelOrderCommand, FulfilOrder, FulfilOrderCommand, FulfilOrderError,
        FulfilmentStep, OrderCommand, OrderStatus, OrderView, Parcel, PaymentStatus,
    },
    payments::{
        ExecuteRefund, FactKind, RefundOf, RefundOrder, RefundOrderCommand, RefundOrderError,
    },
    shared::{
        actor::Actor,
        event::Provenance,
        idempotency::{IdempotencyError, Outcome},
        money::Money,
    },
};
use infra_memory::store::{MemoryOrderingStore, MemoryPaymentsStore};
use shaku::HasComponent;
use test_support::{
    builders::roubles,
    flaky::{Faults, FlakyOrderingStore, FlakyPaymentsStore},
};

use crate::{
    app::App,
    atomicity::at_each_step,
    shop::{Goods, Shop, key, rendered_order},
};

/// Two units for 200.00 RUB, paid.
async fn paid(shop: &Shop) -> (Actor, Goods, OrderView) {
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
    let order = shop.place(ann, tea, 2).await;
    let payment = shop.begin_to_pay(ann, order.id).await;
    shop.report(&payment, FactKind::Captured).await.unwrap();
    (ann, tea, order)
}

async fn take(
    shop: &Shop,
    order: &OrderView,
    step: FulfilmentStep,
) -> Result<OrderView, FulfilOrderError> {
    let app = shop.app();
    let fulfil_order: &dyn FulfilOrder = app.resolve_ref();
    fulfil_order.execute(step_of(shop, order, step)).await
}

fn step_of(shop: &Shop, order: &OrderView, step: FulfilmentStep) -> FulfilOrderCommand {
    let provenance = Provenance::default();
    FulfilOrderCommand { actor: shop.staff(), order: order.id, step, provenance }
}

async fn delivered(shop: &Shop) -> (Actor, Goods, OrderView) {
    let (ann, tea, order) = paid(shop).await;
    take(shop, &order, FulfilmentStep::Ship(Vec::new())).await.unwrap();
    take(shop, &order, FulfilmentStep::Deliver).await.unwrap();
    (ann, tea, order)
}

fn refund(shop: &Shop, order: &OrderView, amount: Option<Money>) -> RefundOrderCommand {
    RefundOrderCommand {
        actor: shop.staff(),
        of: RefundOf::Order(order.id),
        amount,
        idempotency: None,
        provenance: Provenance::default(),
    }
}

async fn give_back(
    shop: &Shop,
    command: RefundOrderCommand,
) -> Result<Outcome<OrderView>, RefundOrderError> {
    let app = shop.app();
    let refund_order: &dyn RefundOrder = app.resolve_ref();
    refund_order.execute(command).await
}

async fn carry_out_refunds(shop: &Shop) {
    let app = shop.app();
    let execute_refund: &dyn ExecuteRefund = app.resolve_ref();
    let all: Vec<_> = shop.state.lock().refunds.keys().copied().collect();
    for refund in all {
        execute_refund.execute(refund, Provenance::default()).await.unwrap();
    }
}

fn flaky(shop: &Shop, faults: &Faults) -> App {
    let ordering = Arc::new(MemoryOrderingStore::over(shop.state.clone()));
    let payments = Arc::new(MemoryPaymentsStore::over(shop.state.clone()));
    shop.app_over(
        FlakyOrderingStore::new(ordering, faults.clone()),
        FlakyPaymentsStore::new(payments, faults.clone()),
    )
}

#[tokio::test]
async fn what_is_shipped_leaves_the_stock() {
    let shop = Shop::open();
    let (_, tea, order) = paid(&shop).await;
    assert_eq!(
        take(&shop, &order, FulfilmentStep::Start).await.unwrap().status.as_str(),
        "processing"
    );

    let one = Parcel { line: order.lines[0].id, quantity: 1 };
    let part = take(&shop, &order, FulfilmentStep::Ship(vec![one])).await.unwrap();
    assert_eq!((part.status, part.lines[0].shipped), (OrderStatus::PartiallyShipped, 1));
    assert_eq!((shop.stock(tea).on_hand, shop.stock(tea).allocated), (9, 1));

    let all = take(&shop, &order, FulfilmentStep::Ship(Vec::new())).await.unwrap();
    assert_eq!((all.status, all.lines[0].shipped), (OrderStatus::Shipped, 2));
    assert_eq!((shop.stock(tea).on_hand, shop.stock(tea).allocated), (8, 0));

    take(&shop, &order, FulfilmentStep::Deliver).await.unwrap();
    let done = take(&shop, &order, FulfilmentStep::Complete).await.unwrap();
    assert_eq!(done.status, OrderStatus::Completed);
    let events = shop.events();
    let last = events.get(events.len() - 5..).unwrap();
    let shipped = "ordering.order_shipped.v1";
    let (started, delivered) = ("ordering.order_started.v1", "ordering.order_delivered.v1");
    assert_eq!(last, [started, shipped, shipped, delivered, "ordering.order_completed.v1"]);
}

#[tokio::test]
async fn what_is_not_on_hand_does_not_leave() {
    let shop = Shop::open();
    let (_, tea, order) = paid(&shop).await;
    shop.state.lock().stock.get_mut(&tea.level).unwrap().on_hand = 1;
    let before = shop.snapshot();
    let refused = take(&shop, &order, FulfilmentStep::Ship(Vec::new())).await;
    let Err(FulfilOrderError::NotOnHand(short)) = refused else { panic!("{refused:?}") };
    assert_eq!((short[0].wanted, short[0].left), (2, 1));
    assert_eq!(shop.snapshot(), before);
}

#[tokio::test]
async fn shipping_is_all_or_nothing() {
    at_each_step(5, async |faults| {
        let shop = Shop::open();
        let (_, tea, order) = paid(&shop).await;
        let before = shop.snapshot();
        let app = flaky(&shop, faults);
        let fulfil_order: &dyn FulfilOrder = app.resolve_ref();
        let command = step_of(&shop, &order, FulfilmentStep::Ship(Vec::new()));

        let failed = fulfil_order.execute(command.clone()).await.is_err();

        if failed {
            assert_eq!(shop.snapshot(), before);
            fulfil_order.execute(command).await.unwrap();
        }
        assert_eq!((shop.stock(tea).on_hand, shop.stock(tea).allocated), (8, 0));
        failed
    })
    .await;
}

#[tokio::test]
async fn staff_cancels_a_paid_order_and_all_its_money_goes_back_or_nothing_happens() {
    at_each_step(7, async |faults| {
        let shop = Shop::open();
        let (_, tea, order) = paid(&shop).await;
        let before = shop.snapshot();
        let app = flaky(&shop, faults);
        let cancel_order: &dyn CancelOrder = app.resolve_ref();
        let provenance = Provenance::default();
        let command = CancelOrderCommand { actor: shop.staff(), order: order.id, provenance };

        let failed = cancel_order.execute(command.clone()).await.is_err();

        if failed {
            assert_eq!(shop.snapshot(), before);
            cancel_order.execute(command).await.unwrap();
        }
        assert_eq!((shop.stock(tea).reserved, shop.stock(tea).allocated), (0, 0));
        carry_out_refunds(&shop).await;
        assert_eq!(shop.status(order.id), (OrderStatus::Cancelled, PaymentStatus::Refunded));
        failed
    })
    .await;
}

#[tokio::test]
async fn money_goes_back_in_parts_and_never_more_than_there_is() {
    let shop = Shop::open();
    let (_, _, order) = delivered(&shop).await;
    for _ in 0..2 {
        give_back(&shop, refund(&shop, &order, Some(roubles(5_000)))).await.unwrap();
    }
    for too_much in [10_001, 20_000, 0] {
        let refused = give_back(&shop, refund(&shop, &order, Some(roubles(too_much)))).await;
        let Err(RefundOrderError::Amount { left }) = refused else { panic!("{refused:?}") };
        assert_eq!(left, roubles(10_000));
    }
    carry_out_refunds(&shop).await;
    assert_eq!(shop.status(order.id), (OrderStatus::Delivered, PaymentStatus::PartiallyRefunded));

    give_back(&shop, refund(&shop, &order, None)).await.unwrap();
    let nothing_left = give_back(&shop, refund(&shop, &order, None)).await;
    assert!(matches!(nothing_left, Err(RefundOrderError::Amount { .. })), "{nothing_left:?}");
    carry_out_refunds(&shop).await;
    assert_eq!(shop.status(order.id).1, PaymentStatus::Refunded);
    let given: i64 = shop.gateway.refunded().iter().map(|(_, amount)| amount.minor).sum();
    assert_eq!(given, 20_000);
}

#[tokio::test]
async fn money_goes_back_only_after_delivery() {
    let shop = Shop::open();
    let (_, _, order) = paid(&shop).await;
    let before = shop.snapshot();
    let refused = give_back(&shop, refund(&shop, &order, None)).await;
    let Err(RefundOrderError::Transition(refused)) = refused else { panic!("{refused:?}") };
    assert_eq!((refused.from, refused.command), (OrderStatus::Paid, OrderCommand::Refund));
    assert_eq!(shop.snapshot(), before);
}

#[tokio::test]
async fn one_key_is_one_refund() {
    let shop = Shop::open();
    let (_, _, order) = delivered(&shop).await;
    let keyed = |body| RefundOrderCommand {
        idempotency: key("k1", body, rendered_order),
        ..refund(&shop, &order, Some(roubles(5_000)))
    };
    assert!(matches!(give_back(&shop, keyed(1)).await.unwrap(), Outcome::Done(_)));
    assert!(matches!(give_back(&shop, keyed(1)).await.unwrap(), Outcome::Replayed(_)));
    let other = give_back(&shop, keyed(2)).await;
    let mismatch = IdempotencyError::Mismatch;
    assert!(matches!(other, Err(RefundOrderError::Idempotency(m)) if m == mismatch), "{other:?}");
    assert_eq!(shop.state.lock().refunds.len(), 1);
}

#[tokio::test]
async fn deciding_on_a_refund_is_all_or_nothing() {
    at_each_step(5, async |faults| {
        let shop = Shop::open();
        let (_, _, order) = delivered(&shop).await;
        let before = shop.snapshot();
        let app = flaky(&shop, faults);
        let refund_order: &dyn RefundOrder = app.resolve_ref();
        let command = refund(&shop, &order, Some(roubles(5_000)));

        let failed = refund_order.execute(command.clone()).await.is_err();

        if failed {
            assert_eq!(shop.snapshot(), before);
            refund_order.execute(command).await.unwrap();
        }
        assert_eq!(shop.state.lock().refunds.len(), 1);
        failed
    })
    .await;
}
