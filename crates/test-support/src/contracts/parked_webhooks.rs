//! Contract of how a [`PaymentsStore`](domain::payments::PaymentsStore) parks webhooks.

use domain::payments::{FactKind, ProviderName, ProviderNotice};

use super::{
    StoreFixture,
    payments_store::{find, pending_order, update},
    store::at,
};
use crate::builders::{self, roubles};

fn noticed(name: &str, event: &str, kind: Option<FactKind>) -> ProviderNotice {
    ProviderNotice {
        event_id: event.to_owned(),
        provider_payment_id: name.to_owned(),
        fact: kind.map(|kind| (kind.to_string(), kind)),
        amount: roubles(10_000),
        reason: kind.map(|_| "because".to_owned()),
    }
}

async fn park(f: &StoreFixture, notice: &ProviderNotice, seconds: i64) -> bool {
    let mut uow = f.payments.begin(&StoreFixture::provenance()).await.unwrap();
    let parked = uow.payments().park(ProviderName::Mock, notice, at(seconds)).await.unwrap();
    uow.commit().await.unwrap();
    parked
}

async fn unpark(f: &StoreFixture, name: &str, commit: bool) -> Vec<ProviderNotice> {
    let mut uow = f.payments.begin(&StoreFixture::provenance()).await.unwrap();
    let parked = uow.payments().unpark(ProviderName::Mock, name).await.unwrap();
    if commit {
        uow.commit().await.unwrap();
    }
    parked
}

/// A webhook about a payment nobody knows is parked while an attempt waits for its name, once, and
/// taken out once, oldest first.
pub async fn early_webhooks_are_parked_and_taken_out_once(f: StoreFixture) {
    let (_, order) = pending_order(&f).await;
    let mock = ProviderName::Mock;
    let late = noticed("mock-1", "e-1", Some(FactKind::Captured));
    let early = noticed("mock-1", "e-2", None);
    let other = noticed("mock-2", "e-3", Some(FactKind::Failed));
    assert!(!park(&f, &late, 1).await, "nobody waits");
    let payment = builders::payment(&f.ids, &order, at(1));
    f.store_payment(&payment).await;
    for (notice, seconds) in [(&late, 3), (&early, 2), (&late, 9), (&other, 4)] {
        assert!(park(&f, notice, seconds).await, "{notice:?}");
    }
    assert_eq!(f.unresolved.parked(10).await.unwrap(), []);

    let mut payment = find(&f, payment.id()).await.unwrap();
    payment.note_created("mock-1".to_owned(), None);
    update(&f, &payment).await.unwrap();
    assert!(!park(&f, &noticed("mock-3", "e-4", None), 5).await, "nobody waits any more");
    let named = (mock, "mock-1".to_owned());
    assert_eq!(f.unresolved.parked(10).await.unwrap(), std::slice::from_ref(&named));

    let mut taken_out = unpark(&f, "mock-1", false).await;
    taken_out.sort_by(|one, two| one.event_id.cmp(&two.event_id));
    assert_eq!(taken_out, [late.clone(), early.clone()]);
    assert_eq!(f.unresolved.parked(10).await.unwrap(), [named]);
    assert_eq!(unpark(&f, "mock-1", true).await.len(), 2);
    assert_eq!(unpark(&f, "mock-1", true).await, []);
    assert_eq!(f.unresolved.parked(10).await.unwrap(), []);
    assert_eq!(unpark(&f, "mock-2", true).await, [other]);
}

/// What was parked long ago goes once nothing can be what it is about, a few at a time, oldest
/// first.
pub async fn parked_webhooks_nobody_claimed_are_dropped(f: StoreFixture) {
    let (_, order) = pending_order(&f).await;
    let mock = ProviderName::Mock;
    let payment = builders::payment(&f.ids, &order, at(1));
    f.store_payment(&payment).await;
    let known = noticed("mock-1", "e-1", Some(FactKind::Captured));
    let early = noticed("mock-2", "e-2", None);
    let late = noticed("mock-3", "e-3", Some(FactKind::Captured));
    let young = noticed("mock-4", "e-4", Some(FactKind::Failed));
    for (notice, seconds) in [(&known, 2), (&late, 4), (&early, 3), (&young, 9)] {
        assert!(park(&f, notice, seconds).await, "{notice:?}");
    }
    let drop_parked = async |before, limit, commit: bool| {
        let mut uow = f.payments.begin(&StoreFixture::provenance()).await.unwrap();
        let dropped = uow.payments().drop_parked(at(before), limit).await.unwrap();
        if commit {
            uow.commit().await.unwrap();
        }
        dropped
    };
    assert_eq!(drop_parked(9, 10, true).await, [], "an attempt waits for its name");
    let mut payment = find(&f, payment.id()).await.unwrap();
    payment.note_created("mock-1".to_owned(), None);
    update(&f, &payment).await.unwrap();
    let (ben, tea) = (f.user("ben").await, f.goods("mint", 9).await);
    let other = f.placed(ben, &tea, 1).await;
    f.store_payment(&builders::payment(&f.ids, &other, at(5))).await;
    let gone = [(mock, early.clone()), (mock, late.clone())];
    assert_eq!(drop_parked(9, 10, false).await.len(), 2);
    let mut dropped = drop_parked(9, 1, true).await;
    assert_eq!(dropped.len(), 1, "bounded");
    dropped.extend(drop_parked(9, 10, true).await);
    dropped.sort_by(|(_, one), (_, two)| one.event_id.cmp(&two.event_id));
    assert_eq!(dropped, gone);
    assert_eq!(drop_parked(9, 10, true).await, []);
    assert_eq!(unpark(&f, "mock-1", true).await, [known], "its payment is known");
    assert_eq!(unpark(&f, "mock-4", true).await, [young], "not long ago");
}

/// One test for each clause.
#[macro_export]
macro_rules! parked_webhooks_contract {
    ($fixture:expr) => {
        $crate::contract_tests!(parked_webhooks, $fixture;
            early_webhooks_are_parked_and_taken_out_once,
            parked_webhooks_nobody_claimed_are_dropped,
        );
    };
}
