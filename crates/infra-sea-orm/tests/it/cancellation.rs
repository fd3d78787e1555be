use std::{future::poll_fn, pin::pin, task::Poll};

use domain::shared::{
    error::StoreError,
    event::{EventId, Provenance},
    ports::UnitOfWork,
};
use infra_sea_orm::Database;
use test_support::{clock::FrozenClock, ids::CountingIds};

use crate::fixture::{TestDatabase, event_id};

async fn handle_both(db: &Database, events: [EventId; 2]) -> Result<(), StoreError> {
    let mut uow = db.begin(&Provenance::default()).await?;
    for event in events {
        assert!(uow.inbox().first_time("mailer", event, FrozenClock::START).await?);
    }
    Box::new(uow).commit().await
}

/// Polls `work` at most `polls` times and drops it then; whether it ended before.
pub(crate) async fn cut_short(
    work: impl Future<Output = Result<(), StoreError>>,
    polls: usize,
) -> bool {
    let mut work = pin!(work);
    let mut polled = 0;
    poll_fn(|context| {
        if polled == polls {
            return Poll::Ready(false);
        }
        polled += 1;
        work.as_mut().poll(context).map(|done| {
            done.unwrap();
            true
        })
    })
    .await
}

async fn a_request_dropped_at_any_moment_leaves_all_or_nothing(test: TestDatabase) {
    let ids = CountingIds::default();
    let (mut polls, mut ended) = (1, 0);
    while ended < 3 {
        assert!(polls < 200, "a unit of work takes a handful of polls");
        let events = [event_id(&ids), event_id(&ids)];
        let done = cut_short(handle_both(&test.db, events), polls).await;
        let mut uow = test.db.begin(&Provenance::default()).await.unwrap();
        let inbox = uow.inbox();
        let missing = [
            inbox.first_time("mailer", events[0], FrozenClock::START).await.unwrap(),
            inbox.first_time("mailer", events[1], FrozenClock::START).await.unwrap(),
        ];
        assert_eq!(missing[0], missing[1], "half of a unit of work after {polls} polls");
        if done {
            assert!(!missing[0], "a unit of work that was acknowledged is gone");
            ended += 1;
        }
        polls += 1;
    }
}

on_each_database!(a_request_dropped_at_any_moment_leaves_all_or_nothing);
