use domain::{
    content::{PostStatus, PostView},
    shared::page::Page,
};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

/// Who sees a post.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "the schema of domain::content::PostStatus")]
pub(crate) enum PostState {
    Draft,
    Published,
}

/// Something somebody wrote for others to read.
#[derive(Serialize, ToSchema)]
pub(crate) struct Post {
    /// Identity.
    pub(crate) id: Uuid,
    /// Plain text.
    #[schema(example = "How to brew")]
    pub(crate) title: String,
    /// Shown in addresses.
    #[schema(example = "how-to-brew")]
    pub(crate) slug: String,
    /// Markdown, as it was written.
    #[schema(example = "Water first, *then* tea.")]
    pub(crate) body: String,
    /// The same as HTML that is safe to show.
    #[schema(example = "<p>Water first, <em>then</em> tea.</p>\n")]
    pub(crate) body_html: String,
    /// Who wrote it.
    pub(crate) author_id: Uuid,
    /// Who sees it: drafts only their author, and staff.
    #[schema(value_type = PostState)]
    pub(crate) status: PostStatus,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) created_at: OffsetDateTime,
    /// When it last changed.
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) updated_at: OffsetDateTime,
}

impl From<PostView> for Post {
    fn from(post: PostView) -> Self {
        Self {
            id: post.id.raw(),
            title: post.title,
            slug: post.slug,
            body: post.body,
            body_html: post.body_html,
            author_id: post.author.raw(),
            status: post.status,
            created_at: post.created_at,
            updated_at: post.updated_at,
        }
    }
}

/// Posts.
#[derive(Serialize, ToSchema)]
pub(crate) struct PostPage {
    /// The rows.
    pub(crate) items: Vec<Post>,
    /// How many there are; null in a window by cursor.
    #[schema(minimum = 0, format = Int64)]
    pub(crate) total: Option<u64>,
    /// Continues the list; null at its end.
    pub(crate) next_cursor: Option<String>,
}

impl From<Page<PostView>> for PostPage {
    fn from(page: Page<PostView>) -> Self {
        Self {
            items: page.items.into_iter().map(Post::from).collect(),
            total: page.total,
            next_cursor: page.next.map(|id| id.to_string()),
        }
    }
}
