use sea_orm_migration::prelude::*;

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
        statements::run(manager, include_str!("m20261121_000070_resolve_payments.sql")).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        statements::run(manager, DOWN).await
    }
}

const DOWN: &str = "
DROP TABLE mock_entries;
DROP TABLE parked_events;
DROP TABLE payment_operations;
DROP INDEX ix_refunds_check;
ALTER TABLE refunds DROP COLUMN checks;
ALTER TABLE refunds DROP COLUMN check_at;
DROP INDEX ix_payments_unanswered;
DROP INDEX ix_payments_check;
ALTER TABLE payments DROP COLUMN checks;
ALTER TABLE payments DROP COLUMN check_at;
ALTER TABLE payments DROP COLUMN capture
";
