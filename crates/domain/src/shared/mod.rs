//! Vocabulary shared by every bounded context.

pub mod actor;
pub mod announcements;
pub mod bus;
pub mod copies;
pub mod error;
pub mod event;
pub mod id;
pub mod idempotency;
pub mod limiter;
pub mod money;
pub mod network;
pub mod page;
pub mod ports;
pub mod precondition;
pub mod slug;
mod text_enum;
