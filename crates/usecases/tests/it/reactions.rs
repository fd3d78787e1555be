use std::sync::Arc;

use domain::{
    catalogue::{CatalogueStore, LISTING},
    content::WRITING,
    identity::{RegisterUser, UserDeleted, UserId},
    messaging::MailTemplate,
    ordering::{OrderView, PLACING, Particulars, PlaceOrder, PlaceOrderCommand},
    payments::{FactKind, RefundStatus},
    shared::{
        bus::{EventHandler, HandleError},
        event::{AggregateType, DomainEvent, EventEnvelope, Provenance},
        idempotency::IdempotencyKey,
        ports::{Clock, IdGenerator},
    },
};
use infra_memory::store::MemoryCatalogueStore;
use shaku::{HasComponent, HasComponents};
use test_support::{builders, gateway::Answer};

use crate::{
    app::App,
    refunds::{Owed, owed},
    shop::{Shop, done, key, registration, rendered_order, wants},
};

pub(crate) fn handler<'a>(app: &'a App, consumer: &str) -> &'a dyn EventHandler {
    let handlers: &[Arc<dyn EventHandler>] = app.resolve_all();
    &**handlers.iter().find(|handler| handler.subscriber().consumer == consumer).unwrap()
}

async fn react(shop: &Shop, consumer: &str, event: &EventEnvelope) -> Result<(), HandleError> {
    handler(&shop.app(), consumer).handle(event).await
}

fn mails(shop: &Shop) -> Vec<(MailTemplate, UserId, uuid::Uuid)> {
    let tables = shop.state.lock();
    let mails = tables.mails.values();
    mails.map(|row| (row.mail.template, row.mail.recipient, row.mail.subject_id)).collect()
}

#[test]
fn every_handler_has_a_name_of_its_own_and_wants_events_that_exist() {
    let app = Shop::open().app();
    let handlers: &[Arc<dyn EventHandler>] = app.resolve_all();
    let mut consumers: Vec<_> =
        handlers.iter().map(|handler| handler.subscriber().consumer).collect();
    consumers.sort_unstable();
    assert_eq!(
        consumers,
        [
            "drop_drafts",
            "email_token_mail",
            "forget_addresses",
            "order_confirmation",
            "refund_execution",
            "task_log",
            "welcome_mail",
            "withdraw_listings",
        ]
    );
    let known: Vec<_> = handlers.iter().map(|handler| handler.subscriber()).collect();
    assert_eq!(known, usecases::subscribers());
    for handler in handlers {
        for event in handler.subscriber().events {
            assert!(DomainEvent::NAMES.contains(event), "{event}");
        }
    }
}

#[tokio::test]
async fn an_event_that_was_not_asked_for_is_poison() {
    let shop = Shop::open();
    let event = builders::order_placed(&shop.ids);
    let app = shop.app();
    let handlers: &[Arc<dyn EventHandler>] = app.resolve_all();
    for handler in handlers {
        let refused = handler.handle(&event).await;
        assert!(matches!(refused, Err(HandleError::Poison(_))), "{refused:?}");
    }
}

#[tokio::test]
async fn addresses_and_answers_are_forgotten_with_their_customer_and_nothing_else() {
    let shop = Shop::open();
    let (ann, bob) = (shop.customer("ann").await, shop.customer("bob").await);
    let tea = shop.goods("tea", 5).await;
    let app = shop.app();
    let place: &dyn PlaceOrder = app.resolve_ref();
    let mut placed = Vec::new();
    for customer in [ann, bob] {
        let scope = IdempotencyKey::scope_of(PLACING, customer.user);
        let mut idempotency = key("k-1", 1, rendered_order).unwrap();
        idempotency.key.scope = scope;
        let particulars = Particulars {
            shipping_address: Some(builders::address("Ann")),
            billing_address: Some(builders::address("Ann")),
            note: Some("Ring twice".to_owned()),
        };
        let wanted = wants(customer, &[(tea, 1)]);
        let idempotency = Some(idempotency);
        let command = PlaceOrderCommand { particulars, idempotency, ..wanted };
        placed.push(done(place.execute(command).await.unwrap()));
    }
    let gone = UserDeleted { user_id: ann.user };
    let event = builders::envelope(&shop.ids, AggregateType::User, gone.into());
    for _ in 0..2 {
        react(&shop, "forget_addresses", &event).await.unwrap();
    }
    let tables = shop.state.lock();
    let left = |order: &OrderView| tables.orders[&order.id].particulars().clone();
    assert_eq!(left(&placed[0]), Particulars::default());
    assert_eq!(left(&placed[1]), placed[1].particulars);
    assert_eq!(OrderView::from(&tables.orders[&placed[0].id]).lines, placed[0].lines);
    let scopes: Vec<_> = tables.keys.keys().map(|(scope, _)| scope.clone()).collect();
    assert_eq!(scopes, [IdempotencyKey::scope_of(PLACING, bob.user)]);
    assert_eq!(tables.inbox.len(), 1);
}

#[tokio::test]
async fn answers_about_posts_and_listings_are_forgotten_with_whoever_made_them() {
    let shop = Shop::open();
    let (ann, bob) = (shop.customer("ann").await, shop.customer("bob").await);
    let store = MemoryCatalogueStore::over(shop.state.clone());
    for (operation, person) in [(WRITING, ann), (LISTING, ann), (WRITING, bob), (LISTING, bob)] {
        let mut uow = store.begin(&Provenance::default()).await.unwrap();
        let scope = IdempotencyKey::scope_of(operation, person.user);
        let key = IdempotencyKey { scope, key: "k-1".to_owned(), fingerprint: [1; 32] };
        uow.idempotency().claim(&key, shop.ids.next(), None, shop.clock.now()).await.unwrap();
        uow.commit().await.unwrap();
    }
    let gone = UserDeleted { user_id: ann.user };
    let event = builders::envelope(&shop.ids, AggregateType::User, gone.into());
    for consumer in ["drop_drafts", "withdraw_listings", "drop_drafts"] {
        react(&shop, consumer, &event).await.unwrap();
    }
    let scopes: Vec<_> = shop.state.lock().keys.keys().map(|(scope, _)| scope.clone()).collect();
    let of_bob = [LISTING, WRITING].map(|what| IdempotencyKey::scope_of(what, bob.user));
    assert_eq!(scopes, of_bob);
}

#[tokio::test]
async fn whoever_registers_is_welcomed_once() {
    let shop = Shop::open();
    let app = shop.app();
    let register: &dyn RegisterUser = app.resolve_ref();
    let user = register.execute(registration("ann")).await.unwrap().user;
    let event = shop.event("identity.user_registered.v1");
    for _ in 0..2 {
        react(&shop, "welcome_mail", &event).await.unwrap();
    }
    assert_eq!(mails(&shop), [(MailTemplate::Welcome, user.id, user.id.raw())]);
    assert_eq!(shop.state.lock().inbox.len(), 1);
}

#[tokio::test]
async fn a_paid_order_is_confirmed_once() {
    let shop = Shop::open();
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
    let order = shop.place(ann, tea, 1).await;
    let payment = shop.begin_to_pay(ann, order.id).await;
    shop.report(&payment, FactKind::Captured).await.unwrap();
    let event = shop.event("ordering.order_paid.v1");
    for _ in 0..2 {
        react(&shop, "order_confirmation", &event).await.unwrap();
    }
    assert_eq!(mails(&shop), [(MailTemplate::OrderPaid, ann.user, order.id.raw())]);
}

#[tokio::test]
async fn a_reinstated_order_is_confirmed_too() {
    let shop = Shop::open();
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
    let order = shop.place(ann, tea, 1).await;
    let reinstated = domain::ordering::OrderReinstated {
        order_id: order.id,
        user_id: ann.user,
        total: order.total,
    };
    let aggregate = AggregateType::Order;
    let event = builders::envelope(&shop.ids, aggregate, reinstated.into());
    react(&shop, "order_confirmation", &event).await.unwrap();
    assert_eq!(mails(&shop), [(MailTemplate::OrderPaid, ann.user, order.id.raw())]);
}

#[tokio::test]
async fn a_scheduled_refund_is_carried_out_and_repeating_it_is_harmless() {
    let Owed { shop, refund, .. } = owed().await;
    let event = shop.event("payments.refund_scheduled.v1");
    for _ in 0..2 {
        react(&shop, "refund_execution", &event).await.unwrap();
    }
    assert_eq!(shop.gateway.refunded().len(), 1);
    assert_eq!(shop.state.lock().refunds[&refund].status, RefundStatus::Succeeded);
    assert_eq!(shop.state.lock().inbox.len(), 1);
}

#[tokio::test]
async fn a_refund_of_unknown_outcome_is_tried_later_and_one_that_is_not_there_never() {
    let Owed { shop, .. } = owed().await;
    let mut event = shop.event("payments.refund_scheduled.v1");
    shop.gateway.then(Answer::UnknownAfterEffect);
    let later = react(&shop, "refund_execution", &event).await;
    assert!(matches!(later, Err(HandleError::Retry(_))), "{later:?}");
    assert!(shop.state.lock().inbox.is_empty());

    let DomainEvent::RefundScheduled(scheduled) = &mut event.event else { panic!("{event:?}") };
    scheduled.refund_id = domain::payments::RefundId::new(shop.ids.next());
    let never = react(&shop, "refund_execution", &event).await;
    assert!(matches!(never, Err(HandleError::Poison(_))), "{never:?}");
}

#[tokio::test]
async fn the_buyer_is_told_what_becomes_of_the_order_and_its_money() {
    use domain::{
        ordering::{OrderCancelled, OrderShipped},
        payments::{PaymentFailed, PaymentId, RefundId, RefundSucceeded},
        shared::event::AggregateType,
    };
    let shop = Shop::open();
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
    let order = shop.place(ann, tea, 1).await;
    let (order_id, user_id) = (order.id, ann.user);
    let payment_id = PaymentId::new(shop.ids.next());
    let refund_id = RefundId::new(shop.ids.next());
    let amount = order.total;
    let facts: [(MailTemplate, DomainEvent); 4] = [
        (
            MailTemplate::OrderShipped,
            OrderShipped { order_id, user_id, lines: Vec::new(), is_complete: true }.into(),
        ),
        (MailTemplate::OrderCancelled, OrderCancelled { order_id, user_id }.into()),
        (
            MailTemplate::OrderRefunded,
            RefundSucceeded { refund_id, payment_id, order_id, amount }.into(),
        ),
        (MailTemplate::PaymentFailed, PaymentFailed { payment_id, order_id }.into()),
    ];
    let mut expected = Vec::new();
    for (template, fact) in facts {
        let event = builders::envelope(&shop.ids, AggregateType::Order, fact);
        for _ in 0..2 {
            react(&shop, "order_confirmation", &event).await.unwrap();
        }
        expected.push((template, ann.user, order.id.raw()));
    }
    assert_eq!(mails(&shop), expected);
}
