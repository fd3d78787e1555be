use domain::shared::{
    event::Provenance,
    id::RawId,
    idempotency::{Claim, ClaimError, IdempotencyError, IdempotencyKey, StoredResponse},
    ports::{IdGenerator, UnitOfWork},
};
use infra_sea_orm::Database;
use test_support::{clock::FrozenClock, ids::CountingIds};

use crate::fixture::TestDatabase;

fn key(fingerprint: u8) -> IdempotencyKey {
    IdempotencyKey {
        scope: "orders:ann".to_owned(),
        key: "k-1".to_owned(),
        fingerprint: [fingerprint; 32],
    }
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

async fn a_key_has_one_effect_and_one_answer(test: TestDatabase) {
    let (db, ids) = (&test.db, CountingIds::default());
    let uncommitted = async {
        let mut uow = db.begin(&Provenance::default()).await.unwrap();
        uow.idempotency().claim(&key(1), ids.next(), None, FrozenClock::START).await.unwrap()
    };
    assert_eq!(uncommitted.await, Claim::Fresh);
    assert_eq!(claim(db, &key(1), ids.next(), Some(&created())).await.unwrap(), Claim::Fresh);
    let again = claim(db, &key(1), ids.next(), None).await.unwrap();
    assert_eq!(again, Claim::Answered(created()));
    let other = claim(db, &key(2), ids.next(), None).await;
    assert!(matches!(other, Err(ClaimError::Key(IdempotencyError::Mismatch))), "{other:?}");
}

async fn a_claim_is_answered_later_and_once(test: TestDatabase) {
    let (db, ids) = (&test.db, CountingIds::default());
    let resource = ids.next();
    assert_eq!(claim(db, &key(1), resource, None).await.unwrap(), Claim::Fresh);
    let again = claim(db, &key(1), ids.next(), None).await.unwrap();
    assert_eq!(again, Claim::Started { resource });
    let mut uow = db.begin(&Provenance::default()).await.unwrap();
    uow.idempotency().answer(&key(1), &created()).await.unwrap();
    assert!(uow.idempotency().answer(&key(1), &created()).await.is_err());
    Box::new(uow).commit().await.unwrap();
    let again = claim(db, &key(1), ids.next(), None).await.unwrap();
    assert_eq!(again, Claim::Answered(created()));
}

async fn of_racing_claims_one_is_fresh(test: TestDatabase) {
    let (db, ids) = (&test.db, CountingIds::default());
    let race = (0..8).map(|_| {
        let (db, resource) = (db.clone(), ids.next());
        tokio::spawn(async move { claim(&db, &key(1), resource, Some(&created())).await })
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

on_each_database!(
    a_key_has_one_effect_and_one_answer,
    a_claim_is_answered_later_and_once,
    of_racing_claims_one_is_fresh,
);

/// PostgreSQL waits for the first claim; when that takes too long, the client is told.
#[cfg(feature = "services")]
#[tokio::test]
async fn a_claim_that_is_still_running_is_reported() {
    let test = crate::fixture::postgres().await;
    let ids = CountingIds::default();
    let mut first = test.db.begin(&Provenance::default()).await.unwrap();
    first.idempotency().claim(&key(1), ids.next(), None, FrozenClock::START).await.unwrap();
    let second = claim(&test.db, &key(1), ids.next(), None).await;
    assert!(matches!(second, Err(ClaimError::Key(IdempotencyError::InProgress))), "{second:?}");
}
