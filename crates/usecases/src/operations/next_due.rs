use chrono::{DateTime, Utc};
use croner::Cron;
use domain::{operations::Schedule, shared::error::Cause};
use time::OffsetDateTime;

/// When `schedule` is due next after `now`.
///
/// # Errors
/// When its pattern is not one of cron, or names no moment that ever comes.
pub(super) fn next_due(schedule: Schedule, now: OffsetDateTime) -> Result<OffsetDateTime, Cause> {
    let pattern = match schedule {
        Schedule::Every(pause) => return Ok(now + pause),
        Schedule::Cron(pattern) => pattern,
    };
    let cron: Cron = pattern.parse()?;
    let now: DateTime<Utc> =
        DateTime::from_timestamp(now.unix_timestamp(), now.nanosecond()).ok_or("out of range")?;
    let next = cron.find_next_occurrence(&now, false)?;
    Ok(OffsetDateTime::from_unix_timestamp(next.timestamp())?)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::operations::Schedule;
    use time::macros::datetime;

    use super::next_due;

    #[test]
    fn the_next_moment_is_after_now() {
        let now = datetime!(2026-11-20 03:30:00.5 UTC);
        for (schedule, expected) in [
            (Schedule::Every(Duration::from_secs(10)), datetime!(2026-11-20 03:30:10.5 UTC)),
            (Schedule::Cron("30 3 * * *"), datetime!(2026-11-21 03:30 UTC)),
            (Schedule::Cron("45 * * * *"), datetime!(2026-11-20 03:45 UTC)),
            (Schedule::Cron("*/10 * * * *"), datetime!(2026-11-20 03:40 UTC)),
            (Schedule::Cron("0 4 1 1 *"), datetime!(2027-01-01 04:00 UTC)),
        ] {
            assert_eq!(next_due(schedule, now).unwrap(), expected, "{schedule:?}");
        }
        assert_eq!(
            next_due(Schedule::Cron("30 3 * * *"), datetime!(2026-11-20 03:30 UTC)).unwrap(),
            datetime!(2026-11-21 03:30 UTC),
        );
    }

    #[test]
    fn what_is_no_pattern_or_never_comes_is_refused() {
        let now = datetime!(2026-11-20 03:30 UTC);
        for pattern in ["", "every day", "61 * * * *", "0 0 30 2 *"] {
            assert!(next_due(Schedule::Cron(pattern), now).is_err(), "{pattern}");
        }
    }
}
