use serde::{Deserialize, Serialize};

use super::PostId;

/// A post was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostCreated {
    /// The post.
    pub post_id: PostId,
}

/// Title, slug or text of a post changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostUpdated {
    /// The post.
    pub post_id: PostId,
}

/// A draft is shown to everybody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostPublished {
    /// The post.
    pub post_id: PostId,
}

/// A post is a draft again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostWithdrawn {
    /// The post.
    pub post_id: PostId,
}

/// A post is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostDeleted {
    /// The post.
    pub post_id: PostId,
}
