//! Checks of a live database.

mod doctor;
mod probes;

pub use self::doctor::{SeaDoctor, SeaDoctorParameters};
