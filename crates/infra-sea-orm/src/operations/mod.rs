//! Checks of a live database, its jobs, and what is thrown away.

mod doctor;
mod housekeeping;
mod jobs;
mod probes;
mod repair;

pub use self::repair::{SeaRepairs, SeaRepairsParameters};
pub use self::{
    doctor::{SeaDoctor, SeaDoctorParameters},
    housekeeping::{SeaHousekeeping, SeaHousekeepingParameters},
    jobs::{SeaJobBoard, SeaJobBoardParameters},
};
