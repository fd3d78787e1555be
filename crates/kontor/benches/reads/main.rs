//! What it costs to read a product that is cached, beside a constant of the same size.
//!
//! "The same server" is the same process: this binary, started again, serves the store with one
//! more row in its route table, whose handler answers a constant. Both answers go through the same
//! listener, worker, middleware, guard and headers. A third answer, from an actix application with
//! nothing around its one handler, shows what all of that costs.
//!
//! The server has one worker and the load comes from one thread, so that on two cores neither
//! takes from the other. Run it on a quiet machine.
//!
//! `cargo bench -p kontor --bench reads`
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the figures are the output, and what happens on the way is told"
)]

mod load;
#[path = "../orders/report.rs"]
mod report;
mod store;

use std::{process::ExitCode, time::Duration};

use anyhow::{Context, ensure};

use crate::{
    load::{Load, Outcome},
    report::{Report, Target, median},
    store::Store,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const PRODUCTS: usize = 10_000;
const CONNECTIONS: usize = 64;
const ROUNDS: usize = 5;
const WINDOW: Duration = Duration::from_secs(3);

fn main() -> anyhow::Result<ExitCode> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, dir] = args.as_slice()
        && flag == store::SERVE
    {
        store::serve(dir.as_ref())?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut report = Report::default();
    measure(&mut report)?;
    println!("{report}");
    Ok(if report.is_met() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn measure(report: &mut Report) -> anyhow::Result<()> {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let store = Store::start(dir.path(), PRODUCTS)?;
    let products = store.products(PRODUCTS)?;
    let first = products.first().context("no products")?;
    let size = store.get(&format!("/api/v1/products/{first}"))?.body.len();
    let constant = store.get(store::CONSTANT)?.body.len();
    ensure!(constant == size, "the constant has {constant} bytes, a product {size}");

    let some: Vec<String> =
        products.iter().take(CONNECTIONS).map(|id| format!("/api/v1/products/{id}")).collect();
    let constant = vec![store::CONSTANT.to_owned()];
    let (mut bare, mut plain, mut cached) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        for (name, outcomes, port, paths) in [
            ("bare", &mut bare, store.bare_port, &constant),
            ("constant", &mut plain, store.port, &constant),
            ("cached", &mut cached, store.port, &some),
        ] {
            let outcome = Load::open(port, CONNECTIONS, paths)?.run(&store, WINDOW)?;
            eprintln!("round {round}, {name}: {outcome:?}");
            outcomes.push(outcome);
        }
    }
    let all: Vec<String> =
        products.iter().skip(CONNECTIONS).map(|id| format!("/api/v1/products/{id}")).collect();
    let once = Load::open(store.port, CONNECTIONS, &all)?.run_once(&store)?;

    let rate = |of: &[Outcome]| median(of.iter().map(|one| one.per_second).collect());
    let cpu = |of: &[Outcome]| median(of.iter().map(|one| one.cpu_micros).collect());
    let tell = |report: &mut Report, what: &str, of: &[Outcome]| {
        report.note(what, format!("{:.0}/s, {:.1} us of CPU", rate(of), cpu(of)));
    };
    report.note("size of a product", format!("{size} bytes"));
    tell(report, "constant, nothing around it", &bare);
    tell(report, "constant, in the store", &plain);
    tell(report, "product, cached", &cached);
    tell(report, "product, each read once", &[once]);
    report.figure(
        "cached : constant, requests/s",
        ratio(&cached, &plain, rate),
        "",
        Target::AtLeast(0.7),
    );
    report.figure("cached : constant, CPU", ratio(&cached, &plain, cpu), "", Target::AtMost(2.0));
    report.note("cached : bare, CPU", format!("{:.2}", ratio(&cached, &bare, cpu)));
    Ok(())
}

/// The middle of what each round says, as what else the machine does changes between them.
fn ratio(of: &[Outcome], to: &[Outcome], what: impl Fn(&[Outcome]) -> f64) -> f64 {
    let ratios = of.iter().zip(to).map(|(of, to)| what(&[*of]) / what(&[*to]));
    median(ratios.collect())
}
