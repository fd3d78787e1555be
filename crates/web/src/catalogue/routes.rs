//! The catalogue: which addresses lead to which handlers.

use domain::identity::Permission;
use utoipa::OpenApi;

use super::{categories, dto, handlers, items, write_categories, write_items, write_products};
use crate::routes::{Access, Operation};

#[derive(OpenApi)]
#[openapi(
    paths(
        categories::list,
        categories::all,
        categories::one,
        write_categories::create,
        write_categories::replace,
        write_categories::change,
        write_categories::delete,
        write_categories::activate,
        write_categories::deactivate,
        handlers::products,
        handlers::batch,
        handlers::product,
        write_products::create,
        write_products::replace,
        write_products::change,
        write_products::delete,
        write_products::activate,
        write_products::deactivate,
        items::list,
        write_items::create,
        items::mine,
        items::search,
        items::one,
        write_items::change,
        write_items::delete,
        write_items::activate,
        write_items::archive,
    ),
    components(schemas(dto::ProductState, dto::ProductOrder))
)]
pub(crate) struct Described;

/// Static segments stand before parameters: the first match wins.
#[rustfmt::skip]
pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::new("GET", "/api/v1/categories", "listCategories", Access::Public, &[400, 401, 403, 422], |r| r.to(categories::list)).list().conditional(),
    Operation::new("POST", "/api/v1/categories", "createCategory", Access::May(Permission::CatalogueWrite), &[404, 409], |r| r.to(write_categories::create)).idempotent(),
    Operation::new("GET", "/api/v1/categories/all", "listAllCategories", Access::Public, &[400, 401, 403, 422], |r| r.to(categories::all)).conditional(),
    Operation::new("GET", "/api/v1/categories/{val}", "getCategory", Access::Public, &[400, 401, 404, 422], |r| r.to(categories::one)).conditional(),
    Operation::new("PUT", "/api/v1/categories/{val}", "replaceCategory", Access::May(Permission::CatalogueWrite), &[404, 409], |r| r.to(write_categories::replace)).guarded(),
    Operation::new("PATCH", "/api/v1/categories/{val}", "editCategory", Access::May(Permission::CatalogueWrite), &[404, 409], |r| r.to(write_categories::change)).guarded(),
    Operation::new("DELETE", "/api/v1/categories/{val}", "deleteCategory", Access::May(Permission::CatalogueWrite), &[404, 409, 422], |r| r.to(write_categories::delete)).guarded(),
    Operation::new("POST", "/api/v1/categories/{val}/activate", "activateCategory", Access::May(Permission::CatalogueWrite), &[404, 422], |r| r.to(write_categories::activate)),
    Operation::new("POST", "/api/v1/categories/{val}/deactivate", "deactivateCategory", Access::May(Permission::CatalogueWrite), &[404, 422], |r| r.to(write_categories::deactivate)),
    Operation::new("GET", "/api/v1/products", "listProducts", Access::Public, &[400, 401, 403, 422], |r| r.to(handlers::products)).list().conditional(),
    Operation::new("POST", "/api/v1/products", "createProduct", Access::May(Permission::CatalogueWrite), &[404, 409], |r| r.to(write_products::create)).idempotent(),
    Operation::new("POST", "/api/v1/products/batch", "getProducts", Access::Public, &[], |r| r.to(handlers::batch)),
    Operation::new("GET", "/api/v1/products/{id}", "getProduct", Access::Public, &[401, 404, 422], |r| r.to(handlers::product)).conditional(),
    Operation::new("PUT", "/api/v1/products/{id}", "replaceProduct", Access::May(Permission::CatalogueWrite), &[404, 409], |r| r.to(write_products::replace)).guarded(),
    Operation::new("PATCH", "/api/v1/products/{id}", "editProduct", Access::May(Permission::CatalogueWrite), &[404, 409], |r| r.to(write_products::change)).guarded(),
    Operation::new("DELETE", "/api/v1/products/{id}", "deleteProduct", Access::May(Permission::CatalogueWrite), &[404, 422], |r| r.to(write_products::delete)).guarded(),
    Operation::new("POST", "/api/v1/products/{id}/activate", "activateProduct", Access::May(Permission::CatalogueWrite), &[404, 409, 422], |r| r.to(write_products::activate)),
    Operation::new("POST", "/api/v1/products/{id}/deactivate", "deactivateProduct", Access::May(Permission::CatalogueWrite), &[404, 422], |r| r.to(write_products::deactivate)),
    Operation::new("GET", "/api/v1/items", "listItems", Access::Public, &[400, 401, 422], |r| r.to(items::list)).list().conditional(),
    Operation::new("POST", "/api/v1/items", "createItem", Access::SignedIn, &[409], |r| r.to(write_items::create)).idempotent(),
    Operation::new("GET", "/api/v1/items/my", "listMyItems", Access::SignedIn, &[400, 422], |r| r.to(items::mine)).list().conditional(),
    Operation::new("GET", "/api/v1/items/search", "searchItems", Access::Public, &[400, 401, 422], |r| r.to(items::search)).list().conditional(),
    Operation::new("GET", "/api/v1/items/{id}", "getItem", Access::Public, &[401, 404, 422], |r| r.to(items::one)).conditional(),
    Operation::new("PATCH", "/api/v1/items/{id}", "editItem", Access::SignedIn, &[404, 409], |r| r.to(write_items::change)).guarded(),
    Operation::new("DELETE", "/api/v1/items/{id}", "deleteItem", Access::SignedIn, &[404, 422], |r| r.to(write_items::delete)).guarded(),
    Operation::new("POST", "/api/v1/items/{id}/activate", "activateItem", Access::SignedIn, &[404, 409, 422], |r| r.to(write_items::activate)),
    Operation::new("POST", "/api/v1/items/{id}/archive", "archiveItem", Access::SignedIn, &[404, 422], |r| r.to(write_items::archive)),
];
