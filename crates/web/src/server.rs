//! Listens, serves, and leaves without breaking a running request.

use std::{future::Future, io, net::TcpListener};

use actix_web::{App, HttpServer, rt::time::sleep};
use futures_util::future::{Either, select};

use crate::{
    routes::configure_with,
    services::{Readiness, Services},
    settings::HttpSettings,
};

/// Serves on `listener` until `shutdown` resolves.
///
/// Then readiness goes first, requests are still served for the drain wait, and running ones have
/// the shutdown timeout to end. Signals are the caller's business.
///
/// # Errors
/// When the listener cannot be used or the server breaks.
pub async fn serve(
    services: Services,
    settings: HttpSettings,
    listener: TcpListener,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let readiness = Readiness::new();
    let factory = {
        let (settings, readiness) = (settings.clone(), readiness.clone());
        move || {
            App::new().configure(configure_with(
                services.clone(),
                settings.clone(),
                readiness.clone(),
            ))
        }
    };
    let mut server = HttpServer::new(factory)
        .keep_alive(settings.keep_alive)
        .client_request_timeout(settings.header_deadline)
        .max_connections(settings.max_connections)
        .shutdown_timeout(settings.shutdown_timeout.as_secs())
        .disable_signals();
    if let Some(workers) = settings.workers {
        server = server.workers(workers);
    }
    let server = server.listen(listener)?.run();
    let handle = server.handle();
    let shutdown = std::pin::pin!(shutdown);
    let server = match select(server, shutdown).await {
        Either::Left((ended, _)) => return ended,
        Either::Right(((), server)) => server,
    };
    readiness.withdraw();
    tracing::info!("not ready any more; draining");
    let server = match select(server, std::pin::pin!(sleep(settings.drain_wait))).await {
        Either::Left((ended, _)) => return ended,
        Either::Right(((), server)) => server,
    };
    let (ended, ()) = futures_util::future::join(server, handle.stop(true)).await;
    ended
}
