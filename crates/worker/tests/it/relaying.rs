use std::sync::atomic::Ordering;

use domain::{
    identity::{UserId, UserRegistered},
    messaging::MessagingStore,
    shared::{
        event::{AggregateType, NewEvent, Provenance},
        ports::IdGenerator,
    },
};
use infra_memory::store::MemoryMessagingStore;
use test_support::{builders, clock::FrozenClock, eventually::PATIENCE, ids::CountingIds};
use time::Duration;
use tokio::time::timeout;

use crate::fixture::{Fixture, Scripted};

#[tokio::test]
async fn what_the_bus_refuses_is_published_again_and_nothing_else_waits_for_it() {
    let fixture = Fixture::new(Scripted::new(|_, _| Ok(())));
    let (ann, bob) = (fixture.register("ann").await, fixture.register("bob").await);
    fixture.publisher.refuses.lock().unwrap().push(ann);
    let relay = fixture.worker.relay();
    assert_eq!(relay.tick().await.unwrap(), 1);
    assert_eq!(
        (fixture.waiting().await, &*fixture.publisher.taken.lock().unwrap()),
        (1, &vec![bob])
    );

    fixture.publisher.refuses.lock().unwrap().clear();
    assert_eq!(relay.tick().await.unwrap(), 1);
    assert_eq!(fixture.waiting().await, 0);
    assert_eq!(relay.tick().await.unwrap(), 0);
}

#[tokio::test]
async fn a_bus_that_never_answers_keeps_nothing_and_nobody() {
    let fixture = Fixture::new(Scripted::new(|_, _| Ok(())));
    let ann = fixture.register("ann").await;
    fixture.publisher.is_silent.store(true, Ordering::Relaxed);
    let relay = fixture.worker.relay();
    assert_eq!(timeout(PATIENCE, relay.tick()).await.unwrap().unwrap(), 0);

    fixture.publisher.is_silent.store(false, Ordering::Relaxed);
    assert_eq!(relay.tick().await.unwrap(), 1);
    assert_eq!(*fixture.publisher.taken.lock().unwrap(), [ann]);
}

#[tokio::test]
async fn a_later_event_of_an_aggregate_never_overtakes_a_refused_one() {
    let fixture = Fixture::new(Scripted::new(|_, _| Ok(())));
    let ids = CountingIds::seeded(7);
    let registered = || UserRegistered { user_id: UserId::new(ids.next()) }.into();
    let early = builders::new_event(&ids, AggregateType::User, registered());
    let late = NewEvent {
        aggregate_id: early.aggregate_id,
        aggregate_version: 2,
        ..builders::new_event(&ids, AggregateType::User, registered())
    };
    let (first, second) = (early.id, late.id);
    let store = MemoryMessagingStore::over(fixture.state.clone());
    let mut work = store.begin(&Provenance::default()).await.unwrap();
    work.outbox().append(&[early, late]).await.unwrap();
    work.commit().await.unwrap();

    fixture.publisher.refuses.lock().unwrap().push(first);
    let relay = fixture.worker.relay();
    assert_eq!(relay.tick().await.unwrap(), 0);
    assert_eq!(fixture.waiting().await, 2);
    fixture.publisher.refuses.lock().unwrap().clear();
    assert_eq!(relay.tick().await.unwrap(), 2);
    assert_eq!(*fixture.publisher.taken.lock().unwrap(), [first, second]);
}

#[tokio::test]
async fn a_bus_that_forgets_is_filled_again_from_the_outbox() {
    let fixture = Fixture::new(Scripted::new(|_, _| Ok(())));
    fixture.register("ann").await;
    // Published to a bus that dies before anybody handled it.
    drop(fixture.worker.subscribe().await.unwrap());
    assert_eq!(fixture.worker.relay().tick().await.unwrap(), 1);

    let handler = Scripted::new(|_, _| Ok(()));
    let restarted = fixture.restarted(handler.clone());
    let mut subscriptions = restarted.worker.subscribe().await.unwrap();
    restarted.worker.run_until_idle(&mut subscriptions).await.unwrap();
    assert!(handler.seen().is_empty());
    restarted.clock.advance(Duration::SECOND);
    let before = FrozenClock::START + Duration::SECOND;
    assert_eq!(restarted.worker.chores().requeue(before).await.unwrap(), 1);
    restarted.worker.run_until_idle(&mut subscriptions).await.unwrap();
    assert_eq!(handler.seen(), [1]);
}
