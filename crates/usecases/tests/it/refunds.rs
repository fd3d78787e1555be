use domain::{
    ordering::{CancelOrder, CancelOrderCommand, OrderId, PaymentStatus},
    payments::{
        ExecuteRefund, ExecuteRefundError, FactKind, GatewayError, PaymentId, RefundId,
        RefundStatus,
    },
    shared::{event::Provenance, ports::IdGenerator},
};
use shaku::HasComponent;
use test_support::{
    builders::roubles,
    gateway::{Answer, Call},
};

use crate::shop::Shop;

pub(crate) struct Owed {
    pub(crate) shop: Shop,
    pub(crate) order: OrderId,
    pub(crate) payment: PaymentId,
    pub(crate) refund: RefundId,
}

/// Money came for a cancelled order whose stock is gone: a refund is scheduled.
pub(crate) async fn owed() -> Owed {
    let shop = Shop::open();
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 1).await);
    let order = shop.place(ann, tea, 1).await;
    let payment = shop.begin_to_pay(ann, order.id).await;
    let app = shop.app();
    let cancel_order: &dyn CancelOrder = app.resolve_ref();
    let provenance = Provenance::default();
    let cancel = CancelOrderCommand { actor: ann, order: order.id, provenance };
    cancel_order.execute(cancel).await.unwrap();
    shop.place(ann, tea, 1).await;
    shop.report(&payment, FactKind::Captured).await.unwrap();
    let refund = *shop.state.lock().refunds.keys().next().unwrap();
    Owed { shop, order: order.id, payment: payment.id, refund }
}

async fn execute(shop: &Shop, refund: RefundId) -> Result<(), ExecuteRefundError> {
    let app = shop.app();
    let execute_refund: &dyn ExecuteRefund = app.resolve_ref();
    execute_refund.execute(refund, Provenance::default()).await
}

#[tokio::test]
async fn a_scheduled_refund_goes_back_once() {
    let Owed { shop, order, payment, refund } = owed().await;
    execute(&shop, refund).await.unwrap();

    assert_eq!(shop.gateway.refunded(), [(refund, roubles(10_000))]);
    assert_eq!(shop.state.lock().refunds[&refund].status, RefundStatus::Succeeded);
    assert_eq!(shop.state.lock().payments[&payment].state.refunded, roubles(10_000));
    assert_eq!(shop.status(order).1, PaymentStatus::Refunded);
    assert!(shop.events().contains(&"payments.refund_succeeded.v1"));

    let before = shop.snapshot();
    execute(&shop, refund).await.unwrap();
    assert_eq!(shop.snapshot(), before);
    let asked = shop.gateway.calls().iter().filter(|call| **call == Call::Refund(refund)).count();
    assert_eq!(asked, 1);
}

#[tokio::test]
async fn a_refund_whose_outcome_is_unknown_is_asked_for_again_under_the_same_key() {
    for lost in [Answer::UnknownBeforeEffect, Answer::UnknownAfterEffect] {
        let Owed { shop, order, refund, .. } = owed().await;
        let before = shop.snapshot();
        shop.gateway.then(lost);
        let unknown = execute(&shop, refund).await;
        assert!(
            matches!(unknown, Err(ExecuteRefundError::Gateway(GatewayError::Unknown(_)))),
            "{unknown:?}"
        );
        assert_eq!(shop.snapshot(), before);

        execute(&shop, refund).await.unwrap();
        assert_eq!(shop.gateway.refunded(), [(refund, roubles(10_000))]);
        assert_eq!(shop.status(order).1, PaymentStatus::Refunded);
    }
}

#[tokio::test]
async fn a_refusal_of_the_provider_fails_the_refund() {
    let Owed { shop, order, payment, refund } = owed().await;
    shop.gateway.then(Answer::Refused("too old".into()));
    execute(&shop, refund).await.unwrap();

    assert_eq!(shop.state.lock().refunds[&refund].status, RefundStatus::Failed);
    assert_eq!(shop.state.lock().payments[&payment].state.refunded, roubles(0));
    assert_eq!(shop.status(order).1, PaymentStatus::Paid);
    assert!(shop.events().contains(&"payments.refund_failed.v1"));
}

#[tokio::test]
async fn a_refund_that_is_not_there_is_not_found() {
    let shop = Shop::open();
    let missing = execute(&shop, RefundId::new(shop.ids.next())).await;
    assert!(matches!(missing, Err(ExecuteRefundError::NotFound)), "{missing:?}");
}
