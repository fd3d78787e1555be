use std::{io, net::TcpListener};

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::{Process, serve};

/// A port that was taken before anything was promised; none when none is wanted.
#[derive(Debug)]
pub struct Port(Option<TcpListener>);

/// Answers whoever watches, until its end.
#[derive(Debug)]
pub struct Answering {
    serving: Option<JoinHandle<io::Result<()>>>,
    ended: CancellationToken,
}

impl Port {
    /// Takes the port; 0 is none.
    ///
    /// # Errors
    /// When it cannot be had.
    pub fn take(host: &str, port: u16) -> io::Result<Self> {
        (port != 0).then(|| TcpListener::bind((host, port))).transpose().map(Self)
    }

    /// Answers about `process`.
    pub fn answer(self, process: Process) -> Answering {
        let ended = CancellationToken::new();
        let serve = |listener| tokio::spawn(serve(listener, process, ended.clone()));
        Answering { serving: self.0.map(serve), ended: ended.clone() }
    }
}

impl Answering {
    /// Answers nobody any more.
    pub async fn end(self) {
        self.ended.cancel();
        let Some(serving) = self.serving else { return };
        match serving.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "nobody could be answered"),
            Err(error) => tracing::error!(%error, "answering ended early"),
        }
    }
}
