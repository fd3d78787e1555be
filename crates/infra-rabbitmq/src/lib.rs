//! The message bus on RabbitMQ: durable, confirmed, one quorum queue for each consumer.
//!
//! Connections are made again by this crate, never by the client library, and no wait is
//! unbounded.

mod bus;
mod delivery;
mod error;
mod health;
mod inspect;
mod link;
mod message;
mod publisher;
mod settings;
mod source;
mod topology;

pub use bus::RabbitBus;
pub use health::{RabbitHealth, RabbitHealthParameters};
pub use inspect::{RabbitReach, RabbitTopology};
pub use publisher::{RabbitEventPublisher, RabbitEventPublisherParameters};
pub use settings::{InvalidRabbitSettings, RabbitSettings};
pub use source::{RabbitEventSource, RabbitEventSourceParameters};
