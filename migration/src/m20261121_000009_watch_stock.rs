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
        statements::run(manager, include_str!("m20261121_000009_watch_stock.sql")).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        statements::run(manager, UNDO).await
    }
}

const UNDO: &str = "DROP INDEX ix_stock_movements_level; \
    CREATE INDEX ix_stock_movements_level ON stock_movements (level_id); \
    ALTER TABLE stock_levels DROP COLUMN event_version; \
    ALTER TABLE stock_levels DROP COLUMN low_stock_threshold";
