use serde::{Deserialize, Serialize};

use super::StockLevelId;
use crate::catalogue::VariantId;

/// The last available unit was promised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockDepleted {
    /// Of what.
    pub variant_id: VariantId,
    /// Where.
    pub level_id: StockLevelId,
}
