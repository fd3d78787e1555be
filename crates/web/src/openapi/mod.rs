//! The OpenAPI 3.1 document: what the handlers say about themselves, completed from the route
//! table, so that the document cannot promise what is not served.

mod links;
mod queries;
mod rules;
mod unions;
mod used;
mod webhooks;
mod words;

use domain::{
    identity::Permission, ordering::Country, payments::ProviderName, shared::money::Currency,
};
use links::links_of;
use queries::choose;
use rules::forbid_what_contradicts;
use serde_json::{Map, Value, json};
use unions::name_variants;
use used::keep_used;
use utoipa::OpenApi;
use webhooks::webhooks;
use words::describe;

use crate::{
    audit, catalogue, error, identity, inventory, messaging, ordering, payments, people, posts,
    routes::{Access, Limit, Operation, operations},
    system,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Kontor",
        description = "A store: accounts, a catalogue, orders and payments.\n\nEvery error is a problem (RFC 9457) with a stable `code`.",
        contact(name = "Kontor"),
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    components(schemas(error::Problem, error::FieldError)),
    tags(
        (name = "auth", description = "Accounts and sessions"),
        (name = "users", description = "People"),
        (name = "catalogue", description = "What the shop shows and sells"),
        (name = "items", description = "What people offer"),
        (name = "inventory", description = "How much there is, and how much of it is promised"),
        (name = "posts", description = "What people write"),
        (name = "orders", description = "What was bought"),
        (name = "payments", description = "Money promised, taken and given back"),
        (name = "admin", description = "For those who run the shop"),
        (name = "health", description = "Whether the store can be used"),
        (name = "development", description = "For developers; not there in production")
    )
)]
struct Document;

/// Requests of which exactly one of several fields is wanted, and how many fields that makes.
const EXACT: [(&str, u32); 2] = [("LoginRequest", 2), ("OrderItemRequest", 2)];

/// What a slug looks like.
const SLUG: &str = "^[a-z0-9]+(-[a-z0-9]+)*$";

/// Fields of requests that are null to clear what is there, or because they were shown as null.
const CLEARABLE: [(&str, &str); 28] = [
    ("AddressRequest", "company"),
    ("AddressRequest", "line2"),
    ("AddressRequest", "region"),
    ("AddressRequest", "phone"),
    ("EditOrderRequest", "shipping_address"),
    ("EditOrderRequest", "billing_address"),
    ("EditOrderRequest", "note"),
    ("ItemRequest", "price"),
    ("EditItemRequest", "description"),
    ("EditItemRequest", "price"),
    ("SetStockRequest", "low_stock_threshold"),
    ("ProductRequest", "price"),
    ("ProductRequest", "category_id"),
    ("EditProductRequest", "description"),
    ("EditProductRequest", "price"),
    ("EditProductRequest", "category_id"),
    ("CategoryRequest", "parent_id"),
    ("EditCategoryRequest", "parent_id"),
    ("CreatePromoCodeRequest", "minimum"),
    ("CreatePromoCodeRequest", "starts_at"),
    ("CreatePromoCodeRequest", "ends_at"),
    ("CreatePromoCodeRequest", "total_limit"),
    ("CreatePromoCodeRequest", "user_limit"),
    ("EditPromoCodeRequest", "minimum"),
    ("EditPromoCodeRequest", "starts_at"),
    ("EditPromoCodeRequest", "ends_at"),
    ("EditPromoCodeRequest", "total_limit"),
    ("EditPromoCodeRequest", "user_limit"),
];

/// The document, as it is served.
pub fn openapi_json() -> String {
    let mut described = Document::openapi();
    for context in [
        identity::routes::Described::openapi(),
        people::routes::Described::openapi(),
        catalogue::routes::Described::openapi(),
        inventory::routes::Described::openapi(),
        posts::routes::Described::openapi(),
        ordering::routes::Described::openapi(),
        payments::routes::Described::openapi(),
        audit::routes::Described::openapi(),
        messaging::routes::Described::openapi(),
        system::routes::Described::openapi(),
    ] {
        described.merge(context);
    }
    let mut document = serde_json::to_value(described).unwrap_or_default();
    complete(&mut document);
    serde_json::to_string_pretty(&document).unwrap_or_default()
}

fn complete(document: &mut Value) {
    let described = document.get("paths").cloned().unwrap_or_default();
    let mut paths = Map::new();
    for operation in operations().filter(|operation| operation.documented) {
        let method = operation.method.to_ascii_lowercase();
        let source = operation.same_as.unwrap_or(operation.path);
        let Some(own) = described.get(source).and_then(|path| path.get(&method)) else { continue };
        let item = paths.entry(operation.path).or_insert_with(|| json!({}));
        if let Value::Object(item) = item {
            item.insert(method, finished(own.clone(), operation));
        }
    }
    if let Value::Object(root) = document {
        root.insert("paths".to_owned(), Value::Object(paths));
        root.insert("webhooks".to_owned(), webhooks());
        root.insert("servers".to_owned(), json!([{ "url": "/" }]));
    }
    if let Some(Value::Object(components)) = document.get_mut("components") {
        components.insert("securitySchemes".to_owned(), security_schemes());
        components.insert("responses".to_owned(), problem_responses());
        if let Some(Value::Object(schemas)) = components.get_mut("schemas") {
            for (name, schema) in schemas.iter_mut() {
                tighten(name, schema);
            }
            for schema in ["User", "CreateUserRequest", "ReplaceUserRequest", "UpdateUserRequest"] {
                choices(schemas, schema, "permissions", permissions());
            }
            for request in [
                "PlaceOrderRequest",
                "ProductRequest",
                "EditProductRequest",
                "ItemRequest",
                "EditItemRequest",
                "CreatePromoCodeRequest",
                "EditPromoCodeRequest",
            ] {
                choices(schemas, request, "currency", currencies());
            }
            choices(schemas, "AddressRequest", "country", countries());
            let providers = ProviderName::ALL.iter().map(|name| json!(name.as_str())).collect();
            choices(schemas, "CreatePaymentRequest", "provider", providers);
            let slug = json!({ "minLength": 1, "maxLength": 100, "pattern": SLUG });
            narrow(schemas, "ProductBatchRequest", "slugs", slug);
            at_least_one(schemas, "ProductBatchRequest");
            forbid_what_contradicts(schemas);
            name_variants(schemas);
        }
    }
    keep_used(document);
}

fn finished(mut operation: Value, entry: &Operation) -> Value {
    let id = entry.operation_id;
    let Value::Object(fields) = &mut operation else { return operation };
    fields.insert("operationId".to_owned(), json!(id));
    let security = match entry.access {
        Access::Public => json!([]),
        Access::SignedIn | Access::May(_) if entry.method == "GET" => {
            json!([{ "bearer": [] }, { "password": [] }, { "cookie": [] }])
        }
        Access::SignedIn | Access::May(_) => {
            json!([{ "bearer": [] }, { "password": [] }, { "cookie": [], "csrf": [] }])
        }
    };
    fields.insert("security".to_owned(), security);
    describe(fields, entry);
    choose(id, fields);
    add_parameters(fields, entry);
    if let Some(Value::Object(body)) = fields.get_mut("requestBody")
        && let Some(Value::Object(content)) = body.get_mut("content")
    {
        for schema in content.values_mut().filter_map(|media| media.get_mut("schema")) {
            not_null(schema);
        }
    }
    let has_body = fields.contains_key("requestBody");
    let Some(Value::Object(responses)) = fields.get_mut("responses") else { return operation };
    if entry.is_conditional {
        let etag = json!({ "description": "Validator", "schema": { "type": "string" } });
        if let Some(Value::Object(success)) = responses.get_mut("200") {
            success.insert("headers".to_owned(), json!({ "ETag": etag.clone() }));
        }
        let unchanged =
            json!({ "description": "The client has it already", "headers": { "ETag": etag } });
        responses.insert("304".to_owned(), unchanged);
    }
    if let Some(links) = links_of(id)
        && let Some(Value::Object(success)) = responses.get_mut("201")
    {
        success.insert("links".to_owned(), links);
    }
    for status in errors_of(entry, has_body) {
        let reference = format!("#/components/responses/Problem{status}");
        responses.insert(status.to_string(), json!({ "$ref": reference }));
    }
    operation
}

fn errors_of(entry: &Operation, has_body: bool) -> Vec<u16> {
    let mut errors = entry.errors.to_vec();
    if entry.access != Access::Public {
        errors.push(401);
    }
    if matches!(entry.access, Access::May(_)) {
        errors.push(403);
    }
    if entry.wants_recent_password {
        errors.push(403);
    }
    if entry.is_guarded {
        errors.push(412);
    }
    if entry.is_idempotent {
        errors.push(400);
    }
    if entry.limit != Limit::Unlimited {
        errors.push(429);
    }
    if has_body {
        errors.extend([400, 408, 413, 415, 422]);
    }
    errors.extend([500, 503]);
    errors.sort_unstable();
    errors.dedup();
    if entry.operation_id == "receiveWebhook" {
        errors.retain(|status| *status != 422);
    }
    errors
}

fn add_parameters(fields: &mut Map<String, Value>, entry: &Operation) {
    let mut added = Vec::new();
    if entry.is_list {
        let number = |name: &str, low: u32, high: u32, what: &str| {
            json!({ "name": name, "in": "query", "required": false, "description": what,
                "schema": { "type": "integer", "format": "int64", "minimum": low, "maximum": high } })
        };
        let cursor = match entry.operation_id {
            "listProducts" | "listItems" | "listMyItems" | "searchItems" => {
                json!({ "type": "string", "maxLength": 400, "pattern": "^[A-Za-z0-9_-]+$" })
            }
            _ => json!({ "type": "string", "format": "uuid" }),
        };
        added.extend([
            number("limit", 1, 100, "Rows wanted; 20 by default"),
            number("offset", 0, 1_000_000, "Rows skipped"),
            number("page", 1, 10_000, "Page wanted, from 1; instead of offset"),
            number("per_page", 1, 100, "The same as limit"),
            number("size", 1, 100, "The same as limit"),
            json!({ "name": "cursor", "in": "query", "required": false,
                "description": "`next_cursor` of the window before; instead of offset and page",
                "schema": cursor }),
        ]);
    }
    if entry.is_idempotent {
        added.push(json!({ "name": "Idempotency-Key", "in": "header", "required": false,
            "description": "The same key and body are answered the same again",
            "schema": { "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$" } }));
    }
    if entry.is_conditional {
        added.push(json!({ "name": "If-None-Match", "in": "header", "required": false,
            "description": "An `ETag` the client has", "schema": { "type": "string" } }));
    }
    if entry.is_guarded {
        added.push(json!({ "name": "If-Match", "in": "header", "required": false,
            "description": "The `ETag` of what is meant to be changed",
            "schema": { "type": "string" } }));
    }
    if added.is_empty() {
        return;
    }
    if let Value::Array(all) = fields.entry("parameters").or_insert_with(|| json!([])) {
        all.extend(added);
    }
}

fn security_schemes() -> Value {
    json!({
        "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "An access token, or a key for programs (`kontor_...`)" },
        "cookie": { "type": "apiKey", "in": "cookie", "name": "__Host-kontor-access",
            "description": "A browser session; without the prefix where the store is not on https" },
        "csrf": { "type": "apiKey", "in": "header", "name": "X-CSRF-Token",
            "description": "The value of the cookie `kontor-csrf`" },
        "password": { "type": "oauth2", "description": "Name and password for an access token",
            "flows": { "password": { "tokenUrl": "/api/v1/auth/login",
                "refreshUrl": "/api/v1/auth/refresh", "scopes": {} } } },
    })
}

fn problem_responses() -> Value {
    let known = [
        (400, "The request cannot be read"),
        (401, "No token, or the proof is not good"),
        (403, "Not allowed"),
        (404, "There is no such thing, or it is somebody else's"),
        (408, "The request took too long to arrive"),
        (409, "The current state refuses the change"),
        (410, "It was there and is gone"),
        (412, "It was changed by somebody else in between"),
        (413, "The request body is too large"),
        (415, "The media type is not taken, or the body is packed"),
        (422, "The input breaks a rule"),
        (428, "An `Idempotency-Key` is wanted"),
        (429, "Too many requests"),
        (500, "A fault on our side"),
        (503, "A service behind us does not answer now"),
    ];
    let mut responses = Map::new();
    for (status, description) in known {
        let header =
            |what: &str, kind: &str| json!({ "description": what, "schema": { "type": kind } });
        let headers = match status {
            401 | 403 => {
                json!({ "WWW-Authenticate": header("How to prove who you are", "string") })
            }
            429 => json!({
                "Retry-After": header("Seconds to wait", "integer"),
                "RateLimit": header("What is left of each limit, and seconds until it is whole again", "string"),
                "RateLimit-Policy": header("Each limit: calls, and seconds they are for", "string"),
            }),
            503 => json!({ "Retry-After": header("Seconds to wait", "integer") }),
            _ => json!({}),
        };
        let content = json!({ "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } });
        responses.insert(
            format!("Problem{status}"),
            json!({ "description": description, "headers": headers, "content": content }),
        );
    }
    Value::Object(responses)
}

/// Says which words a field takes.
fn choices(schemas: &mut Map<String, Value>, schema: &str, field: &str, words: Vec<Value>) {
    let field = schemas
        .get_mut(schema)
        .and_then(|schema| schema.get_mut("properties"))
        .and_then(|fields| fields.get_mut(field));
    // Of a list, each of its items; there cannot be more of them than words.
    let field = match field {
        Some(Value::Object(list)) if list.contains_key("items") => {
            if schema.ends_with("Request") {
                list.insert("maxItems".to_owned(), json!(words.len()));
            }
            list.get_mut("items")
        }
        field => field,
    };
    if let Some(Value::Object(field)) = field {
        field.insert("enum".to_owned(), Value::Array(words));
    }
}

/// Says what each item of a list has to keep to.
fn narrow(schemas: &mut Map<String, Value>, schema: &str, field: &str, bounds: Value) {
    let items = schemas
        .get_mut(schema)
        .and_then(|schema| schema.get_mut("properties"))
        .and_then(|fields| fields.get_mut(field))
        .and_then(|field| field.get_mut("items"));
    if let (Some(Value::Object(items)), Value::Object(bounds)) = (items, bounds) {
        items.extend(bounds);
    }
}

/// Says that a request wants one of its fields at least.
fn at_least_one(schemas: &mut Map<String, Value>, schema: &str) {
    if let Some(Value::Object(schema)) = schemas.get_mut(schema) {
        schema.insert("minProperties".to_owned(), json!(1));
    }
}

/// The name of everything that staff may be allowed to do.
fn permissions() -> Vec<Value> {
    Permission::ALL.iter().map(|permission| json!(permission.as_str())).collect()
}

/// Every code that is a currency with minor units.
fn currencies() -> Vec<Value> {
    let codes = pairs().flat_map(|pair| ('A'..='Z').map(move |third| format!("{pair}{third}")));
    codes.filter(|code| Currency::parse(code).is_ok()).map(Value::String).collect()
}

/// Every code that is a country.
fn countries() -> Vec<Value> {
    pairs().filter(|code| Country::parse(code).is_some()).map(Value::String).collect()
}

/// `AA` to `ZZ`.
fn pairs() -> impl Iterator<Item = String> {
    ('A'..='Z').flat_map(|first| ('A'..='Z').map(move |second| format!("{first}{second}")))
}

/// Requests: what is optional may be absent and is never null, and nothing unknown is taken.
/// Responses: every field is always there.
fn tighten(name: &str, schema: &mut Value) {
    let is_request = name.ends_with("Request") || name.ends_with("Form");
    if let Some(Value::Array(parts)) = schema.get_mut("allOf") {
        for part in parts {
            tighten(name, part);
        }
    }
    let Some(Value::Object(properties)) = schema.get_mut("properties") else { return };
    let names: Vec<Value> = properties.keys().map(|key| json!(key)).collect();
    let mut exact = None;
    if is_request {
        if let Some((_, fields)) = EXACT.iter().find(|(known, _)| *known == name) {
            exact = Some(*fields);
        }
        for (field, property) in properties.iter_mut() {
            if !CLEARABLE.contains(&(name, field)) {
                not_null(property);
            }
        }
    } else if let Value::Object(schema) = schema {
        schema.insert("required".to_owned(), Value::Array(names));
    }
    if let (Some(count), Value::Object(schema)) = (exact, schema) {
        schema.insert("minProperties".to_owned(), json!(count));
        schema.insert("maxProperties".to_owned(), json!(count));
    }
}

fn not_null(property: &mut Value) {
    let Value::Object(fields) = property else { return };
    if let Some(Value::Array(kinds)) = fields.get_mut("type") {
        kinds.retain(|kind| kind != "null");
        if let [only] = kinds.as_slice() {
            let only = only.clone();
            fields.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(options)) = fields.get_mut("oneOf") {
        options.retain(|option| option.get("type") != Some(&json!("null")));
        if let [only] = options.as_slice() {
            let only = only.clone();
            *property = only;
        }
    }
}
