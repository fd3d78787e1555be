//! Every route in one table: method, path, name, who may use it, and what it can answer. Routing,
//! the guard, `Allow` and the OpenAPI document are all made from it.

use std::future::ready;

use actix_web::{
    HttpResponse, Route, guard,
    http::Method,
    middleware::{NormalizePath, from_fn},
    web::{self, Data, ServiceConfig},
};
use tracing_actix_web::TracingLogger;

use crate::{
    catalogue::handlers as catalogue,
    error::ApiError,
    identity::handlers as identity,
    middleware::{RequestSpan, boundary, guarded, identify},
    ordering::handlers as ordering,
    payments::{handlers as payments, mock_page},
    services::{Readiness, Services, State},
    settings::HttpSettings,
    system::{docs, health, mailbox},
};

/// Who may use an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Public,
    /// Whoever is signed in; what is somebody else's is not found.
    SignedIn,
    /// Whoever works for the shop.
    Staff,
}

/// One line of the route table.
#[derive(Clone, Copy)]
pub struct Operation {
    /// HTTP method, in capitals.
    pub method: &'static str,
    /// Path template.
    pub path: &'static str,
    /// Its name in the OpenAPI document; frozen.
    pub operation_id: &'static str,
    /// Who may use it.
    pub access: Access,
    /// Whether it is part of the OpenAPI document; pages and their files are not.
    pub documented: bool,
    /// Error statuses it answers, besides those that every operation of its kind has.
    pub(crate) errors: &'static [u16],
    /// The documented operation it is another address of.
    pub(crate) same_as: Option<&'static str>,
    route: fn(Route) -> Route,
}

impl std::fmt::Debug for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} ({})", self.method, self.path, self.operation_id)
    }
}

impl Operation {
    const fn new(
        method: &'static str,
        path: &'static str,
        operation_id: &'static str,
        access: Access,
        errors: &'static [u16],
        route: fn(Route) -> Route,
    ) -> Self {
        Self { method, path, operation_id, access, documented: true, errors, same_as: None, route }
    }

    /// Another address of the operation documented at `path`.
    const fn same_as(mut self, path: &'static str) -> Self {
        self.same_as = Some(path);
        self
    }

    const fn page(
        method: &'static str,
        path: &'static str,
        operation_id: &'static str,
        route: fn(Route) -> Route,
    ) -> Self {
        let (access, errors) = (Access::Public, [].as_slice());
        Self { method, path, operation_id, access, documented: false, errors, same_as: None, route }
    }
}

/// Static segments stand before parameters: the first match wins.
#[rustfmt::skip]
const OPERATIONS: &[Operation] = &[
    Operation::new("POST", "/api/v1/auth/register", "registerUser", Access::Public, &[401, 403, 409, 429], |r| r.to(identity::register)),
    Operation::new("POST", "/api/v1/auth/login", "logIn", Access::Public, &[401, 403, 429], |r| r.to(identity::log_in)),
    Operation::new("POST", "/api/v1/auth/refresh", "refreshSession", Access::Public, &[401], |r| r.to(identity::refresh)),
    Operation::new("POST", "/api/v1/auth/logout", "logOut", Access::SignedIn, &[], |r| r.to(identity::log_out)),
    Operation::new("POST", "/api/v1/auth/logout-all", "logOutEverywhere", Access::SignedIn, &[], |r| r.to(identity::log_out_everywhere)),
    Operation::new("GET", "/api/v1/auth/me", "getMe", Access::SignedIn, &[], |r| r.to(identity::me)),
    Operation::new("GET", "/api/v1/users/me", "getCurrentUser", Access::SignedIn, &[], |r| r.to(identity::me)).same_as("/api/v1/auth/me"),
    Operation::new("GET", "/api/v1/users/info", "getUserInfo", Access::SignedIn, &[], |r| r.to(identity::me)).same_as("/api/v1/auth/me"),

    Operation::new("GET", "/api/v1/categories", "listCategories", Access::Public, &[400, 422], |r| r.to(catalogue::categories)),
    Operation::new("GET", "/api/v1/categories/all", "listAllCategories", Access::Public, &[], |r| r.to(catalogue::all_categories)),
    Operation::new("GET", "/api/v1/categories/{val}", "getCategory", Access::Public, &[404, 422], |r| r.to(catalogue::category)),
    Operation::new("GET", "/api/v1/products", "listProducts", Access::Public, &[400, 422], |r| r.to(catalogue::products)),
    Operation::new("GET", "/api/v1/products/{id}", "getProduct", Access::Public, &[404, 422], |r| r.to(catalogue::product)),

    Operation::new("POST", "/api/v1/orders", "createOrder", Access::SignedIn, &[404, 409, 428], |r| r.to(ordering::place)),
    Operation::new("GET", "/api/v1/orders", "listOrders", Access::Staff, &[400, 422], |r| r.to(ordering::everybodys)),
    Operation::new("GET", "/api/v1/orders/me", "listMyOrders", Access::SignedIn, &[400, 422], |r| r.to(ordering::mine)),
    Operation::new("GET", "/api/v1/orders/{id}", "getOrder", Access::SignedIn, &[400, 404, 422], |r| r.to(ordering::one)),
    Operation::new("POST", "/api/v1/orders/{id}/cancel", "cancelOrder", Access::SignedIn, &[404, 409, 422], |r| r.to(ordering::cancel)),

    Operation::new("POST", "/api/v1/payments/orders/{order_id}", "createPayment", Access::SignedIn, &[404, 409, 428], |r| r.to(payments::create)),
    Operation::new("POST", "/api/v1/payments/webhook/{provider}", "receiveWebhook", Access::Public, &[401, 404], |r| r.to(payments::webhook)),
    Operation::new("GET", "/api/v1/payments/{id}", "getPayment", Access::SignedIn, &[404, 422], |r| r.to(payments::one)),

    Operation::new("GET", "/health/live", "getLiveness", Access::Public, &[], |r| r.to(health::live)),
    Operation::new("GET", "/health/ready", "getReadiness", Access::Public, &[], |r| r.to(health::ready)),
    Operation::new("GET", "/health", "getHealth", Access::Public, &[], |r| r.to(health::live)).same_as("/health/live"),
    Operation::new("GET", "/api/v1/health", "getApiHealth", Access::Public, &[], |r| r.to(health::live)).same_as("/health/live"),
    Operation::new("GET", "/api/v1/health/db", "getDatabaseHealth", Access::Public, &[], |r| r.to(health::database)),

    Operation::new("GET", "/dev/mail", "listDevMail", Access::Public, &[400, 404, 422], |r| r.to(mailbox::list)),

    Operation::page("GET", "/mock-pay/{payment_id}", "showMockCheckout", |r| r.to(mock_page::show)),
    Operation::page("POST", "/mock-pay/{payment_id}", "useMockCheckout", |r| r.to(mock_page::choose)),
    Operation::page("GET", "/openapi.json", "getOpenApi", |r| r.to(docs::openapi)),
    Operation::page("GET", "/api/docs/openapi.json", "getApiDocsOpenApi", |r| r.to(docs::openapi)),
    Operation::page("GET", "/docs", "showDocs", |r| r.to(docs::page)),
    Operation::page("GET", "/api/docs/swagger", "showApiDocsSwagger", |r| r.to(docs::page)),
    Operation::page("GET", "/assets/{name}", "getAsset", |r| r.to(docs::asset)),
];

/// The route table.
pub const fn operations() -> &'static [Operation] {
    OPERATIONS
}

/// Puts the whole face of the store on an actix application: every route, with everything that
/// happens around a request.
pub fn configure(services: Services, settings: HttpSettings) -> impl FnOnce(&mut ServiceConfig) {
    configure_with(services, settings, Readiness::new())
}

pub(crate) fn configure_with(
    services: Services,
    settings: HttpSettings,
    readiness: Readiness,
) -> impl FnOnce(&mut ServiceConfig) {
    move |config| {
        let mut scope = web::scope("");
        for path in paths() {
            scope = scope.service(resource_at(path));
        }
        let scope = scope
            .default_service(web::to(|| ready(Err::<HttpResponse, _>(ApiError::unknown_route()))))
            .wrap(NormalizePath::trim())
            .wrap(from_fn(boundary))
            .wrap(TracingLogger::<RequestSpan>::new())
            .wrap(from_fn(identify));
        config.app_data(Data::new(State { services, settings, readiness })).service(scope);
    }
}

/// Every path once, in the order of the table.
fn paths() -> Vec<&'static str> {
    let mut paths = Vec::new();
    for operation in OPERATIONS {
        if !paths.contains(&operation.path) {
            paths.push(operation.path);
        }
    }
    paths
}

fn resource_at(path: &'static str) -> actix_web::Resource {
    let mut resource = web::resource(path);
    let mut allow = Vec::new();
    for operation in OPERATIONS.iter().filter(|operation| operation.path == path) {
        let access = operation.access;
        let methods = methods_of(operation);
        let is_one = guard::fn_guard({
            let methods = methods.clone();
            move |context| methods.contains(&context.head().method)
        });
        let route = (operation.route)(web::route().guard(is_one));
        let guarded = from_fn(move |request, next| guarded(access, request, next));
        resource = resource.route(route.wrap(guarded));
        allow.extend(methods);
    }
    let allow = allow.iter().map(Method::as_str).collect::<Vec<_>>().join(", ");
    resource.default_service(web::to(move || {
        ready(Err::<HttpResponse, _>(ApiError::method_not_allowed(&allow)))
    }))
}

/// What is got can also be asked for its head.
fn methods_of(operation: &Operation) -> Vec<Method> {
    match operation.method {
        "GET" => vec![Method::GET, Method::HEAD],
        _ => vec![Method::POST],
    }
}
