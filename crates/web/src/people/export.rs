use actix_web::{HttpResponse, http::header};
use domain::identity::AuthenticateError;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::{
    catalogue::item::Item,
    error::ApiError,
    extract::{CurrentUser, RequestProvenance},
    identity::dto::User,
    ordering::dto::AddressedOrder,
    payments::dto::Payment,
    posts::dto::Post,
    services::App,
};

/// Everything kept about a person.
#[derive(Serialize, ToSchema)]
pub(crate) struct PersonalData {
    /// When this was put together.
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) exported_at: OffsetDateTime,
    /// The account.
    pub(crate) profile: User,
    /// Every order, newest first.
    pub(crate) orders: Vec<AddressedOrder>,
    /// Every attempt to pay, oldest first.
    pub(crate) payments: Vec<Payment>,
    /// Every post, drafts too, newest first.
    pub(crate) posts: Vec<Post>,
    /// Every listing, shown or not, newest first.
    pub(crate) listings: Vec<Item>,
}

/// Everything kept about me
///
/// As a file to keep.
#[utoipa::path(get, path = "/api/v1/users/me/export", operation_id = "exportMe", tag = "users",
    responses((status = 200, description = "Everything kept about the caller", body = PersonalData)))]
pub(crate) async fn mine(
    app: App,
    user: CurrentUser,
    provenance: RequestProvenance,
) -> Result<HttpResponse, ApiError> {
    let exported = app.services.export_person.execute(user.0, &provenance.0).await?;
    let exported = exported.ok_or(AuthenticateError::SessionRevoked)?;
    let data = PersonalData {
        exported_at: app.services.clock.now(),
        profile: User::from(exported.user),
        orders: exported.orders.iter().map(AddressedOrder::from).collect(),
        payments: exported.payments.iter().map(Payment::from).collect(),
        posts: exported.posts.into_iter().map(Post::from).collect(),
        listings: exported
            .listings
            .into_iter()
            .map(|listing| Item::of(listing, Some(user.0.user)))
            .collect(),
    };
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_DISPOSITION, "attachment; filename=\"my-data.json\""))
        .json(data))
}
