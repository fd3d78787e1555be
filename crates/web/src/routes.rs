//! Every route in one table: method, path, name, who may use it, and what it can answer. Routing,
//! the guard, `Allow` and the OpenAPI document are all made from it.

use std::future::ready;

use actix_web::{
    HttpResponse, Route, guard,
    http::Method,
    middleware::{Condition, NormalizePath, from_fn},
    web::{self, Data, ServiceConfig},
};
use domain::identity::Permission;
use tracing_actix_web::TracingLogger;

use crate::{
    audit,
    catalogue::{self, Shelf},
    cors::cors,
    counted::Requests,
    error::ApiError,
    identity, inventory,
    load::Load,
    messaging,
    middleware::{RequestSpan, boundary, guarded, identify},
    ordering, pages, payments, people, posts,
    services::{Readiness, Services, State},
    settings::HttpSettings,
    streams::Streams,
    system,
};

/// Who may use an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Public,
    /// Whoever is signed in; what is somebody else's is not found.
    SignedIn,
    /// Whoever works for the shop and has this permission.
    May(Permission),
}

/// What an operation is limited by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Reads, by address, or by account where somebody is signed in.
    Reads,
    /// Writes, by account, or by address where nobody is signed in.
    Writes,
    /// Writes, and orders besides.
    Orders,
    /// Nothing: who watches over us and providers may always come.
    Unlimited,
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
    /// Whether it takes the window of a list.
    pub(crate) is_list: bool,
    /// Whether it takes an `Idempotency-Key`.
    pub(crate) is_idempotent: bool,
    /// Whether it answers an `ETag`, and 304 to one the client has.
    pub(crate) is_conditional: bool,
    /// Whether it takes `If-Match`, and answers 412 to a stale one.
    pub(crate) is_guarded: bool,
    /// Whether it is a page of the shop: known by cookies alone, and failing as a page.
    pub is_screen: bool,
    /// What it is limited by.
    pub limit: Limit,
    /// Whether it wants a recent proof of the password.
    pub wants_recent_password: bool,
    route: fn(Route) -> Route,
}

impl std::fmt::Debug for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} ({})", self.method, self.path, self.operation_id)
    }
}

impl Operation {
    pub(crate) const fn new(
        method: &'static str,
        path: &'static str,
        operation_id: &'static str,
        access: Access,
        errors: &'static [u16],
        route: fn(Route) -> Route,
    ) -> Self {
        Self {
            method,
            path,
            operation_id,
            access,
            documented: true,
            errors,
            same_as: None,
            is_list: false,
            is_idempotent: false,
            is_conditional: false,
            is_guarded: false,
            is_screen: false,
            limit: limit_of(method),
            wants_recent_password: false,
            route,
        }
    }

    /// Takes the window of a list.
    pub(crate) const fn list(mut self) -> Self {
        self.is_list = true;
        self
    }

    /// Takes an `Idempotency-Key`.
    pub(crate) const fn idempotent(mut self) -> Self {
        self.is_idempotent = true;
        self
    }

    /// Answers an `ETag`, and 304 to one the client has.
    pub(crate) const fn conditional(mut self) -> Self {
        self.is_conditional = true;
        self
    }

    /// Takes `If-Match`, and answers 412 to a stale one.
    pub(crate) const fn guarded(mut self) -> Self {
        self.is_guarded = true;
        self
    }

    /// Wants a recent proof of the password: 403 `step_up_required` to an old one.
    pub(crate) const fn step_up(mut self) -> Self {
        self.wants_recent_password = true;
        self
    }

    /// Limited as reads are, whatever its method.
    pub(crate) const fn reading(mut self) -> Self {
        self.limit = Limit::Reads;
        self
    }

    /// Limited by orders besides writes.
    pub(crate) const fn ordering(mut self) -> Self {
        self.limit = Limit::Orders;
        self
    }

    /// Not limited.
    pub(crate) const fn unlimited(mut self) -> Self {
        self.limit = Limit::Unlimited;
        self
    }

    /// Another address of the operation documented at `path`.
    pub(crate) const fn same_as(mut self, path: &'static str) -> Self {
        self.same_as = Some(path);
        self
    }

    /// A page or one of its files, for everybody and not part of the OpenAPI document.
    pub const fn page(
        method: &'static str,
        path: &'static str,
        operation_id: &'static str,
        route: fn(Route) -> Route,
    ) -> Self {
        let mut page = Self::new(method, path, operation_id, Access::Public, &[], route);
        page.documented = false;
        page
    }

    /// A page of the shop, or what its forms are sent to. Whoever has to be signed in and is not is
    /// led to the log-in; forms have to bring the token of the session.
    pub(crate) const fn screen(
        method: &'static str,
        path: &'static str,
        operation_id: &'static str,
        access: Access,
        route: fn(Route) -> Route,
    ) -> Self {
        let mut screen = Self::page(method, path, operation_id, route);
        screen.access = access;
        screen.is_screen = true;
        screen
    }
}

const fn limit_of(method: &str) -> Limit {
    match method.as_bytes() {
        b"GET" => Limit::Reads,
        _ => Limit::Writes,
    }
}

/// Every operation, context by context.
const CONTEXTS: &[&[Operation]] = &[
    identity::routes::OPERATIONS,
    people::routes::OPERATIONS,
    catalogue::routes::OPERATIONS,
    inventory::routes::OPERATIONS,
    posts::routes::OPERATIONS,
    ordering::routes::OPERATIONS,
    payments::routes::OPERATIONS,
    audit::routes::OPERATIONS,
    messaging::routes::OPERATIONS,
    system::routes::OPERATIONS,
    pages::routes::OPERATIONS,
];

/// The route table.
pub fn operations() -> impl Iterator<Item = &'static Operation> {
    CONTEXTS.iter().copied().flatten()
}

/// Puts the whole face of the store on an actix application: every route, with everything that
/// happens around a request.
pub fn configure(services: Services, settings: HttpSettings) -> impl FnOnce(&mut ServiceConfig) {
    let (shelf, load, streams) = (Shelf::new(), Load::default(), Streams::default());
    configure_with(services, settings, Readiness::new(), shelf, load, streams)
}

pub(crate) fn configure_with(
    services: Services,
    settings: HttpSettings,
    readiness: Readiness,
    shelf: Shelf,
    load: Load,
    streams: Streams,
) -> impl FnOnce(&mut ServiceConfig) {
    move |config| {
        let mut scope = web::scope("");
        let table: Vec<_> = operations().chain(settings.more).collect();
        for path in paths(&table) {
            scope = scope.service(resource_at(path, &table));
        }
        let scope = scope
            .default_service(web::to(|| ready(Err::<HttpResponse, _>(ApiError::unknown_route()))))
            .wrap(NormalizePath::trim())
            .wrap(from_fn(boundary))
            .wrap(TracingLogger::<RequestSpan>::new())
            .wrap(from_fn(identify))
            .wrap(Condition::new(!settings.cors_origins.is_empty(), cors(&settings.cors_origins)));
        let requests = Requests::default();
        let state = State { services, settings, readiness, shelf, load, requests, streams };
        config.app_data(Data::new(state)).service(scope);
    }
}

/// Every path once, in the order of the table.
fn paths(table: &[&'static Operation]) -> Vec<&'static str> {
    let mut paths = Vec::new();
    for operation in table {
        if !paths.contains(&operation.path) {
            paths.push(operation.path);
        }
    }
    paths
}

fn resource_at(path: &'static str, table: &[&'static Operation]) -> actix_web::Resource {
    let mut resource = web::resource(path);
    let mut allow = Vec::new();
    for operation in table.iter().copied().filter(|operation| operation.path == path) {
        let methods = methods_of(operation);
        let is_one = guard::fn_guard({
            let methods = methods.clone();
            move |context| methods.contains(&context.head().method)
        });
        let route = (operation.route)(web::route().guard(is_one));
        let guarded = from_fn(move |request, next| guarded(operation, request, next));
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
        "PUT" => vec![Method::PUT],
        "PATCH" => vec![Method::PATCH],
        "DELETE" => vec![Method::DELETE],
        _ => vec![Method::POST],
    }
}
