//! Categories as staff change them.

use actix_web::HttpResponse;
use domain::{
    catalogue::{
        CategoryChanges, CategoryView, CreateCategoryCommand, DeleteCategoryCommand,
        EditCategoryCommand,
    },
    shared::{idempotency::StoredResponse, precondition::Precondition},
};

use super::{
    dto::Category,
    handlers::key_of_category,
    requests::{CategoryRequest, EditCategoryRequest},
};
use crate::{
    error::ApiError,
    etag,
    extract::{
        CurrentUser, IfMatch, Json, OfferedIdempotencyKey, PathText, RequestProvenance, answer,
        made,
    },
    services::App,
};

/// The answer to a new category; also kept for its idempotency key.
fn created(category: &CategoryView) -> StoredResponse {
    answer(201, format!("/api/v1/categories/{}", category.id), &Category::from(category.clone()))
}

/// Make a category
///
/// The tree has 8 levels at most.
#[utoipa::path(post, path = "/api/v1/categories", operation_id = "createCategory", tag = "catalogue",
    request_body = CategoryRequest,
    responses((status = 201, description = "The category", body = Category)))]
pub(crate) async fn create(
    app: App,
    user: CurrentUser,
    key: OfferedIdempotencyKey,
    provenance: RequestProvenance,
    body: Json<CategoryRequest>,
) -> Result<HttpResponse, ApiError> {
    let wanted = body.value.changes()?;
    let command = CreateCategoryCommand {
        actor: user.0,
        name: wanted.name.unwrap_or_default(),
        slug: wanted.slug,
        parent: wanted.parent.flatten(),
        idempotency: key.0.bind("create_category", &user.0, &body.raw, created),
        provenance: provenance.0,
    };
    made(app.services.create_category.execute(command).await?, created)
}

async fn edit(
    app: &App,
    user: CurrentUser,
    val: &PathText,
    precondition: Precondition,
    provenance: RequestProvenance,
    changes: CategoryChanges,
) -> Result<HttpResponse, ApiError> {
    let (category, provenance) = (val.key(key_of_category)?, provenance.0);
    let command =
        EditCategoryCommand { actor: user.0, category, changes, precondition, provenance };
    let view = app.services.edit_category.execute(command).await?;
    let version = view.version;
    etag::changed(&Category::from(view), version)
}

/// Replace a category
///
/// Without `parent_id` it becomes a root; slug and activity stay.
#[utoipa::path(put, path = "/api/v1/categories/{val}", operation_id = "replaceCategory", tag = "catalogue",
    params(("val" = String, Path, description = "UUID or slug", pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", max_length = 100, example = "tea")),
    request_body = CategoryRequest,
    responses((status = 200, description = "The category", body = Category)))]
pub(crate) async fn replace(
    app: App,
    user: CurrentUser,
    val: PathText,
    meant: IfMatch,
    provenance: RequestProvenance,
    body: Json<CategoryRequest>,
) -> Result<HttpResponse, ApiError> {
    edit(&app, user, &val, meant.0, provenance, body.value.changes()?).await
}

/// Change or move a category
#[utoipa::path(patch, path = "/api/v1/categories/{val}", operation_id = "editCategory", tag = "catalogue",
    params(("val" = String, Path, description = "UUID or slug", pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", max_length = 100, example = "tea")),
    request_body = EditCategoryRequest,
    responses((status = 200, description = "The category", body = Category)))]
pub(crate) async fn change(
    app: App,
    user: CurrentUser,
    val: PathText,
    meant: IfMatch,
    provenance: RequestProvenance,
    body: Json<EditCategoryRequest>,
) -> Result<HttpResponse, ApiError> {
    edit(&app, user, &val, meant.0, provenance, body.value.changes()?).await
}

/// Show a category again
///
/// It and its products are shown when everything above it is.
#[utoipa::path(post, path = "/api/v1/categories/{val}/activate", operation_id = "activateCategory", tag = "catalogue",
    params(("val" = String, Path, description = "UUID or slug", pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", max_length = 100, example = "tea")),
    responses((status = 200, description = "The category", body = Category)))]
pub(crate) async fn activate(
    app: App,
    user: CurrentUser,
    val: PathText,
    provenance: RequestProvenance,
) -> Result<HttpResponse, ApiError> {
    let changes = CategoryChanges { is_active: Some(true), ..CategoryChanges::default() };
    edit(&app, user, &val, Precondition::None, provenance, changes).await
}

/// Hide a category
///
/// Everything below it is hidden too, and its products are not sold.
#[utoipa::path(post, path = "/api/v1/categories/{val}/deactivate", operation_id = "deactivateCategory", tag = "catalogue",
    params(("val" = String, Path, description = "UUID or slug", pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", max_length = 100, example = "tea")),
    responses((status = 200, description = "The category", body = Category)))]
pub(crate) async fn deactivate(
    app: App,
    user: CurrentUser,
    val: PathText,
    provenance: RequestProvenance,
) -> Result<HttpResponse, ApiError> {
    let changes = CategoryChanges { is_active: Some(false), ..CategoryChanges::default() };
    edit(&app, user, &val, Precondition::None, provenance, changes).await
}

/// Take a category away
///
/// Refused while products, shown or not, or other categories are in it.
#[utoipa::path(delete, path = "/api/v1/categories/{val}", operation_id = "deleteCategory", tag = "catalogue",
    params(("val" = String, Path, description = "UUID or slug", pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", max_length = 100, example = "tea")),
    responses((status = 204, description = "It is gone")))]
pub(crate) async fn delete(
    app: App,
    user: CurrentUser,
    val: PathText,
    meant: IfMatch,
    provenance: RequestProvenance,
) -> Result<HttpResponse, ApiError> {
    let command = DeleteCategoryCommand {
        actor: user.0,
        category: val.key(key_of_category)?,
        precondition: meant.0,
        provenance: provenance.0,
    };
    app.services.delete_category.execute(command).await?;
    Ok(HttpResponse::NoContent().finish())
}
