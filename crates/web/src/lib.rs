//! HTTP face of the store: parse, call one use case, render. It knows the domain's ports and
//! nothing of what stands behind them.

mod audit;
mod catalogue;
mod connection;
mod cors;
mod counted;
mod error;
mod etag;
mod extract;
mod identity;
mod inventory;
mod lang;
mod limits;
mod load;
mod messaging;
mod middleware;
mod openapi;
mod ordering;
mod pages;
mod payments;
mod people;
mod posts;
mod routes;
mod server;
mod services;
mod settings;
mod streams;
mod system;

pub use counted::CountedText;
pub use error::{ApiError, FieldError, Problem};
pub use limits::{Rate, RateLimits};
pub use openapi::openapi_json;
pub use routes::{Access, Limit, Operation, configure, operations};
pub use server::serve;
pub use services::Services;
pub use settings::{
    Environment, HttpSettings, Registration, UnreadableRoute, public_routes, trusted_proxies,
};
