//! Followers of orders in this process: told by announcements, and else by the clock.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use domain::{
    identity::{IdentityReads, SessionId},
    ordering::{Following, OrderFeed, OrderId, OrderReads, OrderSteps, TimelineView},
    shared::{announcements::Observer, error::StoreError, ports::Clock},
};
use shaku::Component;
use tokio::{
    sync::{
        Notify,
        mpsc::{self, Receiver, Sender},
    },
    time::{sleep, timeout},
};

/// How often followed orders and sessions are looked at without being told of a change.
const TICK: Duration = Duration::from_millis(500);

/// Least time between two looks: what changes meanwhile is looked at together.
const PAUSE: Duration = Duration::from_millis(20);

/// Steps that wait for one follower; an order has some ten in all its life.
const BEHIND: usize = 64;

/// Everybody in this process who follows an order; clones share them.
#[derive(Clone, Default)]
pub struct OrderFollowers(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// Somebody came, or something was told.
    stirred: Notify,
}

#[derive(Default)]
struct State {
    /// By the number each was given.
    followers: HashMap<u64, Follower>,
    given: u64,
    told: Told,
}

struct Follower {
    following: Following,
    steps: Sender<TimelineView>,
}

/// What is to be looked at next.
#[derive(Default)]
struct Told {
    orders: HashSet<OrderId>,
    everything: bool,
}

impl OrderFollowers {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.state().followers.len()
    }

    /// Has orders looked at that were announced to have changed; hears [`Topic::Orders`].
    ///
    /// [`Topic::Orders`]: domain::shared::announcements::Topic::Orders
    pub fn orders(&self) -> Arc<dyn Observer> {
        Arc::new(OrdersTold(self.clone()))
    }

    /// Has sessions looked at that were announced to have ended; hears [`Topic::Sessions`].
    ///
    /// [`Topic::Sessions`]: domain::shared::announcements::Topic::Sessions
    pub fn sessions(&self) -> Arc<dyn Observer> {
        Arc::new(SessionsTold(self.clone()))
    }

    /// Waits until there is something to look at, and takes the orders that are: all of them, with
    /// their sessions, when it is `None`.
    async fn stirred(&self) -> Option<HashSet<OrderId>> {
        loop {
            let is_told = if self.count() == 0 {
                self.0.stirred.notified().await;
                true
            } else {
                timeout(TICK, self.0.stirred.notified()).await.is_ok()
            };
            let mut state = self.state();
            let told = std::mem::take(&mut state.told);
            if state.followers.is_empty() {
                continue;
            }
            if !is_told || told.everything {
                return None;
            }
            if !told.orders.is_empty() {
                return Some(told.orders);
            }
        }
    }

    /// What is followed: of each order the oldest version some follower has, and every session.
    fn followed(&self, only: Option<&HashSet<OrderId>>) -> (Vec<(OrderId, i64)>, Vec<SessionId>) {
        let state = self.state();
        let mut orders: HashMap<OrderId, i64> = HashMap::new();
        let mut sessions = HashSet::new();
        for Follower { following, .. } in state.followers.values() {
            let Following { order, after, session } = *following;
            if only.is_none_or(|only| only.contains(&order)) {
                let known = orders.entry(order).or_insert(after);
                *known = after.min(*known);
            }
            sessions.extend(session.filter(|_| only.is_none()));
        }
        (orders.into_iter().collect(), sessions.into_iter().collect())
    }

    async fn look(
        &self,
        only: Option<HashSet<OrderId>>,
        orders: &dyn OrderReads,
        sessions: &dyn IdentityReads,
        clock: &dyn Clock,
    ) -> Result<(), StoreError> {
        let (followed, of_sessions) = self.followed(only.as_ref());
        self.hand_out(&orders.steps_after(&followed).await?);
        if !of_sessions.is_empty() {
            let live = sessions.live_among(&of_sessions, clock.now()).await?;
            self.part(&of_sessions, &live);
        }
        Ok(())
    }

    /// Hands out steps; followers who do not take theirs away are let go.
    fn hand_out(&self, steps: &[(OrderId, TimelineView)]) {
        let mut by_order: HashMap<OrderId, Vec<&TimelineView>> = HashMap::new();
        for (order, step) in steps {
            by_order.entry(*order).or_default().push(step);
        }
        self.state().followers.retain(|_, Follower { following, steps }| {
            let new = by_order.get(&following.order).into_iter().flatten();
            for step in new
                .filter(|step| step.version > following.after)
                .copied()
                .cloned()
                .collect::<Vec<_>>()
            {
                following.after = step.version;
                if steps.try_send(step).is_err() {
                    return false;
                }
            }
            true
        });
    }

    /// Lets go of those whose session is not among the live ones of `asked`.
    fn part(&self, asked: &[SessionId], live: &[SessionId]) {
        let ended: HashSet<_> = asked.iter().filter(|session| !live.contains(session)).collect();
        if !ended.is_empty() {
            let is_over =
                |of: &Follower| of.following.session.is_some_and(|at| ended.contains(&at));
            self.state().followers.retain(|_, follower| !is_over(follower));
        }
    }
}

/// Looks at what is followed and tells the followers, until it is dropped: one question for all
/// orders and one for all sessions at a time. While the database does not answer, followers wait.
pub async fn tell_followers(
    followers: OrderFollowers,
    orders: Arc<dyn OrderReads>,
    sessions: Arc<dyn IdentityReads>,
    clock: Arc<dyn Clock>,
) {
    let mut is_well = true;
    loop {
        let only = followers.stirred().await;
        let looked = followers.look(only, &*orders, &*sessions, &*clock).await;
        if let Err(error) = &looked
            && is_well
        {
            let cause: &dyn std::error::Error = error;
            tracing::warn!(error = cause, "followers of orders have to wait");
        }
        is_well = looked.is_ok();
        sleep(PAUSE).await;
    }
}

struct OrdersTold(OrderFollowers);

impl Observer for OrdersTold {
    fn forget(&self, keys: &[String]) {
        let mut state = self.0.state();
        if state.followers.is_empty() {
            return;
        }
        let told: Vec<_> =
            keys.iter().filter_map(|key| key.parse().ok()).map(OrderId::new).collect();
        let is_followed =
            |order: &OrderId| state.followers.values().any(|one| one.following.order == *order);
        let followed: Vec<_> = told.into_iter().filter(is_followed).collect();
        if followed.is_empty() && !keys.is_empty() {
            return;
        }
        state.told.everything |= keys.is_empty();
        state.told.orders.extend(followed);
        drop(state);
        self.0.0.stirred.notify_one();
    }
}

struct SessionsTold(OrderFollowers);

impl Observer for SessionsTold {
    fn forget(&self, keys: &[String]) {
        let told: HashSet<_> =
            keys.iter().filter_map(|key| key.parse().ok()).map(SessionId::new).collect();
        let mut state = self.0.state();
        let is_told = |one: &Follower| one.following.session.is_some_and(|at| told.contains(&at));
        if keys.is_empty() || state.followers.values().any(is_told) {
            state.told.everything = true;
            drop(state);
            self.0.0.stirred.notify_one();
        }
    }
}

/// [`OrderFeed`] of one process.
#[derive(Component, Default)]
#[shaku(interface = OrderFeed)]
pub struct MemoryOrderFeed {
    /// Those who follow.
    #[shaku(default)]
    pub followers: OrderFollowers,
}

impl OrderFeed for MemoryOrderFeed {
    fn follow(&self, following: Following) -> Box<dyn OrderSteps> {
        let (sender, steps) = mpsc::channel(BEHIND);
        let mut state = self.followers.state();
        state.given += 1;
        let number = state.given;
        state.followers.insert(number, Follower { following, steps: sender });
        state.told.orders.insert(following.order);
        drop(state);
        self.followers.0.stirred.notify_one();
        Box::new(Place { steps, number, followers: self.followers.clone() })
    }
}

/// One follower's place, given up when it is dropped.
struct Place {
    steps: Receiver<TimelineView>,
    number: u64,
    followers: OrderFollowers,
}

#[async_trait]
impl OrderSteps for Place {
    async fn next(&mut self) -> Option<TimelineView> {
        self.steps.recv().await
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.followers.state().followers.remove(&self.number);
    }
}
