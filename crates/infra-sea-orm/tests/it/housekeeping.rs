use domain::{
    messaging::{
        DeadLetter, DeadLetterDesk, DeadLetterId, DeadLetters, Task, TaskId, TaskReads,
        TaskRepository,
    },
    operations::{Housekeeping, Leftover},
    shared::{
        event::{NewEvent, Provenance},
        idempotency::{Claim, IdempotencyKey},
        page::Window,
        ports::{IdGenerator, OutboxFeed, UnitOfWork},
    },
};
use infra_sea_orm::{Database, SeaDeadLetters, SeaHousekeeping, SeaOutboxFeed, SeaTaskReads};
use test_support::{clock::FrozenClock, ids::CountingIds};
use time::{Duration, OffsetDateTime};

use crate::fixture::{TestDatabase, event_id, record, registered};

fn at(seconds: i64) -> OffsetDateTime {
    FrozenClock::START + Duration::seconds(seconds)
}

async fn remove(db: &Database, what: Leftover, before: i64, limit: u32) -> u32 {
    SeaHousekeeping { db: db.clone() }.remove(what, at(before), limit).await.unwrap()
}

/// Publishes what waits, at `now`.
async fn publish(db: &Database, now: i64) -> usize {
    let feed = SeaOutboxFeed { db: db.clone() };
    let events = feed.claim(100, at(now), at(now + 60)).await.unwrap();
    let seqs: Vec<_> = events.iter().map(|event| event.seq).collect();
    feed.mark_published(&seqs, at(now)).await.unwrap();
    seqs.len()
}

async fn events_go_once_they_were_published_long_ago(test: TestDatabase) {
    let (db, ids) = (&test.db, CountingIds::default());
    for _ in 0..5 {
        record(db, &registered(&ids)).await.unwrap();
    }
    assert_eq!(remove(db, Leftover::PublishedEvents, 999, 10).await, 0, "not published");
    assert_eq!(publish(db, 10).await, 5);
    record(db, &registered(&ids)).await.unwrap();
    publish(db, 20).await;
    record(db, &registered(&ids)).await.unwrap();
    assert_eq!(remove(db, Leftover::PublishedEvents, 10, 10).await, 0, "not long ago");
    assert_eq!(remove(db, Leftover::PublishedEvents, 11, 3).await, 3, "bounded");
    assert_eq!(remove(db, Leftover::PublishedEvents, 11, 3).await, 2);
    assert_eq!(remove(db, Leftover::PublishedEvents, 11, 3).await, 0);
    assert_eq!(remove(db, Leftover::PublishedEvents, 21, 3).await, 1);
    let backlog = SeaOutboxFeed { db: db.clone() }.backlog().await.unwrap();
    assert_eq!(backlog.waiting, 1);
}

async fn no_gap_is_torn_into_the_events_of_an_aggregate(test: TestDatabase) {
    let (db, ids) = (&test.db, CountingIds::default());
    let first = registered(&ids);
    let second = NewEvent { id: event_id(&ids), aggregate_version: 2, ..first.clone() };
    record(db, &first).await.unwrap();
    record(db, &second).await.unwrap();
    publish(db, 0).await;
    // A bus that forgets lost the first one, and nobody handled it: it waits again.
    let feed = SeaOutboxFeed { db: db.clone() };
    let name = first.event.name();
    assert_eq!(feed.requeue_unhandled("mailer", &[name], at(1)).await.unwrap(), 2);
    let claimed = feed.claim(1, at(2), at(62)).await.unwrap();
    feed.mark_published(&[claimed[0].seq], at(500)).await.unwrap();
    let claimed = feed.claim(1, at(2), at(62)).await.unwrap();
    feed.mark_published(&[claimed[0].seq], at(10)).await.unwrap();
    assert_eq!(remove(db, Leftover::PublishedEvents, 100, 10).await, 0);
    assert_eq!(remove(db, Leftover::PublishedEvents, 501, 10).await, 2);
}

async fn an_event_stays_as_long_as_a_letter_is_about_it(test: TestDatabase) {
    let (db, ids) = (&test.db, CountingIds::default());
    let first = registered(&ids);
    let second = NewEvent { id: event_id(&ids), aggregate_version: 2, ..first.clone() };
    record(db, &first).await.unwrap();
    record(db, &second).await.unwrap();
    let feed = SeaOutboxFeed { db: db.clone() };
    let claimed = feed.claim(10, at(0), at(60)).await.unwrap();
    feed.mark_published(&[claimed[0].seq, claimed[1].seq], at(0)).await.unwrap();
    let letters = SeaDeadLetters { db: db.clone() };
    let letter = DeadLetter {
        id: DeadLetterId::new(ids.next()),
        consumer: "mailer".to_owned(),
        reason: "poison".to_owned(),
        attempts: 1,
        event: claimed[0].clone(),
        created_at: at(0),
    };
    letters.keep(&letter).await.unwrap();
    assert_eq!(remove(db, Leftover::PublishedEvents, 999, 10).await, 0);
    let mut uow = db.begin(&Provenance::default()).await.unwrap();
    assert!(uow.drop_letter(letter.id).await.unwrap());
    Box::new(uow).commit().await.unwrap();
    assert_eq!(remove(db, Leftover::PublishedEvents, 999, 10).await, 2);
}

async fn what_was_handled_is_known_as_long_as_its_event(test: TestDatabase) {
    let (db, ids) = (&test.db, CountingIds::default());
    let event = registered(&ids);
    record(db, &event).await.unwrap();
    let gone = event_id(&ids);
    for handled in [event.id, gone] {
        let mut uow = db.begin(&Provenance::default()).await.unwrap();
        assert!(uow.inbox().first_time("mailer", handled, at(0)).await.unwrap());
        Box::new(uow).commit().await.unwrap();
    }
    assert_eq!(remove(db, Leftover::HandledEvents, 0, 10).await, 0, "not long ago");
    assert_eq!(remove(db, Leftover::HandledEvents, 1, 10).await, 1);
    assert_eq!(remove(db, Leftover::HandledEvents, 1, 10).await, 0, "its event is there");
    publish(db, 0).await;
    assert_eq!(remove(db, Leftover::PublishedEvents, 1, 10).await, 1);
    assert_eq!(remove(db, Leftover::HandledEvents, 1, 10).await, 1);
}

async fn a_forgotten_key_is_fresh_again(test: TestDatabase) {
    let (db, ids) = (&test.db, CountingIds::default());
    let key = |name: &str| IdempotencyKey {
        scope: "orders:ann".to_owned(),
        key: name.to_owned(),
        fingerprint: [1; 32],
    };
    let claim = async |name: &str, now: i64| {
        let mut uow = db.begin(&Provenance::default()).await.unwrap();
        let claim = uow.idempotency().claim(&key(name), ids.next(), None, at(now)).await.unwrap();
        Box::new(uow).commit().await.unwrap();
        claim
    };
    assert_eq!(claim("old", 0).await, Claim::Fresh);
    assert_eq!(claim("young", 5).await, Claim::Fresh);
    assert_eq!(remove(db, Leftover::IdempotentAnswers, 5, 10).await, 1);
    assert_eq!(claim("old", 6).await, Claim::Fresh);
    assert!(matches!(claim("young", 6).await, Claim::Started { .. }));
}

async fn tasks_go_whether_anybody_handled_them_or_not(test: TestDatabase) {
    let (db, ids) = (&test.db, CountingIds::default());
    for pushed in [0, 1, 5] {
        let task = Task {
            id: TaskId::new(ids.next()),
            content: "do".to_owned(),
            sender: None,
            pushed_at: at(pushed),
            handled_at: None,
        };
        let mut uow = db.begin(&Provenance::default()).await.unwrap();
        uow.insert(&task).await.unwrap();
        if pushed == 1 {
            uow.handle(task.id, at(2)).await.unwrap();
        }
        Box::new(uow).commit().await.unwrap();
    }
    assert_eq!(remove(db, Leftover::Tasks, 0, 10).await, 0, "not long ago");
    assert_eq!(remove(db, Leftover::Tasks, 5, 1).await, 1, "bounded");
    assert_eq!(remove(db, Leftover::Tasks, 5, 10).await, 1);
    let reads = SeaTaskReads { db: db.clone() };
    let left = reads.tasks(Window::Offset { limit: 10, offset: 0 }).await.unwrap();
    assert_eq!(left.items.iter().map(|task| task.pushed_at).collect::<Vec<_>>(), [at(5)]);
}

async fn nothing_to_remove_costs_one_read(test: TestDatabase) {
    let db = &test.db;
    let (commits, statements) = (db.group_commits(), db.statements());
    assert_eq!(remove(db, Leftover::ProviderEvents, 999, 10).await, 0);
    assert_eq!((db.group_commits() - commits, db.statements() - statements), (0, 1));
}

on_each_database!(
    events_go_once_they_were_published_long_ago,
    no_gap_is_torn_into_the_events_of_an_aggregate,
    an_event_stays_as_long_as_a_letter_is_about_it,
    what_was_handled_is_known_as_long_as_its_event,
    a_forgotten_key_is_fresh_again,
    tasks_go_whether_anybody_handled_them_or_not,
    nothing_to_remove_costs_one_read,
);
