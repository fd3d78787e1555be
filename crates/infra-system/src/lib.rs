//! Clock, identifiers and randomness of the operating system.
//!
//! The only crate that reads them; everything else takes the ports.

use domain::shared::{
    id::RawId,
    ports::{Clock, IdGenerator, Randomness},
};
use shaku::Component;
use time::OffsetDateTime;
use uuid::Uuid;

/// Wall clock of the host, in UTC.
#[derive(Component)]
#[shaku(interface = Clock)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> OffsetDateTime {
        #[expect(clippy::disallowed_methods, reason = "this is the adapter behind the port")]
        let now = OffsetDateTime::now_utc();
        // Every store keeps microseconds: what is compared in memory must be what comes back.
        now.replace_microsecond(now.microsecond()).unwrap_or(now)
    }
}

/// UUID version 7, each one greater than all this process made before.
#[derive(Component)]
#[shaku(interface = IdGenerator)]
pub struct UuidV7Ids;

impl IdGenerator for UuidV7Ids {
    fn next(&self) -> RawId {
        #[expect(clippy::disallowed_methods, reason = "this is the adapter behind the port")]
        Uuid::now_v7()
    }
}

/// Randomness of the operating system.
#[derive(Component)]
#[shaku(interface = Randomness)]
pub struct OsRandomness;

impl Randomness for OsRandomness {
    #[expect(clippy::expect_used, reason = "without randomness nothing secret may be made at all")]
    fn secret(&self) -> [u8; 32] {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).expect("the operating system provides randomness");
        secret
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use domain::shared::ports::{Clock, IdGenerator, Randomness};
    use time::UtcOffset;

    use super::{OsRandomness, SystemClock, UuidV7Ids};

    #[test]
    fn the_clock_says_utc_in_whole_microseconds() {
        for _ in 0..100 {
            let now = SystemClock.now();
            assert_eq!(now.nanosecond() % 1_000, 0);
            assert_eq!(now.offset(), UtcOffset::UTC);
        }
    }

    #[test]
    fn ids_of_one_process_only_grow() {
        let ids: Vec<_> = (0..50_000).map(|_| UuidV7Ids.next()).collect();
        assert!(ids.is_sorted_by(|a, b| a < b));
        assert!(ids.iter().all(|id| id.get_version_num() == 7));
    }

    #[test]
    fn ids_of_several_threads_never_meet() {
        let make = || (0..10_000).map(|_| UuidV7Ids.next()).collect::<Vec<_>>();
        let threads: Vec<_> = (0..4).map(|_| std::thread::spawn(make)).collect();
        let lists: Vec<Vec<_>> = threads.into_iter().map(|each| each.join().unwrap()).collect();
        assert!(lists.iter().all(|list| list.is_sorted_by(|a, b| a < b)));
        let all: HashSet<_> = lists.into_iter().flatten().collect();
        assert_eq!(all.len(), 40_000);
    }

    #[test]
    fn secrets_differ() {
        assert_ne!(OsRandomness.secret(), OsRandomness.secret());
        assert_ne!(OsRandomness.secret(), [0; 32]);
    }
}
