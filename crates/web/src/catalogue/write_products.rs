//! Products as staff change them.

use actix_web::HttpResponse;
use domain::{
    catalogue::{
        CreateProductCommand, DeleteProductCommand, EditProductCommand, ProductChanges,
        ProductStatus, ProductView, Side,
    },
    shared::{idempotency::StoredResponse, precondition::Precondition},
};

use super::{
    dto::Product,
    handlers::key_of_product,
    requests::{EditProductRequest, ProductRequest},
};
use crate::{
    error::ApiError,
    etag,
    extract::{
        CurrentUser, IfMatch, Json, OfferedIdempotencyKey, PathText, RequestProvenance, answer,
        made,
    },
    services::App,
};

/// The answer to a new product; also kept for its idempotency key.
fn created(product: &ProductView) -> StoredResponse {
    answer(201, format!("/api/v1/products/{}", product.id), &Product::from(product.clone()))
}

/// Make a product
///
/// It is shown and sold at once unless `status` says otherwise; nothing of it is in stock yet.
#[utoipa::path(post, path = "/api/v1/products", operation_id = "createProduct", tag = "catalogue",
    request_body = ProductRequest,
    responses((status = 201, description = "The product", body = Product)))]
pub(crate) async fn create(
    app: App,
    user: CurrentUser,
    key: OfferedIdempotencyKey,
    provenance: RequestProvenance,
    body: Json<ProductRequest>,
) -> Result<HttpResponse, ApiError> {
    let wanted = body.value.changes()?;
    let command = CreateProductCommand {
        actor: user.0,
        name: wanted.name.unwrap_or_default(),
        description: wanted.description.unwrap_or_default(),
        category: wanted.category.flatten(),
        slug: wanted.slug,
        sku: wanted.sku,
        price: wanted.price.flatten(),
        status: wanted.status.unwrap_or(ProductStatus::Active),
        track_stock: wanted.track_stock.unwrap_or(true),
        on_hand: 0,
        side: Side::Catalogue,
        idempotency: key.0.bind("create_product", &user.0, &body.raw, created),
        provenance: provenance.0,
    };
    made(app.services.create_product.execute(command).await?, created)
}

async fn edit(
    app: &App,
    user: CurrentUser,
    id: &PathText,
    precondition: Precondition,
    provenance: RequestProvenance,
    changes: ProductChanges,
) -> Result<HttpResponse, ApiError> {
    let (product, provenance) = (id.key(key_of_product)?, provenance.0);
    let command = EditProductCommand {
        actor: user.0,
        product,
        side: Side::Catalogue,
        changes,
        precondition,
        provenance,
    };
    let view = app.services.edit_product.execute(command).await?;
    let version = view.version;
    etag::changed(&Product::from(view), version)
}

/// Replace a product
///
/// What is absent is cleared, but for slug, SKU, status and counting, which stay.
#[utoipa::path(put, path = "/api/v1/products/{id}", operation_id = "replaceProduct", tag = "catalogue",
    params(("id" = String, Path, description = "UUID or slug", pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", max_length = 100, example = "assam-100-g")),
    request_body = ProductRequest,
    responses((status = 200, description = "The product", body = Product)))]
pub(crate) async fn replace(
    app: App,
    user: CurrentUser,
    id: PathText,
    meant: IfMatch,
    provenance: RequestProvenance,
    body: Json<ProductRequest>,
) -> Result<HttpResponse, ApiError> {
    edit(&app, user, &id, meant.0, provenance, body.value.changes()?).await
}

/// Change a product
///
/// Orders that were placed keep name, SKU and price as they were.
#[utoipa::path(patch, path = "/api/v1/products/{id}", operation_id = "editProduct", tag = "catalogue",
    params(("id" = String, Path, description = "UUID or slug", pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", max_length = 100, example = "assam-100-g")),
    request_body = EditProductRequest,
    responses((status = 200, description = "The product", body = Product)))]
pub(crate) async fn change(
    app: App,
    user: CurrentUser,
    id: PathText,
    meant: IfMatch,
    provenance: RequestProvenance,
    body: Json<EditProductRequest>,
) -> Result<HttpResponse, ApiError> {
    edit(&app, user, &id, meant.0, provenance, body.value.changes()?).await
}

/// Show and sell a product
#[utoipa::path(post, path = "/api/v1/products/{id}/activate", operation_id = "activateProduct", tag = "catalogue",
    params(("id" = String, Path, description = "UUID or slug", pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", max_length = 100, example = "assam-100-g")),
    responses((status = 200, description = "The product", body = Product)))]
pub(crate) async fn activate(
    app: App,
    user: CurrentUser,
    id: PathText,
    provenance: RequestProvenance,
) -> Result<HttpResponse, ApiError> {
    let changes =
        ProductChanges { status: Some(ProductStatus::Active), ..ProductChanges::default() };
    edit(&app, user, &id, Precondition::None, provenance, changes).await
}

/// Hide a product for now
#[utoipa::path(post, path = "/api/v1/products/{id}/deactivate", operation_id = "deactivateProduct", tag = "catalogue",
    params(("id" = String, Path, description = "UUID or slug", pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", max_length = 100, example = "assam-100-g")),
    responses((status = 200, description = "The product", body = Product)))]
pub(crate) async fn deactivate(
    app: App,
    user: CurrentUser,
    id: PathText,
    provenance: RequestProvenance,
) -> Result<HttpResponse, ApiError> {
    let changes =
        ProductChanges { status: Some(ProductStatus::Inactive), ..ProductChanges::default() };
    edit(&app, user, &id, Precondition::None, provenance, changes).await
}

/// Take a product away
///
/// What orders refer to, or has moved in stock, is archived; anything else is gone.
#[utoipa::path(delete, path = "/api/v1/products/{id}", operation_id = "deleteProduct", tag = "catalogue",
    params(("id" = String, Path, description = "UUID or slug", pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", max_length = 100, example = "assam-100-g")),
    responses((status = 204, description = "It is not shown any more")))]
pub(crate) async fn delete(
    app: App,
    user: CurrentUser,
    id: PathText,
    meant: IfMatch,
    provenance: RequestProvenance,
) -> Result<HttpResponse, ApiError> {
    let command = DeleteProductCommand {
        actor: user.0,
        product: id.key(key_of_product)?,
        side: Side::Catalogue,
        precondition: meant.0,
        provenance: provenance.0,
    };
    app.services.delete_product.execute(command).await?;
    Ok(HttpResponse::NoContent().finish())
}
