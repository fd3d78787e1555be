use std::{thread, time::Duration};

use crate::{
    report::{Report, Target, median},
    server::{self, Server},
};

const STARTS: usize = 10;
const IDLE: Duration = Duration::from_secs(2);

/// How fast a store of 1,000 products is there, and what it takes to do nothing.
pub(crate) fn measure(report: &mut Report) -> anyhow::Result<()> {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    server::run(dir.path(), &["seed", "--products", "1000"], &[])?;
    let mut starts = Vec::with_capacity(STARTS);
    for _ in 0..STARTS {
        let started_in = Server::start(dir.path(), &[])?.started_in;
        starts.push(started_in.as_secs_f64() * 1_000.0);
    }
    let server = Server::start(dir.path(), &[])?;
    thread::sleep(IDLE);
    let resident = server.resident_mib()?;
    report.figure("start to ready", median(starts), "ms", Target::AtMost(150.0));
    report.figure("memory, idle", resident, "MiB", Target::AtMost(40.0));
    Ok(())
}
