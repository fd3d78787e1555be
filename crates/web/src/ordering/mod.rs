//! Orders over HTTP.

mod coupon_dto;
pub(crate) mod coupons;
pub(crate) mod dto;
pub(crate) mod follow;
pub(crate) mod fulfilment;
pub(crate) mod handlers;
pub(crate) mod particulars;
pub(crate) mod routes;
