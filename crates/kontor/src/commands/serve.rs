use std::net::TcpListener;

use anyhow::Context;
use config::Settings;
use container::Application;
use tokio_util::sync::CancellationToken;
use web::HttpSettings;
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

/// How a process is reached.
pub(super) struct Face {
    /// Where.
    pub(super) listener: TcpListener,
    /// How.
    pub(super) http: HttpSettings,
}

/// Runs the parts until SIGTERM or SIGINT.
pub(super) async fn run(mut settings: Settings, parts: Parts) -> anyhow::Result<Ending> {
    let face = match parts {
        Parts::Both | Parts::Api => {
            let listener = listen(&mut settings)?;
            Some(Face { listener, http: parts::http(&settings)? })
        }
        Parts::Worker => None,
    };
    let application = container::assemble(&settings).await?;
    until_stopped(application, &settings, face, parts != Parts::Api).await
}

/// Takes the port, before anything is promised.
pub(super) fn listen(settings: &mut Settings) -> anyhow::Result<TcpListener> {
    let address = (settings.http.host.as_str(), settings.http.port);
    let listener = TcpListener::bind(address)
        .with_context(|| format!("cannot listen on {}:{}", address.0, address.1))?;
    // The system may have chosen the port, and the links have to lead to it.
    let stated = std::mem::take(&mut settings.app.public_url);
    let is_stated = stated != settings.public_url();
    settings.http.port = listener.local_addr()?.port();
    settings.app.public_url = if is_stated { stated } else { settings.public_url() };
    Ok(listener)
}

/// Serves and works until a signal; the worker stops after the last request was answered.
pub(super) async fn until_stopped(
    application: Application,
    settings: &Settings,
    face: Option<Face>,
    with_worker: bool,
) -> anyhow::Result<Ending> {
    let stop = container::watch_stop();
    let drained = CancellationToken::new();
    let working = with_worker.then(|| {
        let services = worker::Services::resolve(&application.module);
        let worker = Worker::new(services, parts::worker(settings));
        let (stop, drained) = (stop.clone(), drained.clone());
        tokio::spawn(async move {
            let outcome = worker.run(drained).await;
            // Without its worker the store must not go on as if nothing were wrong.
            stop.cancel();
            outcome
        })
    });
    match face {
        Some(Face { listener, http }) => {
            let services = web::Services::resolve(&application.module, application.health.clone());
            tracing::info!(address = %listener.local_addr()?, "listening");
            web::serve(services, http, listener, stop.clone().cancelled_owned()).await?;
        }
        None => stop.cancelled().await,
    }
    drained.cancel();
    if let Some(working) = working {
        working.await?.context("the worker died")?;
    }
    application.close().await;
    Ok(Ending::Done)
}
