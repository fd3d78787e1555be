use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use deadpool_redis::redis::{Client, RedisError, aio::PubSub, cmd};
use domain::shared::announcements::{Announcements, Observer, Topic};
use futures_util::StreamExt;
use shaku::Component;
use tokio::time::{sleep, timeout};

use crate::pool::{Failure, RedisPool};

/// How long a broken subscription rests before it is made again.
const PAUSE: Duration = Duration::from_millis(250);

/// How often a quiet connection is asked whether it is still there.
const PULSE: Duration = Duration::from_secs(2);

/// Tells every process; in this one right away.
#[derive(Component)]
#[shaku(interface = Announcements)]
pub struct RedisAnnouncements {
    /// The way to the others.
    pool: RedisPool,
    /// Tells observers in this process.
    local: Arc<dyn Announcements>,
}

#[async_trait]
impl Announcements for RedisAnnouncements {
    async fn announce(&self, topic: Topic, keys: &[String]) {
        self.local.announce(topic, keys).await;
        let publish = cmd("PUBLISH").arg(channel(&self.pool)).arg(message(topic, keys)).take();
        let told = self.pool.run(async move |redis| publish.query_async::<()>(redis).await).await;
        if let Err(failure) = told {
            tracing::debug!(%failure, %topic, "other processes find out by themselves");
        }
    }

    fn observe(&self, topic: Topic, observer: Arc<dyn Observer>) {
        self.local.observe(topic, observer);
    }
}

/// Tells observers in this process what other processes announce, until it is dropped. What was
/// announced while there was no connection is made up for by forgetting everything.
pub async fn pass_on(pool: RedisPool, local: Arc<dyn Announcements>) {
    let mut is_heard = true;
    loop {
        let lost = match subscribe(&pool).await {
            Ok(subscription) => {
                is_heard = true;
                for topic in Topic::ALL {
                    local.announce(*topic, &[]).await;
                }
                listen(subscription, &*local).await
            }
            Err(failure) => failure,
        };
        if is_heard {
            is_heard = false;
            tracing::warn!(failure = %lost, "announcements of other processes do not arrive");
        }
        sleep(PAUSE).await;
    }
}

async fn subscribe(pool: &RedisPool) -> Result<PubSub, Failure> {
    let settings = pool.settings();
    let made = async {
        let mut subscription = Client::open(settings.url.as_str())?.get_async_pubsub().await?;
        subscription.subscribe(channel(pool)).await?;
        Ok::<_, RedisError>(subscription)
    };
    match timeout(settings.connect_timeout, made).await {
        Ok(made) => Ok(made?),
        Err(_elapsed) => Err(Failure::TimedOut),
    }
}

/// Listens until the connection breaks or falls silent.
async fn listen(subscription: PubSub, local: &dyn Announcements) -> Failure {
    let (mut asking, mut messages) = subscription.split();
    let hear = async {
        while let Some(heard) = messages.next().await {
            if let Some((topic, keys)) = read(heard.get_payload_bytes()) {
                local.announce(topic, &keys).await;
            }
        }
        Failure::Closed
    };
    let feel = async {
        loop {
            sleep(PULSE).await;
            match timeout(PULSE, asking.ping::<()>()).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return Failure::Refused(error),
                Err(_elapsed) => return Failure::TimedOut,
            }
        }
    };
    tokio::select! {
        failure = hear => failure,
        failure = feel => failure,
    }
}

fn channel(pool: &RedisPool) -> String {
    pool.key("announcements")
}

/// The topic and each key on a line of its own.
fn message(topic: Topic, keys: &[String]) -> String {
    std::iter::once(topic.as_str())
        .chain(keys.iter().map(String::as_str))
        .collect::<Vec<_>>()
        .join("\n")
}

/// A message of ours; what another release says of a topic that is not known here is left alone.
fn read(payload: &[u8]) -> Option<(Topic, Vec<String>)> {
    let mut lines = std::str::from_utf8(payload).ok()?.split('\n');
    let topic = Topic::parse(lines.next()?)?;
    Some((topic, lines.map(str::to_owned).collect()))
}

#[cfg(test)]
mod tests {
    use domain::shared::announcements::Topic;

    use super::{message, read};

    #[test]
    fn a_message_is_read_as_it_was_written() {
        for keys in [vec![], vec!["a".to_owned()], vec!["a".to_owned(), "b".to_owned()]] {
            let message = message(Topic::Sessions, &keys);
            assert_eq!(read(message.as_bytes()), Some((Topic::Sessions, keys)));
        }
        for stray in [&b""[..], b"unknown\na", b"\xff"] {
            assert_eq!(read(stray), None);
        }
    }
}
