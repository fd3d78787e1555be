//! A way to Redis that can be stopped up or cut, and its keys taken away.

use std::time::Duration;

use anyhow::{Context, ensure};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::{Proxy, RedisMood, services::redis_url};

/// Stands between a system and Redis, until it is dropped.
pub struct RedisProxy {
    proxy: Proxy,
    database: String,
}

impl RedisProxy {
    /// A proxy of a Redis that is well.
    pub async fn start() -> anyhow::Result<Self> {
        let url = redis_url();
        let server = url.strip_prefix("redis://").context("not a Redis URL")?;
        let (server, database) = server.split_once('/').unwrap_or((server, "0"));
        Ok(Self { proxy: Proxy::to(server).await?, database: database.to_owned() })
    }

    /// What a system takes for Redis.
    pub fn url(&self) -> String {
        format!("redis://{}/{}", self.proxy.address(), self.database)
    }

    /// From now on Redis is so.
    pub fn set(&self, mood: RedisMood) {
        self.proxy.set(mood);
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
