//! Orders: which addresses lead to which handlers.

use domain::identity::Permission;
use utoipa::OpenApi;

use super::{coupons, dto, follow, fulfilment, handlers};
use crate::routes::{Access, Operation};

#[derive(OpenApi)]
#[openapi(
    paths(
        handlers::place,
        handlers::mine,
        handlers::everybodys,
        handlers::one,
        handlers::edit,
        handlers::cancel,
        follow::events,
        fulfilment::start,
        fulfilment::ship,
        fulfilment::deliver,
        fulfilment::complete,
        fulfilment::refund,
        coupons::list,
        coupons::create,
        coupons::one,
        coupons::change,
        coupons::deactivate
    ),
    components(schemas(dto::OrderState, dto::OrderPaymentState, dto::FulfilmentState))
)]
pub(crate) struct Described;

/// Static segments stand before parameters: the first match wins.
#[rustfmt::skip]
pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::new("POST", "/api/v1/orders", "createOrder", Access::SignedIn, &[404, 409, 428], |r| r.to(handlers::place)).idempotent().ordering(),
    Operation::new("GET", "/api/v1/orders", "listOrders", Access::May(Permission::OrdersRead), &[400, 422], |r| r.to(handlers::everybodys)).list(),
    Operation::new("GET", "/api/v1/orders/me", "listMyOrders", Access::SignedIn, &[400, 422], |r| r.to(handlers::mine)).list(),
    Operation::new("GET", "/api/v1/orders/{id}", "getOrder", Access::SignedIn, &[400, 404, 422], |r| r.to(handlers::one)),
    Operation::new("GET", "/api/v1/orders/{id}/events", "followOrder", Access::SignedIn, &[404, 422], |r| r.to(follow::events)),
    Operation::new("PATCH", "/api/v1/orders/{id}", "editOrder", Access::May(Permission::OrdersWrite), &[404, 409], |r| r.to(handlers::edit)),
    Operation::new("POST", "/api/v1/orders/{id}/cancel", "cancelOrder", Access::SignedIn, &[404, 409, 422], |r| r.to(handlers::cancel)),
    Operation::new("POST", "/api/v1/orders/{id}/start", "startOrder", Access::May(Permission::OrdersWrite), &[404, 409, 422], |r| r.to(fulfilment::start)),
    Operation::new("POST", "/api/v1/orders/{id}/ship", "shipOrder", Access::May(Permission::OrdersWrite), &[404, 409], |r| r.to(fulfilment::ship)),
    Operation::new("POST", "/api/v1/orders/{id}/deliver", "deliverOrder", Access::May(Permission::OrdersWrite), &[404, 409, 422], |r| r.to(fulfilment::deliver)),
    Operation::new("POST", "/api/v1/orders/{id}/complete", "completeOrder", Access::May(Permission::OrdersWrite), &[404, 409, 422], |r| r.to(fulfilment::complete)),
    Operation::new("POST", "/api/v1/orders/{id}/refund", "refundOrder", Access::May(Permission::PaymentsWrite), &[404, 409, 428], |r| r.to(fulfilment::refund)).idempotent().step_up(),
    Operation::new("GET", "/api/v1/promo-codes", "listPromoCodes", Access::May(Permission::OrdersRead), &[400, 422], |r| r.to(coupons::list)).list(),
    Operation::new("POST", "/api/v1/promo-codes", "createPromoCode", Access::May(Permission::OrdersWrite), &[409], |r| r.to(coupons::create)).idempotent(),
    Operation::new("GET", "/api/v1/promo-codes/{id}", "getPromoCode", Access::May(Permission::OrdersRead), &[404, 422], |r| r.to(coupons::one)),
    Operation::new("PATCH", "/api/v1/promo-codes/{id}", "editPromoCode", Access::May(Permission::OrdersWrite), &[404, 409], |r| r.to(coupons::change)),
    Operation::new("POST", "/api/v1/promo-codes/{id}/deactivate", "deactivatePromoCode", Access::May(Permission::OrdersWrite), &[404, 409, 422], |r| r.to(coupons::deactivate)),
];
