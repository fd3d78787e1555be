//! Message bus of one process. Not durable: what it holds is lost with the process, and the worker
//! puts unhandled events back from the outbox at start.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU16, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use domain::shared::{
    bus::{BusError, Delivery, EventPublisher, EventSource, Subscriber, Subscription},
    event::{EventEnvelope, EventId},
};
use shaku::Component;
use tokio::{
    sync::Notify,
    time::{Instant, sleep_until},
};

/// Queues of one process; clones share them.
#[derive(Clone, Default)]
pub struct MemoryBus {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    queues: Mutex<Queues>,
    changed: Notify,
}

#[derive(Default)]
struct Queues {
    by_consumer: HashMap<&'static str, Queue>,
    positions: u64,
    closed: bool,
}

#[derive(Default)]
struct Queue {
    names: &'static [&'static str],
    ready: BTreeMap<u64, Item>,
    delayed: BTreeMap<(Instant, u64), Item>,
    /// Queued, delayed or in flight.
    unsettled: HashSet<EventId>,
}

#[derive(Clone)]
struct Item {
    event: Arc<EventEnvelope>,
    earlier_attempts: u32,
}

impl Queues {
    fn next_position(&mut self) -> u64 {
        self.positions += 1;
        self.positions
    }

    fn offer(&mut self, event: &EventEnvelope) {
        let shared = Arc::new(event.clone());
        for queue in self.by_consumer.values_mut() {
            let wanted = queue.names.contains(&event.event.name());
            if wanted && queue.unsettled.insert(event.id) {
                self.positions += 1;
                let item = Item { event: Arc::clone(&shared), earlier_attempts: 0 };
                queue.ready.insert(self.positions, item);
            }
        }
    }

    /// Takes what is ready, or says when something will be.
    fn take(&mut self, consumer: &str) -> Result<(u64, Item), Option<Instant>> {
        let Some(queue) = self.by_consumer.get_mut(consumer) else { return Err(None) };
        let now = Instant::now();
        while let Some(entry) = queue.delayed.first_entry() {
            if entry.key().0 > now {
                break;
            }
            let ((_, position), item) = entry.remove_entry();
            queue.ready.insert(position, item);
        }
        let due = queue.delayed.keys().next().map(|(due, _)| *due);
        queue.ready.pop_first().ok_or(due)
    }
}

impl MemoryBus {
    fn queues(&self) -> MutexGuard<'_, Queues> {
        self.shared.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether nothing is queued, delayed or in flight.
    pub fn is_idle(&self) -> bool {
        self.queues().by_consumer.values().all(|queue| queue.unsettled.is_empty())
    }

    /// Ends every subscription and takes nothing more.
    pub fn close(&self) {
        self.queues().closed = true;
        self.shared.changed.notify_waiters();
    }
}

/// The sending half of a [`MemoryBus`].
#[derive(Component)]
#[shaku(interface = EventPublisher)]
pub struct MemoryEventPublisher {
    /// Where to.
    bus: MemoryBus,
}

impl MemoryEventPublisher {
    /// Publishes to `bus`.
    pub const fn new(bus: MemoryBus) -> Self {
        Self { bus }
    }
}

#[async_trait]
impl EventPublisher for MemoryEventPublisher {
    async fn publish(&self, events: &[EventEnvelope]) -> Vec<Result<(), BusError>> {
        let mut queues = self.bus.queues();
        if queues.closed {
            let closed = |_| Err(BusError::NotConfirmed("the bus is closed".to_owned()));
            return events.iter().map(closed).collect();
        }
        for event in events {
            queues.offer(event);
        }
        drop(queues);
        self.bus.shared.changed.notify_waiters();
        events.iter().map(|_| Ok(())).collect()
    }

    fn is_durable(&self) -> bool {
        false
    }
}

/// The receiving half of a [`MemoryBus`].
#[derive(Component)]
#[shaku(interface = EventSource)]
pub struct MemoryEventSource {
    /// Where from.
    bus: MemoryBus,
}

impl MemoryEventSource {
    /// Receives from `bus`.
    pub const fn new(bus: MemoryBus) -> Self {
        Self { bus }
    }
}

#[async_trait]
impl EventSource for MemoryEventSource {
    async fn subscribe(
        &self,
        subscriber: &Subscriber,
        prefetch: u16,
    ) -> Result<Box<dyn Subscription>, BusError> {
        let mut queues = self.bus.queues();
        if queues.closed {
            return Err(BusError::Unavailable("the bus is closed".into()));
        }
        queues.by_consumer.entry(subscriber.consumer).or_default().names = subscriber.events;
        Ok(Box::new(MemorySubscription {
            bus: self.bus.clone(),
            consumer: subscriber.consumer,
            prefetch: prefetch.max(1),
            in_flight: Arc::default(),
        }))
    }
}

struct MemorySubscription {
    bus: MemoryBus,
    consumer: &'static str,
    prefetch: u16,
    in_flight: Arc<AtomicU16>,
}

enum Step {
    Deliver(Box<MemoryDelivery>),
    Wait(Option<Instant>),
    Closed,
}

impl MemorySubscription {
    fn step(&self) -> Step {
        let mut queues = self.bus.queues();
        if queues.closed {
            return Step::Closed;
        }
        if self.in_flight.load(Ordering::SeqCst) >= self.prefetch {
            return Step::Wait(None);
        }
        match queues.take(self.consumer) {
            Err(due) => Step::Wait(due),
            Ok((position, item)) => {
                self.in_flight.fetch_add(1, Ordering::SeqCst);
                Step::Deliver(Box::new(MemoryDelivery {
                    bus: self.bus.clone(),
                    consumer: self.consumer,
                    in_flight: Arc::clone(&self.in_flight),
                    position,
                    item,
                    end: End::HandBack,
                }))
            }
        }
    }
}

#[async_trait]
impl Subscription for MemorySubscription {
    async fn next(&mut self) -> Option<Box<dyn Delivery>> {
        loop {
            // Registered before looking, so that a change in between is not missed.
            let mut changed = std::pin::pin!(self.bus.shared.changed.notified());
            changed.as_mut().enable();
            match self.step() {
                Step::Deliver(delivery) => return Some(delivery),
                Step::Closed => return None,
                Step::Wait(None) => changed.await,
                Step::Wait(Some(due)) => tokio::select! {
                    () = changed => {}
                    () = sleep_until(due) => {}
                },
            }
        }
    }
}

enum End {
    HandBack,
    Ack,
    Retry(Duration),
}

struct MemoryDelivery {
    bus: MemoryBus,
    consumer: &'static str,
    in_flight: Arc<AtomicU16>,
    position: u64,
    item: Item,
    end: End,
}

impl Drop for MemoryDelivery {
    /// The one place where a delivery ends, settled or not.
    fn drop(&mut self) {
        let mut queues = self.bus.queues();
        let position = queues.next_position();
        if let Some(queue) = queues.by_consumer.get_mut(self.consumer) {
            let mut item = self.item.clone();
            match self.end {
                End::Ack => {
                    queue.unsettled.remove(&item.event.id);
                }
                End::HandBack => {
                    queue.ready.insert(self.position, item);
                }
                End::Retry(delay) => {
                    item.earlier_attempts += 1;
                    queue.delayed.insert((Instant::now() + delay, position), item);
                }
            }
        }
        drop(queues);
        self.in_flight.fetch_sub(1, Ordering::SeqCst);
        self.bus.shared.changed.notify_waiters();
    }
}

#[async_trait]
impl Delivery for MemoryDelivery {
    fn event(&self) -> &EventEnvelope {
        &self.item.event
    }

    fn earlier_attempts(&self) -> u32 {
        self.item.earlier_attempts
    }

    async fn ack(mut self: Box<Self>) -> Result<(), BusError> {
        self.end = End::Ack;
        Ok(())
    }

    async fn retry_after(mut self: Box<Self>, delay: Duration) -> Result<(), BusError> {
        self.end = End::Retry(delay);
        Ok(())
    }
}
