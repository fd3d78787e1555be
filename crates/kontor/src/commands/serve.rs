use std::net::TcpListener;

use anyhow::Context;
use config::Settings;
use container::Application;
use tokio_util::sync::CancellationToken;
use worker::Worker;

use crate::{commands::Ending, parts};

/// Which parts of the store a process runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parts {
    /// HTTP and worker.
    Both,
    /// HTTP.
    Api,
    /// Worker.
    Worker,
}

/// Runs the parts until SIGTERM or SIGINT.
pub(super) async fn run(settings: &Settings, parts: Parts) -> anyhow::Result<Ending> {
    let application = container::assemble(settings).await?;
    let listener = match parts {
        Parts::Both | Parts::Api => Some(listen(settings)?),
        Parts::Worker => None,
    };
    until_stopped(application, settings, listener, parts != Parts::Api).await
}

/// Takes the port, before anything is promised.
pub(super) fn listen(settings: &Settings) -> anyhow::Result<TcpListener> {
    let address = (settings.http.host.as_str(), settings.http.port);
    TcpListener::bind(address)
        .with_context(|| format!("cannot listen on {}:{}", address.0, address.1))
}

/// Serves and works until a signal; the worker stops after the last request was answered.
pub(super) async fn until_stopped(
    application: Application,
    settings: &Settings,
    listener: Option<TcpListener>,
    with_worker: bool,
) -> anyhow::Result<Ending> {
    let stop = container::watch_stop();
    let drained = CancellationToken::new();
    let working = with_worker.then(|| {
        let services = worker::Services::resolve(&application.module);
        let worker = Worker::new(services, parts::worker(settings));
        tokio::spawn(worker.run(drained.clone()))
    });
    match listener {
        Some(listener) => {
            let services = web::Services::resolve(&application.module, application.health.clone());
            let http = parts::http(settings);
            web::serve(services, http, listener, stop.cancelled_owned()).await?;
        }
        None => stop.cancelled().await,
    }
    drained.cancel();
    if let Some(working) = working {
        working.await.context("the worker died")?;
    }
    application.close().await;
    Ok(Ending::Done)
}
