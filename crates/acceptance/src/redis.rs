//! A way to Redis that can be stopped up or cut, and its keys taken away.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, ensure};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, tcp::OwnedReadHalf, tcp::OwnedWriteHalf},
    sync::watch,
    task::JoinSet,
    time::timeout,
};

use crate::services::redis_url;

/// How Redis is to those who reach it through a [`RedisProxy`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedisMood {
    /// It answers.
    Well,
    /// It takes what it is sent, and does and answers it when it is well again.
    Stalled,
    /// Nobody is there.
    Dead,
}

/// Stands between a system and Redis, until it is dropped.
pub struct RedisProxy {
    address: SocketAddr,
    database: String,
    mood: watch::Sender<RedisMood>,
    _serving: JoinSet<()>,
}

impl RedisProxy {
    /// A proxy of a Redis that is well.
    pub async fn start() -> anyhow::Result<Self> {
        let url = redis_url();
        let server = url.strip_prefix("redis://").context("not a Redis URL")?;
        let (server, database) = server.split_once('/').unwrap_or((server, "0"));
        let (server, database) = (server.to_owned(), database.to_owned());
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (mood, seen) = watch::channel(RedisMood::Well);
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                connections.spawn(carry(client, server.clone(), seen.clone()));
            }
        });
        Ok(Self { address, database, mood, _serving: serving })
    }

    /// What a system takes for Redis.
    pub fn url(&self) -> String {
        format!("redis://{}/{}", self.address, self.database)
    }

    /// From now on Redis is so.
    pub fn set(&self, mood: RedisMood) {
        self.mood.send_replace(mood);
    }

    /// Takes away every key that begins with `prefix`, whatever the mood.
    pub async fn flush(&self, prefix: &str) -> anyhow::Result<()> {
        const SCRIPT: &str =
            "for _, key in ipairs(redis.call('KEYS', ARGV[1])) do redis.call('DEL', key) end";
        let url = redis_url();
        let server = url.trim_start_matches("redis://").split('/').next().unwrap_or_default();
        let mut redis = TcpStream::connect(server).await?;
        for command in
            [&["SELECT", self.database.as_str()][..], &["EVAL", SCRIPT, "0", &format!("{prefix}*")]]
        {
            let words = command.iter().map(|word| format!("${}\r\n{word}\r\n", word.len()));
            let text = format!("*{}\r\n{}", command.len(), words.collect::<String>());
            redis.write_all(text.as_bytes()).await?;
            let mut answer = [0; 64];
            let read = timeout(Duration::from_secs(5), redis.read(&mut answer)).await??;
            let answer =
                String::from_utf8_lossy(answer.get(..read).unwrap_or_default()).into_owned();
            ensure!(!answer.starts_with('-'), "Redis refused {command:?}: {answer}");
        }
        Ok(())
    }
}

/// Carries both ways until Redis is dead or one side has enough.
async fn carry(client: TcpStream, server: String, mut mood: watch::Receiver<RedisMood>) {
    if *mood.borrow_and_update() == RedisMood::Dead {
        return;
    }
    let Ok(server) = TcpStream::connect(server).await else { return };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let dead = mood.clone();
    tokio::select! {
        () = pass(from_client, to_server, mood.clone()) => {}
        () = pass(from_server, to_client, mood) => {}
        () = until(dead, |mood| mood == RedisMood::Dead) => {}
    }
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mood: watch::Receiver<RedisMood>) {
    let mut bytes = vec![0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut bytes).await {
        until(mood.clone(), |mood| mood != RedisMood::Stalled).await;
        let Some(bytes) = bytes.get(..read) else { return };
        if to.write_all(bytes).await.is_err() {
            return;
        }
    }
}

async fn until(mut mood: watch::Receiver<RedisMood>, is_so: impl Fn(RedisMood) -> bool) {
    // When the proxy is gone, so are all connections through it.
    drop(mood.wait_for(|mood| is_so(*mood)).await);
}
