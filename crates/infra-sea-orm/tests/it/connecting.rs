use domain::shared::{error::StoreError, event::Provenance};
use infra_sea_orm::{ConnectError, Database, DatabaseSettings};
use sea_orm::{ConnectionTrait, Statement};
use test_support::ids::CountingIds;

use crate::fixture::{TestDatabase, file_of, record, registered, sqlite, stored};

#[tokio::test]
async fn a_second_writer_of_one_file_is_refused() {
    let test = sqlite().await;
    let Err(refused) = Database::connect(&test.settings).await else { panic!("two writers") };
    assert!(matches!(refused, ConnectError::InUse { .. }), "{refused:?}");
    let file = file_of(&test.settings);
    assert!(refused.to_string().contains(&file.display().to_string()), "{refused}");

    let TestDatabase { db, settings, keep } = test;
    db.close().await;
    drop(db);
    Database::connect(&settings).await.unwrap();
    drop(keep);
}

#[tokio::test]
async fn a_store_in_use_can_be_read_and_not_written() {
    let test = sqlite().await;
    let ids = CountingIds::default();
    record(&test.db, &registered(&ids)).await.unwrap();
    let settings = DatabaseSettings { read_only: true, ..test.settings.clone() };
    let reader = Database::connect(&settings).await.unwrap();
    assert_eq!(stored(&reader).await, 1);
    let refused = record(&reader, &registered(&ids)).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    let write = reader.migration_connection().execute_unprepared("DELETE FROM outbox").await;
    assert!(write.is_err());
    assert_eq!(stored(&test.db).await, 1);
}

#[tokio::test]
async fn a_missing_file_is_not_made_for_reading() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("none.db");
    let mut settings = DatabaseSettings::new(format!("sqlite://{}", file.display()));
    settings.read_only = true;
    assert!(matches!(Database::connect(&settings).await, Err(ConnectError::Connect(_))));
    assert!(!file.exists());
}

#[tokio::test]
async fn urls_of_another_kind_are_refused_without_repeating_them() {
    for url in ["mysql://root:secret@localhost/db", "", "store.db"] {
        let Err(refused) = Database::connect(&DatabaseSettings::new(url)).await else {
            panic!("{url}")
        };
        assert!(matches!(refused, ConnectError::UnknownUrl));
        assert!(!format!("{refused} {refused:?}").contains("secret"));
    }
}

#[tokio::test]
async fn a_sqlite_store_survives_power_loss() {
    let test = sqlite().await;
    for (pragma, expected) in [("journal_mode", "wal"), ("synchronous", "2"), ("foreign_keys", "1")]
    {
        let sql = format!("SELECT CAST({pragma} AS TEXT) AS value FROM pragma_{pragma}");
        let connection = test.db.migration_connection();
        let statement = Statement::from_string(connection.get_database_backend(), sql);
        let row = connection.query_one_raw(statement).await.unwrap().unwrap();
        assert_eq!(row.try_get::<String>("", "value").unwrap(), expected, "{pragma}");
    }
}

async fn statements_are_counted_without_control_of_transactions(test: TestDatabase) {
    let ids = CountingIds::default();
    let before = test.db.statements();
    record(&test.db, &registered(&ids)).await.unwrap();
    assert_eq!(test.db.statements() - before, 1);
    drop(test.db.begin(&Provenance::default()).await.unwrap());
    assert_eq!(test.db.statements() - before, 1);
}

on_each_database!(statements_are_counted_without_control_of_transactions);
