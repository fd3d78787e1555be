use std::{cmp::Reverse, collections::BTreeMap};

use async_trait::async_trait;
use domain::shared::{
    error::StoreError,
    event::EventEnvelope,
    ports::{Backlog, OutboxFeed},
};
use shaku::Component;
use time::OffsetDateTime;

use super::{MemoryState, state::OutboxRow};

/// [`OutboxFeed`] over a [`MemoryState`].
#[derive(Component)]
#[shaku(interface = OutboxFeed)]
pub struct MemoryOutboxFeed {
    /// The database.
    #[shaku(default)]
    state: MemoryState,
}

impl MemoryOutboxFeed {
    /// The outbox of existing state.
    pub const fn over(state: MemoryState) -> Self {
        Self { state }
    }
}

fn is_claimed(row: &OutboxRow, now: OffsetDateTime) -> bool {
    row.claimed_until.is_some_and(|until| until > now)
}

#[async_trait]
impl OutboxFeed for MemoryOutboxFeed {
    async fn claim(
        &self,
        limit: u32,
        now: OffsetDateTime,
        until: OffsetDateTime,
    ) -> Result<Vec<EventEnvelope>, StoreError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut tables = self.state.lock();
        let mut held_up = Vec::new();
        let mut batch = Vec::new();
        for row in tables.outbox.values_mut().filter(|row| row.published_at.is_none()) {
            if batch.len() >= limit {
                break;
            }
            let aggregate = (row.event.aggregate_type, row.event.aggregate_id);
            if is_claimed(row, now) || held_up.contains(&aggregate) {
                held_up.push(aggregate);
                continue;
            }
            row.claimed_until = Some(until);
            batch.push(row.event.clone());
        }
        if !batch.is_empty() {
            tables.version += 1;
        }
        Ok(batch)
    }

    async fn mark_published(&self, seqs: &[i64], now: OffsetDateTime) -> Result<(), StoreError> {
        self.state.change(|tables| {
            for seq in seqs {
                if let Some(row) = tables.outbox.get_mut(seq) {
                    row.published_at = Some(now);
                    row.claimed_until = None;
                }
            }
        });
        Ok(())
    }

    async fn release(&self, seqs: &[i64]) -> Result<(), StoreError> {
        self.state.change(|tables| {
            for seq in seqs {
                if let Some(row) = tables.outbox.get_mut(seq) {
                    row.claimed_until = None;
                }
            }
        });
        Ok(())
    }

    async fn requeue_unhandled(
        &self,
        consumer: &'static str,
        names: &[&'static str],
        before: OffsetDateTime,
    ) -> Result<u64, StoreError> {
        Ok(self.state.change(|tables| {
            let dead: Vec<_> = tables
                .dead_letters
                .iter()
                .filter(|letter| letter.consumer == consumer)
                .map(|letter| letter.event.id)
                .collect();
            let mut requeued = 0;
            for row in tables.outbox.values_mut() {
                let id = row.event.id;
                let is_lost = row.published_at.is_some_and(|at| at < before)
                    && names.contains(&row.event.event.name())
                    && !tables.inbox.contains(&(consumer.to_owned(), id))
                    && !dead.contains(&id);
                if is_lost {
                    row.published_at = None;
                    row.claimed_until = None;
                    requeued += 1;
                }
            }
            requeued
        }))
    }

    async fn backlog(&self) -> Result<Backlog, StoreError> {
        let tables = self.state.lock();
        let waiting = || tables.outbox.values().filter(|row| row.published_at.is_none());
        Ok(Backlog {
            waiting: u64::try_from(waiting().count()).unwrap_or(u64::MAX),
            oldest: waiting().map(|row| row.event.occurred_at).min(),
        })
    }

    async fn waiting_by_type(&self) -> Result<Vec<(String, Backlog)>, StoreError> {
        let tables = self.state.lock();
        let mut by_type: BTreeMap<&str, Backlog> = BTreeMap::new();
        for row in tables.outbox.values().filter(|row| row.published_at.is_none()) {
            let backlog = by_type.entry(row.event.event.name()).or_default();
            backlog.waiting += 1;
            let at = row.event.occurred_at;
            backlog.oldest = Some(backlog.oldest.map_or(at, |oldest| oldest.min(at)));
        }
        let mut all: Vec<_> =
            by_type.into_iter().map(|(name, backlog)| (name.to_owned(), backlog)).collect();
        all.sort_by_key(|(_, backlog)| Reverse(backlog.waiting));
        Ok(all)
    }

    async fn changed(&self) {
        self.state.committed().await;
    }
}
