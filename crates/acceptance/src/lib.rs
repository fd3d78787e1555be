//! The whole system in one process: the API on a free port, the worker in the test's hands. Used
//! by tests only.
#![expect(clippy::missing_errors_doc, reason = "every failure here fails the test")]

mod app;
mod client;
mod redis;
mod services;

pub use app::{TestApp, eventually, within};
pub use client::{Client, Credentials};
pub use redis::{RedisMood, RedisProxy};
pub use services::{Stack, Surroundings};
