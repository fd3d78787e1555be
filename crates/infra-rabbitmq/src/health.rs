use std::time::Duration;

use async_trait::async_trait;
use domain::shared::{error::Cause, ports::HealthCheck};
use shaku::Component;
use tokio::time::timeout;

use crate::{bus::RabbitBus, error::RabbitError, message::Outgoing};

/// Whoever asks about health does not wait as long as whoever publishes.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether the broker takes messages: one that is short of memory still opens channels. Orders are
/// taken without it.
#[derive(Component)]
#[shaku(interface = HealthCheck)]
pub struct RabbitHealth {
    /// What is asked.
    pub bus: RabbitBus,
}

#[async_trait]
impl HealthCheck for RabbitHealth {
    fn service(&self) -> &'static str {
        "broker"
    }

    fn is_essential(&self) -> bool {
        false
    }

    async fn check(&self) -> Result<(), Cause> {
        let probe = Outgoing::probe(self.bus.topology());
        match timeout(PATIENCE, self.bus.send(vec![Ok(probe)])).await {
            Ok(answers) => Ok(answers.into_iter().collect::<Result<(), _>>()?),
            Err(_elapsed) => Err(Box::new(RabbitError::TimedOut("taking a message"))),
        }
    }
}
