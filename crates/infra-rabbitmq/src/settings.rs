//! What an operator may decide about the broker.

use std::{fmt, time::Duration};

use lapin::uri::AMQPUri;

/// Longest name that still fits an AMQP short string together with a consumer's name.
const LONGEST_PREFIX: usize = 64;

/// How to reach the broker and what to call things there.
#[derive(Clone)]
pub struct RabbitSettings {
    /// `amqp://user:password@host:port/vhost`; holds a secret.
    pub url: String,
    /// Longest wait for a connection.
    pub connect_timeout: Duration,
    /// Longest wait for any single answer, above all for the confirms of a batch.
    pub confirm_timeout: Duration,
    /// A peer silent for twice as long is dead; whole seconds.
    pub heartbeat: Duration,
    /// First part of the name of every exchange and queue.
    pub prefix: String,
    /// Delays a retry can have; any other is rounded up to one of them, or down to the longest.
    pub retry_delays: Vec<Duration>,
}

impl Default for RabbitSettings {
    fn default() -> Self {
        Self {
            url: "amqp://guest:guest@127.0.0.1:5672/%2f".into(),
            connect_timeout: Duration::from_secs(5),
            confirm_timeout: Duration::from_secs(5),
            heartbeat: Duration::from_secs(10),
            prefix: "kontor".into(),
            retry_delays: [1, 10, 60].map(Duration::from_secs).to_vec(),
        }
    }
}

/// Leaves out the address, which holds a password.
impl fmt::Debug for RabbitSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RabbitSettings").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

impl RabbitSettings {
    /// The address with our own limits in it.
    pub(crate) fn uri(&self) -> Result<AMQPUri, InvalidRabbitSettings> {
        // The parser's message may quote the address, password included.
        let Ok(mut uri) = self.url.parse::<AMQPUri>() else {
            return Err(InvalidRabbitSettings::Url);
        };
        uri.query.heartbeat = Some(saturating(u128::from(self.heartbeat.as_secs().max(1))));
        uri.query.connection_timeout = Some(saturating(self.connect_timeout.as_millis()));
        Ok(uri)
    }

    pub(crate) fn check(&self) -> Result<(), InvalidRabbitSettings> {
        if self.prefix.is_empty() || self.prefix.len() > LONGEST_PREFIX {
            return Err(InvalidRabbitSettings::Prefix);
        }
        if self.retry_delays.is_empty() || self.retry_delays.iter().any(Duration::is_zero) {
            return Err(InvalidRabbitSettings::RetryDelays);
        }
        Ok(())
    }
}

fn saturating<T: TryFrom<u128> + From<u16>>(value: u128) -> T {
    T::try_from(value).unwrap_or_else(|_too_large| T::from(u16::MAX))
}

/// Why settings of the broker were refused; never quotes the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRabbitSettings {
    /// The address is not one of a broker.
    #[error("the broker's address is not of the form amqp://user:password@host:port/vhost")]
    Url,
    /// The prefix is empty or too long.
    #[error("the broker's prefix takes 1 to 64 characters")]
    Prefix,
    /// There is no delay to retry after, or one of them is zero.
    #[error("the broker needs at least one retry delay, and none of zero")]
    RetryDelays,
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{InvalidRabbitSettings, RabbitSettings};

    #[test]
    fn limits_reach_the_address() {
        let settings = RabbitSettings { heartbeat: Duration::from_secs(7), ..Default::default() };
        let uri = settings.uri().unwrap();
        assert_eq!((uri.query.heartbeat, uri.query.connection_timeout), (Some(7), Some(5_000)));
    }

    #[test]
    fn a_bad_address_is_refused_without_quoting_it() {
        let settings = RabbitSettings { url: "hunter2:x".into(), ..Default::default() };
        let error = settings.uri().unwrap_err();
        assert_eq!(error, InvalidRabbitSettings::Url);
        assert!(!format!("{error} {settings:?}").contains("hunter2"));
    }

    #[test]
    fn names_and_delays_are_checked() {
        let settings = RabbitSettings { prefix: "p".repeat(65), ..Default::default() };
        assert_eq!(settings.check(), Err(InvalidRabbitSettings::Prefix));
        let settings = RabbitSettings { retry_delays: vec![Duration::ZERO], ..Default::default() };
        assert_eq!(settings.check(), Err(InvalidRabbitSettings::RetryDelays));
    }
}
