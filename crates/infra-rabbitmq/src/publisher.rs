//! Publishing with confirms: a batch is sent whole, then each message's confirm is awaited.

use std::collections::HashSet;

use async_trait::async_trait;
use domain::shared::{
    bus::{BusError, EventPublisher},
    event::EventEnvelope,
};
use lapin::{
    Channel, Confirmation, PublisherConfirm, message::BasicReturnMessage,
    options::BasicPublishOptions, types::ShortString,
};
use metrics::counter;
use shaku::Component;
use tokio::time::Instant;

use crate::{
    bus::RabbitBus,
    error::{RabbitError, until},
    message::Outgoing,
};

/// Publishes events to the broker; never waits longer than the settings allow.
#[derive(Component)]
#[shaku(interface = EventPublisher)]
pub struct RabbitEventPublisher {
    /// Where to.
    bus: RabbitBus,
}

#[async_trait]
impl EventPublisher for RabbitEventPublisher {
    async fn publish(&self, events: &[EventEnvelope]) -> Vec<Result<(), BusError>> {
        let topology = self.bus.topology();
        let messages = events
            .iter()
            .map(|event| Outgoing::event(topology, event, self.bus.is_wanted(event.event.name())))
            .collect();
        let outcomes = self.bus.send(messages).await;
        outcomes.into_iter().map(|outcome| outcome.map_err(BusError::from)).collect()
    }

    fn is_durable(&self) -> bool {
        true
    }
}

type Outcome<T> = Result<T, RabbitError>;

impl RabbitBus {
    /// Sends `messages` in order and answers for each whether a queue has it. After any failure
    /// the connection is given up: making it again declares the queues again. Only one that the
    /// broker blocks is kept: the next would be blocked too, and this one says when it is over.
    pub(crate) async fn send(&self, messages: Vec<Outcome<Outgoing>>) -> Vec<Outcome<()>> {
        if messages.is_empty() {
            return Vec::new();
        }
        let opened = async {
            let live = self.publishing().connection().await?;
            if live.is_blocked() {
                return Err(RabbitError::Blocked);
            }
            match live.confirming_channel().await {
                Ok(channel) => Ok((live, channel)),
                Err(_) if live.is_blocked() => Err(RabbitError::Blocked),
                Err(error) => {
                    self.publishing().discard(&live);
                    Err(error)
                }
            }
        };
        let (live, channel) = match opened.await {
            Ok(opened) => opened,
            Err(error) => return messages.iter().map(|_| Err(error.clone())).collect(),
        };
        let outcomes = self.send_over(&channel, messages).await;
        if outcomes.iter().all(Result::is_ok) {
            live.give_back(channel);
        } else if !live.is_blocked() {
            self.publishing().discard(&live);
        }
        outcomes
    }

    async fn send_over(
        &self,
        channel: &Channel,
        messages: Vec<Outcome<Outgoing>>,
    ) -> Vec<Outcome<()>> {
        let deadline = Instant::now() + self.limit();
        let mut sent: Vec<(Option<ShortString>, Outcome<PublisherConfirm>)> = Vec::new();
        for message in messages {
            let id = message.as_ref().ok().and_then(|one| one.properties.message_id().clone());
            // What follows a failure is not sent, so that nothing overtakes it.
            let confirm = match (message, sent.last()) {
                (_, Some((_, Err(error)))) => Err(error.clone()),
                (Err(error), _) => Err(error),
                (Ok(message), _) => hand_over(channel, message, deadline).await,
            };
            sent.push((id, confirm));
        }
        let mut returned = HashSet::new();
        let mut outcomes = Vec::with_capacity(sent.len());
        for (id, confirm) in sent {
            let outcome = match confirm {
                Ok(confirm) => settled(confirm, deadline, &mut returned).await,
                Err(error) => Err(error),
            };
            outcomes.push((id, outcome));
        }
        // The library may report a returned message with another message's confirm.
        let is_returned = |id: Option<ShortString>| id.is_some_and(|id| returned.contains(&id));
        outcomes
            .into_iter()
            .map(|(id, outcome)| match outcome {
                Ok(()) if is_returned(id) => {
                    counter!("kontor_bus_returned_total").increment(1);
                    Err(RabbitError::Returned)
                }
                outcome => outcome,
            })
            .collect()
    }
}

async fn hand_over(
    channel: &Channel,
    message: Outgoing,
    deadline: Instant,
) -> Outcome<PublisherConfirm> {
    let Outgoing { exchange, routing_key, mandatory, properties, body } = message;
    let options = BasicPublishOptions { mandatory, immediate: false };
    let answer = channel.basic_publish(exchange, routing_key, options, &body, properties);
    until(deadline, "publishing", answer).await
}

async fn settled(
    confirm: PublisherConfirm,
    deadline: Instant,
    returned: &mut HashSet<ShortString>,
) -> Outcome<()> {
    let mut note = |message: Option<BasicReturnMessage>| {
        let message = message.map(|message| message.delivery.properties.message_id().clone());
        returned.extend(message.flatten());
    };
    match until(deadline, "waiting for the confirm", confirm).await? {
        Confirmation::Ack(message) => {
            note(message);
            Ok(())
        }
        Confirmation::Nack(message) => {
            note(message);
            Err(RabbitError::Refused)
        }
        Confirmation::NotRequested => Err(RabbitError::Unanswered),
    }
}
