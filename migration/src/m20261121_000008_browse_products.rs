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
        statements::run(manager, include_str!("m20261121_000008_browse_products.sql")).await?;
        let own = match manager.get_database_backend() {
            DbBackend::Sqlite => include_str!("m20261121_000008_browse_products.sqlite.sql"),
            _ => include_str!("m20261121_000008_browse_products.postgres.sql"),
        };
        statements::run(manager, own).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Sqlite {
            statements::run(manager, "DROP TABLE product_words").await?;
        }
        statements::run(manager, DOWN).await
    }
}

const DOWN: &str = "DROP TABLE product_texts; DROP TABLE search_words; DROP INDEX ix_products_category_price; DROP INDEX ix_products_category_name; \
    DROP INDEX ix_products_price; DROP INDEX ix_products_name; \
    ALTER TABLE products DROP COLUMN price_currency; \
    ALTER TABLE products DROP COLUMN price_level; ALTER TABLE products DROP COLUMN name_key";
