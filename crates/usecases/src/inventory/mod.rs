//! Use cases of the inventory context.

mod set_stock;

pub use set_stock::{SetStockUseCase, SetStockUseCaseParameters};
