//! Windows over long lists.

use super::id::RawId;

/// Which part of a list is wanted. `limit` is 1..=100, checked at the edge; `K` is what names a row
/// in the order of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window<K = RawId> {
    /// Skip `offset` rows; the answer carries the total.
    Offset {
        /// Rows wanted.
        limit: u32,
        /// Rows skipped.
        offset: u64,
    },
    /// The rows that follow the one named `after`, in the list's own order; no total.
    After {
        /// Rows wanted.
        limit: u32,
        /// Last row already seen.
        after: K,
    },
}

impl<K> Window<K> {
    /// Rows wanted.
    pub const fn limit(&self) -> u32 {
        match self {
            Self::Offset { limit, .. } | Self::After { limit, .. } => *limit,
        }
    }
}

/// One window of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T, K = RawId> {
    /// The rows.
    pub items: Vec<T>,
    /// How many rows the whole list has; only for [`Window::Offset`].
    pub total: Option<u64>,
    /// The row to continue [`Window::After`]; `None` on the last page.
    pub next: Option<K>,
}
