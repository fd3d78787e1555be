use time::OffsetDateTime;

use super::{MovementId, StockCounters, StockLevelId, StockPromised};
use crate::catalogue::{ProductId, VariantId};

/// A variant with its stock at the default location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariantStock {
    /// The product.
    pub product: ProductId,
    /// The variant.
    pub variant: VariantId,
    /// Stock keeping unit.
    pub sku: String,
    /// Name of the product.
    pub name: String,
    /// Whether stock is counted; what is not counted is never short.
    pub is_counted: bool,
    /// Where it lies; a variant that was never counted may have no level.
    pub level: Option<StockLevelId>,
    /// How it stands.
    pub counters: StockCounters,
}

/// What a person found when counting, and what shall hold from now on; `None` leaves as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Units that are there, not negative.
    pub on_hand: i64,
    /// Why it is not what was on record.
    pub reason: String,
    /// Whether stock is counted.
    pub is_counted: Option<bool>,
    /// Units that may be sold beyond what is there.
    pub backorder_limit: Option<i64>,
    /// Staff is told when no more than this is left; `Some(None)` never.
    pub low_stock_threshold: Option<Option<i64>>,
}

/// The change a count makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recount {
    /// The level.
    pub level: StockLevelId,
    /// Whether the level begins with this count.
    pub is_new: bool,
    /// Of what.
    pub variant: VariantId,
    /// Which product that is a form of.
    pub product: ProductId,
    /// Whether stock was counted.
    pub was_counted: bool,
    /// Whether stock is counted from now on.
    pub is_counted: bool,
    /// How it stood.
    pub before: StockCounters,
    /// How it stands.
    pub after: StockCounters,
    /// Identity of the movement.
    pub movement: MovementId,
    /// Why it is not what was on record.
    pub reason: String,
    /// When it was counted.
    pub at: OffsetDateTime,
}

impl Recount {
    /// Units more than were on record.
    pub const fn difference(&self) -> i64 {
        self.after.on_hand - self.before.on_hand
    }
}

impl VariantStock {
    /// The change `counted` makes; `None` when everything is on record already. `level` and
    /// `movement` name what is made.
    ///
    /// # Errors
    /// [`StockPromised`] when less would be left than was promised.
    pub fn recount(
        &self,
        counted: &Counted,
        level: StockLevelId,
        movement: MovementId,
        at: OffsetDateTime,
    ) -> Result<Option<Recount>, StockPromised> {
        let before = self.counters;
        let after = StockCounters {
            on_hand: counted.on_hand,
            backorder_limit: counted.backorder_limit.unwrap_or(before.backorder_limit),
            low_stock_threshold: counted.low_stock_threshold.unwrap_or(before.low_stock_threshold),
            ..before
        };
        if after.available() < 0 {
            let StockCounters { reserved, allocated, .. } = before;
            return Err(StockPromised { reserved, allocated });
        }
        let is_counted = counted.is_counted.unwrap_or(self.is_counted);
        if self.level.is_some() && after == before && is_counted == self.is_counted {
            return Ok(None);
        }
        Ok(Some(Recount {
            level: self.level.unwrap_or(level),
            is_new: self.level.is_none(),
            variant: self.variant,
            product: self.product,
            was_counted: self.is_counted,
            is_counted,
            before,
            after,
            movement,
            reason: counted.reason.clone(),
            at,
        }))
    }
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;
    use uuid::Uuid;

    use super::{Counted, MovementId, Recount, StockCounters, StockLevelId, VariantStock};
    use crate::{
        catalogue::{ProductId, VariantId},
        inventory::StockPromised,
    };

    fn stock() -> VariantStock {
        VariantStock {
            product: ProductId::new(Uuid::from_u128(1)),
            variant: VariantId::new(Uuid::from_u128(2)),
            sku: "TEA".to_owned(),
            name: "Tea".to_owned(),
            is_counted: true,
            level: Some(StockLevelId::new(Uuid::from_u128(3))),
            counters: StockCounters { on_hand: 10, reserved: 3, allocated: 2, ..<_>::default() },
        }
    }

    fn counted(on_hand: i64) -> Counted {
        Counted {
            on_hand,
            reason: "counted".to_owned(),
            is_counted: None,
            backorder_limit: None,
            low_stock_threshold: None,
        }
    }

    fn recount(stock: &VariantStock, by: &Counted) -> Result<Option<Recount>, StockPromised> {
        let (level, movement) = (Uuid::from_u128(4), Uuid::from_u128(5));
        let (level, movement) = (StockLevelId::new(level), MovementId::new(movement));
        stock.recount(by, level, movement, OffsetDateTime::UNIX_EPOCH)
    }

    #[test]
    fn a_count_keeps_what_it_does_not_name() {
        let mut stock = stock();
        stock.counters.backorder_limit = 4;
        stock.counters.low_stock_threshold = Some(2);
        let change = recount(&stock, &counted(12)).unwrap().unwrap();
        assert_eq!(change.after, StockCounters { on_hand: 12, ..stock.counters });
        assert_eq!((change.difference(), change.is_new, change.is_counted), (2, false, true));
        assert_eq!(Some(change.level), stock.level);
        let all = Counted {
            is_counted: Some(false),
            backorder_limit: Some(0),
            low_stock_threshold: Some(None),
            ..counted(10)
        };
        let change = recount(&stock, &all).unwrap().unwrap();
        assert_eq!((change.after.backorder_limit, change.after.low_stock_threshold), (0, None));
        assert_eq!((change.difference(), change.was_counted, change.is_counted), (0, true, false));
    }

    #[test]
    fn a_count_that_finds_what_is_on_record_changes_nothing() {
        assert_eq!(recount(&stock(), &counted(10)), Ok(None));
        let mut never = stock();
        never.level = None;
        never.counters = StockCounters::default();
        let change = recount(&never, &counted(0)).unwrap().unwrap();
        assert!(change.is_new && change.level == StockLevelId::new(Uuid::from_u128(4)));
    }

    #[test]
    fn what_was_promised_cannot_be_counted_away() {
        let promised = StockPromised { reserved: 3, allocated: 2 };
        assert_eq!(recount(&stock(), &counted(4)), Err(promised));
        assert!(recount(&stock(), &counted(5)).is_ok());
        let behind = Counted { backorder_limit: Some(5), ..counted(0) };
        assert!(recount(&stock(), &behind).is_ok());
        let mut owing = stock();
        owing.counters = StockCounters { backorder_limit: 5, on_hand: 0, ..owing.counters };
        let strict = Counted { backorder_limit: Some(4), ..counted(0) };
        assert_eq!(recount(&owing, &strict), Err(promised));
    }
}
