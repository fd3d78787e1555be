//! What may be asked of posts, read into the domain's own words.

use domain::content::{PostChanges, PostStatus};
use serde::Deserialize;
use utoipa::ToSchema;

use super::dto::PostState;
use crate::{
    error::ApiError,
    extract::{long_text, plain_text, present, slug_field},
};

const MAX_TITLE: usize = 200;
/// Characters of the text; what it becomes is of the same order.
const MAX_BODY: usize = 20_000;

/// A whole post. Its author is whoever writes it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PostRequest {
    /// Plain text.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$",
        example = "How to brew"
    )]
    pub(crate) title: String,
    /// `CommonMark` with tables and strikethrough; of HTML only harmless elements stay.
    #[schema(
        min_length = 1,
        max_length = 20_000,
        pattern = "^[^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f]*$",
        example = "Water first, *then* tea."
    )]
    pub(crate) body: String,
    /// Shown in addresses; made from the title of a new post, and kept otherwise.
    #[serde(default, deserialize_with = "present")]
    #[schema(
        pattern = "^[0-9]*[a-z][a-z0-9]*$|^[a-z0-9]+(-[a-z0-9]+)+$",
        min_length = 1,
        max_length = 100,
        example = "how-to-brew"
    )]
    pub(crate) slug: Option<String>,
    /// Who sees it; a new post is published, and others stay as they are.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<PostState>)]
    pub(crate) status: Option<PostStatus>,
}

/// What is to change about a post; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditPostRequest {
    /// Plain text.
    #[serde(default, deserialize_with = "present")]
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$",
        example = "How to brew"
    )]
    pub(crate) title: Option<String>,
    /// `CommonMark` with tables and strikethrough; of HTML only harmless elements stay.
    #[serde(default, deserialize_with = "present")]
    #[schema(
        min_length = 1,
        max_length = 20_000,
        pattern = "^[^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f]*$",
        example = "Water first, *then* tea."
    )]
    pub(crate) body: Option<String>,
    /// Shown in addresses.
    #[serde(default, deserialize_with = "present")]
    #[schema(
        pattern = "^[0-9]*[a-z][a-z0-9]*$|^[a-z0-9]+(-[a-z0-9]+)+$",
        min_length = 1,
        max_length = 100,
        example = "how-to-brew"
    )]
    pub(crate) slug: Option<String>,
    /// Who sees it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<PostState>)]
    pub(crate) status: Option<PostStatus>,
}

impl PostRequest {
    /// What makes a post so.
    ///
    /// # Errors
    /// 422 at the field that is not valid.
    pub(crate) fn changes(self) -> Result<PostChanges, ApiError> {
        let (title, body) = (Some(self.title), Some(self.body));
        EditPostRequest { title, body, slug: self.slug, status: self.status }.changes()
    }
}

impl EditPostRequest {
    /// The changes.
    ///
    /// # Errors
    /// 422 at the field that is not valid.
    pub(crate) fn changes(self) -> Result<PostChanges, ApiError> {
        let title = |text: &str| plain_text("/title", text, MAX_TITLE);
        Ok(PostChanges {
            title: self.title.as_deref().map(title).transpose()?,
            slug: self.slug.as_deref().map(slug_field).transpose()?,
            body: self.body.as_deref().map(body).transpose()?,
            status: self.status,
        })
    }
}

fn body(text: &str) -> Result<String, ApiError> {
    let body = long_text("/body", text, MAX_BODY)?;
    if body.is_empty() {
        return Err(ApiError::invalid_body("/body", "length", "1 to 20000 characters are wanted"));
    }
    Ok(body)
}
