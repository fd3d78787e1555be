//! Contract of [`PaymentsStore`](domain::payments::PaymentsStore) and its reads.

use domain::{
    identity::UserId,
    ordering::{Order, OrderId, OrderStatus, PaymentStatus},
    payments::{
        AttemptStatus, CHECK_AFTER, FactKind, MockEntry, Operation, OperationId, OperationKind,
        OperationStatus, Payment, PaymentId, PaymentView, ProviderName, RefundId, RefundStatus,
        Takings, pause_after,
    },
    shared::{error::StoreError, ports::IdGenerator},
};

use super::{StoreFixture, store::at};
use crate::builders::{self, fact, roubles};

pub(super) async fn pending_order(f: &StoreFixture) -> (UserId, Order) {
    let (ann, tea) = (f.user("ann").await, f.goods("tea", 9).await);
    (ann, f.placed(ann, &tea, 1).await)
}

fn attempt(f: &StoreFixture, order: &Order, name: &str, seconds: i64) -> Payment {
    let mut payment = builders::payment(&f.ids, order, at(seconds));
    payment.note_created(name.to_owned(), Some(format!("https://pay.example/{name}")));
    payment
}

pub(super) async fn find(f: &StoreFixture, id: PaymentId) -> Option<Payment> {
    let mut uow = f.payments.begin(&StoreFixture::provenance()).await.unwrap();
    uow.payments().find(id).await.unwrap()
}

pub(super) async fn update(f: &StoreFixture, payment: &Payment) -> Result<(), StoreError> {
    let mut uow = f.payments.begin(&StoreFixture::provenance()).await?;
    uow.payments().update(payment).await?;
    uow.commit().await
}

async fn takings_besides(f: &StoreFixture, name: &str) -> Takings {
    let mut uow = f.payments.begin(&StoreFixture::provenance()).await.unwrap();
    let found = uow.payments().find_at_provider(ProviderName::Mock, name).await.unwrap();
    found.unwrap().1
}

/// What is found is what was stored, by id, by the provider's name and as the active attempt.
pub async fn an_attempt_survives_the_store(f: StoreFixture) {
    let (_, order) = pending_order(&f).await;
    let mut payment = attempt(&f, &order, "mock-1", 1);
    f.store_payment(&payment).await;
    payment.learn(fact(FactKind::RequiresAction, order.total(), at(2)), f.stamp(2));
    let mut stored = find(&f, payment.id()).await.unwrap();
    stored.learn(fact(FactKind::RequiresAction, order.total(), at(2)), f.stamp(2));
    update(&f, &stored).await.unwrap();

    let mut uow = f.payments.begin(&StoreFixture::provenance()).await.unwrap();
    let by_id = uow.payments().find(payment.id()).await.unwrap().unwrap();
    let active = uow.payments().active_of(order.id()).await.unwrap().unwrap();
    let (by_name, takings) =
        uow.payments().find_at_provider(ProviderName::Mock, "mock-1").await.unwrap().unwrap();
    assert!(uow.payments().find_at_provider(ProviderName::Mock, "no").await.unwrap().is_none());
    assert!(uow.payments().find(PaymentId::new(f.ids.next())).await.unwrap().is_none());
    drop(uow);
    for mut found in [by_id, active, by_name] {
        assert_eq!((found.id(), found.order()), (payment.id(), order.id()));
        assert_eq!((found.provider(), found.amount()), (payment.provider(), payment.amount()));
        assert_eq!(found.status(), AttemptStatus::RequiresAction);
        assert_eq!(found.state(), payment.state());
        assert_eq!(found.created_at(), payment.created_at());
        // A fact that is known already is not learnt again.
        found.learn(fact(FactKind::RequiresAction, order.total(), at(9)), f.stamp(9));
        assert!(found.fresh_facts().is_empty() && found.events().is_empty());
    }
    assert_eq!(takings, Takings::none(order.total().currency));
}

/// While an attempt may still take money there is no other; afterwards there may be.
pub async fn an_order_has_one_active_attempt(f: StoreFixture) {
    let (_, order) = pending_order(&f).await;
    let mut first = attempt(&f, &order, "mock-1", 1);
    f.store_payment(&first).await;
    let second = attempt(&f, &order, "mock-2", 2);
    let mut uow = f.payments.begin(&StoreFixture::provenance()).await.unwrap();
    let refused = uow.payments().insert(&second).await.unwrap_err();
    drop(uow);
    let StoreError::AlreadyExists { constraint } = refused else { panic!("{refused:?}") };
    assert_eq!(constraint, "uq_payments_active_order");

    first = find(&f, first.id()).await.unwrap();
    first.learn(fact(FactKind::Failed, order.total(), at(3)), f.stamp(3));
    update(&f, &first).await.unwrap();
    f.store_payment(&second).await;
    let mut uow = f.payments.begin(&StoreFixture::provenance()).await.unwrap();
    let active = uow.payments().active_of(order.id()).await.unwrap();
    assert_eq!(active.map(|payment| payment.id()), Some(second.id()));
}

/// The takings are those of the other attempts of the same order.
pub async fn takings_are_those_of_the_other_attempts(f: StoreFixture) {
    let (ann, order) = pending_order(&f).await;
    let tea = f.goods("more-tea", 9).await;
    let foreign = f.placed(ann, &tea, 1).await;
    for (order, name) in [(&order, "mock-1"), (&order, "mock-2"), (&foreign, "mock-3")] {
        let mut payment = attempt(&f, order, name, 1);
        payment.learn(fact(FactKind::Captured, order.total(), at(2)), f.stamp(2));
        f.store_payment(&payment).await;
    }
    let mut authorized = attempt(&f, &order, "mock-4", 3);
    authorized.learn(fact(FactKind::Authorized, order.total(), at(3)), f.stamp(3));
    f.store_payment(&authorized).await;

    let total = order.total();
    let none = Takings::none(total.currency);
    let expected = Takings { captured: total, authorized: total, ..none };
    assert_eq!(takings_besides(&f, "mock-1").await, expected);
    let expected = Takings { captured: total.times(2).unwrap(), ..none };
    assert_eq!(takings_besides(&f, "mock-4").await, expected);
    assert_eq!(takings_besides(&f, "mock-3").await, none);
}

/// Every refund of the order that is scheduled counts as going back, that of the attempt itself
/// too, until it is settled.
pub async fn scheduled_refunds_are_going_back(f: StoreFixture) {
    let (_, order) = pending_order(&f).await;
    let mut payment = attempt(&f, &order, "mock-1", 1);
    payment.learn(fact(FactKind::Captured, order.total(), at(2)), f.stamp(2));
    let back = roubles(4_000);
    let mut refund = payment.schedule_refund(RefundId::new(f.ids.next()), back, f.stamp(3));
    let mut uow = f.payments.begin(&StoreFixture::provenance()).await.unwrap();
    uow.payments().insert(&payment).await.unwrap();
    uow.refunds().insert(&refund).await.unwrap();
    uow.commit().await.unwrap();
    assert_eq!(takings_besides(&f, "mock-1").await.refunding, back);

    let mut uow = f.payments.begin(&StoreFixture::provenance()).await.unwrap();
    assert_eq!(uow.refunds().find(refund.id).await.unwrap(), Some(refund.clone()));
    assert_eq!(uow.refunds().find(RefundId::new(f.ids.next())).await.unwrap(), None);
    let mut payment = uow.payments().find(payment.id()).await.unwrap().unwrap();
    payment.settle_refund(&mut refund, RefundStatus::Succeeded, f.stamp(4));
    uow.payments().update(&payment).await.unwrap();
    uow.refunds().update(&refund, at(4)).await.unwrap();
    uow.commit().await.unwrap();

    let mut uow = f.payments.begin(&StoreFixture::provenance()).await.unwrap();
    let found = uow.refunds().find(refund.id).await.unwrap().unwrap();
    assert_eq!(found.status, RefundStatus::Succeeded);
    let found = uow.payments().find(payment.id()).await.unwrap().unwrap();
    assert_eq!(found.state().refunded, back);
    drop(uow);
    assert_eq!(takings_besides(&f, "mock-1").await.refunding.minor, 0);
}

/// Money is found where it was taken, the oldest first, with what is about to go back of it.
pub async fn money_is_found_where_it_was_taken(f: StoreFixture) {
    let (_, order) = pending_order(&f).await;
    let (total, back) = (order.total(), roubles(4_000));
    let mut refused = attempt(&f, &order, "mock-1", 1);
    refused.learn(fact(FactKind::Failed, total, at(2)), f.stamp(2));
    f.store_payment(&refused).await;
    let mut late = attempt(&f, &order, "mock-2", 5);
    late.learn(fact(FactKind::Captured, total, at(6)), f.stamp(6));
    let mut early = attempt(&f, &order, "mock-3", 3);
    early.learn(fact(FactKind::Captured, total, at(4)), f.stamp(4));
    let refund = early.schedule_refund(RefundId::new(f.ids.next()), back, f.stamp(7));
    let mut uow = f.payments.begin(&StoreFixture::provenance()).await.unwrap();
    uow.payments().insert(&late).await.unwrap();
    uow.payments().insert(&early).await.unwrap();
    uow.refunds().insert(&refund).await.unwrap();
    uow.commit().await.unwrap();

    let mut uow = f.payments.begin(&StoreFixture::provenance()).await.unwrap();
    let taken = uow.payments().taken_for(order.id()).await.unwrap();
    let named: Vec<_> = taken.iter().map(|(payment, back)| (payment.id(), *back)).collect();
    assert_eq!(named, [(early.id(), back), (late.id(), roubles(0))]);
    assert_eq!(taken[0].0.state(), early.state());
    assert_eq!(uow.payments().taken_for(OrderId::new(f.ids.next())).await.unwrap().len(), 0);
}

/// A provider's message is noted once, and not at all when the unit of work is rolled back.
pub async fn a_provider_event_is_noted_once(f: StoreFixture) {
    let (_, order) = pending_order(&f).await;
    let payment = attempt(&f, &order, "mock-1", 1);
    f.store_payment(&payment).await;
    for (event, commit, expected) in
        [("e-1", false, true), ("e-1", true, true), ("e-1", true, false), ("e-2", true, true)]
    {
        let mut uow = f.payments.begin(&StoreFixture::provenance()).await.unwrap();
        let mock = ProviderName::Mock;
        let noted = uow.payments().note_provider_event(mock, event, payment.id(), at(1)).await;
        assert_eq!(noted.unwrap(), expected, "{event}");
        if commit {
            uow.commit().await.unwrap();
        }
    }
}

/// Of two changes made from one version, the second is refused and changes nothing.
pub async fn a_lost_update_is_a_conflict(f: StoreFixture) {
    let (_, order) = pending_order(&f).await;
    let payment = attempt(&f, &order, "mock-1", 1);
    f.store_payment(&payment).await;
    f.drain_outbox().await;
    let mut first = find(&f, payment.id()).await.unwrap();
    let mut second = first.clone();
    first.learn(fact(FactKind::Captured, order.total(), at(2)), f.stamp(2));
    second.learn(fact(FactKind::Failed, order.total(), at(3)), f.stamp(3));
    update(&f, &first).await.unwrap();
    assert!(matches!(update(&f, &second).await, Err(StoreError::Conflict)));
    let found = find(&f, payment.id()).await.unwrap();
    assert_eq!(found.status(), AttemptStatus::Succeeded);
    assert_eq!(found.state(), first.state());
    assert_eq!(f.drain_outbox().await.len(), 1);
}

/// The provider's answer is stored although it records no event.
pub async fn the_answer_of_the_provider_is_stored(f: StoreFixture) {
    let (_, order) = pending_order(&f).await;
    f.store_payment(&builders::payment(&f.ids, &order, at(1))).await;
    let mut uow = f.payments.begin(&StoreFixture::provenance()).await.unwrap();
    let mut payment = uow.payments().active_of(order.id()).await.unwrap().unwrap();
    payment.note_created("mock-1".to_owned(), Some("https://pay.example/1".to_owned()));
    uow.payments().update(&payment).await.unwrap();
    uow.commit().await.unwrap();
    let found = find(&f, payment.id()).await.unwrap();
    assert_eq!(found.state(), payment.state());
    assert_eq!(found.state().provider_payment_id.as_deref(), Some("mock-1"));
}

/// Money, order and stock move in one unit of work, or not at all.
pub async fn money_and_order_move_together(f: StoreFixture) {
    let (ann, tea) = (f.user("ann").await, f.goods("tea", 9).await);
    let placed = f.placed(ann, &tea, 2).await;
    f.store_payment(&attempt(&f, &placed, "mock-1", 1)).await;
    for commit in [false, true] {
        let mut uow = f.payments.begin(&StoreFixture::provenance()).await.unwrap();
        let found = uow.payments().find_at_provider(ProviderName::Mock, "mock-1").await.unwrap();
        let (mut payment, others) = found.unwrap();
        payment.learn(fact(FactKind::Captured, placed.total(), at(2)), f.stamp(2));
        let takings = others.with(&payment).unwrap();
        let mut order = uow.orders().find(placed.id()).await.unwrap().unwrap();
        order.pay(&takings, f.stamp(2)).unwrap();
        uow.payments().update(&payment).await.unwrap();
        uow.orders().update(&order).await.unwrap();
        uow.stock().allocate(order.id(), &order.demand(), at(2)).await.unwrap();
        if commit {
            uow.commit().await.unwrap();
        } else {
            drop(uow);
            let view = f.order_view(&placed).await.unwrap();
            assert_eq!(view.status, OrderStatus::Pending);
        }
    }
    let view = f.order_view(&placed).await.unwrap();
    assert_eq!((view.status, view.payment_status), (OrderStatus::Paid, PaymentStatus::Paid));
    assert_eq!(view.expires_at, None);
    assert_eq!(f.available(&tea).await, 7);
}

/// Owners see the attempts of their own orders, oldest first; staff see everybody's.
pub async fn attempts_are_shown_to_the_owner(f: StoreFixture) {
    let (ann, order) = pending_order(&f).await;
    let bob = f.user("bob").await;
    let mut failed = attempt(&f, &order, "mock-1", 1);
    let reason = Some("card_declined".to_owned());
    let declined = fact(FactKind::Failed, order.total(), at(2));
    failed.learn(domain::payments::Fact { reason, ..declined }, f.stamp(2));
    f.store_payment(&failed).await;
    let second = attempt(&f, &order, "mock-2", 3);
    f.store_payment(&second).await;

    let expected = [PaymentView::from(&failed), PaymentView::from(&second)];
    assert_eq!(expected[0].fail_reason.as_deref(), Some("card_declined"));
    for owner in [None, Some(ann)] {
        assert_eq!(f.payment_reads.payments_of(order.id(), owner).await.unwrap(), expected);
        let shown = f.payment_reads.payment(second.id(), owner).await.unwrap();
        assert_eq!(shown.as_ref(), Some(&expected[1]));
    }
    assert_eq!(f.payment_reads.payments_of(order.id(), Some(bob)).await.unwrap(), []);
    assert_eq!(f.payment_reads.payment(second.id(), Some(bob)).await.unwrap(), None);
}

/// Of each kind one operation is scheduled for an attempt; what became of it stays.
pub async fn an_operation_is_scheduled_once_and_settled_once(f: StoreFixture) {
    let (_, order) = pending_order(&f).await;
    let payment = attempt(&f, &order, "mock-1", 1);
    f.store_payment(&payment).await;
    let one = |kind, seconds| {
        let id = OperationId::new(f.ids.next());
        Operation::schedule(id, kind, &payment, at(seconds), CHECK_AFTER)
    };
    let (capture, void) = (one(OperationKind::Capture, 1), one(OperationKind::Void, 2));
    let mut uow = f.payments.begin(&StoreFixture::provenance()).await.unwrap();
    uow.operations().insert(&capture).await.unwrap();
    uow.operations().insert(&void).await.unwrap();
    uow.commit().await.unwrap();
    let mut uow = f.payments.begin(&StoreFixture::provenance()).await.unwrap();
    let found = uow.operations().scheduled(payment.id(), OperationKind::Void).await.unwrap();
    assert_eq!(found.as_ref(), Some(&void));
    let refused = uow.operations().insert(&one(OperationKind::Void, 3)).await.unwrap_err();
    drop(uow);
    let StoreError::AlreadyExists { constraint } = refused else { panic!("{refused:?}") };
    assert_eq!(constraint, "uq_payment_operations_open");

    let reason = Some("too late".to_owned());
    let failed = Operation { status: OperationStatus::Failed, reason, ..void.clone() };
    let mut uow = f.payments.begin(&StoreFixture::provenance()).await.unwrap();
    uow.operations().update(&failed, at(4)).await.unwrap();
    uow.commit().await.unwrap();
    let mut uow = f.payments.begin(&StoreFixture::provenance()).await.unwrap();
    assert_eq!(uow.operations().find(void.id).await.unwrap(), Some(failed));
    assert_eq!(uow.operations().find(capture.id).await.unwrap(), Some(capture));
    let none = uow.operations().scheduled(payment.id(), OperationKind::Void).await.unwrap();
    assert_eq!(none, None);
    let again = Operation { status: OperationStatus::Succeeded, ..void };
    let lost = uow.operations().update(&again, at(5)).await;
    assert!(matches!(lost, Err(StoreError::Conflict)), "{lost:?}");
    drop(uow);
    let mut uow = f.payments.begin(&StoreFixture::provenance()).await.unwrap();
    uow.operations().insert(&one(OperationKind::Void, 6)).await.unwrap();
}

/// What is unresolved is due a minute after it began, a claim puts it off for longer each time,
/// and what is resolved is never due.
pub async fn what_is_unresolved_is_due_less_and_less(f: StoreFixture) {
    let (_, order) = pending_order(&f).await;
    let mut payment = attempt(&f, &order, "mock-1", 0);
    f.store_payment(&payment).await;
    let void = Operation::schedule(
        OperationId::new(f.ids.next()),
        OperationKind::Void,
        &payment,
        at(0),
        time::Duration::ZERO,
    );
    let mut uow = f.payments.begin(&StoreFixture::provenance()).await.unwrap();
    uow.operations().insert(&void).await.unwrap();
    uow.commit().await.unwrap();
    assert_eq!(f.unresolved.claim_operations(10, at(0)).await.unwrap(), [void.id]);
    assert_eq!(f.unresolved.claim_operations(10, at(59)).await.unwrap(), []);

    let mut due = at(60);
    for checks in 1..=9 {
        let early = due - time::Duration::seconds(1);
        assert_eq!(f.unresolved.claim_attempts(10, early).await.unwrap(), [], "{checks}");
        assert_eq!(f.unresolved.claim_attempts(0, due).await.unwrap(), [], "{checks}");
        assert_eq!(f.unresolved.claim_attempts(10, due).await.unwrap(), [payment.id()]);
        assert_eq!(f.unresolved.claim_attempts(10, due).await.unwrap(), [], "{checks}");
        due += pause_after(checks);
    }
    payment = find(&f, payment.id()).await.unwrap();
    payment.learn(fact(FactKind::Captured, order.total(), at(2)), f.stamp(2));
    let mut refund = payment.schedule_refund(RefundId::new(f.ids.next()), roubles(1), f.stamp(3));
    let mut uow = f.payments.begin(&StoreFixture::provenance()).await.unwrap();
    uow.payments().update(&payment).await.unwrap();
    uow.refunds().insert(&refund).await.unwrap();
    uow.commit().await.unwrap();
    let ages = due + time::Duration::days(1);
    assert_eq!(f.unresolved.claim_attempts(10, ages).await.unwrap(), []);
    let created = refund.created_at;
    assert_eq!(f.unresolved.claim_refunds(10, created).await.unwrap(), []);
    assert_eq!(f.unresolved.claim_refunds(10, ages).await.unwrap(), [refund.id]);

    let mut uow = f.payments.begin(&StoreFixture::provenance()).await.unwrap();
    payment = uow.payments().find(payment.id()).await.unwrap().unwrap();
    payment.settle_refund(&mut refund, RefundStatus::Succeeded, f.stamp(4));
    uow.refunds().update(&refund, at(4)).await.unwrap();
    let done = Operation { status: OperationStatus::Succeeded, ..void };
    uow.operations().update(&done, at(4)).await.unwrap();
    uow.commit().await.unwrap();
    let later = ages + time::Duration::days(1);
    assert_eq!(f.unresolved.claim_refunds(10, later).await.unwrap(), []);
    assert_eq!(f.unresolved.claim_operations(10, later).await.unwrap(), []);
}

/// The mock provider's books take a page as often as its writer knows what is there.
pub async fn the_mock_books_lose_no_write(f: StoreFixture) {
    let entry = |body: &str, version| MockEntry { body: body.to_owned(), version };
    assert_eq!(f.mock_books.read("a").await.unwrap(), None);
    for (name, body, version, written) in [
        ("a", "one", 2, false),
        ("a", "one", 1, true),
        ("a", "two", 1, false),
        ("b", "other", 1, true),
        ("a", "two", 2, true),
        ("a", "three", 2, false),
    ] {
        let taken = f.mock_books.write(name, &entry(body, version)).await.unwrap();
        assert_eq!(taken, written, "{body} {version}");
    }
    assert_eq!(f.mock_books.read("a").await.unwrap(), Some(entry("two", 2)));
    assert_eq!(f.mock_books.read("b").await.unwrap(), Some(entry("other", 1)));
}

/// One test for each clause.
#[macro_export]
macro_rules! payments_store_contract {
    ($fixture:expr) => {
        $crate::contract_tests!(payments_store, $fixture;
            an_attempt_survives_the_store,
            an_order_has_one_active_attempt,
            takings_are_those_of_the_other_attempts,
            scheduled_refunds_are_going_back,
            money_is_found_where_it_was_taken,
            a_provider_event_is_noted_once,
            a_lost_update_is_a_conflict,
            the_answer_of_the_provider_is_stored,
            money_and_order_move_together,
            attempts_are_shown_to_the_owner,
            an_operation_is_scheduled_once_and_settled_once,
            what_is_unresolved_is_due_less_and_less,
            the_mock_books_lose_no_write,
        );
    };
}
