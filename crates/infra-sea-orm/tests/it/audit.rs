use std::sync::Arc;

use domain::{
    audit::{
        AuditAction, AuditActor, AuditEntry, AuditHead, AuditTargetKind, ChainFault, Verdict,
        VerifyAuditLog,
    },
    identity::{Role, SessionId, UserId},
    shared::{
        error::StoreError,
        event::Provenance,
        network::ClientNetwork,
        ports::{IdGenerator, UnitOfWork},
    },
};
use infra_sea_orm::{Database, SeaAuditReads};
use sea_orm::ConnectionTrait;
use shaku::{HasComponent, module};
use test_support::ids::CountingIds;
use usecases::VerifyAuditLogUseCase;

use crate::{
    fixture::{TestDatabase, registered},
    shop::at,
};

module! {
    Proof {
        components = [SeaAuditReads, VerifyAuditLogUseCase],
        providers = []
    }
}

async fn verdict(db: &Database) -> Verdict {
    let parameters = infra_sea_orm::SeaAuditReadsParameters { db: db.clone() };
    let proof = Proof::builder().with_component_parameters::<SeaAuditReads>(parameters).build();
    let verify: Arc<dyn VerifyAuditLog> = proof.resolve();
    verify.execute().await.unwrap()
}

fn entry(ids: &CountingIds) -> AuditEntry {
    let session = Some(SessionId::new(ids.next()));
    let by = AuditActor::User { user: UserId::new(ids.next()), role: Role::Staff, session };
    let kind = AuditTargetKind::Product;
    AuditEntry::new(by, AuditAction::ProductUpdated, kind, ids.next(), at(1)).fields(&["name"])
}

async fn append(db: &Database, ids: &CountingIds, count: usize) {
    let provenance = Provenance {
        correlation_id: Some("request-1".to_owned()),
        network: Some(ClientNetwork::of([203, 0, 113, 9].into())),
        ..Provenance::default()
    };
    let mut uow = db.begin(&provenance).await.unwrap();
    for _ in 0..count {
        uow.audit().record(entry(ids));
    }
    Box::new(uow).commit().await.unwrap();
}

async fn run(db: &Database, sql: &str) -> Result<(), sea_orm::DbErr> {
    db.migration_connection().execute_unprepared(sql).await.map(drop)
}

/// What somebody does who may do everything to the database.
async fn let_anything_happen(test: &TestDatabase) {
    let sql = if test.settings.url.starts_with("sqlite") {
        "DROP TRIGGER tr_audit_log_update; DROP TRIGGER tr_audit_log_delete;
         PRAGMA ignore_check_constraints = ON"
    } else {
        "ALTER TABLE audit_log DISABLE TRIGGER USER;
         ALTER TABLE audit_log DROP CONSTRAINT ck_audit_log_actor;
         ALTER TABLE audit_log DROP CONSTRAINT ck_audit_log_actor_kind"
    };
    run(&test.db, sql).await.unwrap();
}

async fn a_change_of_any_column_is_found(test: TestDatabase) {
    let (db, ids) = (&test.db, CountingIds::default());
    append(db, &ids, 3).await;
    append(db, &ids, 2).await;
    let intact = verdict(db).await;
    assert_eq!((intact.intact, intact.head.seq, intact.broken), (5, 5, None));
    let_anything_happen(&test).await;
    let zeros = "'0000000000000000000000000000000000000000000000000000000000000001'";
    let other = if test.settings.url.starts_with("sqlite") {
        "x'00000000000000000000000000000001'"
    } else {
        "'00000000-0000-0000-0000-000000000001'"
    };
    let changes = [
        ("seq", "9"),
        ("occurred_at", "occurred_at + 1"),
        ("actor_kind", "'cli'"),
        ("actor_id", other),
        ("actor_id", "NULL"),
        ("actor_role", "'user'"),
        ("actor_role", "NULL"),
        ("session_id", "NULL"),
        ("action", "'product.created'"),
        ("target_kind", "'category'"),
        ("target_id", other),
        ("details", "'fields=price'"),
        ("network", "'198.51.100.0/24'"),
        ("network", "NULL"),
        ("request_id", "NULL"),
        ("previous_hash", zeros),
        ("hash", zeros),
    ];
    let columns = "seq, occurred_at, actor_kind, actor_id, actor_role, session_id, action, \
        target_kind, target_id, details, network, request_id, previous_hash, hash";
    for column in columns.split(", ") {
        assert!(changes.iter().any(|(changed, _)| *changed == column), "{column} is tried");
    }
    run(db, "CREATE TABLE kept AS SELECT * FROM audit_log").await.unwrap();
    for (column, value) in changes {
        run(db, &format!("UPDATE audit_log SET {column} = {value} WHERE seq = 3")).await.unwrap();
        let found = verdict(db).await;
        assert_eq!((found.intact, found.broken.map(|(seq, _)| seq)), (2, Some(3)), "{column}");
        run(db, "DELETE FROM audit_log WHERE seq IN (3, 9)").await.unwrap();
        let back =
            format!("INSERT INTO audit_log ({columns}) SELECT {columns} FROM kept WHERE seq = 3");
        run(db, &back).await.unwrap();
        assert_eq!(verdict(db).await, intact, "{column}");
    }
}

async fn a_deleted_row_is_found_wherever_it_stood(test: TestDatabase) {
    let (db, ids) = (&test.db, CountingIds::default());
    append(db, &ids, 5).await;
    let_anything_happen(&test).await;
    for gone in [5, 3, 1] {
        run(db, &format!("DELETE FROM audit_log WHERE seq = {gone}")).await.unwrap();
        let found = verdict(db).await;
        assert_eq!(found.broken, Some((gone, ChainFault::Missing)));
        assert_eq!(found.intact, u64::try_from(gone - 1).unwrap());
    }
    run(db, "DELETE FROM audit_log").await.unwrap();
    assert_eq!(verdict(db).await.broken, Some((1, ChainFault::Missing)));
}

/// The hashes of a row can be made to fit again, but not without those of all that follow.
async fn a_row_that_was_made_to_fit_again_is_found(test: TestDatabase) {
    let (db, ids) = (&test.db, CountingIds::default());
    append(db, &ids, 3).await;
    let_anything_happen(&test).await;
    let reads = SeaAuditReads { db: db.clone() };
    let rows = domain::audit::AuditReads::following(&reads, 1, 1).await.unwrap();
    let [domain::audit::StoredRecord::Readable(second)] = rows.as_slice() else {
        panic!("{rows:?}")
    };
    let mut forged = second.clone();
    forged.details = "fields=price".to_owned();
    let hash = forged.computed_hash();
    run(
        db,
        &format!("UPDATE audit_log SET details = 'fields=price', hash = '{hash}' WHERE seq = 2"),
    )
    .await
    .unwrap();
    assert_eq!(verdict(db).await.broken, Some((3, ChainFault::Detached)));
    run(db, "UPDATE audit_head SET seq = 1").await.unwrap();
    run(db, "DELETE FROM audit_log WHERE seq = 3").await.unwrap();
    assert_eq!(verdict(db).await.broken, Some((2, ChainFault::Unknown)));
    run(db, "UPDATE audit_head SET seq = 2").await.unwrap();
    assert_eq!(verdict(db).await.broken, Some((2, ChainFault::Changed)));
}

async fn the_database_itself_refuses_to_change_an_entry(test: TestDatabase) {
    let (db, ids) = (&test.db, CountingIds::default());
    append(db, &ids, 2).await;
    let mut changes = vec!["UPDATE audit_log SET details = ''", "DELETE FROM audit_log"];
    if !test.settings.url.starts_with("sqlite") {
        changes.push("TRUNCATE audit_log");
    }
    for change in changes {
        let refused = run(db, change).await.unwrap_err().to_string();
        assert!(refused.contains("append"), "{refused}");
    }
    let intact = verdict(db).await;
    assert_eq!((intact.intact, intact.broken), (2, None));
    assert_ne!(intact.head, AuditHead::default());
}

/// The head is read, and what was recorded rides on the statement that stores the events.
async fn recording_takes_one_statement_more(test: TestDatabase) {
    let (db, ids) = (&test.db, CountingIds::default());
    let taken = async |entries: usize| -> Result<u64, StoreError> {
        let before = db.statements();
        let mut uow = db.begin(&Provenance::default()).await?;
        domain::shared::ports::Outbox::append(uow.outbox(), &[registered(&ids)]).await?;
        for _ in 0..entries {
            uow.audit().record(entry(&ids));
        }
        Box::new(uow).commit().await?;
        Ok(db.statements() - before)
    };
    assert_eq!(taken(0).await.unwrap(), 1);
    assert_eq!(taken(1).await.unwrap(), 2);
    assert_eq!(taken(20).await.unwrap(), 2);
}

on_each_database!(
    a_change_of_any_column_is_found,
    a_deleted_row_is_found_wherever_it_stood,
    a_row_that_was_made_to_fit_again_is_found,
    the_database_itself_refuses_to_change_an_entry,
    recording_takes_one_statement_more,
);
