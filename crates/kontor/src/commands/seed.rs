use std::io::IsTerminal;

use anyhow::ensure;
use config::Settings;
use container::Application;
use domain::catalogue::CatalogueReads;
use indicatif::{ProgressBar, ProgressStyle};
use shaku::HasComponent;

use crate::{
    cli::SeedArgs,
    commands::Ending,
    print::line,
    seed::{Ports, seed_catalogue},
};

pub(super) async fn run(args: &SeedArgs, settings: &Settings) -> anyhow::Result<Ending> {
    let application = container::assemble(settings).await?;
    let catalogue: &dyn CatalogueReads = application.module.resolve_ref();
    ensure!(catalogue.categories().await?.is_empty(), "the catalogue is not empty");
    fill(&application, args.products).await?;
    line(format!("seeded {} products in 20 categories", args.products))?;
    Ok(Ending::Done)
}

/// Fills an empty catalogue, or one whose filling was cut off, with a bar for a person and a line every 5 % for a log.
pub(super) async fn fill(application: &Application, count: usize) -> anyhow::Result<()> {
    let module = &application.module;
    let ports = Ports {
        reads: module.resolve_ref(),
        store: module.resolve_ref(),
        clock: module.resolve_ref(),
        ids: module.resolve_ref(),
    };
    let total = u64::try_from(count)?;
    if std::io::stderr().is_terminal() {
        let style = ProgressStyle::with_template("{bar:40} {pos}/{len} products, {per_sec}")?;
        let bar = ProgressBar::new(total).with_style(style);
        seed_catalogue(ports, count, |done| bar.set_position(u64::try_from(done).unwrap_or(total)))
            .await?;
        bar.finish();
        return Ok(());
    }
    let step = (count / 20).max(1);
    let told = std::cell::Cell::new(0);
    seed_catalogue(ports, count, |done| {
        if done / step > told.get() {
            told.set(done / step);
            tracing::info!(done, count, "seeding");
        }
    })
    .await
}
