//! Copies, announcements and rate limits shared by several processes, on Redis.
//!
//! Nothing here is needed to serve a request: every wait is short, and a dead or stalled server
//! costs one short wait a second in all.

mod announcements;
mod breaker;
mod copies;
mod failures;
mod health;
mod limiter;
mod pool;
mod settings;

pub use announcements::{RedisAnnouncements, RedisAnnouncementsParameters, pass_on};
pub use copies::{RedisCopies, RedisCopiesParameters};
pub use failures::{RedisFailureCounter, RedisFailureCounterParameters};
pub use health::{RedisHealth, RedisHealthParameters};
pub use limiter::{RedisRateLimiter, RedisRateLimiterParameters};
pub use pool::RedisPool;
pub use settings::{InvalidRedisSettings, RedisSettings};
