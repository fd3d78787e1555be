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
mod closing;
mod counting;
mod fakes;
mod fulfilment;
mod guessing;
mod losing;
mod mails;
mod meanwhile;
mod paying;
mod people;
mod placing;
mod reactions;
mod refunds;
mod sessions;
mod shop;
mod webhooks;
