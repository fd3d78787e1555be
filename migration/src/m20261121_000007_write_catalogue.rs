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
        statements::run(manager, include_str!("m20261121_000007_write_catalogue.sql")).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        statements::run(
            manager,
            "DROP INDEX ix_order_lines_level;
             DROP INDEX ix_order_lines_variant;
             DROP INDEX ix_order_lines_product;
             DROP INDEX ix_products_any_category;
             DROP INDEX ix_categories_hidden;
             DROP INDEX ix_categories_name_key;
             ALTER TABLE categories DROP COLUMN is_shown;
             ALTER TABLE categories DROP COLUMN name_key",
        )
        .await
    }
}
