use actix_web::{HttpRequest, HttpResponse, http::header};
use domain::messaging::SentMail;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{error::ApiError, extract::Query, pages, services::App, settings::Environment};

const SHOWN: usize = 100;

/// A mail that was kept for the developer instead of being sent.
#[derive(Serialize, ToSchema)]
pub(crate) struct DevMail {
    /// Identity.
    pub(crate) id: Uuid,
    /// Address it goes to.
    #[schema(example = "ann@example.com")]
    pub(crate) to: String,
    /// Subject line.
    pub(crate) subject: String,
    /// Plain text.
    pub(crate) text: String,
    /// HTML.
    pub(crate) html: String,
    /// When it was sent.
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) created_at: OffsetDateTime,
}

/// The developer's mailbox, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct DevMailPage {
    /// The mails.
    pub(crate) items: Vec<DevMail>,
}

impl From<SentMail> for DevMail {
    fn from(mail: SentMail) -> Self {
        Self {
            id: mail.id.raw(),
            to: mail.to,
            subject: mail.subject,
            text: mail.text,
            html: mail.html,
            created_at: mail.created_at,
        }
    }
}

/// Mails kept for the developer
///
/// JSON, or a page for browsers. Not there in production, nor when mail really leaves.
#[utoipa::path(get, path = "/dev/mail", operation_id = "listDevMail", tag = "development",
    params(("format" = Option<String>, Query, description = "`json`, whatever the client accepts", pattern = "^json$", example = "json")),
    responses((status = 200, description = "The mails", body = DevMailPage)))]
pub(crate) async fn list(
    app: App,
    request: HttpRequest,
    query: Query,
) -> Result<HttpResponse, ApiError> {
    let format = query.one_of("format", |text| (text == "json").then_some(()), "json")?;
    if app.settings.environment == Environment::Production {
        return Err(ApiError::unknown_route());
    }
    let Some(mails) = app.services.mailbox.list(SHOWN).await? else {
        return Err(ApiError::unknown_route());
    };
    let page = DevMailPage { items: mails.into_iter().map(DevMail::from).collect() };
    if format.is_none() && prefers_html(&request) {
        return pages::show(&app, &request, "mailbox.html", page);
    }
    Ok(HttpResponse::Ok().json(page))
}

fn prefers_html(request: &HttpRequest) -> bool {
    let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|kinds| kinds.contains("text/html"))
}
