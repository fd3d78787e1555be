use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Tables in the order they are created; dropped in the opposite one.
const TABLES: &[&str] = &[
    "users",
    "sessions",
    "categories",
    "products",
    "variants",
    "variant_prices",
    "locations",
    "stock_levels",
    "stock_movements",
    "orders",
    "order_lines",
    "order_timeline",
    "payments",
    "ledger_entries",
    "refunds",
    "provider_events",
    "outbox",
    "inbox",
    "dead_letters",
    "idempotency_records",
    "mails",
];

#[expect(elided_lifetimes_in_paths, reason = "the signature must be the one of the trait")]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let (sequence, bytes, default_location) = match manager.get_database_backend() {
            DbBackend::Sqlite => (
                "integer NOT NULL CONSTRAINT pk_outbox PRIMARY KEY AUTOINCREMENT",
                "blob",
                "x'00000000000070008000000000000001'",
            ),
            _ => (
                "bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_outbox PRIMARY KEY",
                "bytea",
                "'00000000-0000-7000-8000-000000000001'",
            ),
        };
        let schema = include_str!("m20261120_000001_create_store.sql")
            .replace("{sequence}", sequence)
            .replace("{bytes}", bytes)
            .replace("{default_location}", default_location);
        manager.get_connection().execute_unprepared(&schema).await.map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES.iter().rev() {
            manager.get_connection().execute_unprepared(&format!("DROP TABLE {table}")).await?;
        }
        Ok(())
    }
}
