//! Exchanges and queues, declared again on each connection: declaring what exists changes nothing.

use std::time::Duration;

use domain::shared::bus::Subscriber;
use lapin::{
    Channel, ExchangeKind,
    options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions},
    types::{AMQPValue, FieldTable, ShortString},
};
use tokio::{sync::Mutex, time::timeout};

use crate::error::{RabbitError, within};

/// Deliveries that were handed back this often are dead letters.
const DELIVERY_LIMIT: i64 = 20;

/// Creating many queues for the first time takes a while; each step has its own limit besides.
const TOPOLOGY_TIMEOUT: Duration = Duration::from_secs(30);

/// Names and shapes of everything on the broker.
pub(crate) struct Topology {
    prefix: String,
    retry_delays: Vec<Duration>,
    limit: Duration,
    /// Two connections creating the same quorum queue at once disturb each other.
    one_at_a_time: Mutex<()>,
}

impl Topology {
    pub(crate) fn new(prefix: String, mut retry_delays: Vec<Duration>, limit: Duration) -> Self {
        retry_delays.sort_unstable();
        retry_delays.dedup();
        Self { prefix, retry_delays, limit, one_at_a_time: Mutex::default() }
    }

    /// Where events are published.
    pub(crate) fn events(&self) -> ShortString {
        format!("{}.events", self.prefix).into()
    }

    /// The queue of one consumer.
    pub(crate) fn queue(&self, consumer: &str) -> ShortString {
        format!("{}.{consumer}", self.prefix).into()
    }

    /// The queue where a retry of `consumer` waits for at least `delay`, or for the longest delay
    /// there is.
    pub(crate) fn retry_queue(&self, consumer: &str, delay: Duration) -> ShortString {
        let enough = self.retry_delays.iter().find(|rung| **rung >= delay);
        let rung = enough.or(self.retry_delays.last()).copied().unwrap_or(delay);
        format!("{}.{consumer}.retry.{}", self.prefix, rung.as_millis()).into()
    }

    /// A queue that is never declared.
    pub(crate) fn nobody(&self) -> ShortString {
        format!("{}.nobody", self.prefix).into()
    }

    fn dead(&self) -> ShortString {
        format!("{}.dead", self.prefix).into()
    }

    fn dead_letters(&self) -> ShortString {
        format!("{}.dead-letters", self.prefix).into()
    }

    /// Every exchange.
    pub(crate) fn exchanges(&self) -> [ShortString; 2] {
        [self.events(), self.dead()]
    }

    /// Every queue that `subscribers` need.
    pub(crate) fn queues(&self, subscribers: &[Subscriber]) -> Vec<ShortString> {
        let mut queues = vec![self.dead_letters()];
        for subscriber in subscribers {
            queues.push(self.queue(subscriber.consumer));
            let delays = self.retry_delays.iter();
            queues.extend(delays.map(|delay| self.retry_queue(subscriber.consumer, *delay)));
        }
        queues
    }

    /// Waits for one answer, as long as for any.
    pub(crate) async fn answered<T>(
        &self,
        doing: &'static str,
        answer: impl Future<Output = lapin::Result<T>>,
    ) -> Result<T, RabbitError> {
        within(self.limit, doing, answer).await
    }

    /// Declares everything `subscribers` need.
    pub(crate) async fn declare(
        &self,
        channel: &Channel,
        subscribers: &[Subscriber],
    ) -> Result<(), RabbitError> {
        match timeout(TOPOLOGY_TIMEOUT, self.declare_all(channel, subscribers)).await {
            Ok(declared) => declared,
            Err(_elapsed) => Err(RabbitError::TimedOut("declaring the topology")),
        }
    }

    async fn declare_all(
        &self,
        channel: &Channel,
        subscribers: &[Subscriber],
    ) -> Result<(), RabbitError> {
        let _turn = self.one_at_a_time.lock().await;
        self.exchange(channel, self.events(), ExchangeKind::Topic).await?;
        self.exchange(channel, self.dead(), ExchangeKind::Fanout).await?;
        self.queue_like(channel, self.dead_letters(), quorum()).await?;
        self.bind(channel, self.dead_letters(), self.dead(), ShortString::default()).await?;
        for subscriber in subscribers {
            self.declare_subscriber(channel, subscriber).await?;
        }
        Ok(())
    }

    async fn declare_subscriber(
        &self,
        channel: &Channel,
        subscriber: &Subscriber,
    ) -> Result<(), RabbitError> {
        let queue = self.queue(subscriber.consumer);
        let mut arguments = dead_lettering(self.dead());
        arguments.insert("x-delivery-limit".into(), AMQPValue::LongLongInt(DELIVERY_LIMIT));
        self.queue_like(channel, queue.clone(), arguments).await?;
        for event in subscriber.events {
            self.bind(channel, queue.clone(), self.events(), (*event).into()).await?;
        }
        for delay in &self.retry_delays {
            let mut arguments = dead_lettering(ShortString::default());
            let millis = i64::try_from(delay.as_millis()).unwrap_or(i64::MAX);
            arguments.insert("x-message-ttl".into(), AMQPValue::LongLongInt(millis));
            let back = AMQPValue::LongString(queue.as_str().into());
            arguments.insert("x-dead-letter-routing-key".into(), back);
            let waiting = self.retry_queue(subscriber.consumer, *delay);
            self.queue_like(channel, waiting, arguments).await?;
        }
        Ok(())
    }

    async fn exchange(
        &self,
        channel: &Channel,
        name: ShortString,
        kind: ExchangeKind,
    ) -> Result<(), RabbitError> {
        let options = ExchangeDeclareOptions { durable: true, ..Default::default() };
        let answer = channel.exchange_declare(name, kind, options, FieldTable::default());
        within(self.limit, "declaring an exchange", answer).await
    }

    async fn queue_like(
        &self,
        channel: &Channel,
        name: ShortString,
        arguments: FieldTable,
    ) -> Result<(), RabbitError> {
        let options = QueueDeclareOptions { durable: true, ..Default::default() };
        let answer = channel.queue_declare(name, options, arguments);
        within(self.limit, "declaring a queue", answer).await?;
        Ok(())
    }

    async fn bind(
        &self,
        channel: &Channel,
        queue: ShortString,
        exchange: ShortString,
        key: ShortString,
    ) -> Result<(), RabbitError> {
        let options = QueueBindOptions::default();
        let answer = channel.queue_bind(queue, exchange, key, options, FieldTable::default());
        within(self.limit, "binding a queue", answer).await
    }
}

/// A replicated queue that refuses what it cannot keep instead of dropping it.
fn quorum() -> FieldTable {
    let mut arguments = FieldTable::default();
    for (key, value) in [("x-queue-type", "quorum"), ("x-overflow", "reject-publish")] {
        arguments.insert(key.into(), AMQPValue::LongString(value.into()));
    }
    arguments
}

/// A quorum queue whose rejected and expired messages reach `exchange` before they are removed.
fn dead_lettering(exchange: ShortString) -> FieldTable {
    let mut arguments = quorum();
    let exchange = AMQPValue::LongString(String::from(exchange).into());
    arguments.insert("x-dead-letter-exchange".into(), exchange);
    let strategy = AMQPValue::LongString("at-least-once".into());
    arguments.insert("x-dead-letter-strategy".into(), strategy);
    arguments
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Topology;

    #[test]
    fn delays_are_rounded_up_to_the_ladder() {
        let ladder = [60, 1, 10].map(Duration::from_secs).to_vec();
        let topology = Topology::new("shop".into(), ladder, Duration::from_secs(1));
        for (asked, waits) in [(0, 1_000), (1_000, 1_000), (1_001, 10_000), (999_000, 60_000)] {
            let queue = topology.retry_queue("mailer", Duration::from_millis(asked));
            assert_eq!(queue.as_str(), format!("shop.mailer.retry.{waits}"), "{asked} ms");
        }
    }
}
