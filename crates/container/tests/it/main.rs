//! Every wiring list is built once: shaku finds a forgotten parameter only when a module is built.
#![expect(clippy::unwrap_used, reason = "fixtures may panic")]

use config::{LoadOptions, Settings};
use container::{Application, AssembleError, assemble, open_read_only};
use domain::{
    catalogue::CatalogueReads,
    payments::MockCheckout,
    shared::{
        bus::{EventHandler, EventPublisher},
        ports::OutboxFeed,
    },
};
use infra_sea_orm::ConnectError;
use shaku::{HasComponent, HasComponents};
use tempfile::TempDir;

/// Settings of a store in `dir`, with these variables besides.
fn settings(dir: &TempDir, variables: &[(&str, &str)]) -> Settings {
    let env = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let mut settings = Settings::load(LoadOptions {
        dir: dir.path().to_owned(),
        env: env.collect(),
        overrides: Vec::new(),
    })
    .unwrap();
    settings.ensure_dev_secrets().unwrap();
    settings
}

async fn assembled(variables: &[(&str, &str)]) -> (Application, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    (assemble(&settings(&dir, variables)).await.unwrap(), dir)
}

/// Every server is named and none of them is there: adapters connect when they are first used.
const SERVERS: [(&str, &str); 3] = [
    ("REDIS__URL", "redis://127.0.0.1:1"),
    ("RABBITMQ__URL", "amqp://guest:guest@127.0.0.1:1/%2f"),
    ("MAIL__TRANSPORT", "log"),
];

#[tokio::test]
async fn the_embedded_store_is_wired_and_migrated() {
    let (application, _dir) = assembled(&[]).await;
    let catalogue: &dyn CatalogueReads = application.module.resolve_ref();
    assert!(catalogue.categories().await.unwrap().is_empty());
    let publisher: &dyn EventPublisher = application.module.resolve_ref();
    assert!(!publisher.is_durable());
    let services: Vec<_> = application.health.iter().map(|check| check.service()).collect();
    assert_eq!(services, ["database"]);
    application.close().await;
}

#[tokio::test]
async fn the_store_is_wired_over_servers_that_are_away() {
    let (application, _dir) = assembled(&SERVERS).await;
    let publisher: &dyn EventPublisher = application.module.resolve_ref();
    assert!(publisher.is_durable());
    let services: Vec<_> = application.health.iter().map(|check| check.service()).collect();
    assert_eq!(services, ["database", "broker", "cache"]);
    for check in &application.health {
        assert_eq!(check.check().await.is_ok(), check.service() == "database");
    }
    application.close().await;
}

#[tokio::test]
async fn the_bus_knows_the_queue_of_every_handler() {
    let (application, _dir) = assembled(&[]).await;
    let handlers: &[std::sync::Arc<dyn EventHandler>] = application.module.resolve_all();
    let wired: Vec<_> = handlers.iter().map(|handler| handler.subscriber()).collect();
    assert_eq!(wired, usecases::subscribers());
    let _: &dyn MockCheckout = application.module.resolve_ref();
    application.close().await;
}

#[tokio::test]
async fn a_store_in_use_can_be_looked_at_and_not_opened_again() {
    let dir = tempfile::tempdir().unwrap();
    let settings = settings(&dir, &[]);
    let application = assemble(&settings).await.unwrap();
    let refused = assemble(&settings).await.err().unwrap();
    let is_in_use = |error: &_| {
        matches!(error, AssembleError::Database { source: ConnectError::InUse { .. }, .. })
    };
    assert!(is_in_use(&refused), "{refused}");
    let looking = open_read_only(&settings).await.unwrap();
    let feed: &dyn OutboxFeed = looking.module.resolve_ref();
    assert_eq!(feed.backlog().await.unwrap().waiting, 0);
    looking.close().await;
    application.close().await;
    assemble(&settings).await.unwrap().close().await;
}

#[tokio::test]
async fn nothing_is_derived_from_an_empty_secret() {
    let dir = tempfile::tempdir().unwrap();
    let settings =
        Settings::load(LoadOptions { dir: dir.path().to_owned(), ..LoadOptions::default() })
            .unwrap();
    let refused = assemble(&settings).await.err().unwrap();
    assert!(matches!(refused, AssembleError::NoSecret), "{refused}");
}
