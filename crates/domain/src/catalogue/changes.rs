//! What of the catalogue changed lately, so that nothing old is shown.

use std::time::Duration;

use shaku::Interface;

use super::ProductId;

/// How long what was read may be shown again, counted from before it was read: what another
/// process changed is seen everywhere within a second.
pub const SHOWN_FOR: Duration = Duration::from_millis(900);

/// A change of what is shown, named after its commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CatalogueChange {
    /// A product, or the stock of one of its variants.
    Product(ProductId),
    /// A category, and with it what is shown of the products below.
    Category,
}

/// A part of the catalogue that is shown as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CataloguePart {
    /// One product.
    Product(ProductId),
    /// Any of the products.
    Products,
    /// Any of the categories.
    Categories,
}

/// Version of a part, as this process knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartVersion {
    /// Grows with each change. What was read under one is not shown under the next.
    pub number: u64,
    /// Whether so little happened to it lately that a copy another process made, not older than
    /// [`SHOWN_FOR`], holds every change this process knows.
    pub is_quiet: bool,
}

/// The changes of the catalogue this process made or heard of.
///
/// A reader takes the version of a part first, then reads it, and shows what it read only while
/// the version is still the same: a change that was committed meanwhile is never covered up by
/// what was read before.
pub trait CatalogueChanges: Interface {
    /// Notes changes, after their commit and before anybody is told of it. Noting too much only
    /// costs a read.
    fn note(&self, changes: &[CatalogueChange]);
    /// The version of a part now.
    fn version_of(&self, part: CataloguePart) -> PartVersion;
}
