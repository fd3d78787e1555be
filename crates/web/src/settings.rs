use std::{
    net::{AddrParseError, IpAddr},
    time::Duration,
};

use ipnet::IpNet;

use crate::{limits::RateLimits, routes::Operation};

/// Where the store runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// On a developer's machine: the mailbox is shown.
    Development,
    /// For customers.
    Production,
}

/// How the store is served over HTTP.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// Address to listen on.
    pub host: String,
    /// Port to listen on.
    pub port: u16,
    /// What clients call us, without a trailing slash; links are built from it, never from `Host`.
    pub public_url: String,
    /// Where the store runs.
    pub environment: Environment,
    /// Whether the mock provider's checkout page is in place.
    pub mock_pages: bool,
    /// Whether orders and payments are refused without an `Idempotency-Key`.
    pub require_idempotency_key: bool,
    /// How old the last proof of the password may be where a recent one is wanted.
    pub step_up_max_age: Duration,
    /// Whether callers are slowed down.
    pub rate_limit_enabled: bool,
    /// How often callers may come.
    pub rate_limits: RateLimits,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Largest request body, in bytes.
    pub body_limit: usize,
    /// Threads that serve requests; `None` is one for each core.
    pub workers: Option<usize>,
    /// How long an idle connection is kept.
    pub keep_alive: Duration,
    /// Time a client has to send the head of a request.
    pub header_deadline: Duration,
    /// Time a client has to send the body of a request.
    pub body_deadline: Duration,
    /// Time a request may take.
    pub request_deadline: Duration,
    /// Time all checks of `/health/ready` together may take.
    pub health_deadline: Duration,
    /// Connections a worker holds at a time.
    pub max_connections: usize,
    /// How long requests are still served after readiness is gone, so that balancers notice.
    pub drain_wait: Duration,
    /// Time running requests have to end at shutdown.
    pub shutdown_timeout: Duration,
    /// Operations beside those of the store.
    pub more: &'static [Operation],
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            host: "127.0.0.1".to_owned(),
            port: 8000,
            public_url: "http://127.0.0.1:8000".to_owned(),
            environment: Environment::Development,
            mock_pages: true,
            require_idempotency_key: false,
            step_up_max_age: Duration::from_secs(10 * 60),
            rate_limit_enabled: true,
            rate_limits: RateLimits::default(),
            trusted_proxies: Vec::new(),
            body_limit: 64 * 1024,
            workers: None,
            keep_alive: Duration::from_secs(30),
            header_deadline: Duration::from_secs(5),
            body_deadline: Duration::from_secs(8),
            request_deadline: Duration::from_secs(10),
            health_deadline: Duration::from_secs(1),
            max_connections: 10_000,
            drain_wait: Duration::from_secs(5),
            shutdown_timeout: Duration::from_secs(20),
            more: &[],
        }
    }
}

/// Reads the list of trusted proxies: addresses such as `10.0.0.1` and networks such as
/// `10.0.0.0/8`.
///
/// # Errors
/// The first text that is neither.
pub fn trusted_proxies(texts: &[String]) -> Result<Vec<IpNet>, AddrParseError> {
    let one = |text: &String| match text.parse::<IpNet>() {
        Ok(network) => Ok(network),
        Err(_not_a_network) => text.parse::<IpAddr>().map(IpNet::from),
    };
    texts.iter().map(one).collect()
}
