//! A corner of the real broker: names nobody else uses, deleted at the end.

use std::{
    process,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::Duration,
};

use domain::shared::{
    bus::{EventPublisher, EventSource, Subscriber},
    ports::HealthCheck,
};
use infra_rabbitmq::{
    RabbitBus, RabbitEventPublisher, RabbitEventPublisherParameters, RabbitEventSource,
    RabbitEventSourceParameters, RabbitHealth, RabbitHealthParameters, RabbitSettings,
};
use lapin::{
    Channel, Connection, ConnectionProperties,
    options::{ExchangeDeleteOptions, QueueDeleteOptions},
};
use shaku::{HasComponent, module};
use test_support::eventually::PATIENCE;
use tokio::{runtime::Builder, time::timeout};

static CORNERS: AtomicU32 = AtomicU32::new(0);

/// Deleting many replicated queues takes a while on a busy machine.
const CLEANING: Duration = Duration::from_secs(60);

/// Consumers of the contract and of the tests here.
const CONSUMERS: [&str; 3] = ["people", "orders", "everything"];

module! {
    Components {
        components = [RabbitEventPublisher, RabbitEventSource, RabbitHealth],
        providers = []
    }
}

#[expect(clippy::disallowed_methods, reason = "where the broker is")]
pub(crate) fn url() -> String {
    let default = "amqp://guest:guest@127.0.0.1:5672/%2f".to_owned();
    std::env::var("TEST_RABBITMQ_URL").unwrap_or(default)
}

pub(crate) struct Broker {
    prefix: String,
}

impl Broker {
    pub(crate) fn new() -> Self {
        let corner = CORNERS.fetch_add(1, Ordering::Relaxed);
        Self { prefix: format!("test-{}-{corner}", process::id()) }
    }

    pub(crate) fn settings(&self) -> RabbitSettings {
        RabbitSettings {
            url: url(),
            prefix: self.prefix.clone(),
            retry_delays: vec![Duration::from_millis(100)],
            ..RabbitSettings::default()
        }
    }

    pub(crate) fn name(&self, rest: &str) -> String {
        format!("{}.{rest}", self.prefix)
    }

    pub(crate) async fn delete_queue(&self, rest: &str) {
        let (_connection, channel) = behind().await;
        let queue = self.name(rest).into();
        channel.queue_delete(queue, QueueDeleteOptions::default()).await.unwrap();
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let prefix = self.prefix.clone();
        let cleaned = thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async { timeout(CLEANING, clean(&prefix)).await.unwrap() });
        });
        let cleaned = cleaned.join();
        // A second panic would end the process before the first one is reported.
        assert!(cleaned.is_ok() || thread::panicking());
    }
}

async fn clean(prefix: &str) {
    let (_connection, channel) = behind().await;
    let mut queues = vec!["dead-letters".to_owned()];
    for consumer in CONSUMERS {
        queues.push(consumer.to_owned());
        queues.extend([100, 300].map(|delay| format!("{consumer}.retry.{delay}")));
    }
    for queue in queues {
        let queue = format!("{prefix}.{queue}").into();
        channel.queue_delete(queue, QueueDeleteOptions::default()).await.unwrap();
    }
    for exchange in ["events", "dead"] {
        let exchange = format!("{prefix}.{exchange}").into();
        channel.exchange_delete(exchange, ExchangeDeleteOptions::default()).await.unwrap();
    }
}

pub(crate) fn bus(settings: &RabbitSettings, subscribers: &[Subscriber]) -> RabbitBus {
    RabbitBus::new(settings, subscribers.to_vec()).unwrap()
}

/// A connection the bus knows nothing of.
pub(crate) async fn behind() -> (Connection, Channel) {
    let url = url();
    let connecting = Connection::connect(&url, ConnectionProperties::default());
    let connection = timeout(PATIENCE, connecting).await.unwrap().unwrap();
    let channel = connection.create_channel().await.unwrap();
    (connection, channel)
}

fn components(bus: &RabbitBus) -> Components {
    Components::builder()
        .with_component_parameters::<RabbitEventPublisher>(RabbitEventPublisherParameters {
            bus: bus.clone(),
        })
        .with_component_parameters::<RabbitEventSource>(RabbitEventSourceParameters {
            bus: bus.clone(),
        })
        .with_component_parameters::<RabbitHealth>(RabbitHealthParameters { bus: bus.clone() })
        .build()
}

pub(crate) fn publisher(bus: &RabbitBus) -> Arc<dyn EventPublisher> {
    components(bus).resolve()
}

pub(crate) fn source(bus: &RabbitBus) -> Arc<dyn EventSource> {
    components(bus).resolve()
}

pub(crate) fn health(bus: &RabbitBus) -> Arc<dyn HealthCheck> {
    components(bus).resolve()
}
