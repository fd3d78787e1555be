//! Hears everything a bus on RabbitMQ publishes.

use std::{collections::HashMap, time::Duration};

use anyhow::Context;
use futures_util::StreamExt;
use lapin::{
    Channel, Connection, ConnectionProperties,
    options::{
        BasicAckOptions, BasicConsumeOptions, ExchangeDeclareOptions, QueueBindOptions,
        QueueDeclareOptions, QueueDeleteOptions,
    },
    types::{AMQPValue, FieldTable, ShortString},
};
use serde_json::Value;

use crate::app::within;

const PATIENCE: Duration = Duration::from_secs(60);
const LONGEST: Duration = Duration::from_secs(600);

/// How long the tap waits for one more event before it has heard all.
const SILENCE: Duration = Duration::from_secs(2);

/// A queue that gets a copy of each event; what it holds survives the death of the broker.
pub struct Tap {
    url: String,
    exchange: String,
    queue: String,
}

/// What a [`Tap`] heard.
#[derive(Debug, Default)]
pub struct Heard {
    /// Events, each counted once.
    pub events: usize,
    /// Copies that came besides.
    pub copies: usize,
    /// Aggregates whose events came first in another order than they were recorded.
    pub disordered: Vec<String>,
}

impl Tap {
    /// Listens to the bus of `prefix` on the broker at `url`, from before the first event.
    pub async fn open(url: &str, prefix: &str) -> anyhow::Result<Self> {
        let tap = Self {
            url: url.to_owned(),
            exchange: format!("{prefix}.events"),
            queue: format!("{prefix}.tap"),
        };
        within(PATIENCE, "opening a tap", tap.declare()).await??;
        Ok(tap)
    }

    async fn connect(&self) -> anyhow::Result<(Connection, Channel)> {
        let broker = Connection::connect(&self.url, ConnectionProperties::default()).await?;
        let channel = broker.create_channel().await?;
        Ok((broker, channel))
    }

    async fn declare(&self) -> anyhow::Result<()> {
        let (_broker, channel) = self.connect().await?;
        let options = ExchangeDeclareOptions { durable: true, ..Default::default() };
        let (exchange, queue) = (self.exchange.as_str(), self.queue.as_str());
        let topic = lapin::ExchangeKind::Topic;
        channel.exchange_declare(exchange.into(), topic, options, FieldTable::default()).await?;
        let options = QueueDeclareOptions { durable: true, ..Default::default() };
        let mut arguments = FieldTable::default();
        arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
        channel.queue_declare(queue.into(), options, arguments).await?;
        let (options, arguments) = (QueueBindOptions::default(), FieldTable::default());
        channel.queue_bind(queue.into(), exchange.into(), "#".into(), options, arguments).await?;
        Ok(())
    }

    /// Everything that came, once nothing more comes. The queue is removed.
    pub async fn close(self) -> anyhow::Result<Heard> {
        within(LONGEST, "hearing everything", self.hear()).await?
    }

    async fn hear(self) -> anyhow::Result<Heard> {
        let (_broker, channel) = self.connect().await?;
        let (options, arguments) = (BasicConsumeOptions::default(), FieldTable::default());
        let queue = ShortString::from(self.queue.as_str());
        let mut stream =
            channel.basic_consume(queue.clone(), "tap".into(), options, arguments).await?;
        let mut heard = Heard::default();
        // Versions seen of each aggregate.
        let mut versions: HashMap<String, Vec<u64>> = HashMap::new();
        while let Ok(Some(delivery)) = tokio::time::timeout(SILENCE, stream.next()).await {
            let delivery = delivery?;
            let event: Value = serde_json::from_slice(&delivery.data)?;
            let text = |name| event.get(name).and_then(Value::as_str);
            let aggregate = text("aggregate_id").context("no aggregate")?.to_owned();
            let version = event.get("aggregate_version").and_then(Value::as_u64);
            let version = version.context("no version")?;
            let seen = versions.entry(aggregate.clone()).or_default();
            if seen.contains(&version) {
                heard.copies += 1;
            } else {
                if seen.last().is_some_and(|last| *last > version) {
                    heard.disordered.push(aggregate);
                }
                seen.push(version);
                heard.events += 1;
            }
            delivery.acker.ack(BasicAckOptions::default()).await?;
        }
        channel.queue_delete(queue, QueueDeleteOptions::default()).await?;
        Ok(heard)
    }
}
