//! What is counted: one recorder for the whole process, and its text for Prometheus. Whoever counts
//! uses the macros of `metrics`; without a recorder they do nothing.

mod catalogue;
mod lines;
mod process;

pub use catalogue::{Kind, METRICS, Metric, document};
pub(crate) use lines::CountLines;

use std::{
    fmt, io,
    sync::{Arc, Mutex, PoisonError, Weak},
    thread,
    time::Duration,
};

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

/// How often what histograms gathered is folded into their buckets when nobody asks.
const UPKEEP: Duration = Duration::from_secs(5);

/// Looks at something that nobody counts, right before it is told.
type Sampler = Box<dyn Fn() + Send + Sync>;

/// What this process counts. Cheap to clone.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    handle: PrometheusHandle,
    samplers: Mutex<Vec<Sampler>>,
}

/// Counting could not be started.
#[derive(Debug, thiserror::Error)]
pub enum MetricsError {
    /// The recorder was refused: counting was started before.
    #[error("counting cannot be started")]
    Recorder(#[source] BuildError),
    /// There is no thread for it.
    #[error("there is no thread for counting")]
    Thread(#[source] io::Error),
}

impl Metrics {
    /// Starts counting for the whole process; to be called before anything that counts is made.
    ///
    /// # Errors
    /// [`MetricsError`].
    pub fn install() -> Result<Self, MetricsError> {
        let mut builder = PrometheusBuilder::new();
        for metric in METRICS {
            if let Kind::Histogram(bounds) = metric.kind {
                builder = builder
                    .set_buckets_for_metric(Matcher::Full(metric.name.to_owned()), bounds)
                    .map_err(MetricsError::Recorder)?;
            }
        }
        let handle = builder.install_recorder().map_err(MetricsError::Recorder)?;
        describe();
        process::started();
        let inner = Arc::new(Inner { handle, samplers: Mutex::default() });
        let watched = Arc::downgrade(&inner);
        let upkeep = move || keep_up(&watched);
        thread::Builder::new()
            .name("metrics".to_owned())
            .spawn(upkeep)
            .map_err(MetricsError::Thread)?;
        Ok(Self(inner))
    }

    /// Has `sample` look at something each time before it is told.
    pub fn sample(&self, sample: impl Fn() + Send + Sync + 'static) {
        let mut samplers = self.0.samplers.lock().unwrap_or_else(PoisonError::into_inner);
        samplers.push(Box::new(sample));
    }

    /// Everything counted so far, in the text format of Prometheus.
    pub fn render(&self) -> String {
        process::sample();
        for sample in &*self.0.samplers.lock().unwrap_or_else(PoisonError::into_inner) {
            sample();
        }
        self.0.handle.render()
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

fn keep_up(watched: &Weak<Inner>) {
    while let Some(inner) = watched.upgrade() {
        inner.handle.run_upkeep();
        drop(inner);
        thread::sleep(UPKEEP);
    }
}

fn describe() {
    for Metric { name, kind, about, .. } in METRICS {
        match kind {
            Kind::Counter => metrics::describe_counter!(*name, *about),
            Kind::Gauge => metrics::describe_gauge!(*name, *about),
            Kind::Histogram(_) => metrics::describe_histogram!(*name, *about),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{Kind, METRICS, Metrics, document};

    #[test]
    fn a_name_says_what_it_is() {
        let names: HashSet<_> = METRICS.iter().map(|metric| metric.name).collect();
        assert_eq!(names.len(), METRICS.len(), "each once");
        for metric in METRICS {
            let is_counter = metric.kind == Kind::Counter;
            assert_eq!(metric.name.ends_with("_total"), is_counter, "{}", metric.name);
            assert!(document().contains(&format!("| `{}` |", metric.name)));
            if let Kind::Histogram(bounds) = metric.kind {
                assert!(bounds.is_sorted() && !bounds.is_empty());
            }
        }
    }

    #[test]
    fn what_is_counted_is_told_with_what_it_means() {
        let metrics = Metrics::install().unwrap();
        metrics.sample(|| metrics::gauge!("kontor_dead_letters").set(3));
        metrics::histogram!("kontor_db_group_size").record(5.0);
        metrics::counter!("kontor_mails_total", "outcome" => "sent").increment(2);
        let text = metrics.render();
        for line in [
            "# HELP kontor_mails_total Mails: `sent`, `postponed` after a failure, or `given_up`.",
            "# TYPE kontor_mails_total counter",
            "kontor_mails_total{outcome=\"sent\"} 2",
            "kontor_db_group_size_bucket{le=\"4\"} 0",
            "kontor_db_group_size_bucket{le=\"8\"} 1",
            "kontor_db_group_size_count 1",
            "kontor_dead_letters 3",
            "# TYPE process_cpu_seconds_total counter",
        ] {
            assert!(text.lines().any(|told| told == line), "{line} is not in {text}");
        }
        let value = |name: &str| -> f64 {
            let line = text.lines().find(|line| line.starts_with(name)).unwrap();
            line.rsplit_once(' ').unwrap().1.parse().unwrap()
        };
        assert!(value("process_resident_memory_bytes ") > 100_000.0);
        assert!(value("process_start_time_seconds ") > 1_700_000_000.0);
        assert!(value("process_open_fds ") >= 3.0);
        assert!(Metrics::install().is_err(), "only once");
    }
}
