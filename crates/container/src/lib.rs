//! Composition root: the only crate that sees both the ports and the adapters.

mod assemble;
mod error;
mod inspections;
mod lifecycle;
mod modules;
mod schema;
mod wiring;

pub use assemble::{Application, assemble, assemble_with, open_read_only};
pub use error::AssembleError;
pub use inspections::inspections;
pub use lifecycle::{stop_requested, watch_stop};
pub use modules::{AppModule, CacheModule, MailModule, MessagingModule};
pub use schema::{SchemaChange, change_schema, is_unmade, migrations};
