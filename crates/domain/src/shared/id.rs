//! Typed identifiers: an `OrderId` can never be passed where a `UserId` is expected.

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

/// A UUID whose kind is not known yet. Only ports hand these out.
pub type RawId = uuid::Uuid;
