//! Stock counters and the movements that explain them.

mod movements;
mod shipping;
mod stock;

use uuid::Uuid;

pub(crate) use self::movements::{Movement, insert_movements};

/// Where stock lies until there are more places; made by the first migration.
pub(crate) const DEFAULT_LOCATION: Uuid =
    Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0001);
