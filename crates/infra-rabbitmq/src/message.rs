//! Messages on their way to the broker.

use domain::shared::event::EventEnvelope;
use lapin::{
    BasicProperties,
    types::{AMQPValue, FieldTable, ShortString},
};

use crate::{error::RabbitError, topology::Topology};

/// How many deliveries ended in a retry.
const ATTEMPT: &str = "x-kontor-attempt";
const PERSISTENT: u8 = 2;

/// One message and where it goes.
pub(crate) struct Outgoing {
    pub(crate) exchange: ShortString,
    pub(crate) routing_key: ShortString,
    pub(crate) mandatory: bool,
    pub(crate) properties: BasicProperties,
    pub(crate) body: Vec<u8>,
}

impl Outgoing {
    /// An event for whoever subscribed; with `mandatory`, somebody has to.
    pub(crate) fn event(
        topology: &Topology,
        event: &EventEnvelope,
        mandatory: bool,
    ) -> Result<Self, RabbitError> {
        let body = serde_json::to_vec(event).map_err(|error| {
            tracing::error!(event = %event.id, %error, "an event has no JSON form");
            RabbitError::Unwritable
        })?;
        Ok(Self {
            exchange: topology.events(),
            routing_key: event.event.name().into(),
            mandatory,
            properties: properties(event, 0),
            body,
        })
    }

    /// A message for nobody: the broker confirms it and forgets it.
    pub(crate) fn probe(topology: &Topology) -> Self {
        Self {
            exchange: ShortString::default(),
            routing_key: topology.nobody(),
            mandatory: false,
            properties: BasicProperties::default(),
            body: Vec::new(),
        }
    }

    /// The same event once more, for the queue where it waits.
    pub(crate) fn retry(
        queue: ShortString,
        event: &EventEnvelope,
        attempts: u32,
        body: Vec<u8>,
    ) -> Self {
        Self {
            exchange: ShortString::default(),
            routing_key: queue,
            mandatory: true,
            properties: properties(event, attempts),
            body,
        }
    }
}

fn properties(event: &EventEnvelope, attempts: u32) -> BasicProperties {
    let mut headers = FieldTable::default();
    headers.insert(ATTEMPT.into(), AMQPValue::LongLongInt(attempts.into()));
    BasicProperties::default()
        .with_delivery_mode(PERSISTENT)
        .with_content_type("application/json".into())
        .with_message_id(event.id.to_string().into())
        .with_type(event.event.name().into())
        .with_headers(headers)
}

/// How many deliveries of this message ended in a retry.
pub(crate) fn earlier_attempts(properties: &BasicProperties) -> u32 {
    let headers = properties.headers().as_ref();
    match headers.and_then(|headers| headers.inner().get(ATTEMPT)) {
        Some(AMQPValue::LongLongInt(attempts)) => u32::try_from(*attempts).unwrap_or(0),
        _ => 0,
    }
}
