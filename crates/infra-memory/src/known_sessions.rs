//! What this process remembers of sessions, for a moment.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use domain::{
    identity::{KnownSessions, SessionId, SessionState},
    shared::{announcements::Observer, ports::Clock},
};
use moka::sync;
use shaku::Component;
use time::OffsetDateTime;

/// Sessions remembered at most.
const CAPACITY: u64 = 100_000;

/// Longer than any question to the database lasts: until then it is remembered that an answer
/// to an older question is not to be believed.
const KEPT_FOR: Duration = Duration::from_secs(60);

/// An answer, or that there is none any more, and since when.
#[derive(Clone, Copy)]
struct Known {
    since: OffsetDateTime,
    state: Option<SessionState>,
}

/// The sessions of one process.
#[derive(Clone)]
pub struct KnownSessionEntries(sync::Cache<SessionId, Known>);

impl Default for KnownSessionEntries {
    fn default() -> Self {
        Self(sync::Cache::builder().max_capacity(CAPACITY).time_to_live(KEPT_FOR).build())
    }
}

/// [`KnownSessions`], bounded to 100,000 sessions.
#[derive(Component)]
#[shaku(interface = KnownSessions)]
pub struct MemoryKnownSessions {
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    /// What is known.
    #[shaku(default)]
    entries: KnownSessionEntries,
    /// When everything was forgotten.
    #[shaku(default)]
    emptied_at: RwLock<Option<OffsetDateTime>>,
}

impl KnownSessions for MemoryKnownSessions {
    fn recall(&self, session: SessionId) -> Option<SessionState> {
        let known = self.entries.0.get(&session)?;
        let age = self.clock.now() - known.since;
        // A clock that was set back makes an entry of the future, which is not believed either.
        let is_fresh = !age.is_negative() && age < <dyn KnownSessions>::BELIEVED_FOR;
        known.state.filter(|_| is_fresh)
    }

    fn remember(&self, session: SessionId, state: SessionState, asked_at: OffsetDateTime) {
        let emptied_at = *self.emptied_at.read().unwrap_or_else(PoisonError::into_inner);
        if emptied_at.is_some_and(|emptied_at| asked_at <= emptied_at) {
            return;
        }
        let answer = Known { since: asked_at, state: Some(state) };
        self.entries.0.entry(session).and_upsert_with(|entry| match entry {
            Some(entry) if entry.value().since >= asked_at => entry.into_value(),
            _ => answer,
        });
    }
}

impl Observer for MemoryKnownSessions {
    fn forget(&self, keys: &[String]) {
        let gone = Known { since: self.clock.now(), state: None };
        if keys.is_empty() {
            let mut emptied_at = self.emptied_at.write().unwrap_or_else(PoisonError::into_inner);
            *emptied_at = Some(gone.since);
            self.entries.0.invalidate_all();
        }
        for session in keys.iter().filter_map(|key| key.parse().ok()).map(SessionId::new) {
            self.entries.0.insert(session, gone);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use domain::{
        identity::{Permissions, Role, Standing},
        shared::id::RawId,
    };

    use super::*;

    struct SetClock(Mutex<OffsetDateTime>);

    impl Clock for SetClock {
        fn now(&self) -> OffsetDateTime {
            *self.0.lock().unwrap()
        }
    }

    const SECOND: time::Duration = time::Duration::SECOND;

    fn live() -> SessionState {
        SessionState::Live(Standing { role: Role::User, permissions: Permissions::NONE })
    }

    fn known() -> (MemoryKnownSessions, Arc<SetClock>, SessionId) {
        let clock = Arc::new(SetClock(Mutex::new(OffsetDateTime::UNIX_EPOCH)));
        let known = MemoryKnownSessions {
            clock: clock.clone(),
            entries: KnownSessionEntries::default(),
            emptied_at: RwLock::default(),
        };
        (known, clock, SessionId::new(RawId::from_u128(1)))
    }

    #[test]
    fn an_answer_is_believed_for_less_than_a_second_after_it_was_asked_for() {
        let (known, clock, session) = known();
        assert_eq!(known.recall(session), None);
        known.remember(session, live(), clock.now());
        assert_eq!(known.recall(session), Some(live()));
        *clock.0.lock().unwrap() += SECOND;
        assert_eq!(known.recall(session), None);
        *clock.0.lock().unwrap() -= 2 * SECOND;
        assert_eq!(known.recall(session), None, "the clock was set back");
    }

    #[test]
    fn an_answer_asked_for_before_the_change_is_not_remembered_after_it() {
        let (known, clock, session) = known();
        let asked_at = clock.now();
        for keys in [&[session.to_string()][..], &[]] {
            known.forget(keys);
            known.remember(session, live(), asked_at);
            assert_eq!(known.recall(session), None);
        }
        *clock.0.lock().unwrap() += SECOND / 2;
        known.remember(session, live(), clock.now());
        assert_eq!(known.recall(session), Some(live()));
    }

    #[test]
    fn an_older_answer_does_not_replace_a_newer_one() {
        let (known, clock, session) = known();
        known.remember(session, SessionState::Ended, clock.now());
        known.remember(session, live(), clock.now() - SECOND / 2);
        assert_eq!(known.recall(session), Some(SessionState::Ended));
    }
}
