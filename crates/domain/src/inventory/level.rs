use time::OffsetDateTime;

use super::{StockDepleted, StockLevelId, StockLow};
use crate::{
    catalogue::VariantId,
    shared::{
        event::{AggregateType, DomainEvent, EventId, NewEvent},
        id::derived_id,
    },
};

/// Counters and limits of one level, in units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StockCounters {
    /// Units that are there.
    pub on_hand: i64,
    /// Units promised to pending orders.
    pub reserved: i64,
    /// Units that were paid for and are still there.
    pub allocated: i64,
    /// Units that may be sold beyond what is there.
    pub backorder_limit: i64,
    /// Staff is told when no more than this is left; never when `None`.
    pub low_stock_threshold: Option<i64>,
}

impl StockCounters {
    /// Units on hand that nobody was promised; negative when some are backordered.
    pub const fn left(&self) -> i64 {
        self.on_hand - self.reserved - self.allocated
    }

    /// Units that can be bought now, backorders included.
    pub const fn available(&self) -> i64 {
        self.left() + self.backorder_limit
    }

    /// Whether staff wants to know.
    pub fn is_low(&self) -> bool {
        self.low_stock_threshold.is_some_and(|threshold| self.left() <= threshold)
    }
}

/// One change of a level that is counted.
#[derive(Clone, Copy, Debug)]
pub struct StockChange {
    /// The level.
    pub level: StockLevelId,
    /// Of what.
    pub variant: VariantId,
    /// How it stood.
    pub before: StockCounters,
    /// How it stands.
    pub after: StockCounters,
    /// Number of events of the level, those of this change included.
    pub version: i64,
    /// When it changed.
    pub at: OffsetDateTime,
}

impl StockChange {
    /// What the change is worth telling: each thing once, when it comes to be so.
    pub fn events(&self) -> Vec<NewEvent> {
        let (level_id, variant_id) = (self.level, self.variant);
        let mut facts: Vec<DomainEvent> = Vec::new();
        if let Some(threshold) = self.after.low_stock_threshold
            && self.after.is_low()
            && !self.before.is_low()
        {
            let left = self.after.left();
            facts.push(StockLow { level_id, variant_id, left, threshold }.into());
        }
        if self.before.available() > 0 && self.after.available() <= 0 {
            facts.push(StockDepleted { level_id, variant_id }.into());
        }
        let event = |(fact, later): (DomainEvent, i64)| {
            let version = self.version - later;
            NewEvent {
                id: EventId::new(derived_id(self.at, &(level_id, version))),
                aggregate_type: AggregateType::StockLevel,
                aggregate_id: level_id.raw(),
                aggregate_version: version,
                occurred_at: self.at,
                event: fact,
            }
        };
        let mut events: Vec<_> = facts.into_iter().rev().zip(0..).map(event).collect();
        events.reverse();
        events
    }
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;
    use uuid::Uuid;

    use super::{StockChange, StockCounters, StockLevelId, VariantId};

    fn told(before: StockCounters, after: StockCounters) -> Vec<(&'static str, i64)> {
        let (level, variant) = (StockLevelId::new(Uuid::nil()), VariantId::new(Uuid::nil()));
        let at = OffsetDateTime::UNIX_EPOCH;
        let change = StockChange { level, variant, before, after, version: 7, at };
        let events = change.events();
        events.iter().map(|new| (new.event.name(), new.aggregate_version)).collect()
    }

    fn stock(on_hand: i64, reserved: i64, backorder_limit: i64, low: Option<i64>) -> StockCounters {
        let low_stock_threshold = low;
        StockCounters { on_hand, reserved, allocated: 0, backorder_limit, low_stock_threshold }
    }

    #[test]
    fn each_thing_is_told_once_when_it_comes_to_be_so() {
        const LOW: &str = "inventory.stock_low.v1";
        const DEPLETED: &str = "inventory.stock_depleted.v1";
        let some = Some(3);
        for (before, after, expected) in [
            (stock(5, 0, 0, some), stock(5, 1, 0, some), vec![]),
            (stock(5, 1, 0, some), stock(5, 2, 0, some), vec![(LOW, 7)]),
            (stock(5, 2, 0, some), stock(5, 3, 0, some), vec![]),
            (stock(5, 3, 0, some), stock(5, 5, 0, some), vec![(DEPLETED, 7)]),
            (stock(5, 0, 0, some), stock(5, 5, 0, some), vec![(LOW, 6), (DEPLETED, 7)]),
            (stock(5, 5, 0, some), stock(9, 5, 0, some), vec![]),
            (stock(5, 0, 0, None), stock(5, 5, 0, None), vec![(DEPLETED, 7)]),
            // Backorders can be bought, and are not stock.
            (stock(5, 0, 2, some), stock(5, 5, 2, some), vec![(LOW, 7)]),
            (stock(5, 5, 2, some), stock(5, 7, 2, some), vec![(DEPLETED, 7)]),
            // What staff wants to be told at may change too.
            (stock(5, 0, 0, None), stock(5, 0, 0, Some(5)), vec![(LOW, 7)]),
        ] {
            assert_eq!(told(before, after), expected, "{before:?} {after:?}");
        }
    }
}
