use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use domain::{
    identity::Permission,
    ordering::{CancelOrderError, Following, OrderId, OrderStatus, OrderSteps, TimelineView},
};
use serde::Serialize;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    error::ApiError,
    extract::{CurrentUser, PathId},
    services::App,
    streams::{self, Events},
};

/// What an event says.
#[derive(Serialize)]
struct Step<'a> {
    order_id: Uuid,
    version: i64,
    event: &'a str,
    status: OrderStatus,
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
}

fn told(order: OrderId, step: &TimelineView) -> Option<Bytes> {
    let TimelineView { version, event, status, at } = step;
    let (version, status, at) = (*version, *status, *at);
    let data = serde_json::to_string(&Step { order_id: order.raw(), version, event, status, at });
    data.map(|data| streams::event(version, "status", &data)).ok()
}

struct OrderEvents(OrderId, Box<dyn OrderSteps>);

impl Events for OrderEvents {
    async fn next(&mut self) -> Option<Bytes> {
        let step = self.1.next().await?;
        told(self.0, &step)
    }
}

/// How far along an order is, as it changes
///
/// Server-sent events. The first tells how far it is, or all that happened since `Last-Event-ID`;
/// each further one is a step, within a second of its being made. The stream ends with the session
/// or the token it was asked for with, after an hour, and when the server stops; clients come back
/// with `Last-Event-ID` and miss nothing. Ten streams of one account at once.
#[utoipa::path(get, path = "/api/v1/orders/{id}/events", operation_id = "followOrder", tag = "orders",
    params(
        ("id" = Uuid, Path, description = "Identity of the order"),
        ("Last-Event-ID" = Option<String>, Header, description = "`id` of the last event that arrived",
            pattern = "^[0-9]{1,18}$", max_length = 18, example = "1")),
    responses((status = 200, description = "Events named `status`; `data` has `order_id`, `version`, `event`, `status` and `at`",
        content_type = "text/event-stream", body = String,
        example = "id: 1\nevent: status\ndata: {\"order_id\":\"0198a3d2-7c1e-7b5a-9d3c-2f6e8a4b1c0d\",\"version\":1,\"event\":\"ordering.order_placed.v1\",\"status\":\"pending\",\"at\":\"2026-11-20T12:00:00Z\"}\n\n")))]
pub(crate) async fn events(
    app: App,
    user: CurrentUser,
    id: PathId,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let (id, scope) = (OrderId::new(id.0), user.0.scope(Permission::OrdersRead));
    if app.services.orders.order(id, scope).await?.is_none() {
        return Err(CancelOrderError::NotFound.into());
    }
    let place = app.streams.take(user.0.user, &app)?;
    let steps = app.services.orders.timeline(id).await?;
    let newest = steps.last().map_or(0, |step| step.version);
    let known = streams::last_event_id(&request).unwrap_or(newest - 1);
    let missed = steps.iter().filter(|step| step.version > known);
    let first = missed.filter_map(|step| told(id, step)).collect();
    let following = Following { order: id, after: newest, session: user.0.session };
    let events = OrderEvents(id, app.services.order_feed.follow(following));
    Ok(streams::answer(&app, &request, place, first, events))
}
