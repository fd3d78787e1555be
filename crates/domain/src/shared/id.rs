//! Typed identifiers: an `OrderId` can never be passed where a `UserId` is expected.

use std::hash::{DefaultHasher, Hash, Hasher};

use time::OffsetDateTime;

/// Declares a UUID newtype with the conversions adapters need and nothing else.
#[macro_export]
macro_rules! typed_id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(uuid::Uuid);

        impl $name {
            /// Wraps a raw UUID coming from a port or an adapter.
            pub const fn new(raw: uuid::Uuid) -> Self {
                Self(raw)
            }

            /// The raw UUID, for adapters that have to store or render it.
            pub const fn raw(self) -> uuid::Uuid {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

/// A UUID of version 8 (RFC 9562) made of the time and a hash of what it names: the same thing has
/// the same id however often it is noted, and indexes over such ids grow at their end.
pub fn derived_id(at: OffsetDateTime, of: &impl Hash) -> RawId {
    let micros = at.unix_timestamp_nanos() / 1_000;
    let hash = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        (salt, micros, of).hash(&mut hasher);
        hasher.finish()
    };
    let noise = u128::from(hash(0)) << 64 | u128::from(hash(1));
    let millis = (micros / 1_000).unsigned_abs();
    uuid::Builder::from_custom_bytes((millis << 80 | noise >> 48).to_be_bytes()).into_uuid()
}

/// A UUID whose kind is not known yet. Only ports hand these out.
pub type RawId = uuid::Uuid;
