use domain::shared::{
    error::StoreError,
    event::{NewEvent, Provenance},
    ports::UnitOfWork,
};
use infra_sea_orm::{Database, DatabaseSettings, SeaUnitOfWork};
use sea_orm::ConnectionTrait;
use test_support::{eventually::eventually, ids::CountingIds};
use tokio::task::JoinHandle;

use crate::fixture::{record, registered, sqlite, sqlite_with, stored};

async fn begin(db: &Database) -> SeaUnitOfWork {
    db.begin(&Provenance::default()).await.unwrap()
}

async fn append(uow: &mut SeaUnitOfWork, event: &NewEvent) -> Result<(), StoreError> {
    uow.outbox().append(std::slice::from_ref(event)).await
}

/// Runs until it waits for its turn behind `holder`.
async fn queued(db: &Database, event: NewEvent) -> JoinHandle<Result<(), StoreError>> {
    let db = db.clone();
    let task = tokio::spawn(async move { record(&db, &event).await });
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    task
}

#[tokio::test]
async fn a_unit_that_fails_does_not_hurt_the_others_of_its_group() {
    let test = sqlite().await;
    let ids = CountingIds::default();
    let before = test.db.group_commits();
    let good = registered(&ids);
    let mut first = begin(&test.db).await;
    append(&mut first, &good).await.unwrap();
    let twice = queued(&test.db, good.clone()).await;
    let third = queued(&test.db, registered(&ids)).await;
    Box::new(first).commit().await.unwrap();
    let refused = twice.await.unwrap();
    assert!(
        matches!(&refused, Err(StoreError::AlreadyExists { constraint }) if constraint == "uq_outbox_id"
            || constraint == "uq_outbox_aggregate_version"),
        "{refused:?}"
    );
    third.await.unwrap().unwrap();
    assert_eq!(stored(&test.db).await, 2);
    assert_eq!(test.db.group_commits() - before, 1);
}

#[tokio::test]
async fn a_commit_is_answered_when_its_group_is_durable() {
    let test = sqlite().await;
    let ids = CountingIds::default();
    let reading = DatabaseSettings { read_only: true, ..test.settings.clone() };
    let elsewhere = Database::connect(&reading).await.unwrap();

    let mut first = begin(&test.db).await;
    append(&mut first, &registered(&ids)).await.unwrap();
    let db = test.db.clone();
    let next = tokio::spawn(async move { begin(&db).await });
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    let committing = tokio::spawn(Box::new(first).commit());
    let second = next.await.unwrap();
    assert!(!committing.is_finished());
    assert_eq!(stored(&elsewhere).await, 0);

    drop(second);
    committing.await.unwrap().unwrap();
    assert_eq!(stored(&elsewhere).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_units_share_few_commits() {
    let test = sqlite().await;
    let ids = CountingIds::default();
    let before = test.db.group_commits();
    let units: Vec<_> = (0..64)
        .map(|_| {
            let (db, event) = (test.db.clone(), registered(&ids));
            tokio::spawn(async move { record(&db, &event).await })
        })
        .collect();
    for unit in units {
        unit.await.unwrap().unwrap();
    }
    assert_eq!(stored(&test.db).await, 64);
    let commits = test.db.group_commits() - before;
    assert!((1..=32).contains(&commits), "{commits} commits of 64 units");
}

#[tokio::test]
async fn without_groups_each_unit_commits_by_itself() {
    let test = sqlite_with(|settings| settings.group_commit = false).await;
    let ids = CountingIds::default();
    let events: Vec<_> = (0..8).map(|_| registered(&ids)).collect();
    let mut tasks = Vec::new();
    for event in events {
        tasks.push(queued(&test.db, event).await);
    }
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!((stored(&test.db).await, test.db.group_commits()), (8, 8));
}

#[tokio::test]
async fn a_unit_that_only_read_costs_no_commit() {
    let test = sqlite().await;
    drop(begin(&test.db).await);
    let mut written = begin(&test.db).await;
    append(&mut written, &registered(&CountingIds::default())).await.unwrap();
    drop(written);
    drop(begin(&test.db).await);
    assert_eq!((stored(&test.db).await, test.db.group_commits()), (0, 0));
}

#[tokio::test]
async fn nobody_waits_for_ever_for_a_turn() {
    let test = sqlite().await;
    let held = begin(&test.db).await;
    let second = test.db.begin(&Provenance::default()).await;
    assert!(matches!(second, Err(StoreError::Unavailable(_))));
    drop(held);
    record(&test.db, &registered(&CountingIds::default())).await.unwrap();
}

#[tokio::test]
async fn a_full_disk_fails_units_honestly_and_passes() {
    let test = sqlite().await;
    let ids = CountingIds::default();
    let limit = "PRAGMA max_page_count = 100";
    test.db.migration_connection().execute_unprepared(limit).await.unwrap();

    let mut first = begin(&test.db).await;
    append(&mut first, &registered(&ids)).await.unwrap();
    let (db, event) = (test.db.clone(), registered(&ids));
    let large = Provenance { correlation_id: Some("x".repeat(4_000_000)), ..Provenance::default() };
    let second = tokio::spawn(async move {
        let mut uow = db.begin(&large).await?;
        append(&mut uow, &event).await?;
        Box::new(uow).commit().await
    });
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    let first = Box::new(first).commit().await;
    let second = second.await.unwrap();
    assert!(matches!(second, Err(StoreError::Unavailable(_))), "{second:?}");
    assert_eq!(stored(&test.db).await, u64::from(first.is_ok()));

    let lifted = "PRAGMA max_page_count = 1000000";
    eventually("writing again", async || {
        test.db.migration_connection().execute_unprepared(lifted).await.unwrap();
        record(&test.db, &registered(&ids)).await.is_ok()
    })
    .await;
}

#[tokio::test]
async fn when_sqlite_ends_the_transaction_itself_its_whole_group_fails() {
    let test = sqlite().await;
    let ids = CountingIds::default();
    // Stands for an I/O error, after which SQLite rolls back without being asked.
    let trigger = "CREATE TRIGGER disk BEFORE INSERT ON inbox WHEN NEW.consumer = 'broken'
        BEGIN SELECT RAISE(ROLLBACK, 'disk I/O error'); END";
    test.db.migration_connection().execute_unprepared(trigger).await.unwrap();

    let mut first = begin(&test.db).await;
    append(&mut first, &registered(&ids)).await.unwrap();
    let (db, event) = (test.db.clone(), registered(&ids));
    let second = tokio::spawn(async move {
        let mut uow = begin(&db).await;
        let lost = uow.inbox().first_time("broken", event.id, event.occurred_at).await;
        assert!(matches!(lost, Err(StoreError::Unavailable(_))), "{lost:?}");
        let late = uow.inbox().first_time("mailer", event.id, event.occurred_at).await;
        assert!(late.is_err(), "this would have committed by itself");
        Box::new(uow).commit().await
    });
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    let first = Box::new(first).commit().await;
    assert!(matches!(first, Err(StoreError::Unavailable(_))), "{first:?}");
    assert!(second.await.unwrap().is_err());
    assert_eq!(stored(&test.db).await, 0);
    record(&test.db, &registered(&ids)).await.unwrap();
    assert_eq!(stored(&test.db).await, 1);
}
