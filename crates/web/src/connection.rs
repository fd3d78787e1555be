//! What keeps slow and greedy clients from holding on to connections.
//!
//! actix-web gives a deadline to the first head of a connection only: on a connection that is
//! kept, one byte of the next head now and then keeps it for ever. So the stream itself watches.

use std::{
    cell::Cell,
    collections::HashMap,
    io,
    net::{IpAddr, Ipv6Addr},
    pin::Pin,
    rc::Rc,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};

use actix_web::rt::{
    net::TcpStream,
    time::{Sleep, sleep},
};
use ipnet::IpNet;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What a connection is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Between two requests.
    Idle,
    /// A head is arriving.
    Head,
    /// A request is worked on; its own deadlines count.
    Busy,
}

/// How far a connection is: the stream and the requests on it tell each other.
pub(crate) struct Progress(Cell<Stage>);

impl Progress {
    /// A head is there.
    pub(crate) fn begin(&self) {
        self.0.set(Stage::Busy);
    }

    /// The answer is there; what arrives now is another head.
    pub(crate) fn end(&self) {
        self.0.set(Stage::Idle);
    }
}

/// Time a client has.
#[derive(Clone, Copy)]
pub(crate) struct Deadlines {
    /// For each head, from its first byte on.
    pub(crate) head: Duration,
    /// To take something of an answer.
    pub(crate) write: Duration,
}

/// A connection that ends when its client is too slow.
pub(crate) struct Watched {
    io: TcpStream,
    progress: Rc<Progress>,
    deadlines: Deadlines,
    head: Option<Pin<Box<Sleep>>>,
    write: Option<Pin<Box<Sleep>>>,
    _place: Place,
}

impl Watched {
    pub(crate) fn new(io: TcpStream, deadlines: Deadlines, place: Place) -> Self {
        let progress = Rc::new(Progress(Cell::new(Stage::Idle)));
        Self { io, progress, deadlines, head: None, write: None, _place: place }
    }

    /// For the requests on it.
    pub(crate) fn progress(&self) -> Rc<Progress> {
        Rc::clone(&self.progress)
    }

    /// Passes on what the stream says of writing, unless it has said nothing for too long.
    fn within_write_deadline<T>(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.write = None;
            return written;
        }
        let deadline = self.deadlines.write;
        let timer = self.write.get_or_insert_with(|| Box::pin(sleep(deadline)));
        ready!(timer.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.io).poll_read(cx, buffer);
        if buffer.filled().len() > before && this.progress.0.get() == Stage::Idle {
            this.progress.0.set(Stage::Head);
            this.head = Some(Box::pin(sleep(this.deadlines.head)));
        }
        if this.progress.0.get() == Stage::Head
            && let Some(timer) = &mut this.head
            && timer.as_mut().poll(cx).is_ready()
        {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        read
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write(cx, bytes);
        self.within_write_deadline(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write_vectored(cx, slices);
        self.within_write_deadline(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.io).poll_flush(cx);
        self.within_write_deadline(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

/// Connections of each address, all threads together.
#[derive(Clone)]
pub(crate) struct Places {
    most: usize,
    /// Many clients come from their addresses.
    proxies: Arc<[IpNet]>,
    taken: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// One connection of an address, until it is dropped.
pub(crate) struct Place(Option<(IpAddr, Places)>);

impl Places {
    /// At most `most` for each address; 0 is as many as come.
    pub(crate) fn new(most: usize, proxies: &[IpNet]) -> Self {
        Self { most, proxies: proxies.into(), taken: Arc::default() }
    }

    /// A place for a connection from `address`; `None` when it has too many.
    pub(crate) fn take(&self, address: Option<IpAddr>) -> Option<Place> {
        let Some(address) = address.map(holder).filter(|_| self.most > 0) else {
            return Some(Place(None));
        };
        if self.proxies.iter().any(|proxy| proxy.contains(&address)) {
            return Some(Place(None));
        }
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(address).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Place(Some((address, self.clone()))))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some((address, places)) = &self.0 else { return };
        let mut taken = places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        match taken.get_mut(address) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(taken.remove(address)),
        }
    }
}

/// Whoever has one address of IPv6 has 2^64 of them.
fn holder(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::Places;

    fn address(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn an_address_has_so_many_places_and_a_proxy_as_many_as_it_wants() {
        let places = Places::new(2, &["10.0.0.0/8".parse().unwrap()]);
        let first = places.take(address("192.0.2.1")).unwrap();
        let _second = places.take(address("::ffff:192.0.2.1")).unwrap();
        assert!(places.take(address("192.0.2.1")).is_none());
        let _other = places.take(address("192.0.2.2")).unwrap();
        drop(first);
        assert!(places.take(address("192.0.2.1")).is_some(), "one is free again");
        let _v6 = places.take(address("2001:db8::1")).unwrap();
        let _same = places.take(address("2001:db8::2")).unwrap();
        assert!(places.take(address("2001:db8::3")).is_none(), "one network, one holder");
        let many: Vec<_> = (0..9).map(|_| places.take(address("10.1.2.3")).unwrap()).collect();
        assert_eq!(many.len(), 9);
        let all = Places::new(0, &[]);
        let many: Vec<_> = (0..9).map(|_| all.take(address("192.0.2.1")).unwrap()).collect();
        drop(many);
        assert_eq!(all.taken.lock().unwrap().len(), 0);
    }
}
