//! Use cases on the reference stores, with a frozen clock and counted ids.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "fixtures may panic"
)]

mod accounts;
mod api_keys;
mod atomicity;
mod audit;
mod catalogue;
mod clockwork;
mod closing;
mod conserving;
mod counting;
mod coupons;
mod editing;
mod fakes;
mod fulfilment;
mod guessing;
mod listings;
mod losing;
mod mailed;
mod mails;
mod meanwhile;
mod messages;
mod operations;
mod paying;
mod people;
mod placing;
mod posts;
mod reactions;
mod refunds;
mod sessions;
mod shop;
mod webhooks;
