use std::sync::Arc;

use domain::{
    ordering::{CancelOrder, CancelOrderCommand, OrderId, OrderStatus, PaymentStatus},
    payments::{
        AttemptStatus, CreatePayment, CreatePaymentCommand, CreatePaymentError, FactKind,
        PaymentView, ProviderName,
    },
    shared::{
        event::Provenance,
        idempotency::{IdempotencyError, Outcome},
        ports::IdGenerator,
    },
};
use infra_memory::store::{MemoryOrderingStore, MemoryPaymentsStore};
use shaku::HasComponent;
use test_support::gateway::{Answer, Call};

use crate::{
    losing::{LosingStore, Losses},
    meanwhile::Meanwhile,
    shop::{Shop, done, key, pays, rendered_payment},
};

async fn execute(
    shop: &Shop,
    command: CreatePaymentCommand,
) -> Result<Outcome<PaymentView>, CreatePaymentError> {
    let app = shop.app();
    let create_payment: &dyn CreatePayment = app.resolve_ref();
    create_payment.execute(command).await
}

#[tokio::test]
async fn the_attempt_is_stored_before_the_provider_is_asked() {
    let shop = Shop::open();
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
    let order = shop.place(ann, tea, 2).await;

    let payment = done(execute(&shop, pays(ann, order.id)).await.unwrap());

    assert_eq!(payment.amount, order.total);
    assert_eq!(payment.status, AttemptStatus::Pending);
    assert_eq!(payment.provider, ProviderName::Mock);
    let created = shop.gateway.created(payment.id).unwrap();
    assert_eq!(payment.provider_payment_id, Some(created.provider_payment_id));
    assert_eq!(payment.checkout_url, created.checkout_url);
    assert!(
        shop.events().ends_with(&["payments.payment_requested.v1", "payments.pending.v1"]),
        "{:?}",
        shop.events()
    );
    let stored = shop.state.lock().payments[&payment.id].restore();
    assert_eq!(PaymentView::from(&stored), payment);
}

#[tokio::test]
async fn staff_may_pay_for_anybody_and_customers_for_themselves() {
    let shop = Shop::open();
    let (ann, bob) = (shop.customer("ann").await, shop.customer("bob").await);
    let tea = shop.goods("tea", 10).await;
    let order = shop.place(ann, tea, 2).await;
    let before = shop.snapshot();

    let missing = OrderId::new(shop.ids.next());
    for (actor, order) in [(bob, order.id), (ann, missing)] {
        let refused = execute(&shop, pays(actor, order)).await;
        assert!(matches!(refused, Err(CreatePaymentError::OrderNotFound)), "{refused:?}");
    }
    assert_eq!(shop.snapshot(), before);
    assert_eq!(shop.gateway.calls(), []);
    done(execute(&shop, pays(shop.staff(), order.id)).await.unwrap());
}

#[tokio::test]
async fn an_order_that_does_not_wait_for_money_takes_none() {
    let shop = Shop::open();
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
    let order = shop.place(ann, tea, 1).await;
    let payment = shop.begin_to_pay(ann, order.id).await;
    shop.report(&payment, FactKind::Captured).await.unwrap();
    let before = shop.snapshot();

    let refused = execute(&shop, pays(ann, order.id)).await;

    let paid = OrderStatus::Paid;
    assert!(
        matches!(refused, Err(CreatePaymentError::NotPayable { status }) if status == paid),
        "{refused:?}"
    );
    assert_eq!(shop.snapshot(), before);
}

#[tokio::test]
async fn a_second_attempt_is_refused_with_the_first_while_that_may_take_money() {
    let shop = Shop::open();
    *shop.says.lock().unwrap() = None;
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
    let order = shop.place(ann, tea, 1).await;
    let first = shop.begin_to_pay(ann, order.id).await;
    assert_eq!(first.status, AttemptStatus::Created);
    let before = shop.snapshot();

    let refused = execute(&shop, pays(ann, order.id)).await;
    let Err(CreatePaymentError::AlreadyActive(active)) = refused else { panic!("{refused:?}") };
    assert_eq!(*active, first);
    assert_eq!(shop.snapshot(), before);

    shop.report(&first, FactKind::Failed).await.unwrap();
    let second = done(execute(&shop, pays(ann, order.id)).await.unwrap());
    assert_ne!(second.id, first.id);
}

#[tokio::test]
async fn a_refusal_of_the_provider_ends_the_attempt_with_its_reason() {
    let shop = Shop::open();
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
    let order = shop.place(ann, tea, 1).await;
    shop.gateway.then(Answer::Refused("no such currency".into()));

    let payment = done(execute(&shop, pays(ann, order.id)).await.unwrap());

    assert_eq!(payment.status, AttemptStatus::Failed);
    assert_eq!(payment.fail_reason.as_deref(), Some("no such currency"));
    assert_eq!(shop.status(order.id), (OrderStatus::Pending, PaymentStatus::None));
    done(execute(&shop, pays(ann, order.id)).await.unwrap());
}

#[tokio::test]
async fn after_a_lost_answer_asking_again_goes_on_with_the_same_attempt() {
    for lost in [Answer::UnknownBeforeEffect, Answer::UnknownAfterEffect] {
        for keys in [[None, None], [Some("k1"), Some("k1")], [Some("k1"), Some("k2")]] {
            let shop = Shop::open();
            let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
            let order = shop.place(ann, tea, 1).await;
            let [first, second] = keys.map(|text| CreatePaymentCommand {
                idempotency: text.and_then(|text| key(text, 1, rendered_payment)),
                ..pays(ann, order.id)
            });
            shop.gateway.then(lost.clone());

            let unknown = done(execute(&shop, first).await.unwrap());
            assert_eq!(unknown.status, AttemptStatus::Created);
            assert_eq!(unknown.provider_payment_id, None);

            let known = done(execute(&shop, second.clone()).await.unwrap());
            assert_eq!(known.id, unknown.id);
            assert_eq!(known.status, AttemptStatus::Pending);
            assert_eq!(shop.gateway.calls(), [Call::Create(known.id), Call::Create(known.id)]);
            assert_eq!(shop.state.lock().payments.len(), 1);
            if second.idempotency.is_some() {
                let again = execute(&shop, second).await.unwrap();
                assert_eq!(again, Outcome::Replayed(rendered_payment(&known)));
            }
        }
    }
}

#[tokio::test]
async fn a_cancelled_order_is_not_taken_to_the_provider_again() {
    let shop = Shop::open();
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
    let order = shop.place(ann, tea, 1).await;
    let command =
        CreatePaymentCommand { idempotency: key("k1", 1, rendered_payment), ..pays(ann, order.id) };
    shop.gateway.then(Answer::UnknownBeforeEffect);
    done(execute(&shop, command.clone()).await.unwrap());
    let app = shop.app();
    let cancel_order: &dyn CancelOrder = app.resolve_ref();
    let provenance = Provenance::default();
    let cancel = CancelOrderCommand { actor: ann, order: order.id, provenance };
    cancel_order.execute(cancel).await.unwrap();

    for command in [command, pays(ann, order.id)] {
        let refused = execute(&shop, command).await;
        assert!(matches!(refused, Err(CreatePaymentError::NotPayable { .. })), "{refused:?}");
    }
    assert_eq!(shop.gateway.calls().len(), 1);
}

#[tokio::test]
async fn the_same_key_gives_the_same_answer_and_one_attempt() {
    let shop = Shop::open();
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
    let order = shop.place(ann, tea, 1).await;
    let command = |body| CreatePaymentCommand {
        idempotency: key("k1", body, rendered_payment),
        ..pays(ann, order.id)
    };
    let payment = done(execute(&shop, command(1)).await.unwrap());
    let answer = rendered_payment(&payment);
    shop.report(&payment, FactKind::Captured).await.unwrap();
    let before = shop.snapshot();

    let again = execute(&shop, command(1)).await.unwrap();
    assert_eq!(again, Outcome::Replayed(answer), "byte for byte, whatever happened since");
    let refused = execute(&shop, command(2)).await;
    assert!(
        matches!(refused, Err(CreatePaymentError::Idempotency(IdempotencyError::Mismatch))),
        "{refused:?}"
    );
    assert_eq!(shop.snapshot(), before);
    assert_eq!(shop.gateway.calls().len(), 1);
}

#[tokio::test]
async fn a_key_whose_attempt_cannot_be_found_is_in_progress() {
    let shop = Shop::open();
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
    let order = shop.place(ann, tea, 1).await;
    let command =
        CreatePaymentCommand { idempotency: key("k1", 1, rendered_payment), ..pays(ann, order.id) };
    shop.gateway.then(Answer::UnknownBeforeEffect);
    done(execute(&shop, command.clone()).await.unwrap());
    shop.state.lock().payments.clear();

    let refused = execute(&shop, command).await;
    assert!(
        matches!(refused, Err(CreatePaymentError::Idempotency(IdempotencyError::InProgress))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn money_in_the_providers_answer_waits_for_its_own_report() {
    let shop = Shop::open();
    *shop.says.lock().unwrap() = Some(FactKind::Captured);
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
    let order = shop.place(ann, tea, 1).await;

    let payment = shop.begin_to_pay(ann, order.id).await;
    assert_eq!(payment.captured.minor, 0);
    assert_eq!(shop.status(order.id).0, OrderStatus::Pending);

    shop.report(&payment, FactKind::Captured).await.unwrap();
    assert_eq!(shop.status(order.id), (OrderStatus::Paid, PaymentStatus::Paid));
}

#[tokio::test]
async fn both_transactions_are_run_again_when_they_lose_a_race() {
    let shop = Shop::open();
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
    let order = shop.place(ann, tea, 1).await;
    let losses = Losses::of(3);
    let inner = MemoryPaymentsStore::over(shop.state.clone());
    let store = LosingStore { inner, losses: losses.clone() };
    let app = shop.app_over(MemoryOrderingStore::over(shop.state.clone()), store);
    let create_payment: &dyn CreatePayment = app.resolve_ref();

    let payment = done(create_payment.execute(pays(ann, order.id)).await.unwrap());

    assert_eq!(losses.left(), 0);
    assert_eq!(shop.gateway.calls(), [Call::Create(payment.id)]);
    assert_eq!(shop.state.lock().payments.len(), 1);
}

#[tokio::test]
async fn a_refusal_does_not_end_an_attempt_the_provider_accepted_meanwhile() {
    let shop = Shop::open();
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
    let order = shop.place(ann, tea, 1).await;
    shop.gateway.then(Answer::UnknownBeforeEffect);
    done(execute(&shop, pays(ann, order.id)).await.unwrap());
    shop.gateway.then(Answer::Refused("asked twice".into()));
    let create_payment: Arc<dyn CreatePayment> = shop.app().resolve();
    let go_on = async move {
        create_payment.execute(pays(ann, order.id)).await.unwrap();
    };
    let inner = MemoryPaymentsStore::over(shop.state.clone());
    let store = Meanwhile::new(inner, 2, go_on);
    let app = shop.app_over(MemoryOrderingStore::over(shop.state.clone()), store);
    let create_payment: &dyn CreatePayment = app.resolve_ref();

    let payment = done(create_payment.execute(pays(ann, order.id)).await.unwrap());

    assert_eq!(payment.status, AttemptStatus::Pending);
    assert!(payment.provider_payment_id.is_some());
}

#[tokio::test]
async fn an_attempt_that_ended_under_another_key_is_not_asked_for_again() {
    let shop = Shop::open();
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
    let order = shop.place(ann, tea, 1).await;
    let [first, second] = ["k1", "k2"].map(|text| CreatePaymentCommand {
        idempotency: key(text, 1, rendered_payment),
        ..pays(ann, order.id)
    });
    shop.gateway.then(Answer::UnknownBeforeEffect);
    let begun = done(execute(&shop, first.clone()).await.unwrap());
    shop.gateway.then(Answer::Refused("no".into()));
    done(execute(&shop, second).await.unwrap());

    let ended = done(execute(&shop, first.clone()).await.unwrap());

    assert_eq!((ended.id, ended.status), (begun.id, AttemptStatus::Failed));
    assert_eq!(shop.gateway.calls().len(), 2);
    let again = execute(&shop, first).await.unwrap();
    assert_eq!(again, Outcome::Replayed(rendered_payment(&ended)));
}
