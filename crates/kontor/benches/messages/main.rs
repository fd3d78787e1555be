//! How fast events get from the outbox to their handlers on PostgreSQL and RabbitMQ, against a
//! bare publisher and consumer on the same broker, and how soon each one does.
//!
//! `cargo bench -p kontor --bench messages [-- throughput | delay]`
#![expect(clippy::print_stdout, reason = "the figures are the output")]

#[path = "../orders/report.rs"]
mod report;
mod store;

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use acceptance::{bare_messages, rabbit_url};
use anyhow::Context;
use tokio::time::sleep_until;

use crate::{
    report::{Report, Target, median},
    store::Store,
};

/// Events of one round.
const EVENTS: usize = 5_000;
const ROUNDS: usize = 3;
/// As many as a worker holds by default.
const PREFETCH: u16 = 32;
/// About as long as the event that is measured.
const BYTES: usize = 400;

/// Messages a second whose delay is measured.
const PACE: u32 = 100;
const WINDOW: Duration = Duration::from_secs(20);

fn main() -> anyhow::Result<ExitCode> {
    let wanted: Vec<String> =
        std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|one| one == name);
    let mut report = Report::default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        if is_wanted("throughput") {
            throughput(&mut report).await.context("throughput")?;
        }
        if is_wanted("delay") {
            delay(&mut report).await.context("delay")?;
        }
        anyhow::Ok(())
    })?;
    println!("{report}");
    Ok(if report.is_met() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A full outbox through one worker, in turns with as many messages through the bare broker.
async fn throughput(report: &mut Report) -> anyhow::Result<()> {
    let store = Store::open().await?;
    let (mut relayed, mut ours, mut bare) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let took = bare_messages(&rabbit_url(), EVENTS, BYTES, PREFETCH).await?;
        bare.push(rate(took));
        let [published, handled] = store.drain(EVENTS).await?;
        relayed.push(rate(published));
        ours.push(rate(handled));
    }
    store.close().await?;
    report.note("relay alone", format!("{:.0} events/s", median(relayed)));
    let (ours, bare) = (median(ours), median(bare));
    report.note("relay and consumer", format!("{ours:.0} events/s"));
    report.note("bare publisher and consumer", format!("{bare:.0} messages/s"));
    report.figure("share of the bare broker", ours / bare, "x", Target::AtLeast(0.5));
    Ok(())
}

fn rate(took: Duration) -> f64 {
    f64::from(u32::try_from(EVENTS).unwrap_or(u32::MAX)) / took.as_secs_f64()
}

/// Messages at a steady pace, through an API and a worker of their own.
async fn delay(report: &mut Report) -> anyhow::Result<()> {
    let store = Store::open().await?;
    let pushing = store.pushing().await?;
    let (began, mut sent) = (Instant::now(), 0_u32);
    let mut answers = tokio::task::JoinSet::new();
    while began.elapsed() < WINDOW {
        sleep_until((began + Duration::from_secs(1) * sent / PACE).into()).await;
        answers.spawn(pushing.push(sent));
        sent += 1;
    }
    while let Some(answer) = answers.join_next().await {
        answer??;
    }
    let mut delays = store.delays(usize::try_from(sent)?).await?;
    drop(pushing);
    store.close().await?;
    delays.sort_by(f64::total_cmp);
    let at = |share: usize| delays.get(delays.len() * share / 1_000).copied().unwrap_or(f64::NAN);
    report.note("from commit to handled", format!("{:.1} ms in the middle", at(500)));
    report.note("", format!("{:.1} ms for 999 of 1,000", at(999)));
    report.figure("from commit to handled, p99", at(990), "ms", Target::AtMost(50.0));
    Ok(())
}
