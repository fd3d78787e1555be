use metrics::{Counter, counter};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::{Layer, layer::Context};

/// Counts the log lines somebody should look at.
pub(crate) struct CountLines {
    warnings: Counter,
    errors: Counter,
}

impl CountLines {
    /// To be made after counting was started.
    pub(crate) fn new() -> Self {
        let lines = |level| counter!("kontor_log_lines_total", "level" => level);
        Self { warnings: lines("warn"), errors: lines("error") }
    }
}

impl<S: Subscriber> Layer<S> for CountLines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        match *event.metadata().level() {
            Level::ERROR => self.errors.increment(1),
            Level::WARN => self.warnings.increment(1),
            _ => {}
        }
    }
}
