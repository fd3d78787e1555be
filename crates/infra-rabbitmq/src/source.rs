//! Consuming: a channel for each subscription, settled by hand.

use std::time::Duration;

use async_trait::async_trait;
use domain::shared::bus::{BusError, Delivery, EventSource, Subscriber, Subscription};
use futures_util::StreamExt;
use lapin::{
    Channel, Consumer,
    options::{BasicConsumeOptions, BasicQosOptions, BasicRejectOptions},
    types::{FieldTable, ShortString},
};
use shaku::Component;
use tokio::{runtime::Handle, time::timeout};

use crate::{
    bus::RabbitBus,
    delivery::RabbitDelivery,
    error::{RabbitError, within},
    link::Live,
};

/// How often a silent stream is checked: a dead one may never say so.
const IDLE_TICK: Duration = Duration::from_secs(3);

/// Receives events from the broker.
#[derive(Component)]
#[shaku(interface = EventSource)]
pub struct RabbitEventSource {
    /// Where from.
    bus: RabbitBus,
}

#[async_trait]
impl EventSource for RabbitEventSource {
    async fn subscribe(
        &self,
        subscriber: &Subscriber,
        prefetch: u16,
    ) -> Result<Box<dyn Subscription>, BusError> {
        let live = self.bus.consuming().connection().await?;
        match open(&self.bus, &live, subscriber, prefetch).await {
            Ok(subscription) => Ok(Box::new(subscription)),
            Err(error) => {
                if matches!(error, RabbitError::TimedOut(_)) {
                    self.bus.consuming().discard(&live);
                }
                Err(error.into())
            }
        }
    }
}

async fn open(
    bus: &RabbitBus,
    live: &std::sync::Arc<Live>,
    subscriber: &Subscriber,
    prefetch: u16,
) -> Result<RabbitSubscription, RabbitError> {
    let channel = live.open_channel().await?;
    bus.topology().declare(&channel, std::slice::from_ref(subscriber)).await?;
    let answer = channel.basic_qos(prefetch, BasicQosOptions::default());
    within(bus.limit(), "limiting deliveries", answer).await?;
    let queue = bus.topology().queue(subscriber.consumer);
    let (options, arguments) = (BasicConsumeOptions::default(), FieldTable::default());
    let answer = channel.basic_consume(queue, ShortString::default(), options, arguments);
    let stream = within(bus.limit(), "consuming", answer).await?;
    Ok(RabbitSubscription {
        bus: bus.clone(),
        consumer: subscriber.consumer,
        live: std::sync::Arc::clone(live),
        channel,
        stream,
        runtime: Handle::current(),
    })
}

struct RabbitSubscription {
    bus: RabbitBus,
    consumer: &'static str,
    live: std::sync::Arc<Live>,
    channel: Channel,
    stream: Consumer,
    runtime: Handle,
}

#[async_trait]
impl Subscription for RabbitSubscription {
    async fn next(&mut self) -> Option<Box<dyn Delivery>> {
        loop {
            let Ok(arrived) = timeout(IDLE_TICK, self.stream.next()).await else {
                if self.live.is_connected() && self.channel.status().connected() {
                    continue;
                }
                tracing::warn!(consumer = self.consumer, "the stream of events is dead");
                return None;
            };
            match arrived? {
                Ok(message) => {
                    if let Some(delivery) = self.read(message) {
                        return Some(Box::new(delivery));
                    }
                }
                Err(error) => {
                    let error: &dyn std::error::Error = &error;
                    tracing::warn!(consumer = self.consumer, error, "the stream of events broke");
                    return None;
                }
            }
        }
    }
}

impl RabbitSubscription {
    /// The event in `message`; without one, the message is a dead letter.
    fn read(&self, message: lapin::message::Delivery) -> Option<RabbitDelivery> {
        match serde_json::from_slice(&message.data) {
            Ok(event) => Some(RabbitDelivery::new(
                self.bus.clone(),
                self.consumer,
                event,
                message,
                self.channel.clone(),
                self.runtime.clone(),
            )),
            Err(error) => {
                let error: &dyn std::error::Error = &error;
                tracing::error!(consumer = self.consumer, error, "a message holds no event");
                self.reject(message);
                None
            }
        }
    }

    /// In the background, so that dropping [`next`](Subscription::next) cannot leave it half done.
    fn reject(&self, message: lapin::message::Delivery) {
        let (limit, consumer) = (self.bus.limit(), self.consumer);
        let channel = self.channel.clone();
        let _running = self.runtime.spawn(async move {
            let answer = message.acker.reject(BasicRejectOptions { requeue: false });
            if let Err(error) = within(limit, "rejecting", answer).await {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(consumer, error, "a message could not be rejected and comes again");
            }
            drop(channel);
        });
    }
}
