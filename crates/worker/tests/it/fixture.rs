use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use domain::{
    identity::IdentityStore,
    messaging::{DeadLetters, DeliverMails},
    operations::{JobError, JobOutcome, JobRun, RunJobs, Schedule},
    shared::{
        bus::{BusError, EventHandler, EventPublisher, HandleError, Subscriber},
        error::StoreError,
        event::{EventEnvelope, EventId, Provenance},
        ports::OutboxFeed,
    },
};
use infra_memory::{
    bus::{MemoryBus, MemoryEventPublisher, MemoryEventSource},
    store::{MemoryDeadLetters, MemoryIdentityStore, MemoryOutboxFeed, MemoryState},
};
use test_support::{builders, clock::FrozenClock, ids::CountingIds};
use worker::{Services, Worker, WorkerSettings};

/// What the scripted handler does with an event, by how often it saw it.
type Script = Box<dyn Fn(&EventEnvelope, usize) -> Result<(), HandleError> + Send + Sync>;

/// Handles registrations as told.
pub(crate) struct Scripted {
    script: Script,
    seen: Mutex<HashMap<EventId, usize>>,
}

impl Scripted {
    pub(crate) fn new(
        script: impl Fn(&EventEnvelope, usize) -> Result<(), HandleError> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self { script: Box::new(script), seen: Mutex::default() })
    }

    /// How often each event was seen.
    pub(crate) fn seen(&self) -> Vec<usize> {
        self.seen.lock().unwrap().values().copied().collect()
    }
}

#[async_trait]
impl EventHandler for Scripted {
    fn subscriber(&self) -> Subscriber {
        Subscriber { consumer: "scripted", events: &["identity.user_registered.v1"] }
    }

    async fn handle(&self, event: &EventEnvelope) -> Result<(), HandleError> {
        let times = {
            let mut seen = self.seen.lock().unwrap();
            let times = seen.entry(event.id).or_default();
            *times += 1;
            *times
        };
        (self.script)(event, times)
    }
}

/// A publisher that refuses what it is told to and remembers what it took.
pub(crate) struct Choosy {
    inner: MemoryEventPublisher,
    pub(crate) refuses: Mutex<Vec<EventId>>,
    pub(crate) taken: Mutex<Vec<EventId>>,
    pub(crate) panics: AtomicBool,
    pub(crate) is_silent: AtomicBool,
}

#[async_trait]
impl EventPublisher for Choosy {
    async fn publish(&self, events: &[EventEnvelope]) -> Vec<Result<(), BusError>> {
        assert!(!self.panics.load(Ordering::Relaxed), "told to panic");
        if self.is_silent.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        let mut answers = Vec::new();
        for event in events {
            if self.refuses.lock().unwrap().contains(&event.id) {
                answers.push(Err(BusError::NotConfirmed("told so".to_owned())));
                continue;
            }
            self.taken.lock().unwrap().push(event.id);
            answers.extend(self.inner.publish(std::slice::from_ref(event)).await);
        }
        answers
    }

    fn is_durable(&self) -> bool {
        self.inner.is_durable()
    }
}

/// Has nothing to do, and counts how often it was asked.
#[derive(Default)]
pub(crate) struct Idle(pub(crate) AtomicUsize);

#[async_trait]
impl DeliverMails for Idle {
    async fn execute(&self, _: u32) -> Result<u32, StoreError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(0)
    }
}

/// A job that is due every minute, and told how it goes.
#[derive(Default)]
pub(crate) struct Clockwork {
    pub(crate) runs: AtomicUsize,
    pub(crate) panics: AtomicBool,
}

#[async_trait]
impl RunJobs for Clockwork {
    fn jobs(&self) -> Vec<(&'static str, Schedule)> {
        vec![("clockwork", Schedule::Every(Duration::from_secs(60)))]
    }

    async fn execute(&self, job: &str, early: bool) -> Result<JobRun, JobError> {
        assert_eq!((job, early), ("clockwork", false));
        self.runs.fetch_add(1, Ordering::Relaxed);
        assert!(!self.panics.load(Ordering::Relaxed), "told to panic");
        let due_at = FrozenClock::START + Duration::from_secs(60);
        Ok(JobRun::Ran(JobOutcome::Done(1), due_at))
    }
}

/// A worker and everything around it.
pub(crate) struct Fixture {
    pub(crate) worker: Worker,
    pub(crate) state: MemoryState,
    pub(crate) publisher: Arc<Choosy>,
    pub(crate) clock: FrozenClock,
    pub(crate) feed: Arc<dyn OutboxFeed>,
    pub(crate) mails: Arc<Idle>,
    pub(crate) jobs: Arc<Clockwork>,
    dead_letters: Arc<dyn DeadLetters>,
    ids: CountingIds,
}

impl Fixture {
    pub(crate) fn new(handler: Arc<Scripted>) -> Self {
        Self::over(MemoryState::default(), CountingIds::default(), handler)
    }

    /// A worker that was started anew over what is stored.
    pub(crate) fn restarted(&self, handler: Arc<Scripted>) -> Self {
        Self::over(self.state.clone(), self.ids.clone(), handler)
    }

    fn over(state: MemoryState, ids: CountingIds, handler: Arc<Scripted>) -> Self {
        let bus = MemoryBus::default();
        let publisher = Arc::new(Choosy {
            inner: MemoryEventPublisher::new(bus.clone()),
            refuses: Mutex::default(),
            taken: Mutex::default(),
            panics: AtomicBool::default(),
            is_silent: AtomicBool::default(),
        });
        let clock = FrozenClock::default();
        let feed: Arc<dyn OutboxFeed> = Arc::new(MemoryOutboxFeed::over(state.clone()));
        let dead_letters: Arc<dyn DeadLetters> = Arc::new(MemoryDeadLetters::over(state.clone()));
        let mails = Arc::new(Idle::default());
        let jobs = Arc::new(Clockwork::default());
        let worker = Worker::new(
            Services {
                feed: Arc::clone(&feed),
                publisher: publisher.clone(),
                source: Arc::new(MemoryEventSource::new(bus)),
                handlers: vec![handler],
                dead_letters: Arc::clone(&dead_letters),
                deliver_mails: mails.clone(),
                run_jobs: jobs.clone(),
                clock: Arc::new(clock.clone()),
                ids: Arc::new(ids.clone()),
            },
            WorkerSettings {
                retry_delays: vec![Duration::from_millis(1); 3],
                publish_timeout: Duration::from_millis(50),
                relay_poll: Duration::from_millis(5),
                jobs_poll: Duration::from_millis(5),
                ..WorkerSettings::default()
            },
        );
        Self { worker, state, publisher, clock, feed, mails, jobs, dead_letters, ids }
    }

    /// Commits a registration, and answers the event it recorded.
    pub(crate) async fn register(&self, name: &str) -> EventId {
        let user = builders::user(&self.ids, name);
        let store = MemoryIdentityStore::over(self.state.clone());
        loop {
            let mut work = store.begin(&Provenance::default()).await.unwrap();
            work.users().insert(&user).await.unwrap();
            match work.commit().await {
                // The worker wrote meanwhile, and the reference store takes one writer at a time.
                Err(StoreError::Conflict) => {}
                outcome => break outcome.unwrap(),
            }
        }
        user.events().first().unwrap().id
    }

    pub(crate) async fn waiting(&self) -> u64 {
        self.feed.backlog().await.unwrap().waiting
    }

    pub(crate) async fn dead(&self) -> u64 {
        self.dead_letters.count().await.unwrap()
    }
}
