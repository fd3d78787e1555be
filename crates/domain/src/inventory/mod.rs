//! Inventory: how much there is, and how much of it is promised.

mod error;
mod events;
mod level;
mod ports;
mod reads;
mod recount;
mod stock;

pub use error::{SetStockError, StockPromised};
pub use events::{StockDepleted, StockLow};
pub use level::{StockChange, StockCounters};
pub use ports::{
    InventoryStore, InventoryUnitOfWork, RecountRepository, SetStock, SetStockCommand,
    StockRepository,
};
pub use reads::{InventoryReads, MovementView, StockKey};
pub use recount::{Counted, Recount, VariantStock};
pub use stock::{
    LocationId, MovementId, MovementKind, OpeningStock, Shortage, StockDemand, StockLevelId,
    merge_demand,
};
