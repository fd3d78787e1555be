use domain::{
    inventory::{Counted, MovementKind, MovementView, VariantStock},
    ordering::OrderId,
    shared::page::Page,
};
use serde::{Deserialize, Deserializer, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    error::ApiError,
    extract::{plain_text, present, present_whole_number},
};

/// Most units of anything.
const MOST: u32 = 1_000_000_000;

/// What was counted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetStockRequest {
    /// Units that are there.
    #[serde(deserialize_with = "present_whole_number")]
    #[schema(minimum = 0, maximum = 1_000_000_000, format = Int64, example = 12)]
    pub(crate) on_hand: u32,
    /// Why it is not what was on record.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$",
        example = "Stocktaking"
    )]
    pub(crate) reason: String,
    /// The variant; the first one by default.
    #[serde(default, deserialize_with = "present")]
    pub(crate) variant_id: Option<Uuid>,
    /// Whether stock is counted from now on; what is not counted is never short.
    #[serde(default, deserialize_with = "present")]
    pub(crate) track_stock: Option<bool>,
    /// Units that may be sold beyond what is there.
    #[serde(default, deserialize_with = "whole_number")]
    #[schema(minimum = 0, maximum = 1_000_000_000, format = Int64, example = 0)]
    pub(crate) backorder_limit: Option<u32>,
    /// Staff is told when no more than this is left; null for never.
    #[serde(default, deserialize_with = "clearable_whole_number")]
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 1_000_000_000, format = Int64, example = 3)]
    pub(crate) low_stock_threshold: Option<Option<u32>>,
}

fn whole_number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u32>, D::Error> {
    present_whole_number(from).map(Some)
}

fn clearable_whole_number<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<Option<u32>>, D::Error> {
    #[derive(Deserialize)]
    struct Number(#[serde(deserialize_with = "present_whole_number")] u32);
    Ok(Some(Option::<Number>::deserialize(from)?.map(|Number(number)| number)))
}

impl SetStockRequest {
    /// What was counted.
    ///
    /// # Errors
    /// 422 for a number out of range, or a reason that is none.
    pub(crate) fn counted(&self) -> Result<Counted, ApiError> {
        let within = |pointer: &str, number: u32| match number {
            0..=MOST => Ok(i64::from(number)),
            _ => Err(ApiError::invalid_body(pointer, "range", format!("at most {MOST}"))),
        };
        let threshold = |number| within("/low_stock_threshold", number);
        Ok(Counted {
            on_hand: within("/on_hand", self.on_hand)?,
            reason: plain_text("/reason", &self.reason, 200)?,
            is_counted: self.track_stock,
            backorder_limit: self
                .backorder_limit
                .map(|number| within("/backorder_limit", number))
                .transpose()?,
            low_stock_threshold: self
                .low_stock_threshold
                .map(|number| number.map(threshold).transpose())
                .transpose()?,
        })
    }
}

/// Stock of one variant.
#[derive(Serialize, ToSchema)]
pub(crate) struct Stock {
    /// The product.
    pub(crate) product_id: Uuid,
    /// The variant.
    pub(crate) variant_id: Uuid,
    /// Stock keeping unit.
    #[schema(example = "TEA-ASSAM-100")]
    pub(crate) sku: String,
    /// Whether stock is counted; what is not counted is never short.
    pub(crate) track_stock: bool,
    /// Units that are there.
    #[schema(example = 12)]
    pub(crate) on_hand: i64,
    /// Units promised to pending orders.
    #[schema(example = 2)]
    pub(crate) reserved: i64,
    /// Units that were paid for and are still there.
    #[schema(example = 1)]
    pub(crate) allocated: i64,
    /// Units that can be bought now, backorders included; null when stock is not counted.
    #[schema(example = 9)]
    pub(crate) available: Option<i64>,
    /// Units that may be sold beyond what is there.
    #[schema(example = 0)]
    pub(crate) backorder_limit: i64,
    /// Staff is told when no more than this is left; null for never.
    #[schema(example = 3)]
    pub(crate) low_stock_threshold: Option<i64>,
}

impl From<VariantStock> for Stock {
    fn from(stock: VariantStock) -> Self {
        let counters = stock.counters;
        Self {
            product_id: stock.product.raw(),
            variant_id: stock.variant.raw(),
            sku: stock.sku,
            track_stock: stock.is_counted,
            on_hand: counters.on_hand,
            reserved: counters.reserved,
            allocated: counters.allocated,
            available: stock.is_counted.then_some(counters.available()),
            backorder_limit: counters.backorder_limit,
            low_stock_threshold: counters.low_stock_threshold,
        }
    }
}

/// Why the counters of a stock level moved.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "the schema of domain::inventory::MovementKind")]
pub(crate) enum MovementReason {
    Opening,
    Reserve,
    Release,
    Allocate,
    Deallocate,
    Ship,
    Adjust,
}

/// One change of the counters of a stock level.
#[derive(Serialize, ToSchema)]
pub(crate) struct StockMovement {
    /// Identity.
    pub(crate) id: Uuid,
    /// Why the counters moved.
    #[schema(value_type = MovementReason)]
    pub(crate) kind: &'static str,
    /// Units that came, or went when negative.
    #[schema(example = -2)]
    pub(crate) on_hand_change: i64,
    /// Units that were promised, or not any more when negative.
    pub(crate) reserved_change: i64,
    /// Units that were paid for, or not any more when negative.
    pub(crate) allocated_change: i64,
    /// For which order.
    pub(crate) order_id: Option<Uuid>,
    /// What the person who counted said.
    #[schema(example = "Stocktaking")]
    pub(crate) reason: Option<String>,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) created_at: OffsetDateTime,
}

impl From<MovementView> for StockMovement {
    fn from(moved: MovementView) -> Self {
        Self {
            id: moved.id.raw(),
            kind: MovementKind::as_str(moved.kind),
            on_hand_change: moved.on_hand,
            reserved_change: moved.reserved,
            allocated_change: moved.allocated,
            order_id: moved.order.map(OrderId::raw),
            reason: moved.reason,
            created_at: moved.at,
        }
    }
}

/// Changes of the counters of a stock level.
#[derive(Serialize, ToSchema)]
pub(crate) struct StockMovementPage {
    /// The rows.
    pub(crate) items: Vec<StockMovement>,
    /// How many there are; null in a window by cursor.
    #[schema(minimum = 0, format = Int64)]
    pub(crate) total: Option<u64>,
    /// Continues the list; null at its end.
    pub(crate) next_cursor: Option<String>,
}

impl From<Page<MovementView>> for StockMovementPage {
    fn from(page: Page<MovementView>) -> Self {
        Self {
            items: page.items.into_iter().map(StockMovement::from).collect(),
            total: page.total,
            next_cursor: page.next.map(|id| id.to_string()),
        }
    }
}
