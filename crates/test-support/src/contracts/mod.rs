//! What every adapter of a port must do: one function for each clause, and a macro for each port
//! that makes a test of every clause. `$fixture` is an async expression, evaluated for each test.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a clause fails by panicking"
)]

pub mod announcements;
pub mod audit;
pub mod browsing;
pub mod bus;
pub mod cache;
pub mod catalogue;
pub mod catalogue_writes;
pub mod content;
pub mod coupons;
pub mod email_tokens;
pub mod failures;
pub mod gateway;
pub mod identity_store;
pub mod inventory_store;
pub mod jobs;
pub mod limiter;
pub mod listings;
pub mod messaging_store;
pub mod order_desk;
pub mod ordering_store;
pub mod outbox_feed;
pub mod parked_webhooks;
pub mod payments_store;
pub mod people;
pub mod searching;
mod store;
pub mod user_repository;

pub use store::{Goods, StoreFixture};

/// One test for each named clause of a contract.
#[doc(hidden)]
#[macro_export]
macro_rules! contract_tests {
    ($contract:ident, $fixture:expr; $($clause:ident),+ $(,)?) => {
        $(
            #[tokio::test]
            async fn $clause() {
                $crate::contracts::$contract::$clause($fixture.await).await;
            }
        )+
    };
}
