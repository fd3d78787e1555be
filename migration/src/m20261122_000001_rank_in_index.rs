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
        let own = match manager.get_database_backend() {
            DbBackend::Sqlite => include_str!("m20261122_000001_rank_in_index.sqlite.sql"),
            _ => include_str!("m20261122_000001_rank_in_index.postgres.sql"),
        };
        statements::run(manager, own).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        match manager.get_database_backend() {
            DbBackend::Sqlite => {
                statements::run(manager, DOWN_SQLITE).await?;
                let index = include_str!("m20261121_000008_browse_products.sqlite.sql");
                statements::run(manager, index).await?;
                statements::run(manager, REBUILD).await
            }
            _ => {
                statements::run(manager, "ALTER TABLE product_texts DROP COLUMN document").await?;
                let index = include_str!("m20261121_000008_browse_products.postgres.sql");
                statements::run(manager, index).await
            }
        }
    }
}

const DOWN_SQLITE: &str = "DROP TRIGGER product_texts_added; DROP TRIGGER product_texts_gone; \
    DROP TRIGGER product_texts_changed; DROP TABLE product_words";

const REBUILD: &str = "INSERT INTO product_words (product_words) VALUES ('rebuild')";
