use config::Settings;
use domain::audit::{Verdict, VerifyAuditLog};
use serde_json::json;
use shaku::HasComponent;

use crate::{
    cli::{AuditCommand, OutputArgs},
    commands::{Ending, look_at_store},
    print::line,
};

/// Looks at a store, also one that is in use: nothing is written.
pub(super) async fn run(command: &AuditCommand, settings: Settings) -> anyhow::Result<Ending> {
    let AuditCommand::Verify(OutputArgs { json }) = *command;
    let application = look_at_store(settings).await?;
    let verify: &dyn VerifyAuditLog = application.module.resolve_ref();
    let verdict = verify.execute().await?;
    line(if json { as_json(&verdict) } else { as_text(&verdict) })?;
    Ok(if verdict.broken.is_none() { Ending::Done } else { Ending::Findings })
}

fn as_json(verdict: &Verdict) -> String {
    let broken = verdict.broken.map(|(seq, fault)| json!({ "seq": seq, "fault": fault }));
    json!({
        "intact": verdict.intact,
        "head": { "seq": verdict.head.seq, "hash": verdict.head.hash },
        "broken": broken,
    })
    .to_string()
}

fn as_text(verdict: &Verdict) -> String {
    match verdict.broken {
        None => format!("{} entries are intact; the last is {}", verdict.intact, verdict.head.hash),
        Some((seq, fault)) => {
            format!("entry {seq} is {fault}; {} entries before it are intact", verdict.intact)
        }
    }
}
