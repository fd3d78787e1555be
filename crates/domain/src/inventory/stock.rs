use std::collections::BTreeMap;

use crate::{
    catalogue::{ProductId, VariantId},
    text_enum, typed_id,
};

typed_id!(
    /// Identity of the stock of one variant at one location.
    StockLevelId
);
typed_id!(
    /// Identity of a place where stock lies.
    LocationId
);
typed_id!(
    /// Identity of one stock movement.
    MovementId
);

text_enum!(
    /// Why a counter moved. The counters of a level are the sums of its movements.
    MovementKind {
        /// Units that were there when counting began.
        Opening = "opening",
        /// Promised to a pending order.
        Reserve = "reserve",
        /// A promise given back.
        Release = "release",
        /// A promise that was paid for.
        Allocate = "allocate",
        /// A paid promise given back.
        Deallocate = "deallocate",
        /// Left the building.
        Ship = "ship",
        /// Counted again by a person.
        Adjust = "adjust",
    }
);

/// Stock a new variant starts with, at the default location.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpeningStock {
    /// Identity of the level that is made.
    pub level: StockLevelId,
    /// Identity of its first movement.
    pub movement: MovementId,
    /// Of what.
    pub variant: VariantId,
    /// Units on hand, not negative.
    pub on_hand: i64,
}

/// Units wanted from one level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StockDemand {
    /// From where.
    pub level: StockLevelId,
    /// Of what.
    pub variant: VariantId,
    /// Which product that is a form of.
    pub product: ProductId,
    /// How many, at least 1.
    pub quantity: i64,
}

/// A demand that cannot be met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortage {
    /// Of what.
    pub variant: VariantId,
    /// Units wanted.
    pub wanted: i64,
    /// Units left.
    pub left: i64,
}

/// One demand for each level, in ascending order of level: everybody takes stock in this order, so
/// two orders never wait for each other.
pub fn merge_demand(demand: impl IntoIterator<Item = StockDemand>) -> Vec<StockDemand> {
    let mut merged: BTreeMap<StockLevelId, StockDemand> = BTreeMap::new();
    for wanted in demand {
        merged
            .entry(wanted.level)
            .and_modify(|sum| sum.quantity = sum.quantity.saturating_add(wanted.quantity))
            .or_insert(wanted);
    }
    merged.into_values().collect()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{StockDemand, StockLevelId, merge_demand};
    use crate::catalogue::{ProductId, VariantId};

    #[test]
    fn demand_is_merged_by_level_and_sorted() {
        let want = |level: u128, quantity| StockDemand {
            level: StockLevelId::new(Uuid::from_u128(level)),
            variant: VariantId::new(Uuid::from_u128(level)),
            product: ProductId::new(Uuid::from_u128(level)),
            quantity,
        };
        assert_eq!(merge_demand([want(2, 1), want(1, 3), want(2, 4)]), [want(1, 3), want(2, 5)]);
    }
}
