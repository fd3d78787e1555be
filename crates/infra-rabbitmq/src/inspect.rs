//! What an operator asks about the broker; nothing is changed by asking.

use async_trait::async_trait;
use domain::shared::{bus::Subscriber, error::Cause, ports::HealthCheck};
use lapin::{
    ErrorKind,
    options::{ExchangeDeclareOptions, QueueDeclareOptions},
    types::{FieldTable, ShortString},
};

use crate::{bus::RabbitBus, error::RabbitError, link::Live, topology::Topology};

/// Whether the broker lets us in.
pub struct RabbitReach {
    /// What is asked.
    pub bus: RabbitBus,
}

#[async_trait]
impl HealthCheck for RabbitReach {
    fn service(&self) -> &'static str {
        "broker"
    }

    fn is_essential(&self) -> bool {
        false
    }

    async fn check(&self) -> Result<(), Cause> {
        Ok(self.bus.publishing().reach().await?)
    }
}

/// Whether every exchange and queue of ours is on the broker.
pub struct RabbitTopology {
    /// What is asked.
    pub bus: RabbitBus,
}

#[async_trait]
impl HealthCheck for RabbitTopology {
    fn service(&self) -> &'static str {
        "topology"
    }

    fn is_essential(&self) -> bool {
        false
    }

    async fn check(&self) -> Result<(), Cause> {
        let missing = self.bus.publishing().missing().await?;
        if missing.is_empty() {
            return Ok(());
        }
        Err(format!("not on the broker: {}", missing.join(", ")).into())
    }
}

impl Topology {
    /// Names of what `subscribers` need and is not there.
    pub(crate) async fn missing(
        &self,
        live: &Live,
        subscribers: &[Subscriber],
    ) -> Result<Vec<String>, RabbitError> {
        let mut missing = Vec::new();
        for name in self.exchanges() {
            // Asking for what is not there closes the channel.
            let channel = live.open_channel().await?;
            let options = ExchangeDeclareOptions { passive: true, ..Default::default() };
            let kind = lapin::ExchangeKind::Topic;
            let asked =
                channel.exchange_declare(name.clone(), kind, options, FieldTable::default());
            note(self.answered("asking for an exchange", asked).await, &name, &mut missing)?;
        }
        for name in self.queues(subscribers) {
            let channel = live.open_channel().await?;
            let options = QueueDeclareOptions { passive: true, ..Default::default() };
            let asked = channel.queue_declare(name.clone(), options, FieldTable::default());
            note(self.answered("asking for a queue", asked).await, &name, &mut missing)?;
        }
        Ok(missing)
    }
}

/// Notes what the broker does not know; everything else it says is a failure.
fn note<T>(
    answer: Result<T, RabbitError>,
    name: &ShortString,
    missing: &mut Vec<String>,
) -> Result<(), RabbitError> {
    match answer {
        Ok(_) => Ok(()),
        Err(RabbitError::Failed(_, error)) if matches!(error.kind(), ErrorKind::ProtocolError(told) if told.get_id() == 404) =>
        {
            missing.push(name.to_string());
            Ok(())
        }
        Err(error) => Err(error),
    }
}
