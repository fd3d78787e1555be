//! What the store promises about money and goods, proven by crowds. `make prove` runs it in full
//! size; without the feature `proofs` the same functions run small, so that they cannot rot.

mod coupons;
mod doctor;
mod faults;
mod keys;
mod payments;
mod shown;
mod stock;

use acceptance::{Client, Stack, TestApp};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use reqwest::StatusCode;
use serde_json::Value;

/// Tokens that last as long as a proof may take on a slow machine.
pub(crate) fn patient() -> [(&'static str, String); 2] {
    [("AUTH__ACCESS_TOKEN_MINUTES", "1440".to_owned()), ("AUTH__STEP_UP_MINUTES", "60".to_owned())]
}

/// An answer of the API.
pub(crate) type Answer = (StatusCode, Value);

/// How much of something there is: all of it in `make prove`.
pub(crate) const fn sized(full: usize, small: usize) -> usize {
    if cfg!(feature = "proofs") { full } else { small }
}

/// Calls at once.
pub(crate) const WIDTH: usize = sized(64, 8);

/// Makes `count` calls, at most `width` at once; answers come in any order.
pub(crate) async fn crowd<T, F>(
    count: usize,
    width: usize,
    call: impl Fn(usize) -> F,
) -> anyhow::Result<Vec<T>>
where
    F: Future<Output = anyhow::Result<T>>,
{
    stream::iter((0..count).map(call)).buffer_unordered(width).try_collect().await
}

/// A shop behind as many processes as its stack can have: one with SQLite, two on the servers.
pub(crate) struct Chain {
    pub(crate) app: Box<TestApp>,
    beside: Option<Box<TestApp>>,
}

impl Chain {
    pub(crate) async fn open(stack: Stack) -> anyhow::Result<Self> {
        let app = Box::new(TestApp::start_with(stack, &patient()).await?);
        let beside = match stack {
            Stack::Embedded => None,
            Stack::ScaledOut => Some(Box::new(app.another().await?)),
        };
        Ok(Self { app, beside })
    }

    /// A caller of one process or the other.
    pub(crate) fn caller(&self, at: usize) -> Client {
        match &self.beside {
            Some(beside) if at % 2 == 1 => beside.client(),
            _ => self.app.client(),
        }
    }

    /// New customers, signed in, every other one at the other process.
    pub(crate) async fn customers(&self, count: usize) -> anyhow::Result<Vec<Client>> {
        let register = |at: usize| {
            let nobody = self.caller(at);
            async move { nobody.register(&format!("customer-{at}@example.com")).await }
        };
        crowd(count, WIDTH, register).await
    }

    /// Every invariant holds; see [`TestApp::finish`].
    pub(crate) async fn close(self) -> anyhow::Result<()> {
        if let Some(beside) = self.beside {
            Box::pin(beside.finish()).await?;
        }
        Box::pin(self.app.finish()).await
    }
}

/// Says what was seen.
#[expect(clippy::print_stderr, reason = "the figures of a proof")]
pub(crate) fn tell(figures: &str) {
    eprintln!("{figures}");
}
