//! From the bus to a handler.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use domain::{
    messaging::{DeadLetter, DeadLetterId, DeadLetters},
    shared::{
        bus::{BusError, Delivery, EventHandler, EventSource, HandleError, Subscription},
        error::StoreError,
        ports::{Clock, IdGenerator},
    },
};
use futures_util::{FutureExt, StreamExt, stream::FuturesUnordered};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use crate::{Services, WorkerSettings, counted::ConsumerCounts, relay::Chain, trace};

/// Pause before a broken subscription is opened again.
const RESUBSCRIBE: Duration = Duration::from_millis(500);

/// Gives the events of one queue to one handler.
pub struct Consumer {
    handler: Arc<dyn EventHandler>,
    source: Arc<dyn EventSource>,
    dead_letters: Arc<dyn DeadLetters>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
    concurrency: u16,
    retry_delays: Vec<Duration>,
    counts: ConsumerCounts,
}

impl Consumer {
    pub(crate) fn new(
        handler: Arc<dyn EventHandler>,
        services: &Services,
        settings: &WorkerSettings,
    ) -> Self {
        let counts = ConsumerCounts::new(handler.subscriber().consumer);
        Self {
            handler,
            source: Arc::clone(&services.source),
            dead_letters: Arc::clone(&services.dead_letters),
            clock: Arc::clone(&services.clock),
            ids: Arc::clone(&services.ids),
            concurrency: settings.concurrency.max(1),
            retry_delays: settings.retry_delays.clone(),
            counts,
        }
    }

    pub(crate) async fn subscribe(&self) -> Result<Box<dyn Subscription>, BusError> {
        self.source.subscribe(&self.handler.subscriber(), self.concurrency).await
    }

    /// `None`, after a line in the log, when the bus does not answer now.
    pub(crate) async fn try_subscribe(&self) -> Option<Box<dyn Subscription>> {
        match self.subscribe().await {
            Ok(subscription) => Some(subscription),
            Err(error) => {
                let consumer = self.handler.subscriber().consumer;
                tracing::warn!(consumer, error = %Chain(&error), "cannot subscribe now");
                None
            }
        }
    }

    pub(crate) async fn run(
        self,
        mut subscription: Option<Box<dyn Subscription>>,
        stop: CancellationToken,
    ) {
        while !stop.is_cancelled() {
            if let Some(subscription) = subscription.take() {
                self.consume(subscription, &stop).await;
            }
            let subscribing = async {
                sleep(RESUBSCRIBE).await;
                self.try_subscribe().await
            };
            subscription = stop.run_until_cancelled(subscribing).await.flatten();
        }
    }

    /// Handles deliveries until the stream breaks or `stop`; what is in hand is settled first.
    async fn consume(&self, mut subscription: Box<dyn Subscription>, stop: &CancellationToken) {
        let mut in_hand = FuturesUnordered::new();
        loop {
            let has_room = in_hand.len() < usize::from(self.concurrency);
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(()) = in_hand.next() => {}
                delivery = subscription.next(), if has_room => match delivery {
                    Some(delivery) => in_hand.push(self.deal_with(delivery)),
                    None => break,
                },
            }
        }
        while in_hand.next().await.is_some() {}
    }

    /// Handles one delivery and settles it.
    pub(crate) async fn deal_with(&self, delivery: Box<dyn Delivery>) {
        let event = delivery.event();
        let span = tracing::info_span!(
            "handle",
            consumer = self.handler.subscriber().consumer,
            event = %event.id,
            event_type = event.event.name(),
            request_id = event.provenance.correlation_id.as_deref().unwrap_or_default(),
            trace_id = event.provenance.trace_id().unwrap_or_default(),
        );
        trace::go_on(&span, &event.provenance);
        self.handle(delivery).instrument(span).await;
    }

    async fn handle(&self, delivery: Box<dyn Delivery>) {
        let (began, occurred_at) = (Instant::now(), delivery.event().occurred_at);
        let handled = AssertUnwindSafe(self.handler.handle(delivery.event())).catch_unwind().await;
        let took = began.elapsed();
        self.counts.took(took);
        let is_handled = matches!(handled, Ok(Ok(())));
        let verdict = match handled {
            Ok(Ok(())) => Verdict::Done,
            Ok(Err(HandleError::Poison(reason))) => Verdict::Dead(reason),
            Ok(Err(error @ HandleError::Retry(_))) => self.later(&*delivery, &Chain(&error)),
            Err(_) => self.later(&*delivery, &"the handler panicked"),
        };
        let settled = match verdict {
            Verdict::Done => delivery.ack().await,
            Verdict::Later(delay) => delivery.retry_after(delay).await,
            Verdict::Dead(reason) => match self.bury(self.letter(&*delivery, reason)).await {
                Ok(()) => delivery.ack().await,
                Err(error) => {
                    tracing::error!(error = %Chain(&error), "a dead letter could not be kept");
                    delivery
                        .retry_after(self.retry_delays.last().copied().unwrap_or(RESUBSCRIBE))
                        .await
                }
            },
        };
        if let Err(error) = settled {
            // The bus delivers it again, and the inbox tells that it was handled.
            self.counts.not_settled();
            tracing::warn!(error = %Chain(&error), "not settled");
        } else if is_handled {
            self.counts.handled(occurred_at, self.clock.now());
            let latency_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
            tracing::info!(latency_us, "handled");
        }
    }

    fn later(&self, delivery: &dyn Delivery, error: &dyn std::fmt::Display) -> Verdict {
        let attempt = delivery.earlier_attempts();
        let delay = usize::try_from(attempt).ok().and_then(|at| self.retry_delays.get(at));
        tracing::warn!(attempt, %error, "not handled");
        match delay {
            Some(delay) => {
                self.counts.retried();
                Verdict::Later(*delay)
            }
            None => Verdict::Dead(error.to_string()),
        }
    }

    fn letter(&self, delivery: &dyn Delivery, reason: String) -> DeadLetter {
        DeadLetter {
            id: DeadLetterId::new(self.ids.next()),
            consumer: self.handler.subscriber().consumer.to_owned(),
            reason,
            attempts: delivery.earlier_attempts().saturating_add(1),
            event: delivery.event().clone(),
            created_at: self.clock.now(),
        }
    }

    async fn bury(&self, letter: DeadLetter) -> Result<(), StoreError> {
        tracing::error!(reason = letter.reason, attempts = letter.attempts, "dead letter");
        self.dead_letters.keep(&letter).await?;
        self.counts.dead_lettered();
        Ok(())
    }
}

/// What becomes of a delivery.
enum Verdict {
    Done,
    Later(Duration),
    Dead(String),
}
