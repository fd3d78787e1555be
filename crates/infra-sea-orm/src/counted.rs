//! What is counted of the store.

use std::time::Duration;

use domain::shared::error::StoreError;
use metrics::{Gauge, Histogram, counter, gauge, histogram};

/// Numbers every statement pays for.
pub(crate) struct Counted {
    took: Histogram,
}

impl Counted {
    /// What is watched for its first time is told from the start.
    pub(crate) fn new() -> Self {
        for kind in ["unavailable", "outcome_unknown", "corrupt"] {
            counter!("kontor_db_errors_total", "kind" => kind).increment(0);
        }
        for outcome in ["sent", "postponed", "given_up"] {
            counter!("kontor_mails_total", "outcome" => outcome).increment(0);
        }
        Self { took: histogram!("kontor_db_statement_duration_seconds") }
    }

    /// Counts one statement, or the end of a transaction.
    pub(crate) fn statement<T>(&self, took: Duration, outcome: &Result<T, StoreError>) {
        self.took.record(took);
        if let Err(error) = outcome {
            failure(error);
        }
    }
}

/// Counts what the store refused or did not do.
pub(crate) fn failure(error: &StoreError) {
    let kind = match error {
        StoreError::Conflict => "conflict",
        StoreError::AlreadyExists { .. } => "already_exists",
        StoreError::Refused { .. } => "refused",
        StoreError::Unavailable(_) => "unavailable",
        StoreError::OutcomeUnknown(_) => "outcome_unknown",
        StoreError::Corrupt(_) => "corrupt",
    };
    counter!("kontor_db_errors_total", "kind" => kind).increment(1);
}

/// Says how many connections a pool has, and how many of them do nothing.
pub(crate) fn pool(name: &'static str, size: u32, idle: usize) {
    let told =
        |state| -> Gauge { gauge!("kontor_db_connections", "pool" => name, "state" => state) };
    let idle = u32::try_from(idle).unwrap_or(u32::MAX);
    told("idle").set(idle);
    told("used").set(size.saturating_sub(idle));
}
