use std::{convert::Infallible, io, net::TcpListener as StdListener, sync::Arc, time::Duration};

use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{Process, answers::answer};

/// Connections at once; more wait.
const CONNECTIONS: usize = 32;
/// Time a client has for the head of a request.
const HEAD: Duration = Duration::from_secs(5);
/// How long a connection lives, whatever it is used for.
const CONNECTION: Duration = Duration::from_secs(60);
/// Pause when the system has no room for another connection.
const PAUSE: Duration = Duration::from_millis(100);
/// Time answers have when the process ends.
const LAST_ANSWERS: Duration = Duration::from_secs(1);

/// Answers on `listener` until `ended`: longer than the process is ready, so that whoever asks
/// meanwhile hears why.
///
/// # Errors
/// When the listener cannot be used.
pub async fn serve(
    listener: StdListener,
    process: Process,
    ended: CancellationToken,
) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let listener = TcpListener::from_std(listener)?;
    let process = Arc::new(process);
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let connections = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            () = ended.cancelled() => break,
            accepted = async {
                let place = Arc::clone(&places).acquire_owned().await;
                (place, listener.accept().await)
            } => accepted,
        };
        match accepted {
            (Ok(place), Ok((stream, _))) => {
                let (process, ended) = (Arc::clone(&process), ended.clone());
                drop(connections.spawn(async move {
                    talk(stream, &process, ended).await;
                    drop(place);
                }));
            }
            (_, Err(error)) => {
                tracing::warn!(%error, "nobody can be answered about this process now");
                sleep(PAUSE).await;
            }
            (Err(_), Ok(_)) => break,
        }
    }
    connections.close();
    // Whoever is slower has to do without.
    drop(timeout(LAST_ANSWERS, connections.wait()).await);
    Ok(())
}

/// Answers what is asked on one connection. One that breaks is not worth a word.
async fn talk(stream: TcpStream, process: &Process, ended: CancellationToken) {
    let service = service_fn(move |request: Request<Incoming>| async move {
        Ok::<_, Infallible>(answer(process, &request).await)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let talking = async {
        tokio::select! {
            _ = connection.as_mut() => return,
            () = ended.cancelled() => connection.as_mut().graceful_shutdown(),
        }
        drop(connection.await);
    };
    drop(timeout(CONNECTION, talking).await);
}
