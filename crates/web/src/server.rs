//! Listens, serves, and leaves without breaking a running request.

use std::{future::Future, io, net::TcpListener};

use actix_web::{App, HttpServer, dev::Server, rt::time::sleep};
use futures_util::future::{Either, join, select};

use crate::{
    catalogue::Shelf,
    routes::configure_with,
    services::{Readiness, Services},
    settings::HttpSettings,
};

/// Serves on `listener` until `shutdown` resolves.
///
/// Then readiness goes first, requests are still served for the drain wait, and running ones have
/// the shutdown timeout to end. Signals are the caller's business. The future is `Send` when
/// `shutdown` is.
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
    let drain_wait = settings.drain_wait;
    let server = listen(services, settings, listener, readiness.clone())?;
    let handle = server.handle();
    let server = match select(server, std::pin::pin!(shutdown)).await {
        Either::Left((ended, _)) => return ended,
        Either::Right(((), server)) => server,
    };
    readiness.withdraw();
    tracing::info!("not ready any more; draining");
    let server = match select(server, std::pin::pin!(sleep(drain_wait))).await {
        Either::Left((ended, _)) => return ended,
        Either::Right(((), server)) => server,
    };
    let (ended, ()) = join(server, handle.stop(true)).await;
    ended
}

fn listen(
    services: Services,
    settings: HttpSettings,
    listener: TcpListener,
    readiness: Readiness,
) -> io::Result<Server> {
    let app = settings.clone();
    let shelf = Shelf::new();
    let factory = move || {
        let (services, settings) = (services.clone(), app.clone());
        App::new().configure(configure_with(services, settings, readiness.clone(), shelf.clone()))
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
    Ok(server.listen(listener)?.run())
}
