use std::time::Duration;

/// How the worker goes about its work.
#[derive(Clone, Debug)]
pub struct WorkerSettings {
    /// Events published in one go.
    pub relay_batch: u32,
    /// Longest time one batch is published, whatever the bus does; what is left then is put back.
    /// Well below half a minute, for which events are claimed.
    pub publish_timeout: Duration,
    /// Longest wait before the outbox is looked at again when nobody tells of a change.
    pub relay_poll: Duration,
    /// Events of one consumer handled at the same time.
    pub concurrency: u16,
    /// Waits before an event is tried again; after the last it becomes a dead letter.
    pub retry_delays: Vec<Duration>,
    /// How often the mail queue is looked at.
    pub mail_poll: Duration,
    /// Longest time between two looks at when a job is due.
    pub jobs_poll: Duration,
}

impl Default for WorkerSettings {
    fn default() -> Self {
        Self {
            relay_batch: 100,
            publish_timeout: Duration::from_secs(10),
            relay_poll: Duration::from_millis(500),
            concurrency: 8,
            retry_delays: [1, 10, 60, 60].map(Duration::from_secs).to_vec(),
            mail_poll: Duration::from_millis(500),
            jobs_poll: Duration::from_secs(60),
        }
    }
}
