//! Contract of [`Cache`].

use std::{any::Any, sync::Arc, time::Duration};

use domain::shared::cache::Cache;

use crate::eventually::eventually;

const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(60);

/// An empty cache.
pub struct Fixture {
    /// The adapter under test.
    pub cache: Arc<dyn Cache>,
    /// Whatever must live as long as the adapter.
    pub keep: Box<dyn Any + Send + Sync>,
}

/// What was put is there, byte for byte.
pub async fn what_was_put_is_there(Fixture { cache, keep: _keep }: Fixture) {
    for value in [&b"live"[..], b"", &[0, 255, 10, 13, 0]] {
        cache.put("key", value, LONG).await.unwrap();
        assert_eq!(cache.get("key").await.unwrap().as_deref(), Some(value));
    }
}

/// What was never put is absent, and keys do not mix.
pub async fn what_was_not_put_is_absent(Fixture { cache, keep: _keep }: Fixture) {
    cache.put("one", b"1", LONG).await.unwrap();
    assert_eq!(cache.get("two").await.unwrap(), None);
}

/// A later value replaces an earlier one, and its lifetime too.
pub async fn a_later_value_replaces_an_earlier_one(Fixture { cache, keep: _keep }: Fixture) {
    cache.put("key", b"old", LONG).await.unwrap();
    cache.put("key", b"new", LONG).await.unwrap();
    assert_eq!(cache.get("key").await.unwrap().as_deref(), Some(&b"new"[..]));
    cache.put("key", b"newest", SHORT).await.unwrap();
    eventually("the new lifetime ends", async || cache.get("key").await.unwrap().is_none()).await;
}

/// A value is gone once its time is up.
pub async fn a_value_expires(Fixture { cache, keep: _keep }: Fixture) {
    cache.put("short", b"1", SHORT).await.unwrap();
    cache.put("long", b"2", LONG).await.unwrap();
    eventually("the value expires", async || cache.get("short").await.unwrap().is_none()).await;
    assert_eq!(cache.get("long").await.unwrap().as_deref(), Some(&b"2"[..]));
}

/// Only the first of several gets its value in.
pub async fn put_if_absent_keeps_the_first(Fixture { cache, keep: _keep }: Fixture) {
    assert!(cache.put_if_absent("key", b"first", LONG).await.unwrap());
    assert!(!cache.put_if_absent("key", b"second", LONG).await.unwrap());
    assert_eq!(cache.get("key").await.unwrap().as_deref(), Some(&b"first"[..]));
}

/// An expired value does not stand in the way of the next.
pub async fn put_if_absent_succeeds_after_expiry(Fixture { cache, keep: _keep }: Fixture) {
    assert!(cache.put_if_absent("key", b"first", SHORT).await.unwrap());
    eventually("the first expires", async || {
        cache.put_if_absent("key", b"second", LONG).await.unwrap()
    })
    .await;
    assert_eq!(cache.get("key").await.unwrap().as_deref(), Some(&b"second"[..]));
}

/// A removed value is gone; removing what is not there is fine.
pub async fn a_removed_value_is_gone(Fixture { cache, keep: _keep }: Fixture) {
    cache.put("key", b"1", LONG).await.unwrap();
    cache.remove("key").await.unwrap();
    assert_eq!(cache.get("key").await.unwrap(), None);
    cache.remove("key").await.unwrap();
    assert!(cache.put_if_absent("key", b"2", LONG).await.unwrap());
}

/// One test for each clause.
#[macro_export]
macro_rules! cache_contract {
    ($fixture:expr) => {
        $crate::contract_tests!(cache, $fixture;
            what_was_put_is_there,
            what_was_not_put_is_absent,
            a_later_value_replaces_an_earlier_one,
            a_value_expires,
            put_if_absent_keeps_the_first,
            put_if_absent_succeeds_after_expiry,
            a_removed_value_is_gone,
        );
    };
}
