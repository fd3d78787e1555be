//! Names that must be free, and names that must be known.

use domain::{
    catalogue::{
        CatalogueUnitOfWork, CategoryId, CategoryKey, CategoryRef, Product, ProductKey, Side,
        WriteCategoryError, WriteProductError,
    },
    identity::Permission,
    shared::{actor::Actor, error::StoreError},
};

/// The product that is meant, when `actor` may change it from this side.
pub(super) async fn product_meant(
    uow: &mut dyn CatalogueUnitOfWork,
    key: &ProductKey,
    side: Side,
    actor: &Actor,
) -> Result<Product, WriteProductError> {
    let found = match side {
        Side::Catalogue => uow.products().find(key).await?,
        Side::Listing => {
            let owner = actor.scope(Permission::CatalogueWrite);
            uow.products().find_listing(key, owner).await?
        }
    };
    found.ok_or(match side {
        Side::Catalogue => WriteProductError::NotFound,
        Side::Listing => WriteProductError::ListingNotFound,
    })
}

/// The category that is meant.
pub(super) async fn category_meant(
    uow: &mut dyn CatalogueUnitOfWork,
    named: &CategoryRef,
) -> Result<CategoryId, WriteProductError> {
    match named {
        CategoryRef::Id(id) => {
            let found = uow.categories().find(&CategoryKey::Id(*id)).await?;
            found.map(|category| category.id).ok_or(WriteProductError::CategoryNotFound)
        }
        CategoryRef::Name(name) => match uow.categories().named(name).await?.as_slice() {
            [] => Err(WriteProductError::CategoryNotFound),
            [only] => Ok(*only),
            _ => Err(WriteProductError::CategoryAmbiguous),
        },
    }
}

/// What a refusal of the store means for a product.
pub(super) fn product_refused(error: WriteProductError) -> WriteProductError {
    let WriteProductError::Store(failure) = error else { return error };
    match failure {
        StoreError::AlreadyExists { constraint } if constraint == "uq_products_slug" => {
            WriteProductError::SlugTaken
        }
        StoreError::AlreadyExists { constraint } if constraint == "uq_variants_sku" => {
            WriteProductError::SkuTaken
        }
        // It was taken away after it was looked at.
        StoreError::Refused { constraint } if constraint == "fk_products_category" => {
            WriteProductError::CategoryNotFound
        }
        other => other.into(),
    }
}

/// What a refusal of the store means for a category.
pub(super) fn category_refused(error: WriteCategoryError) -> WriteCategoryError {
    match error {
        WriteCategoryError::Store(StoreError::AlreadyExists { constraint })
            if constraint == "uq_categories_slug" =>
        {
            WriteCategoryError::SlugTaken
        }
        other => other,
    }
}
