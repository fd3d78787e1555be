//! Server-rendered pages and what they load; everything is in the binary.

use std::sync::LazyLock;

use actix_web::{HttpResponse, http::header};
use minijinja::Environment;
use rust_embed::RustEmbed;
use serde::Serialize;

use crate::error::ApiError;

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

#[derive(RustEmbed)]
#[folder = "assets/swagger-ui/"]
struct SwaggerFiles;

static TEMPLATES: LazyLock<Result<Environment<'static>, minijinja::Error>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.add_template("layout.html", include_str!("../templates/layout.html"))?;
    environment.add_template("checkout.html", include_str!("../templates/checkout.html"))?;
    environment.add_template("mailbox.html", include_str!("../templates/mailbox.html"))?;
    environment.add_template("docs.html", include_str!("../templates/docs.html"))?;
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
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, policy.unwrap_or(PAGE_POLICY)))
        .body(page))
}

/// A file that pages load: its bytes and media type.
pub(crate) fn asset(name: &str) -> Option<(Vec<u8>, &'static str)> {
    let kind = match name.rsplit_once('.')?.1 {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "png" => "image/png",
        _ => return None,
    };
    let file = OwnFiles::get(name).or_else(|| SwaggerFiles::get(name))?;
    Some((file.data.into_owned(), kind))
}
