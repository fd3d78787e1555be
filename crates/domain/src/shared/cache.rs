//! A cache that may forget anything at any time; nothing is true because it is cached.

use std::time::Duration;

use async_trait::async_trait;
use shaku::Interface;

use super::error::Cause;

/// Short-lived copies of what the database knows. Every caller works without it.
#[async_trait]
pub trait Cache: Interface {
    /// The value, if it is there and has not expired.
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, CacheError>;
    /// Stores `value` for at most `ttl`, over whatever was there.
    async fn put(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError>;
    /// Stores `value` only where there is none; `false` when there was one.
    async fn put_if_absent(
        &self,
        key: &str,
        value: &[u8],
        ttl: Duration,
    ) -> Result<bool, CacheError>;
    /// Forgets the value.
    async fn remove(&self, key: &str) -> Result<(), CacheError>;
}

/// The cache does not answer; ask the database.
#[derive(Debug, thiserror::Error)]
#[error("cache unavailable")]
pub struct CacheError(#[source] pub Cause);
