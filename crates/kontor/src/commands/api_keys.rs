use anyhow::Context;
use comfy_table::{Table, presets::UTF8_BORDERS_ONLY};
use config::Settings;
use container::Application;
use domain::{
    audit::AuditActor,
    identity::{
        ApiKey, ApiKeyId, ApiKeyReads, CreateApiKey, CreateApiKeyCommand, IdentityReads, NewApiKey,
        RevokeApiKey, RevokeApiKeyCommand, UserId,
    },
    shared::{actor::Actor, event::Provenance, ports::Clock},
};
use serde_json::{Value, json};
use shaku::HasComponent;
use time::{Duration, OffsetDateTime};

use super::{moment, sessions::somebody};
use crate::{cli::ApiKeysCommand, commands::Ending, print::line};

pub(super) async fn run(command: &ApiKeysCommand, settings: &Settings) -> anyhow::Result<Ending> {
    let application = container::assemble(settings).await?;
    let (ApiKeysCommand::List { user, .. }
    | ApiKeysCommand::Create { user, .. }
    | ApiKeysCommand::Revoke { user, .. }) = command;
    let owner = somebody(&application, user).await?;
    let text = match command {
        ApiKeysCommand::List { output, .. } => list(&application, owner, output.json).await?,
        ApiKeysCommand::Create { name, scopes, expires_in_days, output, .. } => {
            let clock: &dyn Clock = application.module.resolve_ref();
            let lives = expires_in_days.map(|days| Duration::days(i64::from(days)));
            let command = CreateApiKeyCommand {
                actor: actor(&application, owner).await?,
                by: AuditActor::Cli,
                name: name.clone(),
                scopes: scopes.iter().copied().collect(),
                expires_at: lives.map(|lives| clock.now() + lives),
                provenance: Provenance::default(),
            };
            create(&application, command, output.json).await?
        }
        ApiKeysCommand::Revoke { key, output, .. } => {
            revoke(&application, owner, ApiKeyId::new(*key), output.json).await?
        }
    };
    application.close().await;
    line(text)?;
    Ok(Ending::Done)
}

/// The owner, who may give the key as much as is the owner's.
async fn actor(application: &Application, owner: UserId) -> anyhow::Result<Actor> {
    let reads: &dyn IdentityReads = application.module.resolve_ref();
    let user = reads.user(owner).await?.context("the account is gone")?;
    Ok(Actor {
        user: owner,
        role: user.role,
        permissions: user.permissions,
        session: None,
        authenticated_at: OffsetDateTime::UNIX_EPOCH,
    })
}

async fn list(application: &Application, owner: UserId, as_json: bool) -> anyhow::Result<String> {
    let reads: &dyn ApiKeyReads = application.module.resolve_ref();
    let clock: &dyn Clock = application.module.resolve_ref();
    let keys = reads.keys_of(owner, clock.now()).await?;
    if as_json {
        return Ok(keys.iter().map(as_value).collect::<Value>().to_string());
    }
    let mut table = Table::new();
    let head = ["key", "name", "scopes", "made", "ends", "last used"];
    table.load_preset(UTF8_BORDERS_ONLY).set_header(head);
    let or_never = |at: Option<OffsetDateTime>| at.map_or_else(|| "never".to_owned(), moment);
    for key in &keys {
        let scopes: Vec<_> = key.scopes.iter().map(|scope| scope.to_string()).collect();
        table.add_row([
            key.id.to_string(),
            key.name.clone(),
            scopes.join(" "),
            moment(key.created_at),
            or_never(key.expires_at),
            or_never(key.last_used_at),
        ]);
    }
    Ok(table.to_string())
}

async fn create(
    application: &Application,
    command: CreateApiKeyCommand,
    as_json: bool,
) -> anyhow::Result<String> {
    let create: &dyn CreateApiKey = application.module.resolve_ref();
    let NewApiKey { key, token } = create.execute(command).await?;
    Ok(if as_json {
        let mut value = as_value(&key);
        if let Value::Object(fields) = &mut value {
            fields.insert("token".to_owned(), token.0.into());
        }
        value.to_string()
    } else {
        format!("made {} ({}); nobody can show it again:\n{}", key.name, key.id, token.0)
    })
}

async fn revoke(
    application: &Application,
    owner: UserId,
    key: ApiKeyId,
    as_json: bool,
) -> anyhow::Result<String> {
    let revoke: &dyn RevokeApiKey = application.module.resolve_ref();
    let (by, provenance) = (AuditActor::Cli, Provenance::default());
    revoke.execute(RevokeApiKeyCommand { owner, by, key, provenance }).await?;
    Ok(if as_json { json!({ "ended": key }).to_string() } else { format!("ended {key}") })
}

fn as_value(key: &ApiKey) -> Value {
    json!({
        "id": key.id,
        "name": key.name,
        "scopes": key.scopes.iter().collect::<Vec<_>>(),
        "created_at": moment(key.created_at),
        "expires_at": key.expires_at.map(moment),
        "last_used_at": key.last_used_at.map(moment),
    })
}
