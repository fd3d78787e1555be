use domain::shared::{
    event::Provenance,
    id::RawId,
    idempotency::{Claim, ClaimError, IdempotencyKey, StoredResponse},
    ports::{IdGenerator, UnitOfWork},
};
use infra_sea_orm::Database;
use test_support::{clock::FrozenClock, ids::CountingIds};

use crate::fixture::TestDatabase;

fn key() -> IdempotencyKey {
    IdempotencyKey { scope: "orders:ann".to_owned(), key: "k-1".to_owned(), fingerprint: [1; 32] }
}

fn created() -> StoredResponse {
    StoredResponse { status: 201, location: Some("/orders/1".to_owned()), body: "{}".to_owned() }
}

async fn claim(
    db: &Database,
    key: &IdempotencyKey,
    resource: RawId,
    answer: Option<&StoredResponse>,
) -> Result<Claim, ClaimError> {
    let mut uow = db.begin(&Provenance::default()).await?;
    let claim = uow.idempotency().claim(key, resource, answer, FrozenClock::START).await?;
    Box::new(uow).commit().await?;
    Ok(claim)
}

async fn of_racing_claims_one_is_fresh(test: TestDatabase) {
    let (db, ids) = (&test.db, CountingIds::default());
    let race = (0..8).map(|_| {
        let (db, resource) = (db.clone(), ids.next());
        tokio::spawn(async move { claim(&db, &key(), resource, Some(&created())).await })
    });
    let mut fresh = 0;
    for racer in race.collect::<Vec<_>>() {
        match racer.await.unwrap().unwrap() {
            Claim::Fresh => fresh += 1,
            other => assert_eq!(other, Claim::Answered(created())),
        }
    }
    assert_eq!(fresh, 1);
}

on_each_database!(of_racing_claims_one_is_fresh);

/// PostgreSQL waits for the first claim; when that takes too long, the client is told.
#[cfg(feature = "services")]
#[tokio::test]
async fn a_claim_that_is_still_running_is_reported() {
    let test = crate::fixture::postgres().await;
    let ids = CountingIds::default();
    let mut first = test.db.begin(&Provenance::default()).await.unwrap();
    first.idempotency().claim(&key(), ids.next(), None, FrozenClock::START).await.unwrap();
    let second = claim(&test.db, &key(), ids.next(), None).await;
    let in_progress = domain::shared::idempotency::IdempotencyError::InProgress;
    assert!(matches!(second, Err(ClaimError::Key(error)) if error == in_progress), "{second:?}");
}
