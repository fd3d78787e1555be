use super::ProductRefused;
use crate::{
    inventory::StockPromised,
    shared::{
        error::{Coded, ErrorKind, StoreError},
        idempotency::{ClaimError, IdempotencyError},
        money::MoneyError,
        precondition::PreconditionFailed,
    },
};

/// Why a product was not made, changed or taken away. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum WriteProductError {
    /// There is none.
    #[error("no such product")]
    NotFound,
    /// There is no such listing, or it is somebody else's.
    #[error("no such listing")]
    ListingNotFound,
    /// There is no such category.
    #[error("no such category")]
    CategoryNotFound,
    /// Several categories have this name.
    #[error("several categories have this name")]
    CategoryAmbiguous,
    /// Another product has this slug.
    #[error("another product has this slug")]
    SlugTaken,
    /// Another product has this SKU.
    #[error("another product has this SKU")]
    SkuTaken,
    /// An amount of no currency.
    #[error("a price needs a currency")]
    NoCurrency,
    /// The price cannot be read.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// A rule of products refuses it.
    #[error(transparent)]
    Refused(#[from] ProductRefused),
    /// Fewer units would be left than were promised.
    #[error(transparent)]
    Promised(#[from] StockPromised),
    /// Somebody else changed it in between.
    #[error(transparent)]
    Stale(#[from] PreconditionFailed),
    /// The idempotency key cannot be used.
    #[error(transparent)]
    Idempotency(#[from] IdempotencyError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Coded for WriteProductError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound | Self::ListingNotFound | Self::CategoryNotFound => ErrorKind::NotFound,
            Self::CategoryAmbiguous | Self::NoCurrency => ErrorKind::Invalid,
            Self::SlugTaken | Self::SkuTaken | Self::Promised(_) => ErrorKind::Conflict,
            Self::Money(error) => error.kind(),
            Self::Refused(error) => error.kind(),
            Self::Stale(error) => error.kind(),
            Self::Idempotency(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "product_not_found",
            Self::ListingNotFound => "item_not_found",
            Self::CategoryNotFound => "category_not_found",
            Self::CategoryAmbiguous => "category_ambiguous",
            Self::SlugTaken => "slug_taken",
            Self::SkuTaken => "sku_taken",
            Self::NoCurrency => "currency_required",
            Self::Money(error) => error.code(),
            Self::Refused(error) => error.code(),
            Self::Promised(_) => "stock_promised",
            Self::Stale(error) => error.code(),
            Self::Idempotency(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }
}

/// Why a category was not made, changed or taken away. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum WriteCategoryError {
    /// There is none.
    #[error("no such category")]
    NotFound,
    /// There is no such category to stand below.
    #[error("no such parent category")]
    ParentNotFound,
    /// Another category has this slug.
    #[error("another category has this slug")]
    SlugTaken,
    /// It would stand below itself.
    #[error("a category cannot stand below itself")]
    Cycle,
    /// The tree would have too many levels.
    #[error("the tree has {} levels at most", super::MAX_DEPTH)]
    TooDeep,
    /// Products or other categories are in it.
    #[error("the category is not empty")]
    InUse,
    /// Somebody else changed it in between.
    #[error(transparent)]
    Stale(#[from] PreconditionFailed),
    /// The idempotency key cannot be used.
    #[error(transparent)]
    Idempotency(#[from] IdempotencyError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Coded for WriteCategoryError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound | Self::ParentNotFound => ErrorKind::NotFound,
            Self::TooDeep => ErrorKind::Invalid,
            Self::SlugTaken | Self::Cycle | Self::InUse => ErrorKind::Conflict,
            Self::Stale(error) => error.kind(),
            Self::Idempotency(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "category_not_found",
            Self::ParentNotFound => "parent_not_found",
            Self::SlugTaken => "slug_taken",
            Self::Cycle => "category_cycle",
            Self::TooDeep => "category_too_deep",
            Self::InUse => "category_in_use",
            Self::Stale(error) => error.code(),
            Self::Idempotency(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }
}

macro_rules! from_claim {
    ($($error:ty),+ $(,)?) => {$(
        impl From<ClaimError> for $error {
            fn from(error: ClaimError) -> Self {
                match error {
                    ClaimError::Key(error) => error.into(),
                    ClaimError::Store(error) => error.into(),
                }
            }
        }
    )+};
}

from_claim!(WriteProductError, WriteCategoryError);
