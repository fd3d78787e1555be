//! A way to a server that can be stopped up or cut.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, tcp::OwnedReadHalf, tcp::OwnedWriteHalf},
    sync::watch,
    task::JoinSet,
};

/// How a server is to those who reach it through a [`Proxy`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// It answers.
    Well,
    /// It takes what it is sent, and does and answers it when it is well again.
    Stalled,
    /// Nobody is there.
    Dead,
}

/// Stands between a system and a server, until it is dropped.
pub struct Proxy {
    address: SocketAddr,
    mood: watch::Sender<Mood>,
    _serving: JoinSet<()>,
}

impl Proxy {
    /// A proxy of `server` (`host:port`), which is well.
    pub async fn to(server: &str) -> anyhow::Result<Self> {
        let server = server.to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (mood, seen) = watch::channel(Mood::Well);
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                connections.spawn(carry(client, server.clone(), seen.clone()));
            }
        });
        Ok(Self { address, mood, _serving: serving })
    }

    /// What a system takes for the server.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on the server is so.
    pub fn set(&self, mood: Mood) {
        self.mood.send_replace(mood);
    }
}

/// Carries both ways until the server is dead or one side has enough.
async fn carry(client: TcpStream, server: String, mut mood: watch::Receiver<Mood>) {
    if *mood.borrow_and_update() == Mood::Dead {
        return;
    }
    let Ok(server) = TcpStream::connect(server).await else { return };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let dead = mood.clone();
    tokio::select! {
        () = pass(from_client, to_server, mood.clone()) => {}
        () = pass(from_server, to_client, mood) => {}
        () = until(dead, |mood| mood == Mood::Dead) => {}
    }
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mood: watch::Receiver<Mood>) {
    let mut bytes = vec![0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut bytes).await {
        until(mood.clone(), |mood| mood != Mood::Stalled).await;
        let Some(bytes) = bytes.get(..read) else { return };
        if to.write_all(bytes).await.is_err() {
            return;
        }
    }
}

async fn until(mut mood: watch::Receiver<Mood>, is_so: impl Fn(Mood) -> bool) {
    // When the proxy is gone, so are all connections through it.
    drop(mood.wait_for(|mood| is_so(*mood)).await);
}
