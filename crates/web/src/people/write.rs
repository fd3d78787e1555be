use actix_web::{HttpRequest, HttpResponse, http::header};
use domain::{
    identity::{
        ChangeEmailCommand, ChangePasswordCommand, CreateUserCommand, Edit, EditUserCommand,
        EraseUserCommand, NewUser, Permissions, ProfileEdit, Role, Secret, UserEdit, UserId,
    },
    shared::actor::Actor,
};

use super::dto::{
    ChangePasswordRequest, CreateUserRequest, ReplaceUserRequest, UpdateMeRequest,
    UpdateUserRequest, permissions,
};
use crate::{
    error::ApiError,
    extract::{CurrentUser, Json, PathId, RequestProvenance, nfc},
    identity::{
        dto::User,
        fields::{email, name, username},
    },
    limits,
    middleware::require_recent_password,
    services::App,
};

/// Change one's own names, or address
///
/// What is absent stays. The address changes once the new one is proven by the link that is
/// mailed there; the old one is told. It takes a password given lately.
#[utoipa::path(patch, path = "/api/v1/users/me", operation_id = "updateMe", tag = "users",
    request_body = UpdateMeRequest,
    responses((status = 200, description = "The current user", body = User)))]
pub(crate) async fn edit_me(
    app: App,
    user: CurrentUser,
    provenance: RequestProvenance,
    body: Json<UpdateMeRequest>,
) -> Result<HttpResponse, ApiError> {
    let request = body.value;
    let profile = ProfileEdit {
        username: Edit::given(username(request.username.as_deref())?),
        first_name: Edit::given(name("/first_name", request.first_name.as_deref())?),
        last_name: Edit::given(name("/last_name", request.last_name.as_deref())?),
        locale: request.locale,
    };
    if let Some(address) = &request.email {
        let (actor, email) = (user.0, email(address)?);
        require_recent_password(&app, &actor)?;
        let provenance = provenance.0.clone();
        app.services.change_email.execute(ChangeEmailCommand { actor, email, provenance }).await?;
    }
    let edit = UserEdit { profile, ..UserEdit::default() };
    change(&app, user.0, user.0.user, edit, provenance).await
}

/// Forget me
///
/// The person is erased for good: names and address are free, orders stay without a name, every
/// session ends.
#[utoipa::path(delete, path = "/api/v1/users/me", operation_id = "deleteMe", tag = "users",
    responses((status = 204, description = "The person is forgotten")))]
pub(crate) async fn erase_me(
    app: App,
    user: CurrentUser,
    provenance: RequestProvenance,
) -> Result<HttpResponse, ApiError> {
    forget(&app, user.0, user.0.user, provenance).await
}

/// Change one's own password
///
/// Every other session of the person ends.
#[utoipa::path(post, path = "/api/v1/users/me/change-password", operation_id = "changePassword",
    tag = "users", request_body = ChangePasswordRequest,
    responses((status = 204, description = "The new password counts")))]
pub(crate) async fn change_password(
    app: App,
    user: CurrentUser,
    http: HttpRequest,
    provenance: RequestProvenance,
    body: Json<ChangePasswordRequest>,
) -> Result<HttpResponse, ApiError> {
    let limits = &app.settings.rate_limits;
    limits::knock(&app, &http, &[limits.login_minute, limits.login_hour]).await?;
    let command = ChangePasswordCommand {
        actor: user.0,
        current: Secret(nfc(&body.value.current_password)),
        new: Secret(nfc(&body.value.new_password)),
        provenance: provenance.0,
    };
    app.services.change_password.execute(command).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Make an account for somebody else
///
/// It is not signed in. Roles and permissions are given by a super admin alone, who gave the
/// password lately.
#[utoipa::path(post, path = "/api/v1/users", operation_id = "createUser", tag = "users",
    request_body = CreateUserRequest,
    responses((status = 201, description = "The account", body = User)))]
pub(crate) async fn create(
    app: App,
    user: CurrentUser,
    provenance: RequestProvenance,
    body: Json<CreateUserRequest>,
) -> Result<HttpResponse, ApiError> {
    let request = body.value;
    let role = request.role.unwrap_or(Role::User);
    if role != Role::User {
        require_recent_password(&app, &user.0)?;
    }
    let profile = NewUser {
        email: email(&request.email)?,
        username: username(request.username.as_deref())?,
        first_name: name("/first_name", request.first_name.as_deref())?,
        last_name: name("/last_name", request.last_name.as_deref())?,
        role,
        permissions: permissions(request.permissions).unwrap_or_else(|| Permissions::of_new(role)),
    };
    let command = CreateUserCommand {
        by: Some(user.0),
        profile,
        password: Secret(nfc(&request.password)),
        is_active: request.is_active.unwrap_or(true),
        is_verified: request.is_verified.unwrap_or(false),
        provenance: provenance.0,
    };
    let created = app.services.create_user.execute(command).await?;
    let location = format!("/api/v1/users/{}", created.id);
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, location))
        .json(User::from(created)))
}

/// Change an account
///
/// What is absent stays. Other rights, or none any more, end every session of the person. Rights
/// are given by a super admin alone, who gave the password lately.
#[utoipa::path(patch, path = "/api/v1/users/{id}", operation_id = "updateUser", tag = "users",
    params(("id" = Uuid, Path, description = "Identity of the person")),
    request_body = UpdateUserRequest,
    responses((status = 200, description = "The account", body = User)))]
pub(crate) async fn edit(
    app: App,
    user: CurrentUser,
    id: PathId,
    provenance: RequestProvenance,
    body: Json<UpdateUserRequest>,
) -> Result<HttpResponse, ApiError> {
    let request = body.value;
    let edit = UserEdit {
        profile: ProfileEdit {
            username: Edit::given(username(request.username.as_deref())?),
            first_name: Edit::given(name("/first_name", request.first_name.as_deref())?),
            last_name: Edit::given(name("/last_name", request.last_name.as_deref())?),
            locale: None,
        },
        email: request.email.as_deref().map(email).transpose()?,
        role: request.role,
        permissions: permissions(request.permissions),
        is_active: request.is_active,
        is_verified: request.is_verified,
    };
    change(&app, user.0, UserId::new(id.0), edit, provenance).await
}

/// Say what an account shall be
///
/// Names that are absent are gone afterwards. Other rights, or none any more, end every session
/// of the person. Rights are given by a super admin alone, who gave the password lately.
#[utoipa::path(put, path = "/api/v1/users/{id}", operation_id = "replaceUser", tag = "users",
    params(("id" = Uuid, Path, description = "Identity of the person")),
    request_body = ReplaceUserRequest,
    responses((status = 200, description = "The account", body = User)))]
pub(crate) async fn replace(
    app: App,
    user: CurrentUser,
    id: PathId,
    provenance: RequestProvenance,
    body: Json<ReplaceUserRequest>,
) -> Result<HttpResponse, ApiError> {
    let request = body.value;
    let edit = UserEdit {
        profile: ProfileEdit {
            username: Edit::whole(username(request.username.as_deref())?),
            first_name: Edit::whole(name("/first_name", request.first_name.as_deref())?),
            last_name: Edit::whole(name("/last_name", request.last_name.as_deref())?),
            locale: None,
        },
        email: Some(email(&request.email)?),
        role: request.role,
        permissions: permissions(request.permissions),
        is_active: request.is_active,
        is_verified: request.is_verified,
    };
    change(&app, user.0, UserId::new(id.0), edit, provenance).await
}

async fn change(
    app: &App,
    actor: Actor,
    user: UserId,
    edit: UserEdit,
    provenance: RequestProvenance,
) -> Result<HttpResponse, ApiError> {
    if edit.role.is_some() || edit.permissions.is_some() {
        require_recent_password(app, &actor)?;
    }
    let command = EditUserCommand { actor, user, edit, provenance: provenance.0 };
    let user = app.services.edit_user.execute(command).await?;
    Ok(HttpResponse::Ok().json(User::from(user)))
}

/// Forget a person
///
/// The person is erased for good: names and address are free, orders stay without a name, every
/// session ends.
#[utoipa::path(delete, path = "/api/v1/users/{id}", operation_id = "deleteUser", tag = "users",
    params(("id" = Uuid, Path, description = "Identity of the person")),
    responses((status = 204, description = "The person is forgotten")))]
pub(crate) async fn erase(
    app: App,
    user: CurrentUser,
    id: PathId,
    provenance: RequestProvenance,
) -> Result<HttpResponse, ApiError> {
    forget(&app, user.0, UserId::new(id.0), provenance).await
}

async fn forget(
    app: &App,
    actor: Actor,
    user: UserId,
    provenance: RequestProvenance,
) -> Result<HttpResponse, ApiError> {
    let command = EraseUserCommand { actor, user, provenance: provenance.0 };
    app.services.erase_user.execute(command).await?;
    Ok(HttpResponse::NoContent().finish())
}
