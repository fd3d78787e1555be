//! Content: what people write for others to read.

mod commands;
mod error;
mod events;
mod ports;
mod post;
mod reads;

pub use commands::{
    CreatePost, CreatePostCommand, DeletePost, DeletePostCommand, EditPost, EditPostCommand,
    PostChanges, WRITING,
};
pub use error::{TooComplex, WritePostError};
pub use events::{PostCreated, PostDeleted, PostPublished, PostUpdated, PostWithdrawn};
pub use ports::{ContentRenderer, ContentStore, ContentUnitOfWork, PostRepository};
pub use post::{NewPost, Post, PostBody, PostEdit, PostId, PostStatus};
pub use reads::{PostFilter, PostKey, PostReads, PostView};
