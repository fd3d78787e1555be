use actix_web::HttpResponse;
use domain::identity::{UnblockLoginCommand, UserId};

use crate::{
    error::ApiError,
    extract::{CurrentUser, PathId, RequestProvenance},
    services::App,
};

/// Forget wrong passwords
///
/// Whoever guessed at an account may have brought it waits, or closed it to devices that are not
/// known (429 `login_blocked`): its owner may try again at once.
#[utoipa::path(post, path = "/api/v1/admin/users/{id}/unblock-login", operation_id = "unblockLogin", tag = "admin",
    params(("id" = Uuid, Path, description = "Identity of the user")),
    responses((status = 204, description = "Forgotten")))]
pub(crate) async fn unblock_login(
    app: App,
    user: CurrentUser,
    id: PathId,
    provenance: RequestProvenance,
) -> Result<HttpResponse, ApiError> {
    let command =
        UnblockLoginCommand { actor: user.0, user: UserId::new(id.0), provenance: provenance.0 };
    app.services.unblock_login.execute(command).await?;
    Ok(HttpResponse::NoContent().finish())
}
