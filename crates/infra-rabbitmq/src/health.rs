use std::time::Duration;

use async_trait::async_trait;
use domain::shared::{error::Cause, ports::HealthCheck};
use shaku::Component;
use tokio::time::timeout;

use crate::{bus::RabbitBus, error::RabbitError};

/// Whoever asks about health does not wait as long as whoever publishes.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether the broker opens a channel for us. Orders are taken without it.
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
        let asked = async {
            let live = self.bus.publishing().connection().await?;
            let _channel = live.open_channel().await?;
            Ok::<_, RabbitError>(())
        };
        match timeout(PATIENCE, asked).await {
            Ok(answer) => Ok(answer?),
            Err(_elapsed) => Err(Box::new(RabbitError::TimedOut("opening a channel"))),
        }
    }
}
