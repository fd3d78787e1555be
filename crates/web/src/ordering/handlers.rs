use actix_web::{HttpResponse, http::header};
use domain::{
    identity::{Permission, UserId},
    ordering::{
        CancelOrderCommand, CancelOrderError, EditOrderCommand, OrderFilter, OrderId, OrderStatus,
        OrderView, PLACING, PaymentStatus, PlaceOrderCommand,
    },
    shared::{idempotency::StoredResponse, page::Page},
};

use super::dto::{
    AddressedOrder, EditOrderRequest, Order, OrderDetails, OrderPage, PlaceOrderRequest,
    TimelineEntry, wanted,
};
use crate::{
    error::ApiError,
    extract::{
        CurrentUser, IdempotencyKeyHeader, Json, PathId, Query, RequestProvenance, Windowed,
        answer, answered,
    },
    payments::dto::Payment,
    services::App,
};

/// The answer to a placed order; also kept for its idempotency key.
pub(crate) fn placed(order: &OrderView) -> StoredResponse {
    answer(201, format!("/api/v1/orders/{}", order.id), &AddressedOrder::from(order))
}

/// Place an order
///
/// The stock is reserved in the same step; when any line is short, all short lines are named and
/// nothing is ordered. With an `Idempotency-Key` the same request is answered the same again.
#[utoipa::path(post, path = "/api/v1/orders", operation_id = "createOrder", tag = "orders",
    request_body = PlaceOrderRequest,
    responses((status = 201, description = "The order", body = AddressedOrder)))]
pub(crate) async fn place(
    app: App,
    user: CurrentUser,
    key: IdempotencyKeyHeader,
    provenance: RequestProvenance,
    mut body: Json<PlaceOrderRequest>,
) -> Result<HttpResponse, ApiError> {
    let command = PlaceOrderCommand {
        customer: user.0.user,
        wanted: wanted(&body.value.items)?,
        currency: body.value.currency()?,
        promo_code: body.value.promo_code()?,
        particulars: body.value.particulars()?,
        idempotency: key.bind(PLACING, &user.0, &body.raw, placed),
        provenance: provenance.0,
    };
    answered(app.services.place_order.execute(command).await?, placed)
}

/// The caller's orders, newest first
#[utoipa::path(get, path = "/api/v1/orders/me", operation_id = "listMyOrders", tag = "orders",
    responses((status = 200, description = "Orders", body = OrderPage)))]
pub(crate) async fn mine(
    app: App,
    user: CurrentUser,
    query: Query,
) -> Result<HttpResponse, ApiError> {
    let windowed = Windowed::read(&query)?;
    let page = app.services.orders.orders(Some(user.0.user), windowed.window).await?;
    Ok(shown(page, &windowed, &query))
}

/// Everybody's orders, newest first
///
/// Everything given has to hold.
#[utoipa::path(get, path = "/api/v1/orders", operation_id = "listOrders", tag = "orders",
    params(
        ("user_id" = Option<Uuid>, Query, description = "Whose"),
        ("status" = Option<String>, Query, description = "How far along",
            pattern = "^[a-z_]+$", max_length = 20, example = "pending"),
        ("payment_status" = Option<String>, Query, description = "What became of the money",
            pattern = "^[a-z_]+$", max_length = 20, example = "paid"),
        ("number" = Option<String>, Query, description = "The number, whatever its case",
            pattern = "^[Kk]-[0-9A-Za-z]{8}$", max_length = 10, example = "K-7Q2M4X9A"),
        ("created_from" = Option<String>, Query, description = "Placed at or after, RFC 3339",
            format = DateTime, max_length = 40),
        ("created_before" = Option<String>, Query, description = "Placed before, RFC 3339",
            format = DateTime, max_length = 40)),
    responses((status = 200, description = "Orders", body = OrderPage)))]
pub(crate) async fn everybodys(app: App, query: Query) -> Result<HttpResponse, ApiError> {
    let filter = OrderFilter {
        owner: query.one_of("user_id", |text| text.parse().ok(), "a UUID")?.map(UserId::new),
        status: query.one_of("status", OrderStatus::parse, "a status of orders")?,
        payment_status: query.one_of("payment_status", PaymentStatus::parse, "a payment status")?,
        number: query.one_of("number", number, "a number like K-7Q2M4X9A")?,
        created_from: query.moment("created_from")?,
        created_before: query.moment("created_before")?,
    };
    let windowed = Windowed::read(&query)?;
    let page = app.services.orders.search(&filter, windowed.window).await?;
    Ok(shown(page, &windowed, &query))
}

/// The number of an order, as it is kept.
fn number(text: &str) -> Option<String> {
    let code = text.strip_prefix(['K', 'k'])?.strip_prefix('-')?;
    let is_code = code.len() == 8 && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_code.then(|| text.to_ascii_uppercase())
}

fn shown(page: Page<OrderView>, windowed: &Windowed, query: &Query) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    if let Some(links) = windowed.links(query, page.total, page.next) {
        response.insert_header((header::LINK, links));
    }
    response.json(OrderPage::from(page))
}

/// One order
#[utoipa::path(get, path = "/api/v1/orders/{id}", operation_id = "getOrder", tag = "orders",
    params(
        ("id" = Uuid, Path, description = "Identity of the order"),
        ("include" = Option<String>, Query, description = "Comma-separated: `timeline`, `payments`",
            pattern = "^(timeline|payments)(,(timeline|payments))*$", max_length = 40, example = "timeline,payments")),
    responses((status = 200, description = "The order", body = OrderDetails)))]
pub(crate) async fn one(
    app: App,
    user: CurrentUser,
    id: PathId,
    query: Query,
) -> Result<HttpResponse, ApiError> {
    let wanted = query.words("include", &["timeline", "payments"])?;
    let (id, scope) = (OrderId::new(id.0), user.0.scope(Permission::OrdersRead));
    let Some(order) = app.services.orders.order(id, scope).await? else {
        return Err(CancelOrderError::NotFound.into());
    };
    let mut details =
        OrderDetails { order: AddressedOrder::from(&order), timeline: None, payments: None };
    if wanted.contains(&"timeline") {
        let steps = app.services.orders.timeline(id).await?;
        details.timeline = Some(steps.into_iter().map(TimelineEntry::from).collect());
    }
    if wanted.contains(&"payments") {
        let payments = app.services.payments.payments_of(id, scope).await?;
        details.payments = Some(payments.iter().map(Payment::from).collect());
    }
    Ok(HttpResponse::Ok().json(details))
}

/// Change what a pending order is for, and where it goes
///
/// `items` takes the place of all it was for. What stays keeps the price it was ordered at; the
/// stock is reserved and given back, and the price made anew with the promo code it has, in the
/// same step. Refused once the customer has begun to pay; addresses and note may be changed as long
/// as the order is pending.
#[utoipa::path(patch, path = "/api/v1/orders/{id}", operation_id = "editOrder", tag = "orders",
    params(("id" = Uuid, Path, description = "Identity of the order")),
    request_body = EditOrderRequest,
    responses((status = 200, description = "The order", body = AddressedOrder)))]
pub(crate) async fn edit(
    app: App,
    user: CurrentUser,
    id: PathId,
    provenance: RequestProvenance,
    body: Json<EditOrderRequest>,
) -> Result<HttpResponse, ApiError> {
    let (wanted, change) = body.value.changes()?;
    let (actor, order, provenance) = (user.0, OrderId::new(id.0), provenance.0);
    let command = EditOrderCommand { actor, order, wanted, change, provenance };
    let order = app.services.edit_order.execute(command).await?;
    Ok(HttpResponse::Ok().json(AddressedOrder::from(&order)))
}

/// Call an order off
///
/// Its owner while it is pending, staff also later. The stock is given back.
#[utoipa::path(post, path = "/api/v1/orders/{id}/cancel", operation_id = "cancelOrder", tag = "orders",
    params(("id" = Uuid, Path, description = "Identity of the order")),
    responses((status = 200, description = "The order", body = Order)))]
pub(crate) async fn cancel(
    app: App,
    user: CurrentUser,
    id: PathId,
    provenance: RequestProvenance,
) -> Result<HttpResponse, ApiError> {
    let command =
        CancelOrderCommand { actor: user.0, order: OrderId::new(id.0), provenance: provenance.0 };
    let order = app.services.cancel_order.execute(command).await?;
    Ok(HttpResponse::Ok().json(Order::from(&order)))
}
