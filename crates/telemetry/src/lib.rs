//! What a process tells of itself. Standard output belongs to commands; logs go to standard error,
//! with times in UTC (RFC 3339); what is counted is told in the text format of Prometheus.

mod metrics;
mod spans;

pub use crate::metrics::{Kind, METRICS, Metric, Metrics, MetricsError, document};
pub use spans::{Sending, SpanSettings};

use std::io::{self, IsTerminal as _};

use tracing::{Dispatch, Subscriber};
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::ParseError,
    fmt::MakeWriter,
    layer::SubscriberExt as _,
    registry::LookupSpan,
    util::{SubscriberInitExt as _, TryInitError},
};

use crate::metrics::CountLines;

/// What a log line looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people: one line, coloured on a terminal.
    Pretty,
    /// For machines: one JSON object a line, with the fields of all spans around the event.
    Json,
}

impl Format {
    /// Reads `pretty` or `json`.
    ///
    /// # Errors
    /// [`TelemetryError::Format`] for anything else.
    pub fn parse(text: &str) -> Result<Self, TelemetryError> {
        match text {
            "pretty" => Ok(Self::Pretty),
            "json" => Ok(Self::Json),
            _ => Err(TelemetryError::Format),
        }
    }
}

/// Logging could not be started.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The format is neither `pretty` nor `json`.
    #[error("the log format is neither pretty nor json")]
    Format,
    /// The level is neither a level nor a list of directives.
    #[error("LOG__LEVEL cannot be read")]
    Level(#[source] ParseError),
    /// Logging was started before.
    #[error("logging has been started already")]
    AlreadyStarted(#[source] TryInitError),
    /// Spans cannot be sent there.
    #[cfg(feature = "otel")]
    #[error("the exporter of traces cannot be made")]
    Exporter(#[source] opentelemetry_otlp::ExporterBuildError),
}

/// Starts logging for the whole process, after counting. `level` is a level (`info`) or a list of
/// directives (`info,sqlx=warn`). Spans go to a collector when there is one.
///
/// # Errors
/// [`TelemetryError`].
pub fn init(
    format: Format,
    level: &str,
    spans: Option<&SpanSettings>,
) -> Result<Sending, TelemetryError> {
    let colours = io::stderr().is_terminal();
    let (dispatch, sending) = dispatch(format, level, spans, colours, io::stderr)?;
    dispatch.try_init().map_err(TelemetryError::AlreadyStarted)?;
    if spans.is_some() && !cfg!(feature = "otel") {
        tracing::warn!("no traces are sent: this program was built without the feature otel");
    }
    Ok(sending)
}

fn dispatch<W>(
    format: Format,
    level: &str,
    spans: Option<&SpanSettings>,
    colours: bool,
    writer: W,
) -> Result<(Dispatch, Sending), TelemetryError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter = EnvFilter::builder().parse(level).map_err(TelemetryError::Level)?;
    #[cfg(feature = "otel")]
    if let Some(spans) = spans {
        // Spans that are sent and lines that are shown are chosen apart.
        let (sent, sending) = spans::layer(spans)?;
        let lines = lines(format, colours, writer).and_then(CountLines::new()).with_filter(filter);
        let all = tracing_subscriber::registry().with(sent).with(lines);
        return Ok((all.into(), sending));
    }
    #[cfg(not(feature = "otel"))]
    let _ = spans;
    let lines = lines(format, colours, writer).and_then(CountLines::new());
    let all = tracing_subscriber::registry().with(filter).with(lines);
    Ok((all.into(), Sending::default()))
}

/// Writes lines.
fn lines<S, W>(format: Format, colours: bool, writer: W) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt::layer().with_writer(writer);
    match format {
        Format::Pretty => lines.with_ansi(colours).boxed(),
        Format::Json => {
            lines.json().flatten_event(true).with_current_span(false).with_span_list(true).boxed()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{self, Write},
        sync::{Arc, Mutex},
    };

    use serde_json::{Value, json};
    use tracing::dispatcher::with_default;
    use tracing_subscriber::fmt::MakeWriter;

    use super::{Format, TelemetryError, dispatch};

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl MakeWriter<'_> for Lines {
        type Writer = Self;

        fn make_writer(&self) -> Self {
            self.clone()
        }
    }

    fn logged(format: Format, level: &str) -> String {
        let lines = Lines::default();
        let (dispatch, _sending) = dispatch(format, level, None, false, lines.clone()).unwrap();
        with_default(&dispatch, || {
            let span = tracing::info_span!("request", request_id = "r-1");
            span.in_scope(|| {
                tracing::info_span!("order", number = 7).in_scope(|| {
                    tracing::info!(attempts = 2, "stored");
                    tracing::debug!("detail");
                });
            });
        });
        let bytes = lines.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn json_lines_carry_the_fields_of_every_span_around_them() {
        let text = logged(Format::Json, "info");
        assert_eq!(text.lines().count(), 1);
        let line: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((&line["message"], &line["attempts"]), (&json!("stored"), &json!(2)));
        assert_eq!(line["spans"][0]["request_id"], json!("r-1"));
        assert_eq!(line["spans"][1]["number"], json!(7));
        let time = line["timestamp"].as_str().unwrap();
        assert!(time.contains('T') && time.ends_with('Z'), "{time}");
    }

    #[test]
    fn pretty_lines_are_plain_when_nobody_looks() {
        let text = logged(Format::Pretty, "info");
        assert_eq!(text.lines().count(), 1);
        assert!(text.contains("stored attempts=2") && text.contains("request_id=\"r-1\""));
        assert!(!text.contains('\u{1b}'));
    }

    #[test]
    fn the_level_decides_what_is_logged() {
        assert_eq!(logged(Format::Json, "debug").lines().count(), 2);
        assert_eq!(logged(Format::Json, "warn").lines().count(), 0);
        assert_eq!(logged(Format::Json, "warn,telemetry=debug").lines().count(), 2);
    }

    #[test]
    fn formats_are_known_by_name() {
        assert_eq!(Format::parse("pretty").unwrap(), Format::Pretty);
        assert_eq!(Format::parse("json").unwrap(), Format::Json);
        assert!(matches!(Format::parse("xml"), Err(TelemetryError::Format)));
    }

    #[test]
    fn a_level_that_cannot_be_read_is_refused() {
        for level in ["info,=", "a=b=c", "telemetry=loud"] {
            let answer = dispatch(Format::Json, level, None, false, io::sink);
            assert!(matches!(answer, Err(TelemetryError::Level(_))), "{level}");
        }
    }
}
