use anyhow::{Context, bail};
use comfy_table::{Table, presets::UTF8_BORDERS_ONLY};
use config::Settings;
use domain::{
    audit::AuditActor,
    messaging::{
        DeadLetterError, DeadLetterId, DeadLetterView, DeadLetters, Disposal, SettleDeadLetter,
        SettleDeadLetterCommand,
    },
    shared::{event::Provenance, id::RawId, page::Window},
};
use serde_json::{Value, json};
use shaku::HasComponent;

use super::{Ending, look_at_store, moment};
use crate::{cli::DeadLettersCommand, print::line};

const WINDOW: u32 = 100;

pub(super) async fn run(
    command: &DeadLettersCommand,
    settings: Settings,
) -> anyhow::Result<Ending> {
    let text = match command {
        DeadLettersCommand::List { limit, output } => list(settings, *limit, output.json).await?,
        DeadLettersCommand::Show { id } => show(settings, *id).await?,
        DeadLettersCommand::Replay { id, output } => {
            settle(&settings, *id, Disposal::Replay, output.json).await?
        }
        DeadLettersCommand::Drop { id, output } => {
            settle(&settings, *id, Disposal::Drop, output.json).await?
        }
    };
    line(text)?;
    Ok(Ending::Done)
}

async fn list(settings: Settings, limit: usize, as_json: bool) -> anyhow::Result<String> {
    let application = look_at_store(settings).await?;
    let letters: &dyn DeadLetters = application.module.resolve_ref();
    let total = letters.count().await?;
    let mut found = Vec::new();
    let mut page = letters.list(Window::Offset { limit: WINDOW, offset: 0 }).await?;
    loop {
        found.append(&mut page.items);
        let Some(after) = page.next.filter(|_| found.len() < limit) else { break };
        page = letters.list(Window::After { limit: WINDOW, after }).await?;
    }
    application.close().await;
    found.truncate(limit);
    if as_json {
        let items: Vec<_> = found.iter().map(as_value).collect();
        return Ok(json!({ "items": items, "total": total }).to_string());
    }
    let mut table = Table::new();
    table.load_preset(UTF8_BORDERS_ONLY);
    table.set_header(["id", "given up", "consumer", "event", "attempts", "reason"]);
    for letter in &found {
        let payload = payload(letter);
        table.add_row([
            letter.id.to_string(),
            moment(letter.created_at),
            letter.consumer.clone(),
            payload.get("type").and_then(Value::as_str).unwrap_or_default().to_owned(),
            letter.attempts.to_string(),
            letter.reason.clone(),
        ]);
    }
    Ok(format!("{table}\n{} of {total}", found.len()))
}

async fn show(settings: Settings, id: RawId) -> anyhow::Result<String> {
    let application = look_at_store(settings).await?;
    let letters: &dyn DeadLetters = application.module.resolve_ref();
    let found = letters.find(DeadLetterId::new(id)).await?;
    application.close().await;
    let letter = found.with_context(|| format!("there is no dead letter {id}"))?;
    Ok(serde_json::to_string_pretty(&as_value(&letter))?)
}

async fn settle(
    settings: &Settings,
    id: RawId,
    how: Disposal,
    as_json: bool,
) -> anyhow::Result<String> {
    let application = container::assemble(settings).await?;
    let settle: &dyn SettleDeadLetter = application.module.resolve_ref();
    let letter = DeadLetterId::new(id);
    let (by, provenance) = (AuditActor::Cli, Provenance::default());
    let settled = settle.execute(SettleDeadLetterCommand { by, letter, how, provenance }).await;
    application.close().await;
    match settled {
        Ok(()) => {}
        Err(DeadLetterError::NotFound) => bail!("there is no dead letter {id}"),
        Err(error) => return Err(error.into()),
    }
    let done = match how {
        Disposal::Replay => "replayed",
        Disposal::Drop => "dropped",
    };
    Ok(match as_json {
        true => json!({ "id": id, "outcome": done }).to_string(),
        false => format!("{done}: {id}"),
    })
}

fn payload(letter: &DeadLetterView) -> Value {
    serde_json::from_str(&letter.envelope).unwrap_or_else(|_| letter.envelope.clone().into())
}

fn as_value(letter: &DeadLetterView) -> Value {
    json!({
        "id": letter.id,
        "consumer": letter.consumer,
        "event_id": letter.event,
        "reason": letter.reason,
        "attempts": letter.attempts,
        "created_at": moment(letter.created_at),
        "payload": payload(letter),
    })
}
