//! Every metric there is: the only place that knows what one means. The code that counts names
//! them again, and `cargo xtask docs --check` compares.

use std::fmt::Write;

/// One metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// What its numbers do.
    pub kind: Kind,
    /// Labels, each with a closed set of values.
    pub labels: &'static [&'static str],
    /// What it counts or shows.
    pub about: &'static str,
}

/// What the numbers of a metric do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// Only grows, until the process ends.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts in buckets, whose upper bounds these are.
    Histogram(&'static [f64]),
}

impl Kind {
    /// As Prometheus calls it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram(_) => "histogram",
        }
    }
}

/// How long requests, statements and calls take, in seconds.
const TIME: Kind = Kind::Histogram(&[
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
]);

/// How long something waits for others, in seconds.
const LAG: Kind = Kind::Histogram(&[
    0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1_800.0, 7_200.0,
]);

/// How much is done at once.
const SIZE: Kind = Kind::Histogram(&[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0]);

const fn metric(
    name: &'static str,
    kind: Kind,
    labels: &'static [&'static str],
    about: &'static str,
) -> Metric {
    Metric { name, kind, labels, about }
}

use Kind::{Counter, Gauge};

/// Every metric.
#[rustfmt::skip]
pub const METRICS: &[Metric] = &[
    metric("kontor_http_requests_total", Counter, &["method", "route", "status"], "Requests answered. `route` is the pattern of the route table or `unmatched`, `status` a class such as `2xx`."),
    metric("kontor_http_request_duration_seconds", TIME, &["method", "route"], "Time from the head of a request to its answer."),
    metric("kontor_http_requests_in_flight", Gauge, &[], "Requests worked on now; health and metrics are not counted."),
    metric("kontor_http_refused_total", Counter, &["code"], "Answers 429 (too many) and 503 (overloaded, too late, or a service is missing), by the code of the problem."),
    metric("kontor_http_connections_refused_total", Counter, &[], "Connections closed because their address had too many."),
    metric("kontor_catalogue_answers_total", Counter, &["from"], "Answers of the catalogue to everybody: `process` and `shared` were kept, `database` was read."),
    metric("kontor_db_statement_duration_seconds", TIME, &[], "Time of each statement, with the wait for a connection."),
    metric("kontor_db_errors_total", Counter, &["kind"], "Statements and commits that failed: `conflict`, `already_exists`, `refused`, `unavailable`, `outcome_unknown` or `corrupt`."),
    metric("kontor_db_connections", Gauge, &["pool", "state"], "Connections of the pools `read` and `write` (one and the same on PostgreSQL: `read`), `idle` or `used`."),
    metric("kontor_db_group_size", SIZE, &[], "Units of work that shared one commit of the SQLite writer."),
    metric("kontor_db_group_commit_duration_seconds", TIME, &[], "Time of such a commit, with its fsync."),
    metric("kontor_redis_commands_total", Counter, &["outcome"], "What Redis was asked for: `ok`, `failed`, `timed_out`, or `not_asked` because it failed a moment ago."),
    metric("kontor_outbox_waiting_events", Gauge, &[], "Events that wait for the bus, all processes together."),
    metric("kontor_outbox_oldest_age_seconds", Gauge, &[], "Age of the oldest of them; 0 when none waits."),
    metric("kontor_dead_letters", Gauge, &[], "Events nobody could handle that nobody has settled, all processes together."),
    metric("kontor_backlog_last_seen_timestamp_seconds", Gauge, &[], "When these three were looked at, Unix time."),
    metric("kontor_relay_events_total", Counter, &["outcome"], "Events on their way to the bus: `published`, `not_confirmed`, `unavailable`, or `held_back` behind an earlier one of the same aggregate."),
    metric("kontor_relay_lag_seconds", LAG, &[], "Age of an event when the bus has taken it."),
    metric("kontor_bus_returned_total", Counter, &[], "Messages RabbitMQ returned because no queue took them."),
    metric("kontor_messages_total", Counter, &["consumer", "outcome"], "Events given to handlers: `handled`, `retried` (not now), `dead_lettered` or `not_settled` (the bus delivers it again)."),
    metric("kontor_message_duration_seconds", TIME, &["consumer"], "Time a handler took."),
    metric("kontor_message_lag_seconds", LAG, &["consumer"], "Age of an event when it was handled."),
    metric("kontor_job_runs_total", Counter, &["name", "outcome"], "Runs of jobs: `done`, `failed`, `panicked`, `cut_off` by the end of the process, or `not_run` because the store did not answer."),
    metric("kontor_job_duration_seconds", TIME, &["name"], "Time of a run."),
    metric("kontor_job_last_done_timestamp_seconds", Gauge, &["name"], "When this process last ended a run well, Unix time."),
    metric("kontor_mails_total", Counter, &["outcome"], "Mails: `sent`, `postponed` after a failure, or `given_up`."),
    metric("kontor_provider_calls_total", Counter, &["provider", "operation", "outcome"], "What payment providers were asked for (`create`, `capture`, `void`, `fetch`, `refund`): `ok`, `refused`, or `unknown` when nobody knows what became of it."),
    metric("kontor_provider_call_duration_seconds", TIME, &["provider", "operation"], "Time of such a call."),
    metric("kontor_provider_notices_total", Counter, &["provider", "outcome"], "Webhooks of payment providers: `believed`, `not_believed` or `malformed`."),
    metric("kontor_log_lines_total", Counter, &["level"], "Log lines written with level `warn` or `error`."),
    metric("kontor_build_info", Gauge, &["version"], "1, with the release."),
    metric("process_start_time_seconds", Gauge, &[], "When the process began, Unix time."),
    metric("process_cpu_seconds_total", Counter, &[], "Processor time used, whole seconds."),
    metric("process_resident_memory_bytes", Gauge, &[], "Memory held."),
    metric("process_open_fds", Gauge, &[], "Open files and connections."),
];

/// `docs/metrics.md`.
pub fn document() -> String {
    let mut text = String::from(
        "# Metrics\n\nWhat `/metrics` tells, in the text format of Prometheus. How to get it: [operations.md](operations.md#seeing-what-it-does). Every label has a closed\n\
         set of values; histograms have `_bucket`, `_sum` and `_count`. A process tells what it does itself: an API has no handlers, a worker no routes.\n\n\
         | Metric | Type | Labels | Meaning |\n|---|---|---|---|\n",
    );
    for Metric { name, kind, labels, about } in METRICS {
        let labels: Vec<_> = labels.iter().map(|label| format!("`{label}`")).collect();
        // Writing to a string cannot fail.
        let _ =
            writeln!(text, "| `{name}` | {} | {} | {about} |", kind.as_str(), labels.join(", "));
    }
    text
}
