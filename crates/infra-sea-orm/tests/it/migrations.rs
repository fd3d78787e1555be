use crate::fixture::TestDatabase;

async fn a_migrated_database_is_left_alone(test: TestDatabase) {
    let connection = test.db.migration_connection();
    let before = migration::status(connection).await.unwrap();
    assert!(!before.is_empty() && before.iter().all(|migration| migration.is_applied));
    migration::up(connection).await.unwrap();
    assert_eq!(migration::status(connection).await.unwrap(), before);
}

async fn what_goes_down_comes_up_again(test: TestDatabase) {
    let connection = test.db.migration_connection();
    let steps = migration::status(connection).await.unwrap().len();
    migration::down(connection, u32::try_from(steps).unwrap()).await.unwrap();
    let status = migration::status(connection).await.unwrap();
    assert!(status.iter().all(|migration| !migration.is_applied));
    migration::up(connection).await.unwrap();
    migration::fresh(connection).await.unwrap();
    let status = migration::status(connection).await.unwrap();
    assert!(status.iter().all(|migration| migration.is_applied));
}

async fn several_may_migrate_at_once(test: TestDatabase) {
    let connection = test.db.migration_connection();
    migration::down(connection, 1).await.unwrap();
    let (a, b) = tokio::join!(migration::up(connection), migration::up(connection));
    a.unwrap();
    b.unwrap();
}

on_each_database!(
    a_migrated_database_is_left_alone,
    what_goes_down_comes_up_again,
    several_may_migrate_at_once,
);
