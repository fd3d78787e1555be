//! Builders, fakes and port contracts. A dev-dependency everywhere, a dependency of `acceptance` alone.

pub mod builders;
pub mod clock;
pub mod contracts;
pub mod eventually;
pub mod flaky;
pub mod gateway;
pub mod ids;
pub mod randomness;
