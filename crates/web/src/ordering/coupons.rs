//! Promo codes, for the staff.

use actix_web::{HttpResponse, http::header};
use domain::{
    ordering::{
        Coupon, CouponChange, CouponId, CreateCouponCommand, EditCouponCommand, WriteCouponError,
    },
    shared::idempotency::StoredResponse,
};

use super::coupon_dto::{CreatePromoCodeRequest, EditPromoCodeRequest, PromoCode, PromoCodePage};
use crate::{
    error::ApiError,
    extract::{
        CurrentUser, IdempotencyKeyHeader, Json, PathId, Query, RequestProvenance, Windowed,
        answer, answered,
    },
    services::App,
};

/// The answer to a new code; also kept for its idempotency key.
fn created(coupon: &Coupon) -> StoredResponse {
    answer(201, format!("/api/v1/promo-codes/{}", coupon.id), &PromoCode::from(coupon))
}

/// Promo codes, newest first
#[utoipa::path(get, path = "/api/v1/promo-codes", operation_id = "listPromoCodes", tag = "orders",
    responses((status = 200, description = "Promo codes", body = PromoCodePage)))]
pub(crate) async fn list(app: App, query: Query) -> Result<HttpResponse, ApiError> {
    let windowed = Windowed::read(&query)?;
    let page = app.services.coupons.coupons(windowed.window).await?;
    let mut response = HttpResponse::Ok();
    if let Some(links) = windowed.links(&query, page.total, page.next) {
        response.insert_header((header::LINK, links));
    }
    Ok(response.json(PromoCodePage::from(page)))
}

/// Make a promo code
///
/// It takes a percentage or an amount off of whole orders, for as many orders and customers as it
/// says. Codes are told apart without regard to case.
#[utoipa::path(post, path = "/api/v1/promo-codes", operation_id = "createPromoCode", tag = "orders",
    request_body = CreatePromoCodeRequest,
    responses((status = 201, description = "The promo code", body = PromoCode)))]
pub(crate) async fn create(
    app: App,
    user: CurrentUser,
    key: IdempotencyKeyHeader,
    provenance: RequestProvenance,
    body: Json<CreatePromoCodeRequest>,
) -> Result<HttpResponse, ApiError> {
    let command = CreateCouponCommand {
        actor: user.0,
        code: body.value.code()?,
        terms: body.value.terms()?,
        idempotency: key.bind("create_promo_code", &user.0, &body.raw, created),
        provenance: provenance.0,
    };
    answered(app.services.create_coupon.execute(command).await?, created)
}

/// One promo code
#[utoipa::path(get, path = "/api/v1/promo-codes/{id}", operation_id = "getPromoCode", tag = "orders",
    params(("id" = Uuid, Path, description = "Identity of the promo code")),
    responses((status = 200, description = "The promo code", body = PromoCode)))]
pub(crate) async fn one(app: App, id: PathId) -> Result<HttpResponse, ApiError> {
    match app.services.coupons.coupon(CouponId::new(id.0)).await? {
        Some(coupon) => Ok(HttpResponse::Ok().json(PromoCode::from(&coupon))),
        None => Err(WriteCouponError::NotFound.into()),
    }
}

async fn edit(
    app: &App,
    user: &CurrentUser,
    id: &PathId,
    provenance: RequestProvenance,
    change: CouponChange,
) -> Result<HttpResponse, ApiError> {
    let command = EditCouponCommand {
        actor: user.0,
        coupon: CouponId::new(id.0),
        change,
        provenance: provenance.0,
    };
    let coupon = app.services.edit_coupon.execute(command).await?;
    Ok(HttpResponse::Ok().json(PromoCode::from(&coupon)))
}

/// Change a promo code
///
/// What is absent stays, and null clears what can be cleared. Orders that have it keep their price.
#[utoipa::path(patch, path = "/api/v1/promo-codes/{id}", operation_id = "editPromoCode", tag = "orders",
    params(("id" = Uuid, Path, description = "Identity of the promo code")),
    request_body = EditPromoCodeRequest,
    responses((status = 200, description = "The promo code", body = PromoCode)))]
pub(crate) async fn change(
    app: App,
    user: CurrentUser,
    id: PathId,
    provenance: RequestProvenance,
    body: Json<EditPromoCodeRequest>,
) -> Result<HttpResponse, ApiError> {
    let change = body.value.change()?;
    edit(&app, &user, &id, provenance, change).await
}

/// Take a promo code out of use
#[utoipa::path(post, path = "/api/v1/promo-codes/{id}/deactivate", operation_id = "deactivatePromoCode", tag = "orders",
    params(("id" = Uuid, Path, description = "Identity of the promo code")),
    responses((status = 200, description = "The promo code", body = PromoCode)))]
pub(crate) async fn deactivate(
    app: App,
    user: CurrentUser,
    id: PathId,
    provenance: RequestProvenance,
) -> Result<HttpResponse, ApiError> {
    let change = CouponChange { is_active: Some(false), ..CouponChange::default() };
    edit(&app, &user, &id, provenance, change).await
}
