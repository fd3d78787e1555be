//! The catalogue: which addresses lead to which handlers.

use utoipa::OpenApi;

use super::{dto, handlers};
use crate::routes::{Access, Operation};

#[derive(OpenApi)]
#[openapi(
    paths(
        handlers::categories,
        handlers::all_categories,
        handlers::category,
        handlers::products,
        handlers::product,
    ),
    components(schemas(dto::ProductState, dto::ProductOrder))
)]
pub(crate) struct Described;

/// Static segments stand before parameters: the first match wins.
#[rustfmt::skip]
pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::new("GET", "/api/v1/categories", "listCategories", Access::Public, &[400, 422], |r| r.to(handlers::categories)).list().conditional(),
    Operation::new("GET", "/api/v1/categories/all", "listAllCategories", Access::Public, &[], |r| r.to(handlers::all_categories)).conditional(),
    Operation::new("GET", "/api/v1/categories/{val}", "getCategory", Access::Public, &[404, 422], |r| r.to(handlers::category)).conditional(),
    Operation::new("GET", "/api/v1/products", "listProducts", Access::Public, &[400, 401, 403, 422], |r| r.to(handlers::products)).list().conditional(),
    Operation::new("GET", "/api/v1/products/{id}", "getProduct", Access::Public, &[404, 422], |r| r.to(handlers::product)).conditional(),
];
