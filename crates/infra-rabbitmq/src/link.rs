//! One connection to the broker, made again when it is gone, with a growing pause between attempts.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use domain::shared::bus::Subscriber;
use lapin::{
    Channel, Connection, ConnectionProperties,
    options::ConfirmSelectOptions,
    uri::{AMQPScheme, AMQPUri},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Mutex as AsyncMutex,
    time::{Instant, timeout},
};

use crate::{
    error::{RabbitError, within},
    topology::Topology,
};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How a client of AMQP 0-9-1 begins; the broker answers at once.
const GREETING: &[u8; 8] = b"AMQP\x00\x00\x09\x01";

/// A connection with its idle confirming channels.
pub(crate) struct Live {
    connection: Connection,
    idle: Mutex<Vec<Channel>>,
    limit: Duration,
}

impl Live {
    pub(crate) fn is_connected(&self) -> bool {
        self.connection.status().connected()
    }

    /// Whether the broker is short of memory or disk and reads nothing more from us.
    pub(crate) fn is_blocked(&self) -> bool {
        self.connection.status().blocked()
    }

    pub(crate) async fn open_channel(&self) -> Result<Channel, RabbitError> {
        within(self.limit, "opening a channel", self.connection.create_channel()).await
    }

    /// A channel in confirm mode that nobody else uses until it is [given back](Self::give_back):
    /// the client library may attach a returned message to any confirm of its channel.
    pub(crate) async fn confirming_channel(&self) -> Result<Channel, RabbitError> {
        while let Some(channel) = self.pop_idle() {
            if channel.status().connected() {
                return Ok(channel);
            }
        }
        let channel = self.open_channel().await?;
        let answer = channel.confirm_select(ConfirmSelectOptions::default());
        within(self.limit, "asking for confirms", answer).await?;
        Ok(channel)
    }

    pub(crate) fn give_back(&self, channel: Channel) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(channel);
    }

    fn pop_idle(&self) -> Option<Channel> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    /// Lives until the broker answers, or is found dead by its silence. Closing waits for an
    /// answer too, and nothing would end that wait, nor the thread and the socket that wait.
    async fn linger(self: Arc<Self>) {
        while self.is_connected() {
            match self.open_channel().await {
                Err(RabbitError::TimedOut(_)) => {}
                Ok(_) | Err(_) => return,
            }
        }
    }
}

/// A connection that comes back.
pub(crate) struct Link {
    name: &'static str,
    uri: AMQPUri,
    connect_timeout: Duration,
    limit: Duration,
    topology: Arc<Topology>,
    subscribers: Vec<Subscriber>,
    live: Mutex<Option<Arc<Live>>>,
    backoff: AsyncMutex<Backoff>,
}

impl Link {
    /// Declares what `subscribers` need on each connection.
    pub(crate) fn new(
        name: &'static str,
        uri: AMQPUri,
        (connect_timeout, limit): (Duration, Duration),
        topology: Arc<Topology>,
        subscribers: Vec<Subscriber>,
    ) -> Self {
        Self {
            name,
            uri,
            connect_timeout,
            limit,
            topology,
            subscribers,
            live: Mutex::default(),
            backoff: AsyncMutex::default(),
        }
    }

    /// The connection, made now if there is none. Fails at once while the pause after a failed
    /// attempt lasts.
    pub(crate) async fn connection(&self) -> Result<Arc<Live>, RabbitError> {
        if let Some(live) = self.current() {
            return Ok(live);
        }
        let mut backoff = self.backoff.lock().await;
        if let Some(live) = self.current() {
            return Ok(live);
        }
        backoff.admit(Instant::now())?;
        let is_first = backoff.attempts == 0;
        // Counted before the attempt, so that a dropped attempt counts too.
        backoff.attempt(Instant::now());
        let connected = self.connect(is_first).await;
        let live = Arc::new(connected.inspect_err(|_| backoff.pause(Instant::now()))?);
        backoff.succeeded();
        tracing::info!(link = self.name, "connected to the broker");
        *self.slot() = Some(Arc::clone(&live));
        Ok(live)
    }

    /// Never hands out `broken` again.
    pub(crate) fn discard(&self, broken: &Arc<Live>) {
        let mut slot = self.slot();
        if slot.as_ref().is_some_and(|live| Arc::ptr_eq(live, broken)) {
            tracing::warn!(link = self.name, "the connection to the broker is given up");
            *slot = None;
            drop(tokio::spawn(Arc::clone(broken).linger()));
        }
    }

    fn current(&self) -> Option<Arc<Live>> {
        self.slot().as_ref().filter(|live| live.is_connected()).cloned()
    }

    fn slot(&self) -> std::sync::MutexGuard<'_, Option<Arc<Live>>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Names of exchanges and queues of ours that are not on the broker. Nothing is declared.
    pub(crate) async fn missing(&self) -> Result<Vec<String>, RabbitError> {
        let live = self.look().await?;
        self.topology.missing(&live, &self.subscribers).await
    }

    /// Whether the broker lets us in. Nothing is declared.
    pub(crate) async fn reach(&self) -> Result<(), RabbitError> {
        self.look().await?.open_channel().await.map(drop)
    }

    async fn connect(&self, is_first: bool) -> Result<Live, RabbitError> {
        if !is_first {
            self.knock().await?;
        }
        let live = self.look().await?;
        let channel = live.open_channel().await?;
        self.topology.declare(&channel, &self.subscribers).await?;
        Ok(live)
    }

    /// A connection of its own, on which nothing was done yet.
    async fn look(&self) -> Result<Live, RabbitError> {
        let properties = ConnectionProperties::default()
            .with_connection_name(format!("kontor {}", self.name).into());
        let answer = Connection::connect_uri(self.uri.clone(), properties);
        let connection = within(self.connect_timeout, "connecting", answer).await?;
        Ok(Live { connection, idle: Mutex::default(), limit: self.limit })
    }

    /// Waits for the first byte of a broker that failed us before. The library never gives up a
    /// handshake that is not answered: each attempt would cost a thread and a socket for good.
    async fn knock(&self) -> Result<(), RabbitError> {
        if self.uri.scheme != AMQPScheme::AMQP {
            return Ok(());
        }
        let authority = &self.uri.authority;
        let answered = async {
            let mut broker = TcpStream::connect((authority.host.as_str(), authority.port)).await?;
            broker.write_all(GREETING).await?;
            broker.read_u8().await
        };
        match timeout(self.connect_timeout, answered).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(RabbitError::Unreachable(Arc::new(error))),
            Err(_elapsed) => Err(RabbitError::TimedOut("knocking")),
        }
    }
}

/// When the next attempt may be made.
#[derive(Default)]
struct Backoff {
    attempts: u32,
    not_before: Option<Instant>,
}

impl Backoff {
    fn admit(&self, now: Instant) -> Result<(), RabbitError> {
        let left = self.not_before.map(|at| at.saturating_duration_since(now));
        match left.filter(|left| !left.is_zero()) {
            Some(left) => Err(RabbitError::BackingOff(left)),
            None => Ok(()),
        }
    }

    fn attempt(&mut self, now: Instant) {
        self.attempts = self.attempts.saturating_add(1);
        self.pause(now);
    }

    fn pause(&mut self, now: Instant) {
        let doublings = self.attempts.saturating_sub(1);
        let pause = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(doublings));
        self.not_before = Some(now + pause.min(LONGEST_PAUSE));
    }

    fn succeeded(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::Backoff;

    #[test]
    fn pauses_between_attempts_double_up_to_five_seconds_until_one_succeeds() {
        let mut backoff = Backoff::default();
        let mut now = Instant::now();
        for pause in [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000] {
            assert!(backoff.admit(now).is_ok());
            backoff.attempt(now);
            now += Duration::from_secs(30);
            backoff.pause(now);
            let pause = Duration::from_millis(pause);
            assert!(backoff.admit(now + pause - Duration::from_millis(1)).is_err(), "{pause:?}");
            now += pause;
        }
        backoff.succeeded();
        assert!(backoff.admit(now).is_ok());
    }
}
