//! Captures, voids, early webhooks and everything else that is resolved at a provider later.

use std::sync::Arc;

use domain::{
    operations::Job,
    ordering::{
        CancelOrder, CancelOrderCommand, ExpireOrders, OrderId, OrderStatus, PaymentStatus,
    },
    payments::{
        AttemptStatus, CaptureMode, CreatePayment, CreatePaymentCommand, FactKind, OperatePayment,
        OperatePaymentCommand, OperatePaymentError, OperationKind, OperationStatus, PaymentId,
        PaymentView, ReceiveWebhook, ReceiveWebhookCommand, ReconcilePayments, WebhookError,
        WebhookReceipt,
    },
    shared::{
        actor::Actor,
        event::Provenance,
        idempotency::{IdempotentRequest, Outcome},
    },
};
use infra_memory::store::{MemoryOrderingStore, MemoryPaymentsStore};
use shaku::{HasComponent, HasComponents};
use test_support::{
    flaky::{Faults, FlakyPaymentsStore},
    gateway::{Answer, Call},
};
use time::Duration;

use crate::{
    atomicity::at_each_step,
    shop::{App, Goods, RESERVED_FOR, Shop, done, key, notice, pays, rendered_payment},
};

pub(crate) struct Open {
    pub(crate) shop: Shop,
    pub(crate) ann: Actor,
    pub(crate) tea: Goods,
    pub(crate) order: OrderId,
    pub(crate) payment: PaymentView,
}

/// An order of one of `units` and an attempt to pay it, whose money is taken as `capture` says.
pub(crate) async fn open(units: i64, capture: CaptureMode) -> Open {
    let shop = Shop::open();
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", units).await);
    let order = shop.place(ann, tea, 1).await.id;
    let app = shop.app();
    let create_payment: &dyn CreatePayment = app.resolve_ref();
    let command = CreatePaymentCommand { capture: Some(capture), ..pays(ann, order) };
    let payment = done(create_payment.execute(command).await.unwrap());
    Open { shop, ann, tea, order, payment }
}

/// An order whose money is set aside.
async fn set_aside() -> Open {
    let open = open(5, CaptureMode::Manual).await;
    deliver(&open.shop, open.payment.id).await;
    open
}

/// The customer pays, and the provider reports it.
pub(crate) async fn deliver(shop: &Shop, payment: PaymentId) {
    let Some(request) = shop.gateway.pay(payment) else { return };
    let app = shop.app();
    let receive_webhook: &dyn ReceiveWebhook = app.resolve_ref();
    let provenance = Provenance::default();
    let command = ReceiveWebhookCommand { provider: "mock".into(), request, provenance };
    receive_webhook.execute(command).await.unwrap();
}

fn command(
    shop: &Shop,
    payment: PaymentId,
    kind: OperationKind,
    idempotency: Option<IdempotentRequest<PaymentView>>,
) -> OperatePaymentCommand {
    let (actor, provenance) = (shop.staff(), Provenance::default());
    OperatePaymentCommand { actor, payment, kind, idempotency, provenance }
}

async fn operate(
    shop: &Shop,
    payment: PaymentId,
    kind: OperationKind,
    idempotency: Option<IdempotentRequest<PaymentView>>,
) -> Result<Outcome<PaymentView>, OperatePaymentError> {
    let app = shop.app();
    let operate: &dyn OperatePayment = app.resolve_ref();
    operate.execute(command(shop, payment, kind, idempotency)).await
}

pub(crate) async fn cancel(shop: &Shop, actor: Actor, order: OrderId) -> bool {
    let app = shop.app();
    let cancel_order: &dyn CancelOrder = app.resolve_ref();
    let provenance = Provenance::default();
    cancel_order.execute(CancelOrderCommand { actor, order, provenance }).await.is_ok()
}

pub(crate) async fn reconcile(shop: &Shop) -> u32 {
    reconcile_over(&shop.app()).await
}

async fn reconcile_over(app: &App) -> u32 {
    let reconcile_payments: &dyn ReconcilePayments = app.resolve_ref();
    reconcile_payments.execute(100).await.unwrap()
}

fn asked(shop: &Shop, wanted: impl Fn(&Call) -> bool) -> usize {
    shop.gateway.calls().iter().filter(|call| wanted(call)).count()
}

#[tokio::test]
async fn money_that_is_set_aside_is_taken_when_staff_says_so() {
    let Open { shop, order, payment, tea, .. } = set_aside().await;
    assert_eq!(shop.status(order), (OrderStatus::Pending, PaymentStatus::Authorized));
    let key = || key("k1", 1, rendered_payment);

    let taken = done(operate(&shop, payment.id, OperationKind::Capture, key()).await.unwrap());
    assert_eq!(taken.status, AttemptStatus::Succeeded);
    assert_eq!(shop.status(order), (OrderStatus::Paid, PaymentStatus::Paid));
    assert_eq!((shop.stock(tea).reserved, shop.stock(tea).allocated), (0, 1));
    assert_eq!(shop.audited(), ["payment.captured"]);

    let again = operate(&shop, payment.id, OperationKind::Capture, key()).await.unwrap();
    assert!(matches!(again, Outcome::Replayed(_)), "{again:?}");
    let other = done(operate(&shop, payment.id, OperationKind::Capture, None).await.unwrap());
    assert_eq!(other, taken);
    deliver(&shop, payment.id).await;
    assert_eq!(shop.state.lock().payments[&payment.id].state.captured, payment.amount);
    assert_eq!(asked(&shop, |call| matches!(call, Call::Capture(_))), 1);
    let void = operate(&shop, payment.id, OperationKind::Void, None).await;
    assert!(matches!(void, Err(OperatePaymentError::WrongState { .. })), "{void:?}");
}

#[tokio::test]
async fn what_is_not_set_aside_cannot_be_taken() {
    let Open { shop, payment, .. } = open(5, CaptureMode::Manual).await;
    let before = shop.snapshot();
    let early = operate(&shop, payment.id, OperationKind::Capture, None).await;
    assert!(matches!(early, Err(OperatePaymentError::WrongState { .. })), "{early:?}");
    assert_eq!(shop.snapshot(), before);
}

#[tokio::test]
async fn a_lost_answer_to_a_capture_is_found_under_the_same_key() {
    for lost in [Answer::UnknownBeforeEffect, Answer::UnknownAfterEffect] {
        let Open { shop, order, payment, .. } = set_aside().await;
        shop.gateway.then(lost);
        let view = done(operate(&shop, payment.id, OperationKind::Capture, None).await.unwrap());
        assert_eq!(view.status, AttemptStatus::Authorized);
        assert_eq!(reconcile(&shop).await, 0, "not due yet");
        shop.clock.advance(Duration::minutes(1));
        assert!(reconcile(&shop).await > 0);
        assert_eq!(shop.status(order).0, OrderStatus::Paid);
        let mut keys: Vec<_> = shop.gateway.calls();
        keys.retain(|call| matches!(call, Call::Capture(_)));
        keys.dedup();
        assert_eq!(keys.len(), 1, "one key: {keys:?}");
        shop.clock.advance(Duration::days(1));
        assert_eq!(reconcile(&shop).await, 0, "nothing is left");
    }
}

#[tokio::test]
async fn a_refused_capture_is_told_and_leaves_the_money_where_it_is() {
    let Open { shop, order, payment, .. } = set_aside().await;
    shop.gateway.then(Answer::Refused("not today".into()));
    let refused = operate(&shop, payment.id, OperationKind::Capture, None).await;
    assert!(matches!(refused, Err(OperatePaymentError::Refused { .. })), "{refused:?}");
    assert_eq!(shop.status(order), (OrderStatus::Pending, PaymentStatus::Authorized));
    let taken = done(operate(&shop, payment.id, OperationKind::Capture, None).await.unwrap());
    assert_eq!(taken.status, AttemptStatus::Succeeded);
}

#[tokio::test]
async fn a_voided_payment_leaves_the_order_to_be_paid_again() {
    let Open { shop, ann, order, payment, .. } = set_aside().await;
    let ended = done(operate(&shop, payment.id, OperationKind::Void, None).await.unwrap());
    assert_eq!(ended.status, AttemptStatus::Canceled);
    assert_eq!(shop.status(order), (OrderStatus::Pending, PaymentStatus::Voided));
    assert_eq!(shop.audited(), ["payment.voided"]);
    let second = shop.begin_to_pay(ann, order).await;
    deliver(&shop, second.id).await;
    assert_eq!(shop.status(order).0, OrderStatus::Paid);
}

#[tokio::test]
async fn the_open_attempt_of_an_order_that_ends_is_voided() {
    for expires in [false, true] {
        let Open { shop, ann, order, payment, .. } = open(5, CaptureMode::Automatic).await;
        if expires {
            shop.clock.advance(RESERVED_FOR);
            let app = shop.app();
            let expire_orders: &dyn ExpireOrders = app.resolve_ref();
            assert_eq!(expire_orders.execute(10).await.unwrap(), 1);
        } else {
            assert!(cancel(&shop, ann, order).await);
        }
        assert_eq!(asked(&shop, |call| matches!(call, Call::Void(_))), 0, "not inside");
        reconcile(&shop).await;
        let ended = shop.state.lock().payments[&payment.id].status;
        assert_eq!(ended, AttemptStatus::Canceled);
        assert!(shop.gateway.pay(payment.id).is_none(), "the customer cannot pay any more");
        shop.clock.advance(Duration::days(1));
        assert_eq!(reconcile(&shop).await, 0, "nothing is left");
    }
}

#[tokio::test]
async fn money_that_was_taken_before_the_void_reinstates_the_order_or_goes_back() {
    for in_stock in [true, false] {
        let Open { shop, ann, tea, order, payment } = open(1, CaptureMode::Automatic).await;
        let lost = shop.gateway.pay(payment.id);
        assert!(lost.is_some());
        assert!(cancel(&shop, ann, order).await);
        if !in_stock {
            shop.place(ann, tea, 1).await;
        }
        reconcile(&shop).await;
        let operation = shop.state.lock().operations.values().next().unwrap().clone();
        assert_eq!(operation.status, OperationStatus::Failed);
        shop.clock.advance(Duration::minutes(1));
        reconcile(&shop).await;
        let expected = if in_stock {
            (OrderStatus::Paid, PaymentStatus::Paid)
        } else {
            (OrderStatus::Cancelled, PaymentStatus::Refunded)
        };
        assert_eq!(shop.status(order), expected);
    }
}

/// An attempt whose answer was lost.
async fn unanswered(lost: Answer) -> (Shop, Actor, OrderId, PaymentView) {
    let shop = Shop::open();
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 5).await);
    let order = shop.place(ann, tea, 1).await.id;
    shop.gateway.then(lost);
    let payment = shop.begin_to_pay(ann, order).await;
    assert_eq!(payment.provider_payment_id, None);
    (shop, ann, order, payment)
}

#[tokio::test]
async fn an_attempt_whose_answer_was_lost_is_found_or_asked_for_again() {
    for lost in [Answer::UnknownBeforeEffect, Answer::UnknownAfterEffect] {
        let (shop, _, _, payment) = unanswered(lost).await;
        assert_eq!(reconcile(&shop).await, 0, "not due yet");
        shop.clock.advance(Duration::minutes(1));
        assert_eq!(reconcile(&shop).await, 1);
        let created = shop.gateway.created(payment.id).unwrap();
        let known = shop.state.lock().payments[&payment.id].state.clone();
        assert_eq!(known.provider_payment_id, Some(created.provider_payment_id));
        assert_eq!(known.checkout_url, created.checkout_url);
    }
}

#[tokio::test]
async fn an_attempt_nobody_heard_of_ends_with_its_order() {
    let (shop, ann, order, payment) = unanswered(Answer::UnknownBeforeEffect).await;
    assert!(cancel(&shop, ann, order).await);
    reconcile(&shop).await;
    assert_eq!(shop.state.lock().payments[&payment.id].status, AttemptStatus::Created);
    shop.clock.advance(Duration::minutes(1));
    reconcile(&shop).await;
    assert_eq!(shop.state.lock().payments[&payment.id].status, AttemptStatus::Canceled);
    assert_eq!(shop.gateway.created(payment.id), None, "it is not asked for any more");
}

#[tokio::test]
async fn a_webhook_that_comes_before_the_answer_is_parked_and_matched() {
    for by_reconciler in [false, true] {
        let (shop, ann, order, payment) = unanswered(Answer::UnknownAfterEffect).await;
        let provider_payment_id = shop.gateway.created(payment.id).map(|at| at.provider_payment_id);
        let named = PaymentView { provider_payment_id, ..payment.clone() };
        for _ in 0..2 {
            let receipt = shop.report(&named, FactKind::Captured).await.unwrap();
            assert_eq!(receipt, WebhookReceipt::Parked);
        }
        assert_eq!(shop.status(order).0, OrderStatus::Pending);
        if by_reconciler {
            shop.clock.advance(Duration::minutes(1));
            reconcile(&shop).await;
        } else {
            shop.begin_to_pay(ann, order).await;
        }
        assert_eq!(shop.status(order), (OrderStatus::Paid, PaymentStatus::Paid));
        let receipt = shop.report(&named, FactKind::Captured).await.unwrap();
        assert_eq!(receipt, WebhookReceipt::Duplicate);
        assert_eq!(shop.state.lock().parked_events.len(), 0);
    }
}

#[tokio::test]
async fn a_parked_webhook_nobody_claims_is_dropped_in_the_end_and_noted() {
    let (shop, ann, order, payment) = unanswered(Answer::UnknownBeforeEffect).await;
    let provider_payment_id = Some("elsewhere".to_owned());
    let stray = PaymentView { provider_payment_id, ..payment.clone() };
    let receipt = shop.report(&stray, FactKind::Captured).await.unwrap();
    assert_eq!(receipt, WebhookReceipt::Parked);
    let purge = async || {
        let app = shop.app();
        let jobs: &[Arc<dyn Job>] = app.resolve_all();
        jobs[0].run().await.unwrap()
    };
    shop.clock.advance(Duration::days(8));
    assert_eq!(purge().await, 0, "an attempt waits for its name");
    assert!(cancel(&shop, ann, order).await);
    reconcile(&shop).await;
    assert_eq!(shop.state.lock().payments[&payment.id].status, AttemptStatus::Canceled);
    assert_eq!(purge().await, 1);
    assert_eq!(purge().await, 0);
    assert_eq!(shop.state.lock().parked_events.len(), 0);
    let noted = shop.state.lock().audit.last().unwrap().clone();
    assert_eq!(noted.action, "provider_notice.dropped");
    let details = "provider=mock event=captured?of?elsewhere payment=elsewhere told=captured \
        amount=100.00 currency=RUB";
    assert_eq!(noted.details, details);
}

#[tokio::test]
async fn a_webhook_nobody_waits_for_is_refused() {
    let Open { shop, payment, .. } = open(5, CaptureMode::Automatic).await;
    let stray = domain::payments::ProviderNotice {
        provider_payment_id: "elsewhere".to_owned(),
        ..notice(&payment, FactKind::Captured)
    };
    let before = shop.snapshot();
    let refused = shop.receive(stray).await;
    assert!(matches!(refused, Err(WebhookError::UnknownPayment)), "{refused:?}");
    assert_eq!(shop.snapshot(), before);
}

#[tokio::test]
async fn a_refund_nobody_executed_is_found() {
    let owed = crate::refunds::owed().await;
    owed.shop.clock.advance(Duration::minutes(1));
    reconcile(&owed.shop).await;
    assert_eq!(owed.shop.gateway.refunded().len(), 1);
    assert_eq!(owed.shop.status(owed.order).1, PaymentStatus::Refunded);
}

fn flaky(shop: &Shop, faults: &Faults) -> App {
    let payments = Arc::new(MemoryPaymentsStore::over(shop.state.clone()));
    let payments = FlakyPaymentsStore::new(payments, faults.clone());
    shop.app_over(MemoryOrderingStore::over(shop.state.clone()), payments)
}

#[tokio::test]
async fn a_capture_is_all_or_nothing_and_taken_once() {
    at_each_step(8, async |faults| {
        let Open { shop, order, payment, .. } = set_aside().await;
        let app = flaky(&shop, faults);
        let operate: &dyn OperatePayment = app.resolve_ref();
        let command = command(&shop, payment.id, OperationKind::Capture, None);

        let failed = operate.execute(command).await.is_err();

        shop.clock.advance(Duration::minutes(1));
        reconcile(&shop).await;
        if shop.status(order).0 == OrderStatus::Pending {
            done(self::operate(&shop, payment.id, OperationKind::Capture, None).await.unwrap());
        }
        assert_eq!(shop.status(order), (OrderStatus::Paid, PaymentStatus::Paid));
        assert_eq!(shop.state.lock().payments[&payment.id].state.captured, payment.amount);
        failed
    })
    .await;
}
