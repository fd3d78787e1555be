use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::statements;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[expect(elided_lifetimes_in_paths, reason = "the signature must be the one of the trait")]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        statements::run(manager, include_str!("m20261121_000006_keep_audit_log.sql")).await?;
        let guards = match manager.get_database_backend() {
            DbBackend::Sqlite => SQLITE_GUARDS,
            _ => POSTGRES_GUARDS,
        };
        statements::run(manager, guards).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        statements::run(manager, "DROP TABLE audit_head; DROP TABLE audit_log").await?;
        match manager.get_database_backend() {
            DbBackend::Sqlite => Ok(()),
            _ => statements::run(manager, "DROP FUNCTION refuse_audit_change()").await,
        }
    }
}

const SQLITE_GUARDS: &str = "
CREATE TRIGGER tr_audit_log_update BEFORE UPDATE ON audit_log
BEGIN SELECT RAISE(ABORT, 'ck_audit_log_append_only'); END;
CREATE TRIGGER tr_audit_log_delete BEFORE DELETE ON audit_log
BEGIN SELECT RAISE(ABORT, 'ck_audit_log_append_only'); END;
";

const POSTGRES_GUARDS: &str = "
CREATE OR REPLACE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_audit_log_append_only';
END
$$;
CREATE TRIGGER tr_audit_log_update BEFORE UPDATE ON audit_log
FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER tr_audit_log_delete BEFORE DELETE OR TRUNCATE ON audit_log
FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
";
