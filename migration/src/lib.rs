//! Schema history. One SQL text for SQLite and PostgreSQL, so that both keep the same promises.

mod m20261120_000001_create_store;
mod m20261121_000002_grant_permissions;
mod m20261121_000003_erase_users;
mod m20261121_000004_describe_sessions;
mod m20261121_000006_keep_audit_log;
mod m20261121_000007_write_catalogue;
mod m20261121_000008_browse_products;
mod m20261121_000009_watch_stock;
mod m20261121_000011_create_api_keys;
mod m20261121_000020_ship_lines;
mod m20261121_000030_mail_tokens;
mod m20261121_000031_speak_locales;
mod m20261121_000050_write_posts;
mod m20261121_000051_list_items;
mod m20261121_000060_create_coupons;
mod m20261121_000070_resolve_payments;
mod m20261121_000080_schedule_jobs;
mod m20261121_000081_push_tasks;
mod m20261122_000001_address_orders;
mod runner;
mod statements;

use sea_orm_migration::prelude::*;

pub use runner::{MigrationError, MigrationStatus, down, fresh, status, up};

/// Every migration, oldest first.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261120_000001_create_store::Migration),
            Box::new(m20261121_000002_grant_permissions::Migration),
            Box::new(m20261121_000003_erase_users::Migration),
            Box::new(m20261121_000004_describe_sessions::Migration),
            Box::new(m20261121_000006_keep_audit_log::Migration),
            Box::new(m20261121_000007_write_catalogue::Migration),
            Box::new(m20261121_000008_browse_products::Migration),
            Box::new(m20261121_000009_watch_stock::Migration),
            Box::new(m20261121_000011_create_api_keys::Migration),
            Box::new(m20261121_000020_ship_lines::Migration),
            Box::new(m20261121_000030_mail_tokens::Migration),
            Box::new(m20261121_000031_speak_locales::Migration),
            Box::new(m20261121_000050_write_posts::Migration),
            Box::new(m20261121_000051_list_items::Migration),
            Box::new(m20261121_000060_create_coupons::Migration),
            Box::new(m20261121_000070_resolve_payments::Migration),
            Box::new(m20261121_000080_schedule_jobs::Migration),
            Box::new(m20261121_000081_push_tasks::Migration),
            Box::new(m20261122_000001_address_orders::Migration),
        ]
    }
}
