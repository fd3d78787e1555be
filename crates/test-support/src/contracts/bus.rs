//! Contract of [`EventPublisher`] and [`EventSource`].

use std::{any::Any, sync::Arc, time::Duration};

use domain::shared::{
    bus::{Delivery, EventPublisher, EventSource, Subscriber, Subscription},
    event::{EventEnvelope, EventId},
};
use tokio::time::{Instant, timeout};

use crate::{
    builders::{order_placed, user_registered},
    eventually::PATIENCE,
    ids::CountingIds,
};

const DELAY: Duration = Duration::from_millis(300);
const QUIET: Duration = Duration::from_millis(300);

const PEOPLE: Subscriber =
    Subscriber { consumer: "people", events: &["identity.user_registered.v1"] };
const ORDERS: Subscriber = Subscriber { consumer: "orders", events: &["ordering.order_placed.v1"] };
const EVERYTHING: Subscriber = Subscriber {
    consumer: "everything",
    events: &["identity.user_registered.v1", "ordering.order_placed.v1"],
};

/// A bus without queues.
pub struct Fixture {
    /// The sending half of the adapter under test.
    pub publisher: Arc<dyn EventPublisher>,
    /// The receiving half.
    pub source: Arc<dyn EventSource>,
    /// Whatever must live as long as the adapter.
    pub keep: Box<dyn Any + Send + Sync>,
}

impl Fixture {
    async fn subscribe(&self, subscriber: &Subscriber, prefetch: u16) -> Box<dyn Subscription> {
        self.source.subscribe(subscriber, prefetch).await.unwrap()
    }

    async fn publish(&self, events: &[EventEnvelope]) {
        let results = self.publisher.publish(events).await;
        assert_eq!(results.len(), events.len());
        for result in results {
            result.unwrap();
        }
    }
}

async fn next(subscription: &mut dyn Subscription) -> Box<dyn Delivery> {
    timeout(PATIENCE, subscription.next()).await.unwrap().unwrap()
}

async fn is_quiet(subscription: &mut dyn Subscription) -> bool {
    timeout(QUIET, subscription.next()).await.is_err()
}

async fn take(subscription: &mut dyn Subscription) -> EventId {
    let delivery = next(subscription).await;
    let id = delivery.event().id;
    delivery.ack().await.unwrap();
    id
}

/// An event arrives, whole, at each subscriber of its name and at no other.
pub async fn an_event_arrives_at_its_subscribers_only(fixture: Fixture) {
    let mut people = fixture.subscribe(&PEOPLE, 10).await;
    let mut orders = fixture.subscribe(&ORDERS, 10).await;
    let mut everything = fixture.subscribe(&EVERYTHING, 10).await;
    let ids = CountingIds::default();
    let (user, order) = (user_registered(&ids), order_placed(&ids));
    fixture.publish(&[user.clone(), order.clone()]).await;

    let delivery = next(&mut *people).await;
    assert_eq!(*delivery.event(), user);
    assert_eq!(delivery.earlier_attempts(), 0);
    delivery.ack().await.unwrap();
    let delivery = next(&mut *orders).await;
    assert_eq!(*delivery.event(), order);
    delivery.ack().await.unwrap();
    assert_eq!(take(&mut *everything).await, user.id);
    assert_eq!(take(&mut *everything).await, order.id);
    assert!(is_quiet(&mut *people).await && is_quiet(&mut *orders).await);
}

/// What was acknowledged never comes again, not even to the next subscription.
pub async fn what_was_acknowledged_is_forgotten(fixture: Fixture) {
    let ids = CountingIds::default();
    let (first, second) = (user_registered(&ids), user_registered(&ids));
    let mut people = fixture.subscribe(&PEOPLE, 10).await;
    fixture.publish(std::slice::from_ref(&first)).await;
    assert_eq!(take(&mut *people).await, first.id);
    drop(people);
    let mut people = fixture.subscribe(&PEOPLE, 10).await;
    fixture.publish(std::slice::from_ref(&second)).await;
    assert_eq!(take(&mut *people).await, second.id);
}

/// What was dropped without being settled comes again, and does not count as an attempt.
pub async fn what_was_dropped_comes_again(fixture: Fixture) {
    let event = user_registered(&CountingIds::default());
    let mut people = fixture.subscribe(&PEOPLE, 1).await;
    fixture.publish(std::slice::from_ref(&event)).await;
    for _ in 0..3 {
        let delivery = next(&mut *people).await;
        assert_eq!((delivery.event().id, delivery.earlier_attempts()), (event.id, 0));
        drop(delivery);
    }
    assert_eq!(take(&mut *people).await, event.id);
}

/// A queue outlives its subscription: what came meanwhile, or was left unsettled, is delivered
/// to the next one.
pub async fn a_queue_outlives_its_subscription(fixture: Fixture) {
    let ids = CountingIds::default();
    let (first, second) = (user_registered(&ids), user_registered(&ids));
    let mut people = fixture.subscribe(&PEOPLE, 1).await;
    fixture.publish(std::slice::from_ref(&first)).await;
    let delivery = next(&mut *people).await;
    drop(people);
    drop(delivery);
    fixture.publish(std::slice::from_ref(&second)).await;
    let mut people = fixture.subscribe(&PEOPLE, 1).await;
    let mut seen = [take(&mut *people).await, take(&mut *people).await];
    seen.sort();
    assert_eq!(seen, [first.id, second.id]);
}

/// A retried delivery comes later, is counted, and holds up nothing else.
pub async fn a_retry_comes_later_and_holds_up_nothing(fixture: Fixture) {
    let ids = CountingIds::default();
    let (failing, fine) = (user_registered(&ids), user_registered(&ids));
    let mut people = fixture.subscribe(&PEOPLE, 1).await;
    fixture.publish(&[failing.clone(), fine.clone()]).await;

    let delivery = next(&mut *people).await;
    assert_eq!((delivery.event().id, delivery.earlier_attempts()), (failing.id, 0));
    let retried = Instant::now();
    delivery.retry_after(DELAY).await.unwrap();
    assert_eq!(take(&mut *people).await, fine.id);

    for attempts in 1..=2 {
        let delivery = next(&mut *people).await;
        assert_eq!((delivery.event().id, delivery.earlier_attempts()), (failing.id, attempts));
        assert!(retried.elapsed() + Duration::from_millis(20) >= DELAY * attempts);
        delivery.retry_after(DELAY).await.unwrap();
    }
    let delivery = next(&mut *people).await;
    assert_eq!(*delivery.event(), failing);
    delivery.ack().await.unwrap();
    assert!(is_quiet(&mut *people).await);
}

/// Events of one publisher that are acknowledged in order arrive in order.
pub async fn order_is_kept(fixture: Fixture) {
    let ids = CountingIds::default();
    let events: Vec<_> = (0..50).map(|_| user_registered(&ids)).collect();
    let mut people = fixture.subscribe(&PEOPLE, 10).await;
    for batch in events.chunks(20) {
        fixture.publish(batch).await;
    }
    for event in &events {
        assert_eq!(take(&mut *people).await, event.id);
    }
}

/// No more than `prefetch` deliveries are unsettled; settling one lets the next come.
pub async fn prefetch_bounds_what_is_unsettled(fixture: Fixture) {
    let ids = CountingIds::default();
    let events: Vec<_> = (0..3).map(|_| user_registered(&ids)).collect();
    let mut people = fixture.subscribe(&PEOPLE, 2).await;
    fixture.publish(&events).await;
    let first = next(&mut *people).await;
    let second = next(&mut *people).await;
    assert!(is_quiet(&mut *people).await);
    first.ack().await.unwrap();
    let third = next(&mut *people).await;
    second.ack().await.unwrap();
    third.ack().await.unwrap();
}

/// An event that nobody subscribed to is confirmed.
pub async fn an_event_nobody_wants_is_confirmed(fixture: Fixture) {
    let ids = CountingIds::default();
    fixture.publish(&[user_registered(&ids)]).await;
    let mut people = fixture.subscribe(&PEOPLE, 10).await;
    let wanted = user_registered(&ids);
    fixture.publish(&[order_placed(&ids), wanted.clone()]).await;
    assert_eq!(take(&mut *people).await, wanted.id);
}

/// Giving up waiting for a delivery does not lose it.
pub async fn giving_up_waiting_loses_nothing(fixture: Fixture) {
    let ids = CountingIds::default();
    let events: Vec<_> = (0..5).map(|_| user_registered(&ids)).collect();
    let mut people = fixture.subscribe(&PEOPLE, 10).await;
    assert!(is_quiet(&mut *people).await);
    fixture.publish(&events).await;
    for event in &events {
        let delivery = loop {
            if let Ok(next) = timeout(Duration::from_micros(10), people.next()).await {
                break next.unwrap();
            }
        };
        assert_eq!(delivery.event().id, event.id);
        delivery.ack().await.unwrap();
    }
}

/// One test for each clause.
#[macro_export]
macro_rules! bus_contract {
    ($fixture:expr) => {
        $crate::contract_tests!(bus, $fixture;
            an_event_arrives_at_its_subscribers_only,
            what_was_acknowledged_is_forgotten,
            what_was_dropped_comes_again,
            a_queue_outlives_its_subscription,
            a_retry_comes_later_and_holds_up_nothing,
            order_is_kept,
            prefetch_bounds_what_is_unsettled,
            an_event_nobody_wants_is_confirmed,
            giving_up_waiting_loses_nothing,
        );
    };
}
