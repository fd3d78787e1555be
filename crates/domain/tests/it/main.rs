//! Rules of the domain, as tables and as properties.
#![expect(clippy::unwrap_used, reason = "fixtures may panic")]

mod envelope;
mod fixtures;
mod order_number;
mod payment_facts;
mod placing;
mod quoting;
mod settlement;
mod shipping;
mod takings;
mod transitions;
