use std::{net::TcpListener, sync::Arc};

use anyhow::Context;
use config::Settings;
use container::Application;
use telemetry::Metrics;
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

/// How a process is watched.
pub(super) struct Watched {
    /// On a port of its own.
    port: watch::Port,
    /// Services it cannot do without, besides those nobody can.
    needs: &'static [&'static str],
    /// What it counts.
    metrics: Option<Metrics>,
}

impl Watched {
    /// Takes the port: `METRICS__PORT` of a process that serves, else `WORKER__PORT`.
    pub(super) fn listen(
        settings: &Settings,
        parts: Parts,
        metrics: Option<Metrics>,
    ) -> anyhow::Result<Self> {
        let (host, port, needs) = match parts {
            Parts::Both | Parts::Api => (&settings.metrics.host, settings.metrics.port, &[][..]),
            Parts::Worker => (&settings.worker.host, settings.worker.port, &["broker"][..]),
        };
        let port = watch::Port::take(host, port)
            .with_context(|| format!("cannot listen on {host}:{port}"))?;
        Ok(Self { port, needs, metrics })
    }
}

/// Runs the parts until SIGTERM or SIGINT.
pub(super) async fn run(
    mut settings: Settings,
    parts: Parts,
    metrics: Option<Metrics>,
) -> anyhow::Result<Ending> {
    let watched = Watched::listen(&settings, parts, metrics)?;
    let face = match parts {
        Parts::Both | Parts::Api => {
            let listener = listen(&mut settings)?;
            Some(Face { listener, http: parts::http(&settings)? })
        }
        Parts::Worker => None,
    };
    let application = container::assemble(&settings).await?;
    until_stopped(application, &settings, face, parts != Parts::Api, watched).await
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
    Watched { port, needs, metrics }: Watched,
) -> anyhow::Result<Ending> {
    let stop = container::watch_stop();
    let drained = CancellationToken::new();
    if let Some(metrics) = &metrics {
        let database = application.database.clone();
        metrics.sample(move || database.sample());
    }
    let watching = port.answer(watch::Process {
        checks: application.health.clone(),
        needs,
        counted: metrics
            .clone()
            .map(|metrics| -> watch::Counted { Arc::new(move || metrics.render()) }),
        stopping: stop.clone(),
    });
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
        Some(Face { listener, mut http }) => {
            http.metrics = metrics.filter(|_| settings.metrics.port == 0).map(parts::counted_text);
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
    watching.end().await;
    application.close().await;
    Ok(Ending::Done)
}
