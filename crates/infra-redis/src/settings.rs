//! What an operator may decide about Redis.

use std::{fmt, time::Duration};

/// How to reach Redis and how long it is waited for.
#[derive(Clone)]
pub struct RedisSettings {
    /// `redis://user:password@host:port/database`; holds a secret.
    pub url: String,
    /// Connections kept at most, at least 2.
    pub pool_size: usize,
    /// Longest wait for a connection to be made.
    pub connect_timeout: Duration,
    /// Longest wait of a caller for any operation, whatever it takes.
    pub operation_timeout: Duration,
    /// First part of every key.
    pub namespace: String,
}

impl Default for RedisSettings {
    fn default() -> Self {
        Self {
            url: "redis://127.0.0.1:6379".into(),
            pool_size: 8,
            connect_timeout: Duration::from_millis(250),
            operation_timeout: Duration::from_millis(100),
            namespace: "kontor".into(),
        }
    }
}

/// Leaves out the address, which holds a password.
impl fmt::Debug for RedisSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisSettings").field("namespace", &self.namespace).finish_non_exhaustive()
    }
}

/// Why settings of Redis were refused; never quotes the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRedisSettings {
    /// The address is not one of Redis.
    #[error("the address of Redis is not of the form redis://user:password@host:port/database")]
    Url,
    /// There is no room for a connection of the health check beside the shared one.
    #[error("the pool of Redis takes at least 2 connections")]
    PoolSize,
}
