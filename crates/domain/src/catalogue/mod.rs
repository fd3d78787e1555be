//! Catalogue: what the shop shows and sells.

mod browse;
mod category;
mod changes;
mod commands;
mod error;
mod events;
mod ports;
mod product;
mod reads;

pub use crate::shared::slug::Slug;
pub use browse::{
    FacetCategory, FacetView, Listings, PlaceKey, PriceLevel, ProductFilter, ProductPlace,
    ProductSort, SearchText,
};
pub use category::{Category, CategoryEdit, CategoryId, CategoryState, MAX_DEPTH};
pub use changes::{CatalogueChange, CatalogueChanges, CataloguePart, PartVersion, SHOWN_FOR};
pub use commands::{
    CategoryChanges, CategoryRef, CreateCategory, CreateCategoryCommand, CreateProduct,
    CreateProductCommand, DeleteCategory, DeleteCategoryCommand, DeleteProduct,
    DeleteProductCommand, EditCategory, EditCategoryCommand, EditProduct, EditProductCommand,
    LISTING, ProductChanges, Side, WantedPrice,
};
pub use error::{WriteCategoryError, WriteProductError};
pub use events::{
    CategoryActivated, CategoryCreated, CategoryDeactivated, CategoryDeleted, CategoryUpdated,
    ProductActivated, ProductArchived, ProductCreated, ProductDeactivated, ProductDeleted,
    ProductUpdated,
};
pub use ports::{CatalogueStore, CatalogueUnitOfWork, CategoryRepository, ProductRepository};
pub use product::{
    NewProduct, Price, Product, ProductEdit, ProductId, ProductRefused, ProductStatus, Sku,
    Variant, VariantId,
};
pub use reads::{
    CatalogueBackroom, CatalogueReads, CategoryKey, CategoryView, ProductKey, ProductView,
    VariantView,
};
