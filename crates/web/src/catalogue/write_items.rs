//! Listings as their owners change them.

use actix_web::HttpResponse;
use domain::{
    catalogue::{
        CreateProductCommand, DeleteProductCommand, EditProductCommand, LISTING, ProductChanges,
        ProductId, ProductKey, ProductStatus, ProductView, Side,
    },
    shared::{idempotency::StoredResponse, precondition::Precondition},
};

use super::item::{EditItemRequest, Item, ItemRequest};
use crate::{
    error::ApiError,
    etag,
    extract::{
        CurrentUser, IfMatch, Json, OfferedIdempotencyKey, PathId, RequestProvenance, answer, made,
    },
    services::App,
};

fn key(id: &PathId) -> ProductKey {
    ProductKey::Id(ProductId::new(id.0))
}

/// The answer to a new listing, which is its maker's; also kept for its idempotency key.
fn created(product: &ProductView) -> StoredResponse {
    let item = Item::of(product.clone(), product.owner);
    answer(201, format!("/api/v1/items/{}", product.id), &item)
}

/// Offer something
///
/// As a draft unless `status` says otherwise. One without a price is shown but cannot be bought.
#[utoipa::path(post, path = "/api/v1/items", operation_id = "createItem", tag = "items",
    request_body = ItemRequest,
    responses((status = 201, description = "The listing", body = Item)))]
pub(crate) async fn create(
    app: App,
    user: CurrentUser,
    key: OfferedIdempotencyKey,
    provenance: RequestProvenance,
    body: Json<ItemRequest>,
) -> Result<HttpResponse, ApiError> {
    let wanted = body.value.wanted()?;
    let command = CreateProductCommand {
        actor: user.0,
        name: wanted.changes.name.unwrap_or_default(),
        description: wanted.changes.description.unwrap_or_default(),
        side: Side::Listing,
        category: None,
        slug: None,
        sku: None,
        price: wanted.changes.price.flatten(),
        status: wanted.status,
        track_stock: true,
        on_hand: wanted.on_hand,
        idempotency: key.0.bind(LISTING, &user.0, &body.raw, created),
        provenance: provenance.0,
    };
    made(app.services.create_product.execute(command).await?, created)
}

async fn edit(
    app: &App,
    user: CurrentUser,
    id: &PathId,
    precondition: Precondition,
    provenance: RequestProvenance,
    changes: ProductChanges,
) -> Result<HttpResponse, ApiError> {
    let (actor, product, side) = (user.0, key(id), Side::Listing);
    let provenance = provenance.0;
    let command = EditProductCommand { actor, product, side, changes, precondition, provenance };
    let view = app.services.edit_product.execute(command).await?;
    let version = view.version;
    etag::changed(&Item::of(view, Some(user.0.user)), version)
}

fn moved_to(status: ProductStatus) -> ProductChanges {
    ProductChanges { status: Some(status), ..ProductChanges::default() }
}

/// Change a listing
#[utoipa::path(patch, path = "/api/v1/items/{id}", operation_id = "editItem", tag = "items",
    params(("id" = Uuid, Path, description = "Identity of the listing")),
    request_body = EditItemRequest,
    responses((status = 200, description = "The listing", body = Item)))]
pub(crate) async fn change(
    app: App,
    user: CurrentUser,
    id: PathId,
    meant: IfMatch,
    provenance: RequestProvenance,
    body: Json<EditItemRequest>,
) -> Result<HttpResponse, ApiError> {
    edit(&app, user, &id, meant.0, provenance, body.value.changes()?).await
}

/// Show a listing
#[utoipa::path(post, path = "/api/v1/items/{id}/activate", operation_id = "activateItem", tag = "items",
    params(("id" = Uuid, Path, description = "Identity of the listing")),
    responses((status = 200, description = "The listing", body = Item)))]
pub(crate) async fn activate(
    app: App,
    user: CurrentUser,
    id: PathId,
    provenance: RequestProvenance,
) -> Result<HttpResponse, ApiError> {
    let changes = moved_to(ProductStatus::Active);
    edit(&app, user, &id, Precondition::None, provenance, changes).await
}

/// Put a listing away
///
/// It can be shown again.
#[utoipa::path(post, path = "/api/v1/items/{id}/archive", operation_id = "archiveItem", tag = "items",
    params(("id" = Uuid, Path, description = "Identity of the listing")),
    responses((status = 200, description = "The listing", body = Item)))]
pub(crate) async fn archive(
    app: App,
    user: CurrentUser,
    id: PathId,
    provenance: RequestProvenance,
) -> Result<HttpResponse, ApiError> {
    let changes = moved_to(ProductStatus::Archived);
    edit(&app, user, &id, Precondition::None, provenance, changes).await
}

/// Take a listing away
///
/// What orders refer to, or has moved in stock, is archived; anything else is gone.
#[utoipa::path(delete, path = "/api/v1/items/{id}", operation_id = "deleteItem", tag = "items",
    params(("id" = Uuid, Path, description = "Identity of the listing")),
    responses((status = 204, description = "It is not shown any more")))]
pub(crate) async fn delete(
    app: App,
    user: CurrentUser,
    id: PathId,
    meant: IfMatch,
    provenance: RequestProvenance,
) -> Result<HttpResponse, ApiError> {
    let command = DeleteProductCommand {
        actor: user.0,
        product: key(&id),
        side: Side::Listing,
        precondition: meant.0,
        provenance: provenance.0,
    };
    app.services.delete_product.execute(command).await?;
    Ok(HttpResponse::NoContent().finish())
}
