//! Operations: what must be true of a live database, what is done by the clock, and what is thrown
//! away.

mod doctor;
mod housekeeping;
mod jobs;
mod repair;

pub use doctor::{Check, Doctor, Finding, Report};
pub use housekeeping::{Housekeeping, Leftover};
pub use jobs::{Job, JobBoard, JobError, JobOutcome, JobRun, JobState, RunJobs, Schedule, Turn};
pub use repair::{Repair, RepairCounters};
