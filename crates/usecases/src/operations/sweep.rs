use domain::{
    operations::{Housekeeping, Leftover},
    shared::error::StoreError,
};
use time::OffsetDateTime;

use crate::retry::retry_lost_races;

/// Rows removed in one unit of work: others wait for no longer than these take.
const BATCH: u32 = 500;

/// Batches of one run; what is left is for the next.
const MOST_BATCHES: u32 = 200;

/// Removes leftovers from before `before`, batch by batch.
pub(super) async fn sweep(
    housekeeping: &dyn Housekeeping,
    what: Leftover,
    before: OffsetDateTime,
) -> Result<u64, StoreError> {
    let mut total = 0;
    for _ in 0..MOST_BATCHES {
        let removed = retry_lost_races(|| housekeeping.remove(what, before, BATCH)).await?;
        if removed == 0 {
            break;
        }
        total += u64::from(removed);
    }
    Ok(total)
}
