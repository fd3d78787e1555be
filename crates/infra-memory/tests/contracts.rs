//! The adapters of this process keep the promises of their ports.

use std::{future::ready, sync::Arc, time::Duration};

use domain::shared::{
    bus::{EventPublisher, EventSource, Subscriber},
    error::StoreError,
};
use infra_memory::{
    announcements::MemoryAnnouncements,
    bus::{MemoryBus, MemoryEventPublisher, MemoryEventSource},
    cache::MemoryCache,
    failures::MemoryFailureCounter,
    limiter::MemoryRateLimiter,
    store::{
        MemoryAuditReads, MemoryCatalogueBackroom, MemoryCatalogueReads, MemoryCatalogueStore,
        MemoryContentStore, MemoryCouponReads, MemoryDeadLetters, MemoryEmailTokenReads,
        MemoryIdentityReads, MemoryIdentityStore, MemoryInventoryReads, MemoryInventoryStore,
        MemoryJobBoard, MemoryMessagingStore, MemoryMockBooks, MemoryOrderReads,
        MemoryOrderingStore, MemoryOutboxFeed, MemoryOutgoingMails, MemoryPaymentReads,
        MemoryPaymentsStore, MemoryPeopleReads, MemoryPostReads, MemoryState, MemoryTaskReads,
        MemoryUnresolvedPayments,
    },
};
use test_support::{
    builders::user_registered,
    contracts::{self, StoreFixture},
    ids::CountingIds,
};

fn stores() -> StoreFixture {
    let state = MemoryState::default();
    StoreFixture {
        identity: Arc::new(MemoryIdentityStore::over(state.clone())),
        identity_reads: Arc::new(MemoryIdentityReads::over(state.clone())),
        email_tokens: Arc::new(MemoryEmailTokenReads::over(state.clone())),
        people: Arc::new(MemoryPeopleReads::over(state.clone())),
        catalogue: Arc::new(MemoryCatalogueStore::over(state.clone())),
        catalogue_reads: Arc::new(MemoryCatalogueReads::over(state.clone())),
        backroom: Arc::new(MemoryCatalogueBackroom::over(state.clone())),
        content: Arc::new(MemoryContentStore::over(state.clone())),
        post_reads: Arc::new(MemoryPostReads::over(state.clone())),
        inventory: Arc::new(MemoryInventoryStore::over(state.clone())),
        inventory_reads: Arc::new(MemoryInventoryReads::over(state.clone())),
        ordering: Arc::new(MemoryOrderingStore::over(state.clone())),
        order_reads: Arc::new(MemoryOrderReads::over(state.clone())),
        coupon_reads: Arc::new(MemoryCouponReads::over(state.clone())),
        payments: Arc::new(MemoryPaymentsStore::over(state.clone())),
        payment_reads: Arc::new(MemoryPaymentReads::over(state.clone())),
        unresolved: Arc::new(MemoryUnresolvedPayments::over(state.clone())),
        mock_books: Arc::new(MemoryMockBooks::over(state.clone())),
        messaging: Arc::new(MemoryMessagingStore::over(state.clone())),
        outbox: Arc::new(MemoryOutboxFeed::over(state.clone())),
        dead_letters: Arc::new(MemoryDeadLetters::over(state.clone())),
        mails: Arc::new(MemoryOutgoingMails::over(state.clone())),
        tasks: Arc::new(MemoryTaskReads::over(state.clone())),
        jobs: Arc::new(MemoryJobBoard::over(state.clone())),
        audit: Arc::new(MemoryAuditReads::over(state)),
        ids: CountingIds::default(),
        keep: Box::new(()),
    }
}

mod cache {
    use super::*;

    fn fixture() -> contracts::cache::Fixture {
        contracts::cache::Fixture { cache: Arc::new(MemoryCache::default()), keep: Box::new(()) }
    }
    test_support::cache_contract!(ready(fixture()));
}

mod limiter {
    use super::*;

    fn fixture() -> contracts::limiter::Fixture {
        let limiter = Arc::new(MemoryRateLimiter::default());
        contracts::limiter::Fixture { limiter, keep: Box::new(()) }
    }
    test_support::limiter_contract!(ready(fixture()));
}

mod announcements {
    use super::*;

    fn fixture() -> contracts::announcements::Fixture {
        let announcements = Arc::new(MemoryAnnouncements::default());
        contracts::announcements::Fixture { announcements, keep: Box::new(()) }
    }
    test_support::announcements_contract!(ready(fixture()));
}

mod failures {
    use super::*;

    fn fixture() -> contracts::failures::Fixture {
        let counter = Arc::new(MemoryFailureCounter::default());
        contracts::failures::Fixture { counter, keep: Box::new(()) }
    }
    test_support::failures_contract!(ready(fixture()));
}

mod bus {
    use super::*;

    fn fixture() -> contracts::bus::Fixture {
        let bus = MemoryBus::default();
        contracts::bus::Fixture {
            publisher: Arc::new(MemoryEventPublisher::new(bus.clone())),
            source: Arc::new(MemoryEventSource::new(bus)),
            keep: Box::new(()),
        }
    }
    test_support::bus_contract!(ready(fixture()));
}

mod ordering_store {
    test_support::ordering_store_contract!(std::future::ready(super::stores()));
}

mod order_desk {
    test_support::order_desk_contract!(std::future::ready(super::stores()));
}

mod coupons {
    test_support::coupons_contract!(std::future::ready(super::stores()));
}

mod payments_store {
    test_support::payments_store_contract!(std::future::ready(super::stores()));
}

mod parked_webhooks {
    test_support::parked_webhooks_contract!(std::future::ready(super::stores()));
}

mod identity_store {
    test_support::identity_store_contract!(std::future::ready(super::stores()));
}

mod email_tokens {
    test_support::email_tokens_contract!(std::future::ready(super::stores()));
}

mod people {
    test_support::people_contract!(std::future::ready(super::stores()));
}

mod user_repository {
    test_support::user_repository_contract!(std::future::ready(super::stores()));
}

mod outbox_feed {
    test_support::outbox_feed_contract!(std::future::ready(super::stores()));
}

mod messaging_store {
    test_support::messaging_store_contract!(std::future::ready(super::stores()));
}

mod jobs {
    test_support::jobs_contract!(std::future::ready(super::stores()));
}

mod audit {
    test_support::audit_contract!(std::future::ready(super::stores()));
}

mod catalogue {
    test_support::catalogue_contract!(std::future::ready(super::stores()));
}

mod catalogue_writes {
    test_support::catalogue_writes_contract!(std::future::ready(super::stores()));
}

mod content {
    test_support::content_contract!(std::future::ready(super::stores()));
}

mod listings {
    test_support::listings_contract!(std::future::ready(super::stores()));
}

mod browsing {
    test_support::browsing_contract!(std::future::ready(super::stores()));
}

mod inventory_store {
    test_support::inventory_store_contract!(std::future::ready(super::stores()));
}

const PEOPLE: Subscriber =
    Subscriber { consumer: "people", events: &["identity.user_registered.v1"] };

#[tokio::test]
async fn a_bus_is_idle_once_everything_is_settled() {
    let bus = MemoryBus::default();
    let mut people = MemoryEventSource::new(bus.clone()).subscribe(&PEOPLE, 1).await.unwrap();
    let publisher = MemoryEventPublisher::new(bus.clone());
    assert!(bus.is_idle() && !publisher.is_durable());
    publisher.publish(&[user_registered(&CountingIds::default())]).await;
    assert!(!bus.is_idle());
    let delivery = people.next().await.unwrap();
    assert!(!bus.is_idle());
    delivery.retry_after(Duration::from_millis(1)).await.unwrap();
    assert!(!bus.is_idle());
    people.next().await.unwrap().ack().await.unwrap();
    assert!(bus.is_idle());
}

#[tokio::test]
async fn an_event_that_is_still_unsettled_is_not_queued_twice() {
    let bus = MemoryBus::default();
    let mut people = MemoryEventSource::new(bus.clone()).subscribe(&PEOPLE, 9).await.unwrap();
    let publisher = MemoryEventPublisher::new(bus.clone());
    let event = user_registered(&CountingIds::default());
    publisher.publish(&[event.clone(), event.clone()]).await;
    let delivery = people.next().await.unwrap();
    publisher.publish(std::slice::from_ref(&event)).await;
    delivery.ack().await.unwrap();
    assert!(bus.is_idle());
}

#[tokio::test]
async fn a_closed_bus_ends_its_subscriptions_and_takes_nothing() {
    let bus = MemoryBus::default();
    let source = MemoryEventSource::new(bus.clone());
    let mut people = source.subscribe(&PEOPLE, 1).await.unwrap();
    let (ended, ()) = tokio::join!(people.next(), async { bus.close() });
    assert!(ended.is_none());
    assert!(source.subscribe(&PEOPLE, 1).await.is_err());
    let event = user_registered(&CountingIds::default());
    let results = MemoryEventPublisher::new(bus).publish(&[event]).await;
    assert!(matches!(results.as_slice(), [Err(_)]));
}

#[tokio::test]
async fn a_store_that_fails_at_any_step_changes_nothing() {
    use test_support::{
        builders,
        flaky::{Faults, FlakyOrderingStore},
    };

    let place = async |faults: &Faults| -> Result<MemoryState, (MemoryState, StoreError)> {
        use domain::ordering::OrderingStore;
        let (state, ids) = (MemoryState::default(), CountingIds::default());
        let inner = Arc::new(MemoryOrderingStore::over(state.clone()));
        let store = FlakyOrderingStore::new(inner, faults.clone());
        let offer = domain::ordering::Offer { level: None, ..builders::offer(&ids) };
        let user = builders::user(&ids, "ann").id;
        let lines = vec![builders::line(&ids, &offer, 1)];
        let order = builders::order(&ids, user, lines, test_support::clock::FrozenClock::START);
        let attempt = async {
            let mut uow = store.begin(&domain::shared::event::Provenance::default()).await?;
            uow.orders().insert(&order).await?;
            uow.outbox().append(&[]).await?;
            uow.commit().await
        };
        match attempt.await {
            Ok(()) => Ok(state),
            Err(error) => Err((state, error)),
        }
    };
    let counted = Faults::none();
    assert_eq!(place(&counted).await.unwrap().lock().orders.len(), 1);
    assert_eq!(counted.steps(), 4);
    for step in 1..=counted.steps() {
        let (state, error) = place(&Faults::at(step)).await.err().unwrap();
        assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
        assert_eq!(state.lock().version, 0);
    }
}
