use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use domain::{
    operations::{
        Housekeeping, Job, JobBoard, JobError, JobOutcome, JobRun, Leftover, RunJobs, Schedule,
    },
    shared::error::{Cause, StoreError},
};
use infra_memory::{
    bus::{MemoryBus, MemoryEventPublisher, MemoryEventPublisherParameters},
    store::{MemoryJobBoard, MemoryOutboxFeed},
};
use shaku::{Component, HasComponent, module};
use test_support::clock::FrozenClock;
use time::{Duration, OffsetDateTime};
use usecases::{
    PurgeEventsJob, PurgeHandledJob, PurgeIdempotentAnswersJob, PurgeProviderEventsJob,
    PurgeTasksJob, RunJobsUseCase,
};

use crate::fakes::{TestClock, TestClockParameters};

/// Has a number of leftovers, and remembers what was asked.
#[derive(Component)]
#[shaku(interface = Housekeeping)]
struct Attic {
    left: Arc<Mutex<u32>>,
    asked: Arc<Mutex<Vec<(Leftover, OffsetDateTime)>>>,
    is_broken: Arc<AtomicBool>,
}

#[async_trait]
impl Housekeeping for Attic {
    async fn remove(
        &self,
        what: Leftover,
        before: OffsetDateTime,
        limit: u32,
    ) -> Result<u32, StoreError> {
        if self.is_broken.load(Ordering::Relaxed) {
            return Err(StoreError::Unavailable("no disk".into()));
        }
        self.asked.lock().unwrap().push((what, before));
        let mut left = self.left.lock().unwrap();
        let removed = limit.min(*left);
        *left -= removed;
        Ok(removed)
    }
}

/// Takes three things from the attic each minute.
#[derive(Component)]
#[shaku(interface = Job)]
struct Fragile {
    #[shaku(inject)]
    attic: Arc<dyn Housekeeping>,
}

#[async_trait]
impl Job for Fragile {
    fn name(&self) -> &'static str {
        "fragile"
    }

    fn schedule(&self) -> Schedule {
        Schedule::Every(std::time::Duration::from_secs(60))
    }

    async fn run(&self) -> Result<u64, Cause> {
        let before = FrozenClock::START;
        Ok(u64::from(self.attic.remove(Leftover::ProviderEvents, before, 3).await?))
    }
}

module! {
    Clockwork {
        components = [
            TestClock,
            Attic,
            MemoryJobBoard,
            MemoryOutboxFeed,
            MemoryEventPublisher,
            RunJobsUseCase,
            #[ordered(dyn Job)] Fragile,
            #[ordered(dyn Job)] PurgeEventsJob,
            #[ordered(dyn Job)] PurgeHandledJob,
            #[ordered(dyn Job)] PurgeIdempotentAnswersJob,
            #[ordered(dyn Job)] PurgeProviderEventsJob,
            #[ordered(dyn Job)] PurgeTasksJob,
        ],
        providers = []
    }
}

struct Fixture {
    app: Clockwork,
    clock: FrozenClock,
    left: Arc<Mutex<u32>>,
    asked: Arc<Mutex<Vec<(Leftover, OffsetDateTime)>>>,
    is_broken: Arc<AtomicBool>,
}

impl Fixture {
    fn new() -> Self {
        let clock = FrozenClock::default();
        let (left, asked, is_broken) = (
            Arc::new(Mutex::new(1_000)),
            Arc::<Mutex<Vec<_>>>::default(),
            Arc::<AtomicBool>::default(),
        );
        let app = Clockwork::builder()
            .with_component_parameters::<TestClock>(TestClockParameters { clock: clock.clone() })
            .with_component_parameters::<MemoryEventPublisher>(MemoryEventPublisherParameters {
                bus: MemoryBus::default(),
            })
            .with_component_parameters::<Attic>(AtticParameters {
                left: Arc::clone(&left),
                asked: Arc::clone(&asked),
                is_broken: Arc::clone(&is_broken),
            })
            .build();
        Self { app, clock, left, asked, is_broken }
    }

    async fn run(&self, job: &str, early: bool) -> Result<JobRun, JobError> {
        let jobs: &dyn RunJobs = self.app.resolve_ref();
        jobs.execute(job, early).await
    }

    async fn last(&self) -> Option<(OffsetDateTime, JobOutcome)> {
        let board: &dyn JobBoard = self.app.resolve_ref();
        board.list().await.unwrap().remove(0).last
    }
}

#[tokio::test]
async fn a_job_runs_when_it_is_due_or_wanted() {
    let f = Fixture::new();
    let due = FrozenClock::START + Duration::MINUTE;
    let ran = |due| JobRun::Ran(JobOutcome::Done(3), due);
    assert_eq!(f.run("fragile", false).await.unwrap(), ran(due));
    assert_eq!(f.run("fragile", false).await.unwrap(), JobRun::NotBefore(due));
    assert_eq!(f.run("fragile", true).await.unwrap(), ran(due));
    f.clock.advance(Duration::MINUTE);
    assert_eq!(f.run("fragile", false).await.unwrap(), ran(due + Duration::MINUTE));
    assert!(matches!(f.run("nothing", false).await, Err(JobError::Unknown)));
}

#[tokio::test]
async fn a_failure_is_kept_with_its_reason_and_the_job_goes_on() {
    let f = Fixture::new();
    f.is_broken.store(true, Ordering::Relaxed);
    let failed = JobOutcome::Failed("store unavailable: no disk".to_owned());
    let due = FrozenClock::START + Duration::MINUTE;
    assert_eq!(f.run("fragile", false).await.unwrap(), JobRun::Ran(failed.clone(), due));
    assert_eq!(f.last().await, Some((FrozenClock::START, failed)));
    f.is_broken.store(false, Ordering::Relaxed);
    f.clock.set(due);
    f.run("fragile", false).await.unwrap();
    assert_eq!(f.last().await, Some((due, JobOutcome::Done(3))));
}

#[tokio::test]
async fn what_is_old_goes_in_batches_until_nothing_is_left() {
    let f = Fixture::new();
    for (job, what, days) in [
        ("purge_events", Leftover::PublishedEvents, 7),
        ("purge_handled", Leftover::HandledEvents, 14),
        ("purge_idempotent_answers", Leftover::IdempotentAnswers, 7),
        ("purge_provider_events", Leftover::ProviderEvents, 90),
        ("purge_tasks", Leftover::Tasks, 30),
    ] {
        *f.left.lock().unwrap() = 1_234;
        f.asked.lock().unwrap().clear();
        let JobRun::Ran(outcome, _) = f.run(job, false).await.unwrap() else { panic!("{job}") };
        assert_eq!(outcome, JobOutcome::Done(1_234), "{job}");
        let asked = f.asked.lock().unwrap();
        assert_eq!(**asked, vec![(what, FrozenClock::START - Duration::days(days)); 4], "{job}");
    }
}

#[tokio::test]
async fn every_schedule_can_be_read() {
    let f = Fixture::new();
    let jobs: &dyn RunJobs = f.app.resolve_ref();
    for (name, _) in jobs.jobs() {
        assert!(matches!(f.run(name, false).await.unwrap(), JobRun::Ran(..)), "{name}");
    }
}
