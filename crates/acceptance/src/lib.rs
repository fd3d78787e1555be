//! The whole system in one process: the API on a free port, the worker in the test's hands. Used
//! by tests only.
#![expect(clippy::missing_errors_doc, reason = "every failure here fails the test")]

mod app;
mod bare;
mod client;
mod proxy;
mod redis;
mod servers;
mod services;
mod tap;

pub use app::{TestApp, eventually, eventually_in};
pub use bare::bare_messages;
pub use client::{Client, Credentials};
pub use proxy::{Mood, Mood as RedisMood, Proxy};
pub use redis::RedisProxy;
pub use servers::{PrivateBroker, PrivateRedis, Process};
pub use services::{Stack, Surroundings, rabbit_url};
pub use tap::{Heard, Tap};
