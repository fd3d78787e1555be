use serde::{Deserialize, Serialize};

use super::StockLevelId;
use crate::catalogue::VariantId;

/// What is left of a level fell to the number staff wants to be told at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockLow {
    /// The level.
    pub level_id: StockLevelId,
    /// Of what.
    pub variant_id: VariantId,
    /// Units on hand that nobody was promised; negative when some are backordered.
    pub left: i64,
    /// The number.
    pub threshold: i64,
}

/// Nothing of a level can be bought any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockDepleted {
    /// The level.
    pub level_id: StockLevelId,
    /// Of what.
    pub variant_id: VariantId,
}
