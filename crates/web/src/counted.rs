//! What is counted of requests. Names of series are looked up once a thread and route, so that a
//! request pays for two numbers alone.

use std::{cell::RefCell, collections::HashMap, fmt, sync::Arc, time::Duration};

use actix_web::http::{Method, StatusCode};
use metrics::{Counter, Histogram, counter, histogram};

/// Everything that was counted, as text for Prometheus.
#[derive(Clone)]
pub struct CountedText(Arc<dyn Fn() -> String + Send + Sync>);

impl CountedText {
    /// Has `render` write it.
    pub fn new(render: impl Fn() -> String + Send + Sync + 'static) -> Self {
        Self(Arc::new(render))
    }

    pub(crate) fn render(&self) -> String {
        (self.0)()
    }
}

impl fmt::Debug for CountedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CountedText")
    }
}

/// Methods we have; all others are one.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "other"];
/// Classes of statuses.
const STATUSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];
/// Where no route leads.
const UNMATCHED: &str = "unmatched";

/// The series of one route and method.
struct Series {
    answered: [Option<Counter>; STATUSES.len()],
    took: Histogram,
}

/// The series one thread has used so far.
#[derive(Default)]
pub(crate) struct Requests(RefCell<HashMap<String, [Option<Series>; METHODS.len()]>>);

impl Requests {
    /// Counts one request that was answered.
    pub(crate) fn count(&self, method: &Method, route: &str, status: StatusCode, took: Duration) {
        let route = if route.is_empty() { UNMATCHED } else { route };
        let at = METHODS.iter().position(|known| *known == method.as_str());
        let at = at.unwrap_or(METHODS.len() - 1);
        let mut routes = self.0.borrow_mut();
        if !routes.contains_key(route) {
            routes.insert(route.to_owned(), Default::default());
        }
        let series = routes.get_mut(route).and_then(|methods| methods.get_mut(at));
        let (Some(series), Some(method)) = (series, METHODS.get(at)) else { return };
        let series = series.get_or_insert_with(|| Series {
            answered: Default::default(),
            took: histogram!("kontor_http_request_duration_seconds", "method" => *method, "route" => route.to_owned()),
        });
        series.took.record(took);
        let class = usize::from(status.as_u16() / 100).saturating_sub(1);
        let (Some(answered), Some(class)) = (series.answered.get_mut(class), STATUSES.get(class))
        else {
            return;
        };
        let answered = answered.get_or_insert_with(|| {
            counter!("kontor_http_requests_total", "method" => *method, "route" => route.to_owned(), "status" => *class)
        });
        answered.increment(1);
    }
}

/// Counts an answer that tells the client to come again later.
pub(crate) fn count_refused(status: StatusCode, code: &'static str) {
    if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        counter!("kontor_http_refused_total", "code" => code).increment(1);
    }
}
