use actix_web::{HttpRequest, HttpResponse};
use domain::{
    catalogue::{ProductView, VariantId},
    ordering::{OfferKey, PLACING, Particulars, PlaceOrderCommand, PlaceOrderError, WantedLine},
};
use serde::Serialize;

use super::{
    form::Form,
    next::Next,
    shown::Product,
    view::{Refill, Values, View, to},
    visitor::Visitor,
};
use crate::{
    catalogue::handlers::key_of_product,
    error::ApiError,
    extract::{CurrentUser, IdempotencyKeyHeader, PathText, RequestProvenance, parse_id},
    ordering::handlers::placed,
    services::App,
};

/// One product, and the form to order it.
#[derive(Serialize)]
struct ProductPage<'a> {
    product: Product,
    log_in: String,
    /// Tells this order from the next one of the same.
    key: String,
    form: Refill<'a>,
}

async fn find(app: &App, slug: &PathText) -> Result<ProductView, ApiError> {
    let key = key_of_product(&slug.0).ok_or_else(ApiError::unknown_route)?;
    let missing = || ApiError::not_found("product_not_found", "no such product");
    app.services.catalogue.product(&key).await?.ok_or_else(missing)
}

fn page(
    view: &View<'_>,
    app: &App,
    http: &HttpRequest,
    product: &ProductView,
    form: Refill<'_>,
) -> Result<HttpResponse, ApiError> {
    let content = ProductPage {
        product: Product::from(product),
        log_in: Next::of(http).by_log_in(),
        key: app.services.ids.next().to_string(),
        form,
    };
    view.page("product.html", content)
}

/// Shows one product.
pub(super) async fn show(
    app: App,
    http: HttpRequest,
    visitor: Visitor,
    slug: PathText,
) -> Result<HttpResponse, ApiError> {
    let product = find(&app, &slug).await?;
    let view = View::new(&app, &http, visitor.0);
    page(&view, &app, &http, &product, Refill::with(Values::from([("quantity", "1")])))
}

/// Orders one product, as the API does; the same form sent twice is one order.
pub(super) async fn buy(
    app: App,
    http: HttpRequest,
    user: CurrentUser,
    slug: PathText,
    provenance: RequestProvenance,
    form: Form,
) -> Result<HttpResponse, ApiError> {
    let product = find(&app, &slug).await?;
    match order(&app, &http, &user, provenance, &form).await {
        Ok(()) => Ok(to("/account?done=order#orders")),
        Err(failure) => View::new(&app, &http, Some(user.0)).refused(&failure, |view, told| {
            let form = Refill::refused(form.keep(&["quantity", "variant"]), told);
            page(view, &app, &http, &product, form)
        }),
    }
}

async fn order(
    app: &App,
    http: &HttpRequest,
    user: &CurrentUser,
    provenance: RequestProvenance,
    form: &Form,
) -> Result<(), ApiError> {
    let quantity = form.raw("quantity").trim().parse::<u32>();
    let quantity = quantity.map_err(|_not_a_number| PlaceOrderError::Quantity { line: 0 })?;
    let variant = parse_id(form.raw("variant"))
        .map(VariantId::new)
        .ok_or_else(|| ApiError::invalid_body("/variant", "invalid", "not a UUID"))?;
    let named = format!("{variant} {quantity}");
    let key = IdempotencyKeyHeader::of_form(http, form.raw("key"))?;
    let command = PlaceOrderCommand {
        customer: user.0.user,
        wanted: vec![WantedLine { what: OfferKey::Variant(variant), quantity }],
        currency: None,
        promo_code: None,
        particulars: Particulars::default(),
        idempotency: key.bind(PLACING, &user.0, named.as_bytes(), placed),
        provenance: provenance.0,
    };
    app.services.place_order.execute(command).await?;
    Ok(())
}
