//! Writing posts.

mod create_post;
mod delete_post;
mod edit_post;
pub(crate) mod on_user_deleted;

pub use create_post::{CreatePostUseCase, CreatePostUseCaseParameters};
pub use delete_post::{DeletePostUseCase, DeletePostUseCaseParameters};
pub use edit_post::{EditPostUseCase, EditPostUseCaseParameters};
pub use on_user_deleted::{DropDrafts, DropDraftsParameters};

use domain::{content::WritePostError, shared::error::StoreError};

/// What a refusal of the store means.
fn refused(error: WritePostError) -> WritePostError {
    match error {
        WritePostError::Store(StoreError::AlreadyExists { constraint })
            if constraint == "uq_posts_slug" =>
        {
            WritePostError::SlugTaken
        }
        other => other,
    }
}
