//! Use cases on the reference stores, with a frozen clock and counted ids.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "fixtures may panic"
)]

mod accounts;
mod api_keys;
mod app;
mod atomicity;
mod audit;
mod catalogue;
mod categories;
mod clockwork;
mod closing;
mod conserving;
mod counting;
mod coupons;
mod editing;
mod erasing;
mod fakes;
mod fulfilment;
mod guessing;
mod listings;
mod losing;
mod mailed;
mod mails;
mod meanwhile;
mod messages;
mod moving;
mod operations;
mod paying;
mod people;
mod placing;
mod posts;
mod quiet;
mod reactions;
mod refunds;
mod resetting;
mod sessions;
mod shop;
mod webhooks;
