//! Contract of [`AuditLog`](domain::audit::AuditLog) and
//! [`AuditReads`](domain::audit::AuditReads).

use std::{net::Ipv4Addr, sync::Arc};

use domain::{
    audit::{
        AuditAction, AuditActor, AuditEntry, AuditFilter, AuditHead, AuditRecord, AuditTargetKind,
        StoredRecord,
    },
    identity::{Role, SessionId, UserId},
    shared::{
        error::StoreError,
        event::Provenance,
        id::RawId,
        network::ClientNetwork,
        page::{Page, Window},
        ports::IdGenerator,
    },
};

use super::{StoreFixture, store::at};

fn entry(f: &StoreFixture, action: AuditAction, seconds: i64) -> AuditEntry {
    AuditEntry::new(AuditActor::System, action, AuditTargetKind::Product, f.ids.next(), at(seconds))
}

fn by_somebody(f: &StoreFixture, user: UserId) -> AuditEntry {
    let by =
        AuditActor::User { user, role: Role::Staff, session: Some(SessionId::new(f.ids.next())) };
    AuditEntry { by, ..entry(f, AuditAction::ProductUpdated, 5) }.fields(&["name", "price"])
}

async fn append(f: &StoreFixture, entries: &[AuditEntry]) -> Result<(), StoreError> {
    let network = Some(ClientNetwork::of(Ipv4Addr::new(203, 0, 113, 9).into()));
    let provenance = Provenance { network, ..StoreFixture::provenance() };
    let mut uow = f.messaging.begin(&provenance).await?;
    for entry in entries {
        uow.audit().record(entry.clone());
    }
    uow.commit().await
}

async fn all(f: &StoreFixture) -> Vec<AuditRecord> {
    let rows = f.audit.following(0, 1_000).await.unwrap();
    rows.into_iter()
        .map(|row| match row {
            StoredRecord::Readable(record) => *record,
            StoredRecord::Unreadable { seq } => panic!("{seq} cannot be read"),
        })
        .collect()
}

/// The log as a chain from its beginning to its head.
async fn chain(f: &StoreFixture) -> Vec<AuditRecord> {
    let records = all(f).await;
    let mut last = AuditHead::default();
    for record in &records {
        assert_eq!(record.fault_after(&last), None, "{record:?}");
        last = record.head();
    }
    assert_eq!(f.audit.head().await.unwrap(), last);
    records
}

async fn list(f: &StoreFixture, filter: AuditFilter, window: Window) -> Page<AuditRecord> {
    f.audit.list(&filter, window).await.unwrap()
}

/// What is recorded comes back word for word, one entry after another.
pub async fn entries_are_chained_in_the_order_they_were_recorded(f: StoreFixture) {
    assert_eq!(chain(&f).await, []);
    let user = UserId::new(f.ids.next());
    let entries = [by_somebody(&f, user), entry(&f, AuditAction::ProductArchived, 1)];
    append(&f, &entries).await.unwrap();
    append(&f, &[entry(&f, AuditAction::ProductDeleted, 2)]).await.unwrap();
    let stored = chain(&f).await;
    assert_eq!(stored.iter().map(|record| record.seq).collect::<Vec<_>>(), [1, 2, 3]);
    let first = stored.first().unwrap();
    assert_eq!((first.actor_kind.as_str(), first.actor), ("user", Some(user.raw())));
    assert_eq!(first.role.as_deref(), Some("staff"));
    assert!(first.session.is_some());
    assert_eq!((first.action.as_str(), first.target_kind.as_str()), ("product.updated", "product"));
    assert_eq!((first.target, first.at), (entries[0].target.id, at(5)));
    assert_eq!(first.details, "fields=name,price");
    assert_eq!(first.address.as_deref(), Some("203.0.113.0/24"));
    assert_eq!(first.request_id.as_deref(), Some("request-1"));
    assert_eq!((stored[1].actor_kind.as_str(), stored[1].actor), ("system", None));
}

/// Whoever rolls back has done nothing.
pub async fn a_rolled_back_unit_of_work_leaves_no_entry(f: StoreFixture) {
    append(&f, &[entry(&f, AuditAction::ProductCreated, 0)]).await.unwrap();
    let mut uow = f.messaging.begin(&StoreFixture::provenance()).await.unwrap();
    uow.audit().record(entry(&f, AuditAction::ProductDeleted, 1));
    drop(uow);
    append(&f, &[entry(&f, AuditAction::ProductUpdated, 2)]).await.unwrap();
    let actions: Vec<_> = chain(&f).await.into_iter().map(|record| record.action).collect();
    assert_eq!(actions, ["product.created", "product.updated"]);
}

/// An entry and the event of the same change are stored together.
pub async fn an_entry_is_stored_with_the_event_beside_it(f: StoreFixture) {
    let user = UserId::new(f.ids.next());
    let event = crate::builders::new_event(
        &f.ids,
        domain::shared::event::AggregateType::User,
        domain::identity::UserRegistered { user_id: user }.into(),
    );
    let mut uow = f.messaging.begin(&StoreFixture::provenance()).await.unwrap();
    uow.audit().record(by_somebody(&f, user));
    uow.outbox().append(&[event]).await.unwrap();
    uow.commit().await.unwrap();
    assert_eq!((chain(&f).await.len(), f.drain_outbox().await.len()), (1, 1));
}

/// However many act at once, there is one chain.
pub async fn fifty_at_once_keep_one_chain(f: StoreFixture) {
    let f = Arc::new(f);
    let mut acting = tokio::task::JoinSet::new();
    for number in 0..50 {
        let f = Arc::clone(&f);
        acting.spawn(async move {
            let entry = entry(&f, AuditAction::StockAdjusted, number);
            loop {
                match append(&f, std::slice::from_ref(&entry)).await {
                    Err(StoreError::Conflict) => tokio::task::yield_now().await,
                    done => return done.unwrap(),
                }
            }
        });
    }
    acting.join_all().await;
    assert_eq!(chain(&f).await.len(), 50);
}

/// Each part of a filter narrows the list, which begins with the newest.
pub async fn a_filter_narrows_the_list(f: StoreFixture) {
    let (ann, bob) = (UserId::new(f.ids.next()), UserId::new(f.ids.next()));
    let entries = [
        by_somebody(&f, ann),
        entry(&f, AuditAction::ProductArchived, 10),
        by_somebody(&f, bob),
        AuditEntry {
            target: domain::audit::AuditTarget { kind: AuditTargetKind::User, id: bob.raw() },
            ..entry(&f, AuditAction::UserErased, 20)
        },
    ];
    append(&f, &entries).await.unwrap();
    let any = AuditFilter::default();
    let cases: [(AuditFilter, &[i64]); 8] = [
        (any, &[4, 3, 2, 1]),
        (AuditFilter { actor: Some(ann), ..any }, &[1]),
        (AuditFilter { action: Some(AuditAction::ProductUpdated), ..any }, &[3, 1]),
        (AuditFilter { target_kind: Some(AuditTargetKind::User), ..any }, &[4]),
        (AuditFilter { target: Some(entries[1].target.id), ..any }, &[2]),
        (AuditFilter { from: Some(at(10)), ..any }, &[4, 2]),
        (AuditFilter { to: Some(at(10)), ..any }, &[3, 1]),
        (AuditFilter { actor: Some(bob), to: Some(at(5)), ..any }, &[]),
    ];
    for (filter, expected) in cases {
        let page = list(&f, filter, Window::Offset { limit: 10, offset: 0 }).await;
        let seqs: Vec<_> = page.items.iter().map(|record| record.seq).collect();
        assert_eq!(seqs, expected, "{filter:?}");
        assert_eq!(page.total, Some(u64::try_from(expected.len()).unwrap()));
    }
}

/// Windows follow one another until the first entry.
pub async fn windows_of_the_log_follow_one_another(f: StoreFixture) {
    let entries: Vec<_> = (0..5).map(|n| entry(&f, AuditAction::PostUpdated, n)).collect();
    append(&f, &entries).await.unwrap();
    let any = AuditFilter::default();
    let page = list(&f, any, Window::Offset { limit: 2, offset: 1 }).await;
    assert_eq!(page.items.iter().map(|record| record.seq).collect::<Vec<_>>(), [4, 3]);
    assert_eq!((page.total, page.next), (Some(5), Some(RawId::from_u128(3))));
    let page = list(&f, any, Window::After { limit: 2, after: page.next.unwrap() }).await;
    assert_eq!(page.items.iter().map(|record| record.seq).collect::<Vec<_>>(), [2, 1]);
    assert_eq!((page.total, page.next), (None, None));
    let later: Vec<_> = f.audit.following(3, 1).await.unwrap();
    assert!(matches!(later.as_slice(), [StoredRecord::Readable(record)] if record.seq == 4));
}

/// One test for each clause.
#[macro_export]
macro_rules! audit_contract {
    ($fixture:expr) => {
        $crate::contract_tests!(audit, $fixture;
            entries_are_chained_in_the_order_they_were_recorded,
            a_rolled_back_unit_of_work_leaves_no_entry,
            an_entry_is_stored_with_the_event_beside_it,
            fifty_at_once_keep_one_chain,
            a_filter_narrows_the_list,
            windows_of_the_log_follow_one_another,
        );
    };
}
