//! Cache in this process; other processes do not see it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use domain::shared::cache::{Cache, CacheError};
use moka::{Expiry, sync};
use shaku::Component;

/// Keys and values kept at most, in bytes.
const CAPACITY_BYTES: u64 = 64 * 1024 * 1024;

/// What an entry costs besides its key and value, in bytes.
const OVERHEAD_BYTES: usize = 128;

#[derive(Clone)]
struct Entry {
    value: Arc<[u8]>,
    ttl: Duration,
}

impl Entry {
    fn new(value: &[u8], ttl: Duration) -> Self {
        Self { value: value.into(), ttl }
    }
}

struct OwnLifetime;

impl Expiry<String, Entry> for OwnLifetime {
    fn expire_after_create(&self, _: &String, entry: &Entry, _: Instant) -> Option<Duration> {
        Some(entry.ttl)
    }

    fn expire_after_update(
        &self,
        _: &String,
        entry: &Entry,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(entry.ttl)
    }
}

/// Entries of one process, each with a lifetime of its own; clones share them.
#[derive(Clone)]
pub struct MemoryCacheEntries(sync::Cache<String, Entry>);

impl Default for MemoryCacheEntries {
    fn default() -> Self {
        let weigh = |key: &String, entry: &Entry| {
            u32::try_from(key.len() + entry.value.len() + OVERHEAD_BYTES).unwrap_or(u32::MAX)
        };
        let cache = sync::Cache::builder()
            .max_capacity(CAPACITY_BYTES)
            .weigher(weigh)
            .expire_after(OwnLifetime)
            .build();
        Self(cache)
    }
}

/// [`Cache`] of one process, bounded to 64 MiB.
#[derive(Component, Default)]
#[shaku(interface = Cache)]
pub struct MemoryCache {
    /// The entries.
    #[shaku(default)]
    entries: MemoryCacheEntries,
}

#[async_trait]
impl Cache for MemoryCache {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, CacheError> {
        Ok(self.entries.0.get(key).map(|entry| entry.value.to_vec()))
    }

    async fn put(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        self.entries.0.insert(key.to_owned(), Entry::new(value, ttl));
        Ok(())
    }

    async fn put_if_absent(
        &self,
        key: &str,
        value: &[u8],
        ttl: Duration,
    ) -> Result<bool, CacheError> {
        Ok(self.entries.0.entry_by_ref(key).or_insert(Entry::new(value, ttl)).is_fresh())
    }

    async fn remove(&self, key: &str) -> Result<(), CacheError> {
        self.entries.0.invalidate(key);
        Ok(())
    }
}
