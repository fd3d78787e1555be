use crate::shared::error::{Coded, ErrorKind, StoreError};

/// Fewer units would be left than were promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reserved} units are reserved and {allocated} are paid for")]
pub struct StockPromised {
    /// Units promised to pending orders.
    pub reserved: i64,
    /// Units that were paid for.
    pub allocated: i64,
}

/// Why a count was not taken. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum SetStockError {
    /// There is no such product, or it has no such variant.
    #[error("no such product or variant")]
    NotFound,
    /// Fewer units would be left than were promised.
    #[error(transparent)]
    Promised(#[from] StockPromised),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Coded for SetStockError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::Promised(_) => ErrorKind::Conflict,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "product_not_found",
            Self::Promised(_) => "stock_promised",
            Self::Store(error) => error.code(),
        }
    }
}
