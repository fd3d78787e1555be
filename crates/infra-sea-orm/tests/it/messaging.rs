use std::time::Duration;

use domain::shared::{
    event::NewEvent,
    ports::{HealthCheck, OutboxFeed},
};
use infra_sea_orm::{SeaDatabaseHealth, SeaOutboxFeed};
use sea_orm::ConnectionTrait;
use test_support::{clock::FrozenClock, ids::CountingIds};
use tokio::time::timeout;

use crate::fixture::{TestDatabase, event_id, record, registered};

async fn an_event_nobody_can_read_holds_up_its_own_aggregate_only(test: TestDatabase) {
    let ids = CountingIds::default();
    let (unreadable, other) = (registered(&ids), registered(&ids));
    let later = NewEvent { id: event_id(&ids), aggregate_version: 2, ..unreadable.clone() };
    for event in [&unreadable, &later, &other] {
        record(&test.db, event).await.unwrap();
    }
    let sql = "UPDATE outbox SET type = 'identity.user_registered.v9'
        WHERE seq = (SELECT min(seq) FROM outbox)";
    test.db.migration_connection().execute_unprepared(sql).await.unwrap();
    let feed = SeaOutboxFeed { db: test.db.clone() };
    let (now, until) = (FrozenClock::START, FrozenClock::START + Duration::from_secs(60));
    let claimed = feed.claim(10, now, until).await.unwrap();
    assert_eq!(claimed.iter().map(|event| event.id).collect::<Vec<_>>(), [other.id]);
}

async fn racing_relays_keep_the_order_within_an_aggregate(test: TestDatabase) {
    let ids = CountingIds::default();
    let first = registered(&ids);
    let second = NewEvent { id: event_id(&ids), aggregate_version: 2, ..first.clone() };
    for event in [&first, &second] {
        record(&test.db, event).await.unwrap();
    }
    let feed = SeaOutboxFeed { db: test.db.clone() };
    let (now, until) = (FrozenClock::START, FrozenClock::START + Duration::from_secs(60));
    for round in 0..50 {
        let (a, b) = tokio::join!(feed.claim(1, now, until), feed.claim(2, now, until));
        let mut seqs = Vec::new();
        for claimed in [a.unwrap(), b.unwrap()] {
            let versions: Vec<_> = claimed.iter().map(|event| event.aggregate_version).collect();
            assert!([1, 2].starts_with(&versions), "round {round}: {versions:?} at once");
            seqs.extend(claimed.iter().map(|event| event.seq));
        }
        assert!(!seqs.is_empty(), "round {round}");
        feed.release(&seqs).await.unwrap();
    }
}

async fn claims_of_the_dead_are_handed_back(test: TestDatabase) {
    record(&test.db, &registered(&CountingIds::default())).await.unwrap();
    let feed = SeaOutboxFeed { db: test.db.clone() };
    let (now, until) = (FrozenClock::START, FrozenClock::START + Duration::from_secs(60));
    let claimed = feed.claim(10, now, until).await.unwrap();
    assert_eq!(claimed.len(), 1);
    assert_eq!(feed.claim(10, now, until).await.unwrap(), []);
    test.db.hand_back_claims().await.unwrap();
    assert_eq!(feed.claim(10, now, until).await.unwrap(), claimed);
}

async fn the_relay_is_woken_by_a_commit_with_events(test: TestDatabase) {
    let feed = SeaOutboxFeed { db: test.db.clone() };
    record(&test.db, &registered(&CountingIds::default())).await.unwrap();
    timeout(Duration::from_secs(5), feed.changed()).await.unwrap();
    let idle = timeout(Duration::from_millis(20), feed.changed()).await;
    assert!(idle.is_err(), "woken without a reason");
}

async fn an_idle_relay_writes_nothing(test: TestDatabase) {
    let feed = SeaOutboxFeed { db: test.db.clone() };
    let (commits, statements) = (test.db.group_commits(), test.db.statements());
    let (now, until) = (FrozenClock::START, FrozenClock::START + Duration::from_secs(60));
    assert_eq!(feed.claim(10, now, until).await.unwrap(), []);
    assert_eq!(test.db.group_commits() - commits, 0);
    assert_eq!(test.db.statements() - statements, 1);
}

async fn health_tells_whether_the_database_answers(test: TestDatabase) {
    let health = SeaDatabaseHealth { db: test.db.clone() };
    health.check().await.unwrap();
    test.db.close().await;
    assert!(health.check().await.is_err());
}

on_each_database!(
    an_event_nobody_can_read_holds_up_its_own_aggregate_only,
    racing_relays_keep_the_order_within_an_aggregate,
    claims_of_the_dead_are_handed_back,
    the_relay_is_woken_by_a_commit_with_events,
    an_idle_relay_writes_nothing,
    health_tells_whether_the_database_answers,
);
