//! Posts as their authors change them.

use actix_web::HttpResponse;
use domain::{
    content::{
        CreatePostCommand, DeletePostCommand, EditPostCommand, PostChanges, PostStatus, PostView,
        WRITING,
    },
    shared::{idempotency::StoredResponse, precondition::Precondition},
};

use super::{
    dto::Post,
    handlers::key_of_post,
    requests::{EditPostRequest, PostRequest},
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

/// The answer to a new post; also kept for its idempotency key.
fn created(post: &PostView) -> StoredResponse {
    answer(201, format!("/api/v1/posts/{}", post.id), &Post::from(post.clone()))
}

/// Write a post
///
/// By the caller, and published at once unless `status` says otherwise.
#[utoipa::path(post, path = "/api/v1/posts", operation_id = "createPost", tag = "posts",
    request_body = PostRequest,
    responses((status = 201, description = "The post", body = Post)))]
pub(crate) async fn create(
    app: App,
    user: CurrentUser,
    key: OfferedIdempotencyKey,
    provenance: RequestProvenance,
    body: Json<PostRequest>,
) -> Result<HttpResponse, ApiError> {
    let wanted = body.value.changes()?;
    let command = CreatePostCommand {
        actor: user.0,
        title: wanted.title.unwrap_or_default(),
        slug: wanted.slug,
        body: wanted.body.unwrap_or_default(),
        status: wanted.status.unwrap_or(PostStatus::Published),
        idempotency: key.0.bind(WRITING, &user.0, &body.raw, created),
        provenance: provenance.0,
    };
    made(app.services.create_post.execute(command).await?, created)
}

async fn edit(
    app: &App,
    user: CurrentUser,
    id: &PathText,
    precondition: Precondition,
    provenance: RequestProvenance,
    changes: PostChanges,
) -> Result<HttpResponse, ApiError> {
    let (post, provenance) = (id.key(key_of_post)?, provenance.0);
    let command = EditPostCommand { actor: user.0, post, changes, precondition, provenance };
    let view = app.services.edit_post.execute(command).await?;
    let version = view.version;
    etag::changed(&Post::from(view), version)
}

/// Replace a post
///
/// Slug and status stay when they are absent.
#[utoipa::path(put, path = "/api/v1/posts/{id}", operation_id = "replacePost", tag = "posts",
    params(("id" = String, Path, description = "UUID or slug", pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", max_length = 100, example = "how-to-brew")),
    request_body = PostRequest,
    responses((status = 200, description = "The post", body = Post)))]
pub(crate) async fn replace(
    app: App,
    user: CurrentUser,
    id: PathText,
    meant: IfMatch,
    provenance: RequestProvenance,
    body: Json<PostRequest>,
) -> Result<HttpResponse, ApiError> {
    edit(&app, user, &id, meant.0, provenance, body.value.changes()?).await
}

/// Change a post
#[utoipa::path(patch, path = "/api/v1/posts/{id}", operation_id = "editPost", tag = "posts",
    params(("id" = String, Path, description = "UUID or slug", pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", max_length = 100, example = "how-to-brew")),
    request_body = EditPostRequest,
    responses((status = 200, description = "The post", body = Post)))]
pub(crate) async fn change(
    app: App,
    user: CurrentUser,
    id: PathText,
    meant: IfMatch,
    provenance: RequestProvenance,
    body: Json<EditPostRequest>,
) -> Result<HttpResponse, ApiError> {
    edit(&app, user, &id, meant.0, provenance, body.value.changes()?).await
}

/// Take a post away
#[utoipa::path(delete, path = "/api/v1/posts/{id}", operation_id = "deletePost", tag = "posts",
    params(("id" = String, Path, description = "UUID or slug", pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", max_length = 100, example = "how-to-brew")),
    responses((status = 204, description = "It is gone")))]
pub(crate) async fn delete(
    app: App,
    user: CurrentUser,
    id: PathText,
    meant: IfMatch,
    provenance: RequestProvenance,
) -> Result<HttpResponse, ApiError> {
    let command = DeletePostCommand {
        actor: user.0,
        post: id.key(key_of_post)?,
        precondition: meant.0,
        provenance: provenance.0,
    };
    app.services.delete_post.execute(command).await?;
    Ok(HttpResponse::NoContent().finish())
}
