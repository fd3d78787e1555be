//! Demo data: the same products for the same number, every time.

mod accounts;
mod catalogue;
mod words;

pub(crate) use accounts::{AccountPorts, DemoAccounts, seed_accounts};
pub(crate) use catalogue::{Ports, seed_catalogue};
