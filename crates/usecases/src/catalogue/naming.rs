//! Names that must be free, and names that must be known.

use domain::{
    catalogue::{
        CatalogueUnitOfWork, CategoryId, CategoryKey, CategoryRef, Slug, WriteCategoryError,
        WriteProductError,
    },
    shared::{error::StoreError, id::RawId},
};

/// How often a slug made from a name may turn out to be taken by somebody quicker.
pub(super) const MAX_TRIES: u32 = 3;

/// The first of `candidates` that is not taken; when all are, the id of the thing decides.
pub(super) fn first_free(candidates: &[Slug], taken: &[String], id: RawId) -> Option<Slug> {
    let is_free = |slug: &&Slug| taken.iter().all(|other| other != slug.as_str());
    let free = candidates.iter().find(is_free).cloned();
    free.or_else(|| candidates.first().map(|wanted| wanted.with_id(id)))
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
