//! Listens, serves, and leaves without breaking a running request.

use std::{
    future::{Future, ready},
    io,
    net::TcpListener,
    time::Duration,
};

use actix_http::{HttpServiceBuilder, error::DispatchError};
use actix_server::Server;
use actix_service::{ServiceFactoryExt as _, fn_service, map_config};
use actix_web::{
    App,
    dev::AppConfig,
    rt::{net::TcpStream, time::sleep},
};
use futures_util::future::{Either, join, select};
use metrics::counter;

use crate::{
    catalogue::Shelf,
    connection::{Deadlines, Places, Watched},
    load::Load,
    routes::configure_with,
    services::{Readiness, Services},
    settings::HttpSettings,
    streams::Streams,
};

/// Time a connection has to close after the last answer.
const CLOSING: Duration = Duration::from_secs(1);

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
    let address = listener.local_addr()?;
    let (shelf, load, streams) = (Shelf::new(), Load::default(), Streams::default());
    let places = Places::new(settings.max_connections_per_address, &settings.trusted_proxies);
    let deadlines = Deadlines { head: settings.header_deadline, write: settings.write_deadline };
    let mut server = Server::build()
        .max_concurrent_connections(settings.max_connections)
        .shutdown_timeout(settings.shutdown_timeout.as_secs())
        .disable_signals();
    if let Some(workers) = settings.workers {
        server = server.workers(workers);
    }
    let stopping = server.graceful_shutdown_signal();
    let connections = move || {
        let app = App::new().configure(configure_with(
            services.clone(),
            settings.clone(),
            readiness.clone(),
            shelf.clone(),
            load.clone(),
            streams.clone(),
        ));
        let stopping = stopping.clone();
        let requests = HttpServiceBuilder::default()
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .keep_alive(settings.keep_alive)
            .client_request_timeout(settings.header_deadline)
            .client_disconnect_timeout(CLOSING)
            .local_addr(address)
            .on_connect_ext(|stream: &Watched, data| drop(data.insert(stream.progress())))
            .h1(map_config(app, |()| AppConfig::default()));
        let places = places.clone();
        let refused = counter!("kontor_http_connections_refused_total");
        fn_service(move |io: TcpStream| {
            let peer = io.peer_addr().ok();
            ready(match places.take(peer.map(|peer| peer.ip())) {
                Some(place) => Ok((Watched::new(io, deadlines, place), peer)),
                // Closed without a word: an answer would cost what the limit saves.
                None => {
                    refused.increment(1);
                    Err(DispatchError::Io(io::ErrorKind::ConnectionRefused.into()))
                }
            })
        })
        .and_then(requests)
    };
    Ok(server.listen("http", listener, connections)?.run())
}
