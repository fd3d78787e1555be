use std::time::Duration;

use anyhow::{Context, ensure};
use config::Settings;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::{cli::HealthcheckArgs, commands::Ending};

/// Longer than a live process takes, shorter than a container's patience.
const PATIENCE: Duration = Duration::from_secs(2);

pub(super) async fn run(args: HealthcheckArgs, settings: &Settings) -> anyhow::Result<Ending> {
    let (host, port) = if args.worker {
        ensure!(settings.worker.port != 0, "WORKER__PORT is 0: the worker cannot be asked");
        (&settings.worker.host, settings.worker.port)
    } else {
        (&settings.http.host, settings.http.port)
    };
    let host = match host.as_str() {
        "0.0.0.0" => "127.0.0.1",
        "::" => "::1",
        host => host,
    };
    let address = (host, port);
    timeout(PATIENCE, ask(address)).await.context("no answer in time")??;
    Ok(Ending::Done)
}

async fn ask((host, port): (&str, u16)) -> anyhow::Result<()> {
    let mut stream = TcpStream::connect((host, port))
        .await
        .with_context(|| format!("nobody listens on {host}:{port}"))?;
    stream
        .write_all(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    ensure!(answer.starts_with(b"HTTP/1.1 200"), "{host}:{port} is not well");
    Ok(())
}
