use std::{
    fmt,
    net::{AddrParseError, IpAddr},
    time::Duration,
};

use ipnet::IpNet;

use crate::{counted::CountedText, limits::RateLimits, routes::Operation};

/// Where the store runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// On a developer's machine: the mailbox is shown.
    Development,
    /// For customers.
    Production,
}

/// Who may make accounts, and what is said about those there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registration {
    /// Everybody; whether an address is taken is told at once.
    Classic,
    /// Everybody; only mails to the address tell anything.
    Quiet,
    /// Those on the staff who may write accounts.
    Staff,
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
    /// Who may make accounts.
    pub registration: Registration,
    /// Whether the mock provider's checkout page is in place.
    pub mock_pages: bool,
    /// Pages that are shown to whoever is not signed in: addresses such as `/`, and everything
    /// below one as `/products/*`. The log-in, the registration and where mails lead are, whatever
    /// is said here.
    pub public_routes: Vec<String>,
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
    /// Time a client has to send the head of a request, each of a connection.
    pub header_deadline: Duration,
    /// Time a client has to send the body of a request.
    pub body_deadline: Duration,
    /// Bytes of a body that have to arrive in each second.
    pub body_rate: u32,
    /// How much later than at that rate they may arrive.
    pub body_grace: Duration,
    /// Time a client has to take something of an answer.
    pub write_deadline: Duration,
    /// Time a request may take.
    pub request_deadline: Duration,
    /// Time all checks of `/health/ready` together may take.
    pub health_deadline: Duration,
    /// Requests worked on at a time, all threads together; what watches over us is not counted.
    pub max_in_flight: usize,
    /// Connections of one address at a time; 0 is as many as come. Trusted proxies have no limit.
    pub max_connections_per_address: usize,
    /// Streams of events open at a time, all threads together.
    pub max_streams: usize,
    /// Streams of events open at a time that one account has in this process.
    pub max_streams_per_user: usize,
    /// How often something is sent on a stream, and looked at whether its caller still may.
    pub stream_heartbeat: Duration,
    /// How long a client waits until it comes back to a stream that ended.
    pub stream_retry: Duration,
    /// How long a stream lasts at most.
    pub stream_longest: Duration,
    /// Origins whose pages may use the API with tokens of their own; `*` is every one.
    pub cors_origins: Vec<String>,
    /// Connections a worker holds at a time.
    pub max_connections: usize,
    /// How long requests are still served after readiness is gone, so that balancers notice.
    pub drain_wait: Duration,
    /// Time running requests have to end at shutdown.
    pub shutdown_timeout: Duration,
    /// What `/metrics` tells; `None` when it is not here.
    pub metrics: Option<CountedText>,
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
            registration: Registration::Classic,
            mock_pages: true,
            public_routes: ["/", "/products/*"].map(str::to_owned).into(),
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
            body_rate: 1024,
            body_grace: Duration::from_secs(2),
            write_deadline: Duration::from_secs(10),
            request_deadline: Duration::from_secs(10),
            health_deadline: Duration::from_secs(1),
            max_in_flight: 512,
            max_connections_per_address: 256,
            max_streams: 1_000,
            max_streams_per_user: 10,
            stream_heartbeat: Duration::from_secs(15),
            stream_retry: Duration::from_secs(2),
            stream_longest: Duration::from_secs(60 * 60),
            cors_origins: Vec::new(),
            max_connections: 10_000,
            drain_wait: Duration::from_secs(5),
            shutdown_timeout: Duration::from_secs(20),
            metrics: None,
            more: &[],
        }
    }
}

/// Pages for whoever cannot be signed in yet: the ways in and out, and where mails lead.
const DOORS: [&str; 6] =
    ["/login", "/register", "/logout", "/verify", "/forgot-password", "/reset-password"];

impl HttpSettings {
    /// Whether the page at `path` is shown to whoever is not signed in.
    pub(crate) fn is_public(&self, path: &str) -> bool {
        let is_door = DOORS.contains(&path);
        let is_one = |route: &String| match route.strip_suffix("/*") {
            Some(above) => path.strip_prefix(above).is_some_and(|rest| rest.starts_with('/')),
            None => path == route,
        };
        is_door || self.public_routes.iter().any(is_one)
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

/// A public route that is not an address of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadableRoute(String);

impl fmt::Display for UnreadableRoute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not an address such as / or /products/*", self.0)
    }
}

impl std::error::Error for UnreadableRoute {}

/// Reads the list of public routes, separated by commas.
///
/// # Errors
/// The first that does not begin with `/`, or has a `*` anywhere but in `/*` at its end.
pub fn public_routes(text: &str) -> Result<Vec<String>, UnreadableRoute> {
    let one = |route: &str| {
        let plain = route.strip_suffix("/*").unwrap_or(route);
        let is_address = route.starts_with('/') && !plain.contains('*');
        if is_address { Ok(route.to_owned()) } else { Err(UnreadableRoute(route.to_owned())) }
    };
    text.split(',').map(str::trim).filter(|route| !route.is_empty()).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::HttpSettings;

    #[test]
    fn a_public_route_is_an_address_or_everything_below_one() {
        let public_routes = super::public_routes("/, /products/*").unwrap();
        let settings = HttpSettings { public_routes, ..HttpSettings::default() };
        for (path, is_public) in [
            ("/", true),
            ("/products/assam", true),
            ("/products", false),
            ("/productsale", false),
            ("/account", false),
            ("/login", true),
            ("/register", true),
            ("/verify", true),
            ("/forgot-password", true),
            ("/reset-password", true),
        ] {
            assert_eq!(settings.is_public(path), is_public, "{path}");
        }
        for unreadable in ["products", "/a*", "/a/*/b", "*"] {
            assert!(super::public_routes(unreadable).is_err(), "{unreadable}");
        }
    }
}
