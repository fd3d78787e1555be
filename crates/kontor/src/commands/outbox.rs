use anyhow::ensure;
use comfy_table::{Table, presets::UTF8_BORDERS_ONLY};
use config::Settings;
use domain::shared::{bus::EventPublisher, ports::OutboxFeed};
use serde_json::json;
use shaku::HasComponent;
use worker::{Services, Worker};

use super::{Ending, look_at_store, moment};
use crate::{cli::OutboxCommand, parts, print::line};

pub(super) async fn run(command: &OutboxCommand, settings: Settings) -> anyhow::Result<Ending> {
    let text = match command {
        OutboxCommand::Status(output) => status(settings, output.json).await?,
        OutboxCommand::Relay(output) => relay(&settings, output.json).await?,
    };
    line(text)?;
    Ok(Ending::Done)
}

async fn status(settings: Settings, as_json: bool) -> anyhow::Result<String> {
    let application = look_at_store(settings).await?;
    let feed: &dyn OutboxFeed = application.module.resolve_ref();
    let (all, types) = (feed.backlog().await?, feed.waiting_by_type().await?);
    application.close().await;
    if as_json {
        let types: Vec<_> = types
            .iter()
            .map(|(name, one)| {
                json!({ "type": name, "waiting": one.waiting, "oldest": one.oldest.map(moment) })
            })
            .collect();
        let oldest = all.oldest.map(moment);
        return Ok(json!({ "waiting": all.waiting, "oldest": oldest, "types": types }).to_string());
    }
    let mut table = Table::new();
    table.load_preset(UTF8_BORDERS_ONLY).set_header(["event", "waiting", "the oldest since"]);
    for (name, one) in types.into_iter().chain([("all".to_owned(), all)]) {
        let since = one.oldest.map(moment).unwrap_or_default();
        table.add_row([name, one.waiting.to_string(), since]);
    }
    Ok(table.to_string())
}

async fn relay(settings: &Settings, as_json: bool) -> anyhow::Result<String> {
    let application = container::assemble(settings).await?;
    let publisher: &dyn EventPublisher = application.module.resolve_ref();
    ensure!(
        publisher.is_durable(),
        "without RABBITMQ__URL the bus lives in the process of the worker, which relays by itself"
    );
    let relay =
        Worker::new(Services::resolve(&application.module), parts::worker(settings)).relay();
    let mut published = 0;
    loop {
        match relay.tick().await? {
            0 => break,
            some => published += some,
        }
    }
    let feed: &dyn OutboxFeed = application.module.resolve_ref();
    let left = feed.backlog().await?.waiting;
    application.close().await;
    ensure!(published > 0 || left == 0, "the broker took none of {left} events");
    Ok(match as_json {
        true => json!({ "published": published, "waiting": left }).to_string(),
        false => format!("events published: {published}, waiting: {left}"),
    })
}
