use domain::{
    ordering::{
        CancelOrder, CancelOrderCommand, ExpireOrders, OrderStatus, OrderView, PaymentStatus,
    },
    payments::{
        AttemptStatus, ExecuteRefund, FactKind, PaymentView, ProviderNotice, ReceiveWebhook,
        ReceiveWebhookCommand, RefundStatus, SignatureError, WebhookError, WebhookReceipt,
    },
    shared::{actor::Actor, event::Provenance},
};
use infra_memory::store::{MemoryOrderingStore, MemoryPaymentsStore};
use shaku::HasComponent;
use test_support::{builders::roubles, gateway::Answer};

use crate::{
    losing::{LosingStore, Losses},
    shop::{Goods, RESERVED_FOR, Shop, notice},
};

struct Sale {
    shop: Shop,
    ann: Actor,
    tea: Goods,
    order: OrderView,
    payment: PaymentView,
}

/// Ann ordered two of ten, and began to pay.
async fn sale() -> Sale {
    let shop = Shop::open();
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
    let order = shop.place(ann, tea, 2).await;
    let payment = shop.begin_to_pay(ann, order.id).await;
    Sale { shop, ann, tea, order, payment }
}

impl Sale {
    async fn close(&self, how: OrderStatus) {
        let app = self.shop.app();
        if how == OrderStatus::Cancelled {
            let cancel_order: &dyn CancelOrder = app.resolve_ref();
            let provenance = Provenance::default();
            let command = CancelOrderCommand { actor: self.ann, order: self.order.id, provenance };
            cancel_order.execute(command).await.unwrap();
        } else {
            // Expires only once no attempt may take money any more; then money comes all the same.
            self.shop.report(&self.payment, FactKind::Expired).await.unwrap();
            self.shop.clock.advance(RESERVED_FOR);
            let expire_orders: &dyn ExpireOrders = app.resolve_ref();
            assert_eq!(expire_orders.execute(10).await.unwrap(), 1);
        }
        assert_eq!(self.shop.status(self.order.id).0, how);
        assert_eq!(self.shop.stock(self.tea).reserved, 0);
    }

    fn stock(&self) -> (i64, i64) {
        let row = self.shop.stock(self.tea);
        (row.reserved, row.allocated)
    }
}

#[tokio::test]
async fn a_capture_pays_the_order_and_allocates_its_stock() {
    let Sale { shop, order, payment, tea, .. } = sale().await;
    let receipt = shop.report(&payment, FactKind::Captured).await.unwrap();

    assert_eq!(receipt, WebhookReceipt::Noted);
    assert_eq!(shop.status(order.id), (OrderStatus::Paid, PaymentStatus::Paid));
    assert_eq!((shop.stock(tea).reserved, shop.stock(tea).allocated), (0, 2));
    let stored = shop.state.lock().payments[&payment.id].restore();
    assert_eq!((stored.status(), stored.state().captured), (AttemptStatus::Succeeded, order.total));
    for name in ["ordering.order_paid.v1", "payments.succeeded.v1"] {
        assert!(shop.events().contains(&name), "{name}");
    }
}

#[tokio::test]
async fn a_duplicate_changes_nothing() {
    let Sale { shop, payment, .. } = sale().await;
    shop.report(&payment, FactKind::Captured).await.unwrap();
    let before = shop.snapshot();
    let receipt = shop.report(&payment, FactKind::Captured).await.unwrap();
    assert_eq!(receipt, WebhookReceipt::Duplicate);
    assert_eq!(shop.snapshot(), before);
}

#[tokio::test]
async fn the_same_fact_under_another_message_moves_no_money_twice() {
    let Sale { shop, order, payment, .. } = sale().await;
    shop.report(&payment, FactKind::Captured).await.unwrap();
    let events = shop.events();
    let again = ProviderNotice { event_id: "again".into(), ..notice(&payment, FactKind::Captured) };
    assert_eq!(shop.receive(again).await.unwrap(), WebhookReceipt::Noted);
    assert_eq!(shop.events(), events);
    assert_eq!(shop.state.lock().payments[&payment.id].state.captured, order.total);
}

#[tokio::test]
async fn any_order_of_arrival_leads_to_a_paid_order() {
    use FactKind::{Authorized, Captured, Pending, RequiresAction};
    for kinds in [
        [Pending, RequiresAction, Authorized, Captured],
        [Captured, Authorized, RequiresAction, Pending],
        [Authorized, Captured, Pending, RequiresAction],
    ] {
        let sale = sale().await;
        for kind in kinds {
            sale.shop.report(&sale.payment, kind).await.unwrap();
        }
        assert_eq!(sale.shop.status(sale.order.id), (OrderStatus::Paid, PaymentStatus::Paid));
        assert_eq!(sale.stock(), (0, 2));
    }
}

#[tokio::test]
async fn an_authorisation_is_noted_on_the_order_and_a_void_too() {
    let Sale { shop, order, payment, .. } = sale().await;
    shop.report(&payment, FactKind::Authorized).await.unwrap();
    assert_eq!(shop.status(order.id), (OrderStatus::Pending, PaymentStatus::Authorized));
    shop.report(&payment, FactKind::Canceled).await.unwrap();
    assert_eq!(shop.status(order.id), (OrderStatus::Pending, PaymentStatus::Voided));
}

#[tokio::test]
async fn another_amount_than_was_asked_for_pays_nothing() {
    let Sale { shop, order, payment, .. } = sale().await;
    let less = ProviderNotice { amount: roubles(1), ..notice(&payment, FactKind::Captured) };
    shop.receive(less).await.unwrap();
    assert_eq!(shop.status(order.id), (OrderStatus::Pending, PaymentStatus::None));
    assert_eq!(shop.events().last(), Some(&"payments.conflicted.v1"));
}

#[tokio::test]
async fn a_message_without_a_fact_is_noted_and_changes_nothing_else() {
    let Sale { shop, payment, .. } = sale().await;
    let events = shop.events();
    let silent = ProviderNotice { fact: None, ..notice(&payment, FactKind::Pending) };
    assert_eq!(shop.receive(silent.clone()).await.unwrap(), WebhookReceipt::Noted);
    assert_eq!(shop.receive(silent).await.unwrap(), WebhookReceipt::Duplicate);
    assert_eq!(shop.events(), events);
}

#[tokio::test]
async fn nothing_is_believed_without_a_provider_a_signature_and_a_payment() {
    let Sale { shop, payment, .. } = sale().await;
    let before = shop.snapshot();
    let good = shop.webhook(notice(&payment, FactKind::Captured));
    let app = shop.app();
    let receive_webhook: &dyn ReceiveWebhook = app.resolve_ref();

    let stranger = ReceiveWebhookCommand { provider: "nobody".into(), ..good.clone() };
    let refused = receive_webhook.execute(stranger).await;
    assert!(matches!(refused, Err(WebhookError::UnknownProvider)), "{refused:?}");

    let mut forged = good.clone();
    forged.request.headers[0].1 = "forged".into();
    let refused = receive_webhook.execute(forged).await;
    assert!(matches!(refused, Err(WebhookError::Signature(SignatureError::Wrong))), "{refused:?}");

    let mut garbled = good;
    garbled.request = shop.gateway.garbled();
    let refused = receive_webhook.execute(garbled.clone()).await;
    assert!(matches!(refused, Err(WebhookError::Malformed(_))), "{refused:?}");
    garbled.request.headers.clear();
    let refused = receive_webhook.execute(garbled).await;
    assert!(
        matches!(refused, Err(WebhookError::Signature(SignatureError::Missing))),
        "it is read only once it is believed: {refused:?}"
    );

    let unknown = "unknown".to_owned();
    let stray =
        ProviderNotice { provider_payment_id: unknown, ..notice(&payment, FactKind::Captured) };
    let refused = shop.receive(stray).await;
    assert!(matches!(refused, Err(WebhookError::UnknownPayment)), "{refused:?}");
    assert_eq!(shop.snapshot(), before);
}

#[tokio::test]
async fn money_for_a_closed_order_reinstates_it_while_there_is_stock() {
    for how in [OrderStatus::Cancelled, OrderStatus::Expired] {
        let sale = sale().await;
        sale.close(how).await;
        sale.shop.report(&sale.payment, FactKind::Captured).await.unwrap();

        assert_eq!(sale.shop.status(sale.order.id), (OrderStatus::Paid, PaymentStatus::Paid));
        assert_eq!(sale.stock(), (0, 2));
        assert!(sale.shop.events().contains(&"ordering.order_reinstated.v1"));
        assert!(sale.shop.state.lock().refunds.is_empty());
    }
}

#[tokio::test]
async fn money_for_a_closed_order_goes_back_when_the_stock_is_gone() {
    for how in [OrderStatus::Cancelled, OrderStatus::Expired] {
        let sale = sale().await;
        sale.close(how).await;
        sale.shop.place(sale.ann, sale.tea, 9).await;
        sale.shop.report(&sale.payment, FactKind::Captured).await.unwrap();

        assert_eq!(sale.shop.status(sale.order.id), (how, PaymentStatus::Paid));
        assert_eq!(sale.stock(), (9, 0));
        let refunds: Vec<_> = sale.shop.state.lock().refunds.values().cloned().collect();
        assert_eq!(refunds.len(), 1);
        assert_eq!(refunds[0].amount, sale.order.total);
        assert_eq!(refunds[0].status, RefundStatus::Scheduled);
        assert!(sale.shop.events().contains(&"payments.refund_scheduled.v1"));

        // Whatever is reported afterwards, the money goes back once.
        sale.shop.report(&sale.payment, FactKind::Disputed).await.unwrap();
        assert_eq!(sale.shop.state.lock().refunds.len(), 1);
    }
}

#[tokio::test]
async fn money_that_comes_twice_goes_back_once() {
    let Sale { shop, ann, order, payment, tea, .. } = sale().await;
    shop.report(&payment, FactKind::Failed).await.unwrap();
    let second = shop.begin_to_pay(ann, order.id).await;
    shop.report(&second, FactKind::Captured).await.unwrap();
    shop.report(&payment, FactKind::Captured).await.unwrap();

    assert_eq!(shop.status(order.id), (OrderStatus::Paid, PaymentStatus::Overpaid));
    assert_eq!((shop.stock(tea).reserved, shop.stock(tea).allocated), (0, 2));
    let refunds: Vec<_> = shop.state.lock().refunds.values().cloned().collect();
    assert_eq!(refunds.len(), 1);
    assert_eq!((refunds[0].payment, refunds[0].amount), (payment.id, order.total));
}

#[tokio::test]
async fn a_refund_never_takes_more_than_its_own_payment_brought() {
    let Sale { shop, ann, order, payment: first, tea } = sale().await;
    shop.report(&first, FactKind::Failed).await.unwrap();
    let second = shop.begin_to_pay(ann, order.id).await;
    let app = shop.app();
    let cancel_order: &dyn CancelOrder = app.resolve_ref();
    let provenance = Provenance::default();
    let command = CancelOrderCommand { actor: ann, order: order.id, provenance };
    cancel_order.execute(command).await.unwrap();
    shop.place(ann, tea, 9).await;
    shop.report(&second, FactKind::Captured).await.unwrap();
    let refused = *shop.state.lock().refunds.keys().next().unwrap();
    shop.gateway.then(Answer::Refused("too late".into()));
    let execute_refund: &dyn ExecuteRefund = app.resolve_ref();
    execute_refund.execute(refused, Provenance::default()).await.unwrap();

    // The money of both is held now; only that of the first can go back by its refund.
    shop.report(&first, FactKind::Captured).await.unwrap();

    let tables = shop.state.lock();
    let refund = tables.refunds.values().find(|refund| refund.id != refused).unwrap();
    assert_eq!((refund.payment, refund.amount), (first.id, order.total));
}

#[tokio::test]
async fn a_webhook_that_loses_a_race_is_run_again() {
    let Sale { shop, order, payment, .. } = sale().await;
    let losses = Losses::of(4);
    let inner = MemoryPaymentsStore::over(shop.state.clone());
    let store = LosingStore { inner, losses: losses.clone() };
    let app = shop.app_over(MemoryOrderingStore::over(shop.state.clone()), store);
    let receive_webhook: &dyn ReceiveWebhook = app.resolve_ref();

    let command = shop.webhook(notice(&payment, FactKind::Captured));
    assert_eq!(receive_webhook.execute(command).await.unwrap(), WebhookReceipt::Noted);

    assert_eq!(losses.left(), 0);
    assert_eq!(shop.status(order.id).0, OrderStatus::Paid);
    let paid = shop.events().iter().filter(|name| **name == "ordering.order_paid.v1").count();
    assert_eq!(paid, 1);
}
