//! Inventory: how much there is, and how much of it is promised.

mod ports;
mod stock;

pub use ports::StockRepository;
pub use stock::{
    LocationId, MovementId, MovementKind, OpeningStock, Shortage, StockDemand, StockLevelId,
    merge_demand,
};
