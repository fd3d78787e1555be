//! Contract of [`OutboxFeed`](domain::shared::ports::OutboxFeed).

use domain::{
    identity::{UserId, UserRegistered},
    messaging::{DeadLetter, DeadLetterId},
    ordering::{OrderId, OrderPlaced},
    shared::{
        event::{AggregateType, EventEnvelope, EventId, NewEvent},
        ports::{Backlog, IdGenerator},
    },
};

use super::{StoreFixture, store::at};
use crate::builders::{new_event, roubles};

fn registered(f: &StoreFixture) -> NewEvent {
    let event = UserRegistered { user_id: UserId::new(f.ids.next()) };
    new_event(&f.ids, AggregateType::User, event.into())
}

fn later(f: &StoreFixture, event: &NewEvent) -> NewEvent {
    NewEvent {
        id: EventId::new(f.ids.next()),
        aggregate_version: event.aggregate_version + 1,
        occurred_at: event.occurred_at + time::Duration::SECOND,
        ..event.clone()
    }
}

async fn append(f: &StoreFixture, events: &[NewEvent]) {
    let mut uow = f.messaging.begin(&StoreFixture::provenance()).await.unwrap();
    uow.outbox().append(events).await.unwrap();
    uow.commit().await.unwrap();
}

async fn claim(f: &StoreFixture, limit: u32, now: i64, until: i64) -> Vec<EventEnvelope> {
    f.outbox.claim(limit, at(now), at(until)).await.unwrap()
}

fn ids(events: &[EventEnvelope]) -> Vec<EventId> {
    events.iter().map(|event| event.id).collect()
}

fn seqs(events: &[EventEnvelope]) -> Vec<i64> {
    events.iter().map(|event| event.seq).collect()
}

/// Events come whole and in the order they were recorded, at most as many as asked for.
pub async fn events_are_claimed_in_order(f: StoreFixture) {
    let events: Vec<_> = (0..5).map(|_| registered(&f)).collect();
    append(&f, &events[..2]).await;
    append(&f, &events[2..]).await;
    let mut claimed = claim(&f, 3, 0, 60).await;
    assert_eq!(claimed.len(), 3);
    claimed.extend(claim(&f, 10, 0, 60).await);
    assert!(claimed.is_sorted_by(|a, b| a.seq < b.seq));
    assert_eq!(ids(&claimed), events.iter().map(|event| event.id).collect::<Vec<_>>());
    for (stored, new) in claimed.iter().zip(&events) {
        assert_eq!(
            (stored.aggregate_type, stored.aggregate_id),
            (new.aggregate_type, new.aggregate_id)
        );
        assert_eq!((stored.aggregate_version, stored.occurred_at), (1, new.occurred_at));
        assert_eq!((&stored.event, &stored.provenance), (&new.event, &StoreFixture::provenance()));
    }
}

/// What is claimed is not claimed again until the claim lapses.
pub async fn a_claim_lasts_until_it_lapses(f: StoreFixture) {
    append(&f, &[registered(&f)]).await;
    let first = claim(&f, 10, 0, 60).await;
    assert_eq!(first.len(), 1);
    assert_eq!(claim(&f, 10, 59, 119).await, []);
    assert_eq!(claim(&f, 10, 61, 121).await, first);
}

/// Two relays side by side never claim the same event.
pub async fn two_relays_share_the_work(f: StoreFixture) {
    let events: Vec<_> = (0..20).map(|_| registered(&f)).collect();
    append(&f, &events).await;
    let relay = async || {
        let mut mine = Vec::new();
        loop {
            match f.outbox.claim(3, at(0), at(60)).await {
                Ok(batch) if batch.is_empty() => return mine,
                Ok(batch) => mine.extend(batch),
                Err(error) => assert!(error.is_retryable(), "{error:?}"),
            }
        }
    };
    let (mut a, b) = tokio::join!(relay(), relay());
    a.extend(b);
    a.sort_by_key(|event| event.seq);
    assert_eq!(ids(&a), events.iter().map(|event| event.id).collect::<Vec<_>>());
}

/// What was published never comes back by itself.
pub async fn what_was_published_is_gone(f: StoreFixture) {
    append(&f, &[registered(&f), registered(&f)]).await;
    let claimed = claim(&f, 10, 0, 60).await;
    f.outbox.mark_published(&seqs(&claimed)[..1], at(1)).await.unwrap();
    f.outbox.mark_published(&[], at(1)).await.unwrap();
    assert_eq!(claim(&f, 10, 3600, 7200).await, claimed[1..]);
}

/// What was released is claimed again at once.
pub async fn what_was_released_comes_at_once(f: StoreFixture) {
    append(&f, &[registered(&f), registered(&f)]).await;
    let claimed = claim(&f, 10, 0, 60).await;
    f.outbox.release(&seqs(&claimed)[1..]).await.unwrap();
    f.outbox.release(&[]).await.unwrap();
    assert_eq!(claim(&f, 10, 1, 60).await, claimed[1..]);
}

/// An event waits until all earlier ones of its aggregate are published or in the same batch.
pub async fn an_event_waits_for_the_earlier_ones_of_its_aggregate(f: StoreFixture) {
    let first = registered(&f);
    let (second, other) = (later(&f, &first), registered(&f));
    append(&f, &[first.clone(), second.clone(), other.clone()]).await;
    let claimed = claim(&f, 1, 0, 60).await;
    assert_eq!(ids(&claimed), [first.id]);
    assert_eq!(ids(&claim(&f, 10, 0, 60).await), [other.id]);
    f.outbox.mark_published(&seqs(&claimed), at(1)).await.unwrap();
    assert_eq!(ids(&claim(&f, 10, 1, 60).await), [second.id]);

    let together = [registered(&f)];
    let together = [together[0].clone(), later(&f, &together[0])];
    append(&f, &together).await;
    assert_eq!(ids(&claim(&f, 10, 2, 60).await), [together[0].id, together[1].id]);
}

/// The backlog counts what is not published, claimed or not, and knows the oldest.
pub async fn the_backlog_is_known(f: StoreFixture) {
    assert_eq!(f.outbox.backlog().await.unwrap(), Backlog::default());
    let first = registered(&f);
    let second = later(&f, &first);
    append(&f, &[first.clone(), second.clone()]).await;
    let oldest = Some(first.occurred_at);
    assert_eq!(f.outbox.backlog().await.unwrap(), Backlog { waiting: 2, oldest });
    let claimed = claim(&f, 1, 0, 60).await;
    assert_eq!(f.outbox.backlog().await.unwrap(), Backlog { waiting: 2, oldest });
    f.outbox.mark_published(&seqs(&claimed), at(1)).await.unwrap();
    let oldest = Some(second.occurred_at);
    assert_eq!(f.outbox.backlog().await.unwrap(), Backlog { waiting: 1, oldest });
}

/// After a restart of a forgetful bus only what a consumer has neither handled nor given up is
/// put back.
pub async fn only_what_is_unhandled_is_put_back(f: StoreFixture) {
    let name: &[&str] = &["identity.user_registered.v1"];
    let [handled, dead, lost, late] = std::array::from_fn(|_| registered(&f));
    let placed = OrderPlaced {
        order_id: OrderId::new(f.ids.next()),
        user_id: UserId::new(f.ids.next()),
        total: roubles(1),
    };
    let unwanted = new_event(&f.ids, AggregateType::Order, placed.into());
    let events = [handled.clone(), dead.clone(), lost.clone(), unwanted, late.clone()];
    append(&f, &events).await;
    let claimed = claim(&f, 10, 0, 60).await;
    f.outbox.mark_published(&seqs(&claimed[..4]), at(1)).await.unwrap();
    f.outbox.mark_published(&seqs(&claimed[4..]), at(9)).await.unwrap();

    let mut uow = f.messaging.begin(&StoreFixture::provenance()).await.unwrap();
    assert!(uow.inbox().first_time("mailer", handled.id, at(2)).await.unwrap());
    assert!(uow.inbox().first_time("stranger", lost.id, at(2)).await.unwrap());
    uow.commit().await.unwrap();
    let letter = DeadLetter {
        id: DeadLetterId::new(f.ids.next()),
        consumer: "mailer".to_owned(),
        reason: "poison".to_owned(),
        attempts: 5,
        event: claimed[1].clone(),
        created_at: at(2),
    };
    f.dead_letters.keep(&letter).await.unwrap();

    assert_eq!(f.outbox.requeue_unhandled("mailer", &[], at(5)).await.unwrap(), 0);
    assert_eq!(f.outbox.requeue_unhandled("mailer", name, at(5)).await.unwrap(), 1);
    assert_eq!(f.outbox.requeue_unhandled("mailer", name, at(5)).await.unwrap(), 0);
    assert_eq!(claim(&f, 10, 6, 60).await, claimed[2..3]);
}

/// What waits is told for each kind of event, most first.
pub async fn what_waits_is_told_by_kind(f: StoreFixture) {
    assert_eq!(f.outbox.waiting_by_type().await.unwrap(), []);
    let (order_id, user_id) = (OrderId::new(f.ids.next()), UserId::new(f.ids.next()));
    let placed = OrderPlaced { order_id, user_id, total: roubles(1) };
    let order = new_event(&f.ids, AggregateType::Order, placed.into());
    let (early, late) = (registered(&f), registered(&f));
    let late = NewEvent { occurred_at: late.occurred_at + time::Duration::SECOND, ..late };
    append(&f, &[order.clone(), late, early.clone()]).await;
    let told = f.outbox.waiting_by_type().await.unwrap();
    let of = |event: &NewEvent, waiting| {
        let oldest = Some(event.occurred_at);
        (event.event.name().to_owned(), Backlog { waiting, oldest })
    };
    assert_eq!(told, [of(&early, 2), of(&order, 1)]);
    let claimed = claim(&f, 10, 0, 60).await;
    f.outbox.mark_published(&seqs(&claimed), at(0)).await.unwrap();
    assert_eq!(f.outbox.waiting_by_type().await.unwrap(), []);
}

/// One test for each clause.
#[macro_export]
macro_rules! outbox_feed_contract {
    ($fixture:expr) => {
        $crate::contract_tests!(outbox_feed, $fixture;
            what_waits_is_told_by_kind,
            events_are_claimed_in_order,
            a_claim_lasts_until_it_lapses,
            two_relays_share_the_work,
            what_was_published_is_gone,
            what_was_released_comes_at_once,
            an_event_waits_for_the_earlier_ones_of_its_aggregate,
            the_backlog_is_known,
            only_what_is_unhandled_is_put_back,
        );
    };
}
