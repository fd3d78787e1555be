use actix_web::{HttpResponse, http::header};
use domain::{
    audit::{AuditAction, AuditFilter, AuditTargetKind},
    identity::UserId,
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::dto::AuditPage;
use crate::{
    error::ApiError,
    extract::{Query, Windowed, parse_id},
    services::App,
};

/// Who did what, newest first
///
/// An entry is never changed: `kontor audit verify` proves it. What is done is stored with its
/// entry, or not at all.
#[utoipa::path(get, path = "/api/v1/admin/audit-log", operation_id = "listAuditLog", tag = "admin",
    params(
        ("actor" = Option<Uuid>, Query, description = "Done by this person"),
        ("action" = Option<String>, Query, description = "Name of an action", pattern = "^[a-z_]+\\.[a-z_]+$", max_length = 40, example = "user.role_changed"),
        ("target_type" = Option<String>, Query, description = "Done to things of this kind", pattern = "^[a-z_]+$", max_length = 40, example = "user"),
        ("target" = Option<Uuid>, Query, description = "Done to this thing"),
        ("from" = Option<String>, Query, description = "Done at this time (RFC 3339) or later", format = DateTime, max_length = 40, example = "2026-11-20T00:00:00Z"),
        ("to" = Option<String>, Query, description = "Done before this time (RFC 3339)", format = DateTime, max_length = 40, example = "2026-11-21T00:00:00Z")),
    responses((status = 200, description = "Entries", body = AuditPage)))]
pub(super) async fn list(app: App, query: Query) -> Result<HttpResponse, ApiError> {
    let windowed = Windowed::read(&query)?;
    let filter = AuditFilter {
        actor: read(&query, "actor", "a UUID", parse_id)?.map(UserId::new),
        action: read(&query, "action", "the name of an action", AuditAction::parse)?,
        target_kind: read(&query, "target_type", "a kind of thing", AuditTargetKind::parse)?,
        target: read(&query, "target", "a UUID", parse_id)?,
        from: read(&query, "from", "a time (RFC 3339)", time)?,
        to: read(&query, "to", "a time (RFC 3339)", time)?,
    };
    let page = app.services.audit.list(&filter, windowed.window).await?;
    let mut response = HttpResponse::Ok();
    if let Some(links) = windowed.links(&query, page.total, page.next) {
        response.insert_header((header::LINK, links));
    }
    Ok(response.json(AuditPage::from(page)))
}

fn read<T>(
    query: &Query,
    name: &str,
    wanted: &str,
    parse: fn(&str) -> Option<T>,
) -> Result<Option<T>, ApiError> {
    let Some(text) = query.get(name)? else { return Ok(None) };
    let refused = || ApiError::invalid_query(name, format!("{wanted} is wanted"));
    parse(text).map(Some).ok_or_else(refused)
}

fn time(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()
}
