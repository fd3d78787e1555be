//! Operations: what must be true of a live database, and who checks it.

mod doctor;

pub use doctor::{Check, Doctor, Finding, Report};
