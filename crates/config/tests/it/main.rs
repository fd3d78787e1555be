//! Settings as a user writes them.
mod bad;
mod documents;
mod layers;
mod production;
mod support;
