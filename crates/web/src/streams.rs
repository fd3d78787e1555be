//! Answers that go on: server-sent events, counted, kept alive, and ended in time.
//!
//! Such an answer is outside of the request's deadline and of the requests worked on at once; it
//! holds a connection, and one of the places counted here.

use std::{
    collections::{HashMap, VecDeque},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use actix_web::{
    Error, HttpRequest, HttpResponse,
    http::{Method, StatusCode, header},
    rt::time::{Interval, Sleep, interval, sleep},
};
use bytes::Bytes;
use domain::identity::UserId;
use futures_util::stream::unfold;

use crate::{
    error::ApiError,
    extract::authenticate,
    services::{App, Readiness},
};

/// What the answers are made of.
const MEDIA_TYPE: &str = "text/event-stream";

/// How soon whoever was refused may come again.
const COME_BACK: Duration = Duration::from_secs(5);

/// Streams there are, all threads together.
#[derive(Clone, Default)]
pub(crate) struct Streams(Arc<Mutex<HashMap<UserId, usize>>>);

/// One stream of somebody, until it is dropped.
pub(crate) struct StreamPlace(UserId, Streams);

impl Streams {
    /// A place for one more stream of `user`.
    ///
    /// # Errors
    /// 503 when the process has no more places or is about to stop, 429 when `user` has not.
    pub(crate) fn take(&self, user: UserId, app: &App) -> Result<StreamPlace, ApiError> {
        let full = || {
            ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded", "").retry_after(COME_BACK)
        };
        if !app.readiness.is_ready() {
            return Err(full());
        }
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.values().sum::<usize>() >= app.settings.max_streams {
            return Err(full());
        }
        let own = taken.entry(user).or_default();
        if *own >= app.settings.max_streams_per_user {
            let detail = "Too many streams of events are open. Close one first.";
            return Err(ApiError::new(StatusCode::TOO_MANY_REQUESTS, "too_many_streams", detail)
                .retry_after(COME_BACK));
        }
        *own += 1;
        Ok(StreamPlace(user, self.clone()))
    }
}

impl Drop for StreamPlace {
    fn drop(&mut self) {
        let mut taken = self.1.0.lock().unwrap_or_else(PoisonError::into_inner);
        match taken.get_mut(&self.0) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(taken.remove(&self.0)),
        }
    }
}

/// Where the events of a stream come from.
pub(crate) trait Events {
    /// The next event, rendered; `None` is the end. Dropping the future loses nothing.
    async fn next(&mut self) -> Option<Bytes>;
}

/// One event as it is written: its number, what it is, and what it says, on one line.
pub(crate) fn event(id: i64, name: &str, data: &str) -> Bytes {
    format!("id: {id}\nevent: {name}\ndata: {data}\n\n").into()
}

/// The number of the last event the client has, when it says so and can be believed.
pub(crate) fn last_event_id(request: &HttpRequest) -> Option<i64> {
    let sent = request.headers().get("last-event-id")?.to_str().ok()?;
    sent.trim().parse().ok().filter(|id| *id >= 0)
}

struct Stream<E> {
    /// What is there already, before anything else.
    ready: VecDeque<Bytes>,
    events: E,
    beat: Interval,
    request: HttpRequest,
    stopping: Pin<Box<dyn Future<Output = ()>>>,
    end: Pin<Box<Sleep>>,
    _place: StreamPlace,
}

/// What a stream is woken by.
enum Woken {
    Event(Option<Bytes>),
    Beat,
    Over,
}

impl<E: Events> Stream<E> {
    async fn next(mut self) -> Option<(Result<Bytes, Error>, Self)> {
        if let Some(ready) = self.ready.pop_front() {
            return Some((Ok(ready), self));
        }
        let woken = tokio::select! {
            biased;
            () = &mut self.stopping => Woken::Over,
            () = &mut self.end => Woken::Over,
            event = self.events.next() => Woken::Event(event),
            _ = self.beat.tick() => Woken::Beat,
        };
        match woken {
            Woken::Over | Woken::Event(None) => None,
            Woken::Event(Some(event)) => Some((Ok(event), self)),
            // Whoever may not come in any more may not stay either: the token has expired, the key
            // was revoked. A database that does not answer says nothing of that.
            Woken::Beat => match authenticate(&self.request).await {
                Ok(None) => None,
                Err(refused) if refused.is_unauthenticated() => None,
                Ok(Some(_)) | Err(_) => Some((Ok(Bytes::from_static(b":\n\n")), self)),
            },
        }
    }
}

/// Answers with `first`, and then with `events` as they come.
///
/// It ends with the events, with the right to see them, after the longest time a stream may take,
/// and as soon as the process is to stop. Clients come back by themselves and say what they have.
pub(crate) fn answer(
    app: &App,
    request: &HttpRequest,
    place: StreamPlace,
    first: Vec<Bytes>,
    events: impl Events + 'static,
) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CONTENT_TYPE, MEDIA_TYPE))
        .insert_header((header::CACHE_CONTROL, "no-store, no-transform"))
        // nginx keeps answers back otherwise.
        .insert_header(("x-accel-buffering", "no"));
    if request.method() == Method::HEAD {
        return response.finish();
    }
    let settings = &app.settings;
    let readiness: Readiness = app.readiness.clone();
    let mut ready = VecDeque::from(first);
    ready.push_front(format!("retry: {}\n\n", settings.stream_retry.as_millis()).into());
    let mut beat = interval(settings.stream_heartbeat);
    beat.reset();
    let stream = Stream {
        ready,
        events,
        beat,
        request: request.clone(),
        stopping: Box::pin(readiness.withdrawn()),
        end: Box::pin(sleep(settings.stream_longest)),
        _place: place,
    };
    response.streaming(unfold(stream, Stream::next))
}
