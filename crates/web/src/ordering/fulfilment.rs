//! What the staff does with a paid order.

use actix_web::HttpResponse;
use domain::{
    ordering::{
        CancelOrderError, FulfilOrderCommand, FulfilmentStep, LineId, OrderId, OrderView, Parcel,
    },
    payments::{RefundOf, RefundOrderCommand},
    shared::idempotency::StoredResponse,
};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::dto::Order;
use crate::{
    error::ApiError,
    extract::{
        CurrentUser, IdempotencyKeyHeader, MaybeJson, PathId, RequestProvenance, answer, answered,
        objects, present_whole_number,
    },
    payments::dto::RefundRequest,
    services::App,
};

/// What is sent.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShipOrderRequest {
    /// Lines and units; all that is left when absent.
    #[serde(default, deserialize_with = "objects")]
    #[schema(max_items = 100)]
    pub(crate) items: Vec<ShipItemRequest>,
}

/// Units of one line.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShipItemRequest {
    /// The line: `items[].id` of the order.
    pub(crate) line_id: Uuid,
    /// Units.
    #[serde(deserialize_with = "present_whole_number")]
    #[schema(minimum = 1, maximum = 1000, format = Int64, example = 1)]
    pub(crate) quantity: u32,
}

async fn take(
    app: &App,
    user: &CurrentUser,
    id: &PathId,
    provenance: RequestProvenance,
    step: FulfilmentStep,
) -> Result<HttpResponse, ApiError> {
    let command = FulfilOrderCommand {
        actor: user.0,
        order: OrderId::new(id.0),
        step,
        provenance: provenance.0,
    };
    let order = app.services.fulfil_order.execute(command).await?;
    Ok(HttpResponse::Ok().json(Order::from(&order)))
}

/// Begin packing
#[utoipa::path(post, path = "/api/v1/orders/{id}/start", operation_id = "startOrder", tag = "orders",
    params(("id" = Uuid, Path, description = "Identity of the order")),
    responses((status = 200, description = "The order", body = Order)))]
pub(crate) async fn start(
    app: App,
    user: CurrentUser,
    id: PathId,
    provenance: RequestProvenance,
) -> Result<HttpResponse, ApiError> {
    take(&app, &user, &id, provenance, FulfilmentStep::Start).await
}

/// Send the goods
///
/// All that is left, or the units that are named. What is sent leaves the stock in the same step.
#[utoipa::path(post, path = "/api/v1/orders/{id}/ship", operation_id = "shipOrder", tag = "orders",
    params(("id" = Uuid, Path, description = "Identity of the order")),
    request_body = Option<ShipOrderRequest>,
    responses((status = 200, description = "The order", body = Order)))]
pub(crate) async fn ship(
    app: App,
    user: CurrentUser,
    id: PathId,
    provenance: RequestProvenance,
    body: MaybeJson<ShipOrderRequest>,
) -> Result<HttpResponse, ApiError> {
    let parcel = |item: &ShipItemRequest| Parcel {
        line: LineId::new(item.line_id),
        quantity: item.quantity,
    };
    let parcels = body.value.items.iter().map(parcel).collect();
    take(&app, &user, &id, provenance, FulfilmentStep::Ship(parcels)).await
}

/// Note that the goods arrived
#[utoipa::path(post, path = "/api/v1/orders/{id}/deliver", operation_id = "deliverOrder", tag = "orders",
    params(("id" = Uuid, Path, description = "Identity of the order")),
    responses((status = 200, description = "The order", body = Order)))]
pub(crate) async fn deliver(
    app: App,
    user: CurrentUser,
    id: PathId,
    provenance: RequestProvenance,
) -> Result<HttpResponse, ApiError> {
    take(&app, &user, &id, provenance, FulfilmentStep::Deliver).await
}

/// Close an order
#[utoipa::path(post, path = "/api/v1/orders/{id}/complete", operation_id = "completeOrder", tag = "orders",
    params(("id" = Uuid, Path, description = "Identity of the order")),
    responses((status = 200, description = "The order", body = Order)))]
pub(crate) async fn complete(
    app: App,
    user: CurrentUser,
    id: PathId,
    provenance: RequestProvenance,
) -> Result<HttpResponse, ApiError> {
    take(&app, &user, &id, provenance, FulfilmentStep::Complete).await
}

/// The answer to a refund; also kept for its idempotency key.
fn refunded(order: &OrderView) -> StoredResponse {
    answer(200, None, &Order::from(order))
}

/// Give money of a delivered order back
///
/// All that is left, or the amount that is named. The providers are asked afterwards;
/// `payment_status` follows what they do.
#[utoipa::path(post, path = "/api/v1/orders/{id}/refund", operation_id = "refundOrder", tag = "orders",
    params(("id" = Uuid, Path, description = "Identity of the order")),
    request_body = Option<RefundRequest>,
    responses((status = 200, description = "The order", body = Order)))]
pub(crate) async fn refund(
    app: App,
    user: CurrentUser,
    id: PathId,
    key: IdempotencyKeyHeader,
    provenance: RequestProvenance,
    body: MaybeJson<RefundRequest>,
) -> Result<HttpResponse, ApiError> {
    let id = OrderId::new(id.0);
    let Some(order) = app.services.orders.order(id, None).await? else {
        return Err(CancelOrderError::NotFound.into());
    };
    let command = RefundOrderCommand {
        actor: user.0,
        of: RefundOf::Order(id),
        amount: body.value.amount_in(order.total.currency)?,
        idempotency: key.bind("refund_order", &user.0, &body.raw, refunded),
        provenance: provenance.0,
    };
    answered(app.services.refund_order.execute(command).await?, refunded)
}
