use std::{collections::HashSet, sync::Arc, time::Duration};

use domain::shared::bus::Subscriber;

use crate::{
    link::Link,
    settings::{InvalidRabbitSettings, RabbitSettings},
    topology::Topology,
};

/// The broker and everybody who listens to it; connects when first used. Cheap to clone.
#[derive(Clone)]
pub struct RabbitBus {
    shared: Arc<Shared>,
}

struct Shared {
    topology: Arc<Topology>,
    wanted: HashSet<&'static str>,
    // Two connections: a broker short of memory stops reading from those that publish, and
    // deliveries must still be settled then.
    publishing: Link,
    consuming: Link,
    limit: Duration,
}

impl RabbitBus {
    /// The bus of `subscribers`: their queues are declared by whoever connects first, and an event
    /// one of them wants has to reach a queue.
    ///
    /// # Errors
    /// [`InvalidRabbitSettings`] when they cannot work; the broker is not asked.
    pub fn new(
        settings: &RabbitSettings,
        subscribers: Vec<Subscriber>,
    ) -> Result<Self, InvalidRabbitSettings> {
        settings.check()?;
        let uri = settings.uri()?;
        let limit = settings.confirm_timeout;
        let limits = (settings.connect_timeout, limit);
        let delays = settings.retry_delays.clone();
        let topology = Arc::new(Topology::new(settings.prefix.clone(), delays, limit));
        let wanted = subscribers.iter().flat_map(|one| one.events).copied().collect();
        let link = |name, subscribers| {
            Link::new(name, uri.clone(), limits, Arc::clone(&topology), subscribers)
        };
        let publishing = link("publishing", subscribers);
        // What is watched for its first time is told from the start.
        metrics::counter!("kontor_bus_returned_total").increment(0);
        let consuming = link("consuming", Vec::new());
        Ok(Self { shared: Arc::new(Shared { topology, wanted, publishing, consuming, limit }) })
    }

    pub(crate) fn topology(&self) -> &Topology {
        &self.shared.topology
    }

    pub(crate) fn is_wanted(&self, event: &str) -> bool {
        self.shared.wanted.contains(event)
    }

    pub(crate) fn publishing(&self) -> &Link {
        &self.shared.publishing
    }

    pub(crate) fn consuming(&self) -> &Link {
        &self.shared.consuming
    }

    /// Longest wait for one answer.
    pub(crate) fn limit(&self) -> Duration {
        self.shared.limit
    }
}
