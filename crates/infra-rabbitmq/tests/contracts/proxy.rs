//! A wire between the bus and the broker that can be cut or fall silent.

use std::sync::{Mutex, PoisonError};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{AbortHandle, JoinSet},
};

pub(crate) struct Proxy {
    port: u16,
    silent: watch::Sender<bool>,
    wires: std::sync::Arc<Mutex<Vec<AbortHandle>>>,
    _accepting: JoinSet<()>,
}

impl Proxy {
    /// Listens, and connects each client to `host:port`.
    pub(crate) async fn to(upstream: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (silent, watched) = watch::channel(false);
        let wires = std::sync::Arc::new(Mutex::new(Vec::new()));
        let mut accepting = JoinSet::new();
        let opened = std::sync::Arc::clone(&wires);
        accepting.spawn(async move {
            let mut running = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&upstream).await.unwrap();
                let wire = running.spawn(carry(client, server, watched.clone()));
                opened.lock().unwrap_or_else(PoisonError::into_inner).push(wire);
            }
        });
        Self { port, silent, wires, _accepting: accepting }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Closes every connection; new ones are welcome.
    pub(crate) fn cut(&self) {
        for wire in self.wires.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            wire.abort();
        }
    }

    /// Keeps connections open and bytes back, or lets them flow again.
    pub(crate) fn set_silent(&self, silent: bool) {
        self.silent.send_replace(silent);
    }
}

async fn carry(client: TcpStream, server: TcpStream, silent: watch::Receiver<bool>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    tokio::select! {
        () = pump(&mut from_client, &mut to_server, silent.clone()) => {}
        () = pump(&mut from_server, &mut to_client, silent) => {}
    }
}

async fn pump(
    from: &mut (impl AsyncReadExt + Unpin),
    to: &mut (impl AsyncWriteExt + Unpin),
    mut silent: watch::Receiver<bool>,
) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(read) = from.read(&mut buffer).await {
        if silent.wait_for(|silent| !silent).await.is_err() || read == 0 {
            return;
        }
        if to.write_all(buffer.get(..read).unwrap()).await.is_err() {
            return;
        }
    }
}
