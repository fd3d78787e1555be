//! A corner of the real Redis, and components over it.

use std::{
    process,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use deadpool_redis::redis::{Client, cmd};
use domain::shared::{
    announcements::{Announcements, Observer, Topic},
    copies::SharedCopies,
    limiter::{Attempt, Decision, FailureCounter, FailurePolicy, Quota, RateLimiter},
    ports::HealthCheck,
};
use infra_redis::{
    RedisAnnouncements, RedisAnnouncementsParameters, RedisCopies, RedisCopiesParameters,
    RedisFailureCounter, RedisFailureCounterParameters, RedisHealth, RedisHealthParameters,
    RedisPool, RedisRateLimiter, RedisRateLimiterParameters, RedisSettings, pass_on,
};
use shaku::{HasComponent, module};

static NAMESPACES: AtomicU32 = AtomicU32::new(0);

module! {
    CopiesModule { components = [RedisCopies], providers = [] }
}

module! {
    LimiterModule { components = [RedisRateLimiter], providers = [] }
}

module! {
    FailuresModule { components = [RedisFailureCounter], providers = [] }
}

module! {
    AnnouncementsModule { components = [RedisAnnouncements], providers = [] }
}

module! {
    HealthModule { components = [RedisHealth], providers = [] }
}

#[expect(clippy::disallowed_methods, reason = "where Redis is")]
fn url() -> String {
    std::env::var("TEST_REDIS_URL").unwrap_or_else(|_| "redis://127.0.0.1:6379/15".to_owned())
}

/// Keys nobody else uses, deleted at the end.
pub(crate) struct Namespace(String);

impl Namespace {
    pub(crate) fn new() -> Self {
        let number = NAMESPACES.fetch_add(1, Ordering::Relaxed);
        Self(format!("test-{}-{number}", process::id()))
    }

    /// Connections to the real server. Patient: the machine that runs tests is busy.
    pub(crate) fn pool(&self) -> RedisPool {
        let settings = RedisSettings {
            url: url(),
            namespace: self.0.clone(),
            connect_timeout: Duration::from_secs(5),
            operation_timeout: Duration::from_secs(5),
            ..RedisSettings::default()
        };
        RedisPool::connect(settings).unwrap()
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // A second panic would end the process before the first one is reported.
        if std::thread::panicking() {
            return;
        }
        let mut connection = Client::open(url()).unwrap().get_connection().unwrap();
        let pattern = format!("{}:*", self.0);
        let keys: Vec<String> = cmd("KEYS").arg(pattern).query(&mut connection).unwrap();
        for key in keys {
            cmd("DEL").arg(key).query::<()>(&mut connection).unwrap();
        }
    }
}

/// A pool for a server at `port` with the default, short limits.
pub(crate) fn impatient(port: u16) -> RedisPool {
    let url = format!("redis://127.0.0.1:{port}/0");
    RedisPool::connect(RedisSettings { url, ..RedisSettings::default() }).unwrap()
}

pub(crate) fn copies(pool: &RedisPool) -> Arc<dyn SharedCopies> {
    let parameters = RedisCopiesParameters { pool: pool.clone() };
    CopiesModule::builder().with_component_parameters::<RedisCopies>(parameters).build().resolve()
}

pub(crate) fn limiter(pool: &RedisPool, local: impl RateLimiter) -> Arc<dyn RateLimiter> {
    let parameters = RedisRateLimiterParameters { pool: pool.clone(), local: Arc::new(local) };
    LimiterModule::builder()
        .with_component_parameters::<RedisRateLimiter>(parameters)
        .build()
        .resolve()
}

pub(crate) fn failures(pool: &RedisPool, local: impl FailureCounter) -> Arc<dyn FailureCounter> {
    let parameters = RedisFailureCounterParameters { pool: pool.clone(), local: Arc::new(local) };
    FailuresModule::builder()
        .with_component_parameters::<RedisFailureCounter>(parameters)
        .build()
        .resolve()
}

pub(crate) fn health(pool: &RedisPool) -> Arc<dyn HealthCheck> {
    let parameters = RedisHealthParameters { pool: pool.clone() };
    HealthModule::builder().with_component_parameters::<RedisHealth>(parameters).build().resolve()
}

/// A local limiter that must not be asked.
pub(crate) struct Never;

#[async_trait]
impl RateLimiter for Never {
    async fn check(&self, quota: &Quota, key: &str) -> Decision {
        panic!("the local limiter was asked for {key} of {}", quota.name)
    }
}

/// A local limiter that is recognised by its answer.
pub(crate) struct Local;

impl Local {
    pub(crate) const ANSWER: Decision = Decision {
        remaining: 0,
        reset: Duration::from_secs(42),
        retry_after: Some(Duration::from_secs(42)),
    };
    pub(crate) const ATTEMPT: Attempt = Attempt::Wait(Duration::from_secs(42));
}

#[async_trait]
impl RateLimiter for Local {
    async fn check(&self, _quota: &Quota, _key: &str) -> Decision {
        Self::ANSWER
    }
}

#[async_trait]
impl FailureCounter for Never {
    async fn attempt(&self, policy: &FailurePolicy, key: &str) -> Attempt {
        panic!("the local counter was asked for {key} of {}", policy.name)
    }
    async fn take_back(&self, policy: &FailurePolicy, key: &str) {
        panic!("the local counter was asked for {key} of {}", policy.name)
    }
    // What was counted while Redis was away is forgotten with the rest.
    async fn forget(&self, _policy: &FailurePolicy, _key: &str) {}
}

#[async_trait]
impl FailureCounter for Local {
    async fn attempt(&self, _policy: &FailurePolicy, _key: &str) -> Attempt {
        Self::ATTEMPT
    }
    async fn take_back(&self, _policy: &FailurePolicy, _key: &str) {}
    async fn forget(&self, _policy: &FailurePolicy, _key: &str) {}
}

/// Tells observers of this process.
#[derive(Default)]
pub(crate) struct Here(Mutex<Vec<Arc<dyn Observer>>>);

#[async_trait]
impl Announcements for Here {
    async fn announce(&self, _: Topic, keys: &[String]) {
        for observer in &*self.0.lock().unwrap() {
            observer.forget(keys);
        }
    }

    fn observe(&self, _: Topic, observer: Arc<dyn Observer>) {
        self.0.lock().unwrap().push(observer);
    }
}

/// A process that announces over `pool`, and hears others as long as the second is polled.
pub(crate) fn announcements(
    pool: &RedisPool,
) -> (Arc<dyn Announcements>, impl Future<Output = ()> + Send + 'static) {
    let here: Arc<dyn Announcements> = Arc::new(Here::default());
    let parameters = RedisAnnouncementsParameters { pool: pool.clone(), local: here.clone() };
    let module = AnnouncementsModule::builder()
        .with_component_parameters::<RedisAnnouncements>(parameters)
        .build();
    (module.resolve(), pass_on(pool.clone(), here))
}
