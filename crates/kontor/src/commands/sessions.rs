use anyhow::{Context, ensure};
use comfy_table::{Table, presets::UTF8_BORDERS_ONLY};
use config::Settings;
use container::Application;
use domain::{
    audit::AuditActor,
    identity::{
        CleanUpSessions, IdentityReads, RevokeSessions, RevokeSessionsCommand, SessionId,
        SessionView, UserId,
    },
    shared::{event::Provenance, id::RawId, ports::Clock},
};
use serde_json::{Value, json};
use shaku::HasComponent;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    cli::{CleanupArgs, SessionsCommand},
    commands::Ending,
    parts,
    print::line,
};

/// Sessions removed in one unit of work.
const BATCH: u32 = 1_000;

pub(super) async fn run(command: &SessionsCommand, settings: &Settings) -> anyhow::Result<Ending> {
    let application = container::assemble(settings).await?;
    let text = match command {
        SessionsCommand::List { user, output } => {
            list(&application, somebody(&application, user).await?, output.json).await?
        }
        SessionsCommand::Revoke { user, session, output } => {
            let user = somebody(&application, user).await?;
            revoke(&application, user, session.map(SessionId::new), output.json).await?
        }
    };
    application.close().await;
    line(text)?;
    Ok(Ending::Done)
}

/// Removes what is over for long, batch by batch.
pub(super) async fn clean_up(args: &CleanupArgs, settings: &Settings) -> anyhow::Result<Ending> {
    let application = container::assemble(settings).await?;
    let clean_up: &dyn CleanUpSessions = application.module.resolve_ref();
    let over_for = args.days.map(parts::days);
    let mut removed = 0_u64;
    loop {
        let batch = clean_up.execute(over_for, BATCH).await?;
        removed += u64::from(batch);
        if batch < BATCH {
            break;
        }
    }
    application.close().await;
    line(match args.output.json {
        true => json!({ "removed": removed }).to_string(),
        false => format!("sessions removed: {removed}"),
    })?;
    Ok(Ending::Done)
}

/// The person with this e-mail address, user name or id.
pub(super) async fn somebody(application: &Application, name: &str) -> anyhow::Result<UserId> {
    let reads: &dyn IdentityReads = application.module.resolve_ref();
    let found = match RawId::try_parse(name) {
        Ok(id) => reads.user(UserId::new(id)).await?.map(|user| user.id),
        Err(_) => reads.credentials(&name.trim().to_lowercase()).await?.map(|known| known.user),
    };
    found.with_context(|| format!("nobody is called {name}"))
}

async fn list(application: &Application, user: UserId, as_json: bool) -> anyhow::Result<String> {
    let reads: &dyn IdentityReads = application.module.resolve_ref();
    let clock: &dyn Clock = application.module.resolve_ref();
    let sessions = reads.sessions(user, clock.now()).await?;
    if as_json {
        let values: Result<Vec<_>, _> = sessions.iter().map(as_value).collect();
        return Ok(Value::from(values?).to_string());
    }
    let mut table = Table::new();
    table.load_preset(UTF8_BORDERS_ONLY);
    table.set_header(["session", "device", "address", "opened", "last used", "ends"]);
    for session in &sessions {
        let times = [session.created_at, session.last_used_at, session.expires_at];
        let texts = [&session.device.name, &session.device.network];
        let texts = texts.map(|text| text.as_deref().unwrap_or("unknown").to_owned());
        let [device, address] = texts;
        let [opened, used, ends] = times;
        table.add_row([
            session.id.to_string(),
            device,
            address,
            text(opened)?,
            text(used)?,
            text(ends)?,
        ]);
    }
    Ok(table.to_string())
}

fn as_value(session: &SessionView) -> anyhow::Result<Value> {
    Ok(json!({
        "id": session.id,
        "device": session.device.name,
        "address": session.device.network,
        "created_at": text(session.created_at)?,
        "last_used_at": text(session.last_used_at)?,
        "expires_at": text(session.expires_at)?,
    }))
}

fn text(at: OffsetDateTime) -> anyhow::Result<String> {
    Ok(at.format(&Rfc3339)?)
}

async fn revoke(
    application: &Application,
    user: UserId,
    only: Option<SessionId>,
    as_json: bool,
) -> anyhow::Result<String> {
    let revoke: &dyn RevokeSessions = application.module.resolve_ref();
    let command = RevokeSessionsCommand {
        by: AuditActor::Cli,
        user,
        only,
        provenance: Provenance::default(),
    };
    let ended = revoke.execute(command).await?;
    ensure!(only.is_none() || !ended.is_empty(), "there is no such live session");
    Ok(if as_json {
        json!({ "ended": ended }).to_string()
    } else {
        format!("sessions ended: {}", ended.len())
    })
}
