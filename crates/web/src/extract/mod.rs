//! What handlers take from a request. Each extractor refuses with a problem of its own.

mod auth;
mod body;
mod client;
mod device;
mod idempotency;
mod if_match;
mod locale;
mod path;
mod provenance;
mod query;
mod text;
mod window;

pub(crate) use auth::{CurrentUser, MaybeUser, authenticate};
pub(crate) use body::{
    Body, Json, MaybeJson, Object, clearable, objects, parse_json, present, present_objects,
    present_whole_number,
};
pub(crate) use client::address_of;
pub(crate) use device::{ClientDevice, device_of};
pub(crate) use idempotency::{IdempotencyKeyHeader, OfferedIdempotencyKey, answer, answered, made};
pub(crate) use if_match::IfMatch;
pub(crate) use locale::PreferredLocale;
pub(crate) use path::{PathId, PathText, is_slug_shaped, parse_id};
pub(crate) use provenance::{RequestProvenance, provenance_of};
pub(crate) use query::Query;
pub(crate) use text::{is_decimal, long_text, nfc, plain_text, slug_field};
pub(crate) use window::Windowed;
