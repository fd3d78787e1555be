//! Stock: which addresses lead to which handlers.

use domain::identity::Permission;
use utoipa::OpenApi;

use super::{dto, handlers};
use crate::routes::{Access, Operation};

#[derive(OpenApi)]
#[openapi(
    paths(handlers::stock, handlers::set_stock, handlers::movements),
    components(schemas(dto::MovementReason))
)]
pub(crate) struct Described;

#[rustfmt::skip]
pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::new("GET", "/api/v1/products/{id}/stock", "getStock", Access::May(Permission::CatalogueWrite), &[400, 404, 422], |r| r.to(handlers::stock)),
    Operation::new("PUT", "/api/v1/products/{id}/stock", "setStock", Access::May(Permission::CatalogueWrite), &[404, 409], |r| r.to(handlers::set_stock)),
    Operation::new("GET", "/api/v1/products/{id}/stock/movements", "listStockMovements", Access::May(Permission::CatalogueWrite), &[400, 404, 422], |r| r.to(handlers::movements)).list(),
];
