//! One event in flight.

use std::time::Duration;

use async_trait::async_trait;
use domain::shared::{
    bus::{BusError, Delivery},
    event::EventEnvelope,
};
use lapin::{
    Channel, message,
    options::{BasicAckOptions, BasicNackOptions},
};
use tokio::{runtime::Handle, time::sleep};

use crate::{
    bus::RabbitBus,
    error::{RabbitError, within},
    message::{Outgoing, earlier_attempts},
};

/// Longest time a delivery whose retry failed is kept before it is handed back.
const LONGEST_HOLD: Duration = Duration::from_secs(5);

pub(crate) struct RabbitDelivery {
    bus: RabbitBus,
    consumer: &'static str,
    event: EventEnvelope,
    message: message::Delivery,
    // Keeps the channel open until the last delivery is settled, also after the subscription.
    channel: Channel,
    runtime: Handle,
    is_settled: bool,
    hand_back_after: Duration,
}

impl RabbitDelivery {
    pub(crate) fn new(
        bus: RabbitBus,
        consumer: &'static str,
        event: EventEnvelope,
        message: message::Delivery,
        channel: Channel,
        runtime: Handle,
    ) -> Self {
        let (is_settled, hand_back_after) = (false, Duration::ZERO);
        Self { bus, consumer, event, message, channel, runtime, is_settled, hand_back_after }
    }

    async fn acknowledge(&mut self) -> Result<(), RabbitError> {
        let answer = self.message.acker.ack(BasicAckOptions::default());
        let acknowledged = within(self.bus.limit(), "acknowledging", answer).await?;
        self.is_settled = true;
        if acknowledged { Ok(()) } else { Err(RabbitError::ChannelClosed) }
    }
}

#[async_trait]
impl Delivery for RabbitDelivery {
    fn event(&self) -> &EventEnvelope {
        &self.event
    }

    fn earlier_attempts(&self) -> u32 {
        earlier_attempts(&self.message.properties)
    }

    async fn ack(mut self: Box<Self>) -> Result<(), BusError> {
        Ok(self.acknowledge().await?)
    }

    /// The copy is confirmed before the original is forgotten: the event may come twice, and is
    /// never lost.
    async fn retry_after(mut self: Box<Self>, delay: Duration) -> Result<(), BusError> {
        let queue = self.bus.topology().retry_queue(self.consumer, delay);
        let attempts = self.earlier_attempts().saturating_add(1);
        let body = self.message.data.clone();
        let copy = Outgoing::retry(queue, &self.event, attempts, body);
        for outcome in self.bus.send(vec![Ok(copy)]).await {
            if outcome.is_err() {
                // Coming back at once and failing again, it would soon be a dead letter.
                self.hand_back_after = delay.min(LONGEST_HOLD);
            }
            outcome?;
        }
        Ok(self.acknowledge().await?)
    }
}

impl Drop for RabbitDelivery {
    fn drop(&mut self) {
        if self.is_settled {
            return;
        }
        let (acker, channel) = (self.message.acker.clone(), self.channel.clone());
        let (limit, consumer, id) = (self.bus.limit(), self.consumer, self.event.id);
        let pause = self.hand_back_after;
        let _running = self.runtime.spawn(async move {
            if !pause.is_zero() {
                sleep(pause).await;
            }
            let answer = acker.nack(BasicNackOptions { requeue: true, multiple: false });
            if let Err(error) = within(limit, "handing back", answer).await {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(consumer, event = %id, error, "a delivery was not handed back");
            }
            drop(channel);
        });
    }
}
