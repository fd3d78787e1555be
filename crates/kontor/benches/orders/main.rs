//! What the store does on this machine, measured on the real binary: how it starts, how fast many
//! products are listed and searched, what group commit gains, how near orders on both databases
//! come to the bare statements, and what a flood of log-ins costs everybody else.
//!
//! `cargo bench -p kontor --bench orders [-- start | browse | embedded | postgres | flood]`
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the figures are the output, and what happens on the way is told"
)]

mod bare;
mod browse;
mod disk;
mod embedded;
mod flood;
mod load;
mod postgres;
mod report;
mod server;
mod start;

use std::process::ExitCode;

use anyhow::Context;

use crate::report::Report;

fn main() -> anyhow::Result<ExitCode> {
    let wanted: Vec<String> =
        std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|one| one == name);
    let mut report = Report::default();
    if is_wanted("start") {
        start::measure(&mut report).context("start")?;
    }
    if is_wanted("browse") {
        browse::measure(&mut report).context("browse")?;
    }
    if is_wanted("embedded") {
        embedded::measure(&mut report).context("embedded")?;
    }
    if is_wanted("postgres") {
        postgres::measure(&mut report).context("postgres")?;
    }
    if is_wanted("flood") {
        flood::measure(&mut report).context("flood")?;
    }
    println!("{report}");
    Ok(if report.is_met() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
