//! Every store is made to fail at every step: whatever is left is nothing, or all of it, and
//! asking again always ends well.

use std::sync::Arc;

use domain::{
    ordering::{CancelOrder, CancelOrderCommand, ExpireOrders, OrderStatus, PlaceOrder},
    payments::{CreatePayment, ExecuteRefund, FactKind, ReceiveWebhook},
    shared::event::Provenance,
};
use infra_memory::store::{MemoryOrderingStore, MemoryPaymentsStore};
use shaku::HasComponent;
use test_support::flaky::{Faults, FlakyOrderingStore, FlakyPaymentsStore};

use crate::{
    app::App,
    refunds::{Owed, owed},
    shop::{RESERVED_FOR, Shop, key, notice, pays, rendered_order, rendered_payment, wants},
};

fn flaky(shop: &Shop, faults: &Faults) -> App {
    let ordering = Arc::new(MemoryOrderingStore::over(shop.state.clone()));
    let payments = Arc::new(MemoryPaymentsStore::over(shop.state.clone()));
    shop.app_over(
        FlakyOrderingStore::new(ordering, faults.clone()),
        FlakyPaymentsStore::new(payments, faults.clone()),
    )
}

/// Runs `scene` with a fault at each step it takes without one; it answers whether the use case
/// failed. At least `steps` steps are expected, so that the counting itself cannot go wrong.
pub(crate) async fn at_each_step(steps: u32, scene: impl AsyncFn(&Faults) -> bool) {
    let counted = Faults::none();
    assert!(!scene(&counted).await, "fails without a fault");
    assert!(counted.steps() >= steps, "{} steps", counted.steps());
    for step in 1..=counted.steps() {
        assert!(scene(&Faults::at(step)).await, "the fault at step {step} was swallowed");
    }
}

#[tokio::test]
async fn placing_an_order_is_all_or_nothing() {
    at_each_step(5, async |faults| {
        let shop = Shop::open();
        let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
        let mut command = wants(ann, &[(tea, 2)]);
        command.idempotency = key("k1", 1, rendered_order);
        let before = shop.snapshot();
        let app = flaky(&shop, faults);
        let place_order: &dyn PlaceOrder = app.resolve_ref();

        let failed = place_order.execute(command.clone()).await.is_err();

        if failed {
            assert_eq!(shop.snapshot(), before);
            place_order.execute(command).await.unwrap();
        }
        assert_eq!((shop.stock(tea).reserved, shop.state.lock().orders.len()), (2, 1));
        failed
    })
    .await;
}

#[tokio::test]
async fn cancelling_an_order_is_all_or_nothing() {
    at_each_step(5, async |faults| {
        let shop = Shop::open();
        let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
        let order = shop.place(ann, tea, 2).await.id;
        let before = shop.snapshot();
        let app = flaky(&shop, faults);
        let cancel_order: &dyn CancelOrder = app.resolve_ref();
        let provenance = Provenance::default();
        let command = CancelOrderCommand { actor: ann, order, provenance };

        let failed = cancel_order.execute(command.clone()).await.is_err();

        if failed {
            assert_eq!(shop.snapshot(), before);
            cancel_order.execute(command).await.unwrap();
        }
        assert_eq!(shop.status(order).0, OrderStatus::Cancelled);
        assert_eq!(shop.stock(tea).reserved, 0);
        failed
    })
    .await;
}

#[tokio::test]
async fn an_order_expires_all_or_not() {
    at_each_step(5, async |faults| {
        let shop = Shop::open();
        let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
        let order = shop.place(ann, tea, 2).await.id;
        shop.clock.advance(RESERVED_FOR);
        let before = shop.snapshot();
        let app = flaky(&shop, faults);
        let expire_orders: &dyn ExpireOrders = app.resolve_ref();

        let failed = expire_orders.execute(10).await.is_err();

        if failed {
            assert_eq!(shop.snapshot(), before);
            assert_eq!(expire_orders.execute(10).await.unwrap(), 1);
        }
        assert_eq!(shop.status(order).0, OrderStatus::Expired);
        assert_eq!(shop.stock(tea).reserved, 0);
        failed
    })
    .await;
}

#[tokio::test]
async fn beginning_to_pay_leaves_an_attempt_that_can_be_gone_on_with() {
    at_each_step(10, async |faults| {
        let shop = Shop::open();
        let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
        let order = shop.place(ann, tea, 2).await.id;
        let mut command = pays(ann, order);
        command.idempotency = key("k1", 1, rendered_payment);
        let before = shop.snapshot();
        let app = flaky(&shop, faults);
        let create_payment: &dyn CreatePayment = app.resolve_ref();

        let failed = create_payment.execute(command.clone()).await.is_err();

        if failed {
            let is_begun = !shop.gateway.calls().is_empty();
            assert_eq!(shop.state.lock().payments.len(), usize::from(is_begun));
            assert_eq!(shop.snapshot() == before, !is_begun);
            create_payment.execute(command).await.unwrap();
        }
        let payments: Vec<_> = shop.state.lock().payments.keys().copied().collect();
        assert_eq!(payments.len(), 1);
        let known = shop.state.lock().payments[&payments[0]].state.provider_payment_id.clone();
        assert_eq!(known, shop.gateway.created(payments[0]).map(|at| at.provider_payment_id));
        failed
    })
    .await;
}

#[tokio::test]
async fn a_webhook_pays_all_or_nothing() {
    at_each_step(8, async |faults| {
        let shop = Shop::open();
        let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
        let order = shop.place(ann, tea, 2).await.id;
        let payment = shop.begin_to_pay(ann, order).await;
        let before = shop.snapshot();
        let app = flaky(&shop, faults);
        let receive_webhook: &dyn ReceiveWebhook = app.resolve_ref();
        let command = shop.webhook(notice(&payment, FactKind::Captured));

        let failed = receive_webhook.execute(command.clone()).await.is_err();

        if failed {
            assert_eq!(shop.snapshot(), before);
            receive_webhook.execute(command).await.unwrap();
        }
        assert_eq!(shop.status(order).0, OrderStatus::Paid);
        assert_eq!((shop.stock(tea).reserved, shop.stock(tea).allocated), (0, 2));
        failed
    })
    .await;
}

#[tokio::test]
async fn a_refund_is_stored_all_or_not_and_given_once() {
    at_each_step(10, async |faults| {
        let Owed { shop, refund, .. } = owed().await;
        let before = shop.snapshot();
        let app = flaky(&shop, faults);
        let execute_refund: &dyn ExecuteRefund = app.resolve_ref();

        let failed = execute_refund.execute(refund, Provenance::default()).await.is_err();

        if failed {
            assert_eq!(shop.snapshot(), before);
            execute_refund.execute(refund, Provenance::default()).await.unwrap();
        }
        assert_eq!(shop.gateway.refunded().len(), 1);
        failed
    })
    .await;
}
