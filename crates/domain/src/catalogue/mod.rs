//! Catalogue: what the shop shows and sells.

mod category;
mod events;
mod ports;
mod product;
mod reads;
mod slug;

pub use category::{Category, CategoryId};
pub use events::{CategoryCreated, ProductCreated};
pub use ports::{CatalogueStore, CatalogueUnitOfWork, CategoryRepository, ProductRepository};
pub use product::{
    NewProduct, Price, Product, ProductId, ProductRefused, ProductStatus, Sku, Variant, VariantId,
};
pub use reads::{
    CatalogueReads, CategoryKey, CategoryView, ProductFilter, ProductKey, ProductView, VariantView,
};
pub use slug::Slug;
