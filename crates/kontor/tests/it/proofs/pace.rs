//! Requests at a steady pace, and how long each took.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::{Duration, Instant},
};

use tokio::{task::JoinSet, time::sleep_until};

/// One request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shot {
    /// When it was due.
    pub(crate) due: Instant,
    pub(crate) took: Duration,
    /// `None` when there was no answer.
    pub(crate) status: Option<u16>,
}

/// Requests that go on until they are stopped.
pub(crate) struct Pace {
    is_over: Rc<Cell<bool>>,
    shots: Rc<RefCell<Vec<Shot>>>,
    shooting: JoinSet<()>,
}

impl Pace {
    /// Every `interval` one more, whatever became of those before.
    pub(crate) fn start(
        interval: Duration,
        shoot: impl AsyncFn(usize) -> Option<u16> + Clone + 'static,
    ) -> Self {
        let is_over = Rc::new(Cell::new(false));
        let shots = Rc::new(RefCell::new(Vec::new()));
        let (ended, all) = (Rc::clone(&is_over), Rc::clone(&shots));
        let mut shooting = JoinSet::new();
        shooting.spawn_local(async move {
            let (mut flying, mut due) = (JoinSet::new(), Instant::now());
            for at in 0.. {
                if ended.get() {
                    break;
                }
                let (shoot, all) = (shoot.clone(), Rc::clone(&all));
                flying.spawn_local(async move {
                    let status = shoot(at).await;
                    all.borrow_mut().push(Shot { due, took: due.elapsed(), status });
                });
                while flying.try_join_next().is_some() {}
                due += interval;
                sleep_until(due.into()).await;
            }
            flying.join_all().await;
        });
        Self { is_over, shots, shooting }
    }

    /// Lets the last be answered.
    pub(crate) async fn stop(self) -> Vec<Shot> {
        self.is_over.set(true);
        self.shooting.join_all().await;
        self.shots.take()
    }
}

/// What 99 of 100 of those that were due between two moments stay within.
pub(crate) fn p99(shots: &[Shot], from: Instant, to: Instant) -> Duration {
    let mut took: Vec<_> =
        shots.iter().filter(|shot| (from..to).contains(&shot.due)).map(|shot| shot.took).collect();
    took.sort_unstable();
    assert!(took.len() >= 100, "{} requests tell nothing", took.len());
    took[took.len() * 99 / 100]
}
