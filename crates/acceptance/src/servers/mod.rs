//! Servers of one test alone, which may kill, stall and restart them.

mod broker;
mod process;
mod redis;

pub use broker::PrivateBroker;
pub use process::Process;
pub use redis::PrivateRedis;

/// A port nobody listens on.
pub(crate) fn free_port() -> anyhow::Result<u16> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
