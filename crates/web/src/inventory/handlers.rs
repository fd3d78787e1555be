use actix_web::{HttpResponse, http::header};
use domain::{
    catalogue::{ProductId, VariantId},
    inventory::{SetStockCommand, SetStockError, StockKey},
};
use uuid::Uuid;

use super::dto::{SetStockRequest, Stock, StockMovementPage};
use crate::{
    error::ApiError,
    extract::{CurrentUser, Json, PathId, Query, RequestProvenance, Windowed, parse_id},
    services::App,
};

fn key(product: Uuid, variant: Option<Uuid>) -> StockKey {
    let product = ProductId::new(product);
    match variant {
        None => StockKey::Product(product),
        Some(variant) => StockKey::Variant(product, VariantId::new(variant)),
    }
}

fn key_in(product: Uuid, query: &Query) -> Result<StockKey, ApiError> {
    let variant = match query.get("variant_id")? {
        None => None,
        Some(text) => Some(
            parse_id(text).ok_or_else(|| ApiError::invalid_query("variant_id", "not a UUID"))?,
        ),
    };
    Ok(key(product, variant))
}

/// Stock of a product, of its first variant unless another is named
#[utoipa::path(get, path = "/api/v1/products/{id}/stock", operation_id = "getStock", tag = "inventory",
    params(
        ("id" = Uuid, Path, description = "Identity of the product"),
        ("variant_id" = Option<Uuid>, Query, description = "One of its variants")),
    responses((status = 200, description = "The stock", body = Stock)))]
pub(crate) async fn stock(app: App, id: PathId, query: Query) -> Result<HttpResponse, ApiError> {
    match app.services.inventory.stock(key_in(id.0, &query)?).await? {
        Some(stock) => Ok(HttpResponse::Ok().json(Stock::from(stock))),
        None => Err(SetStockError::NotFound.into()),
    }
}

/// Put what was counted on record
///
/// The difference becomes a movement with the reason. What was promised cannot be counted away:
/// that is refused with the units reserved and paid for. The same count again changes nothing.
#[utoipa::path(put, path = "/api/v1/products/{id}/stock", operation_id = "setStock", tag = "inventory",
    params(("id" = Uuid, Path, description = "Identity of the product")),
    request_body = SetStockRequest,
    responses((status = 200, description = "The stock", body = Stock)))]
pub(crate) async fn set_stock(
    app: App,
    user: CurrentUser,
    id: PathId,
    provenance: RequestProvenance,
    body: Json<SetStockRequest>,
) -> Result<HttpResponse, ApiError> {
    let command = SetStockCommand {
        actor: user.0,
        key: key(id.0, body.value.variant_id),
        counted: body.value.counted()?,
        provenance: provenance.0,
    };
    let stock = app.services.set_stock.execute(command).await?;
    Ok(HttpResponse::Ok().json(Stock::from(stock)))
}

/// What moved the stock of a product, newest first
#[utoipa::path(get, path = "/api/v1/products/{id}/stock/movements", operation_id = "listStockMovements", tag = "inventory",
    params(
        ("id" = Uuid, Path, description = "Identity of the product"),
        ("variant_id" = Option<Uuid>, Query, description = "One of its variants; the first by default")),
    responses((status = 200, description = "Movements", body = StockMovementPage)))]
pub(crate) async fn movements(
    app: App,
    id: PathId,
    query: Query,
) -> Result<HttpResponse, ApiError> {
    let windowed = Windowed::read(&query)?;
    let key = key_in(id.0, &query)?;
    let Some(page) = app.services.inventory.movements(key, windowed.window).await? else {
        return Err(SetStockError::NotFound.into());
    };
    let mut response = HttpResponse::Ok();
    if let Some(links) = windowed.links(&query, page.total, page.next) {
        response.insert_header((header::LINK, links));
    }
    Ok(response.json(StockMovementPage::from(page)))
}
