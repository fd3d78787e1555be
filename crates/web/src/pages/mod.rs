//! Server-rendered pages and what they load; everything is in the binary.

mod account;
mod admin_sessions;
mod forgotten;
mod form;
mod home;
mod log_in;
mod log_out;
mod next;
mod product;
mod register;
mod reset;
pub(crate) mod routes;
mod shown;
mod verify;
mod view;
mod visitor;
mod words;

use std::{borrow::Cow, sync::LazyLock};

use actix_web::{HttpRequest, HttpResponse, http::header};
use bytes::Bytes;
use minijinja::{Environment, UndefinedBehavior};
use rust_embed::RustEmbed;
use serde::Serialize;

pub(crate) use view::{failed, to_log_in};

use view::View;

use crate::{error::ApiError, services::App};

/// Media type of a page.
pub(crate) const MEDIA_TYPE: &str = "text/html; charset=utf-8";

/// Pages may load our own files and nothing else; no inline script.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'";

/// Swagger UI writes `style` attributes, which `style-src-attr` alone decides on.
pub(crate) const DOCS_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    style-src-attr 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; \
    frame-ancestors 'none'";

#[derive(RustEmbed)]
#[folder = "assets/static/"]
struct OwnFiles;

/// Redoc and Scalar make their styles as they run; that is all they may.
pub(crate) const REFERENCE_POLICY: &str = "default-src 'none'; script-src 'self'; \
    style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; \
    connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";

#[derive(RustEmbed)]
#[folder = "assets/swagger-ui/"]
struct SwaggerFiles;

/// Large files, packed by gzip.
#[derive(RustEmbed)]
#[folder = "assets/reference/"]
struct PackedFiles;

macro_rules! sources {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../../templates/", $name)))),+]
    };
}

const SOURCES: &[(&str, &str)] = sources![
    "layout.html",
    "shop.html",
    "form.html",
    "home.html",
    "product.html",
    "pay.html",
    "login.html",
    "register.html",
    "verify.html",
    "forgot_password.html",
    "reset_password.html",
    "account.html",
    "admin_sessions.html",
    "failed.html",
    "checkout.html",
    "mailbox.html",
    "docs.html",
    "redoc.html",
    "scalar.html",
];

static TEMPLATES: LazyLock<Result<Environment<'static>, minijinja::Error>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    for (name, source) in SOURCES {
        environment.add_template(name, source)?;
    }
    Ok(environment)
});

/// Renders the page `name`; what is filled in is escaped.
///
/// # Errors
/// 500 when the template is broken.
pub(crate) fn render(
    name: &str,
    content: impl Serialize,
    policy: Option<&'static str>,
) -> Result<HttpResponse, ApiError> {
    let environment = match &*TEMPLATES {
        Ok(environment) => environment,
        Err(error) => return Err(ApiError::internal(error.to_string())),
    };
    let page = environment
        .get_template(name)
        .and_then(|template| template.render(content))
        .map_err(ApiError::internal)?;
    Ok(HttpResponse::Ok()
        .content_type(MEDIA_TYPE)
        .insert_header((header::CONTENT_SECURITY_POLICY, policy.unwrap_or(PAGE_POLICY)))
        .body(page))
}

/// The page `template` that does not ask who looks at it, in the language of whoever does.
///
/// # Errors
/// 500 when the template is broken.
pub(crate) fn show(
    app: &App,
    request: &HttpRequest,
    template: &str,
    content: impl Serialize,
) -> Result<HttpResponse, ApiError> {
    View::new(app, request, None).page(template, content)
}

/// A file that pages load.
pub(crate) struct Asset {
    /// As it is sent.
    pub(crate) bytes: Bytes,
    /// Media type.
    pub(crate) kind: &'static str,
    /// Whether `bytes` are packed by gzip, which everything that runs scripts unpacks.
    pub(crate) is_packed: bool,
}

/// The file `name`.
pub(crate) fn asset(name: &str) -> Option<Asset> {
    let kind = match name.rsplit_once('.')?.1 {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        _ => return None,
    };
    let plain = OwnFiles::get(name).or_else(|| SwaggerFiles::get(name));
    let is_packed = plain.is_none();
    let file = plain.or_else(|| PackedFiles::get(&format!("{name}.gz")))?;
    let bytes = match file.data {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    };
    Some(Asset { bytes, kind, is_packed })
}
