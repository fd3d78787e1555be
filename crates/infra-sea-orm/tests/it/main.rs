//! The store against SQLite and, with the feature `services`, PostgreSQL.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "fixtures may panic"
)]

/// One test of each function for each database.
macro_rules! on_each_database {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $test() {
                super::$test(crate::fixture::sqlite().await).await;
            })+
        }

        #[cfg(feature = "services")]
        mod postgres {
            $(#[tokio::test]
            async fn $test() {
                super::$test(crate::fixture::postgres().await).await;
            })+
        }
    };
}

mod audit;
mod budgets;
mod cancellation;
mod connecting;
mod contracts;
mod crowd;
mod doctor;
mod fixture;
mod group_commit;
mod housekeeping;
mod idempotency;
mod messaging;
mod migrations;
mod schema;
mod shop;
mod telling;
