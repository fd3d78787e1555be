//! Health, documents and what developers look at: which addresses lead to which handlers.

use utoipa::OpenApi;

use super::{docs, health, mailbox, metrics};
use crate::routes::{Access, Operation};

#[derive(OpenApi)]
#[openapi(paths(health::live, health::ready, health::database, mailbox::list,))]
pub(crate) struct Described;

/// Static segments stand before parameters: the first match wins.
#[rustfmt::skip]
pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::new("GET", "/health/live", "getLiveness", Access::Public, &[], |r| r.to(health::live)).unlimited(),
    Operation::new("GET", "/health/ready", "getReadiness", Access::Public, &[], |r| r.to(health::ready)).unlimited(),
    Operation::new("GET", "/health", "getHealth", Access::Public, &[], |r| r.to(health::live)).same_as("/health/live").unlimited(),
    Operation::new("GET", "/api/v1/health", "getApiHealth", Access::Public, &[], |r| r.to(health::live)).same_as("/health/live").unlimited(),
    Operation::new("GET", "/api/v1/health/db", "getDatabaseHealth", Access::Public, &[], |r| r.to(health::database)).unlimited(),
    Operation::new("GET", "/dev/mail", "listDevMail", Access::Public, &[400, 404, 422], |r| r.to(mailbox::list)),
    Operation::page("GET", "/metrics", "getMetrics", |r| r.to(metrics::tell)).unlimited(),
    Operation::page("GET", "/openapi.json", "getOpenApi", |r| r.to(docs::openapi)),
    Operation::page("GET", "/api/docs/openapi.json", "getApiDocsOpenApi", |r| r.to(docs::openapi)),
    Operation::page("GET", "/docs", "showDocs", |r| r.to(docs::page)),
    Operation::page("GET", "/api/docs/swagger", "showApiDocsSwagger", |r| r.to(docs::page)),
    Operation::page("GET", "/redoc", "showRedoc", |r| r.to(docs::redoc)),
    Operation::page("GET", "/api/docs/redoc", "showApiDocsRedoc", |r| r.to(docs::redoc)),
    Operation::page("GET", "/scalar", "showScalar", |r| r.to(docs::scalar)),
    Operation::page("GET", "/assets/{name}", "getAsset", |r| r.to(docs::asset)),
];
