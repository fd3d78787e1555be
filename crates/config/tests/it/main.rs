//! Settings as a user writes them.
mod bad;
mod documents;
mod explain;
mod layers;
mod production;
mod support;
