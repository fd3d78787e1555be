use actix_web::{HttpRequest, HttpResponse};
use domain::{
    content::{PostFilter, PostId, PostKey, PostStatus, WritePostError},
    identity::{Permission, UserId},
    shared::actor::{Forbidden, Viewer},
};

use super::dto::{Post, PostPage};
use crate::{
    error::ApiError,
    etag,
    extract::{MaybeUser, PathText, Query, Windowed, is_slug_shaped, parse_id},
    services::App,
};

pub(super) fn key_of_post(text: &str) -> Option<PostKey> {
    match parse_id(text) {
        Some(id) => Some(PostKey::Id(PostId::new(id))),
        None => is_slug_shaped(text).then(|| PostKey::Slug(text.to_owned())),
    }
}

/// Posts, newest first
///
/// The published ones; with `status=draft` one's own drafts, and everybody's for `content:write`.
#[utoipa::path(get, path = "/api/v1/posts", operation_id = "listPosts", tag = "posts",
    params(
        ("author_id" = Option<Uuid>, Query, description = "Written by this person"),
        ("status" = inline(Option<super::dto::PostState>), Query, description = "`published` by default; drafts are their author's"),
    ),
    responses((status = 200, description = "Posts", body = PostPage)))]
pub(crate) async fn list(
    app: App,
    request: HttpRequest,
    user: MaybeUser,
    query: Query,
) -> Result<HttpResponse, ApiError> {
    let windowed = Windowed::read(&query)?;
    let author = query.one_of("author_id", parse_id, "a UUID")?.map(UserId::new);
    let status = query.one_of("status", PostStatus::parse, "draft or published")?;
    let status = status.unwrap_or(PostStatus::Published);
    let viewer = Viewer::of(user.0.as_ref(), Permission::ContentWrite);
    if status == PostStatus::Draft {
        match (viewer, author) {
            (Viewer::Anybody, _) => return Err(ApiError::token_missing()),
            (Viewer::Person(own), Some(other)) if own != other => return Err(Forbidden.into()),
            _ => {}
        }
    }
    let filter = PostFilter { status, author };
    let page = app.services.posts.posts(filter, viewer, windowed.window).await?;
    let links = windowed.links(&query, page.total, page.next);
    etag::respond(&request, &PostPage::from(page), None, links)
}

/// One post
///
/// A draft only to its author, and to `content:write`.
#[utoipa::path(get, path = "/api/v1/posts/{id}", operation_id = "getPost", tag = "posts",
    params(("id" = String, Path, description = "UUID or slug", pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", max_length = 100, example = "how-to-brew")),
    responses((status = 200, description = "The post", body = Post)))]
pub(crate) async fn one(
    app: App,
    request: HttpRequest,
    user: MaybeUser,
    id: PathText,
) -> Result<HttpResponse, ApiError> {
    let key = id.key(key_of_post)?;
    let viewer = Viewer::of(user.0.as_ref(), Permission::ContentWrite);
    let post = app.services.posts.post(&key, viewer).await?.ok_or(WritePostError::NotFound)?;
    let version = post.version;
    etag::respond(&request, &Post::from(post), Some(version), None)
}
