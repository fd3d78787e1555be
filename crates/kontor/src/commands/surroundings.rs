//! What a store stands on, as the doctor asks about it: each answer that is not good names the
//! command or the setting that helps.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, time::Duration};

use config::{MailTransportKind, Settings};
use container::{Application, AssembleError, inspections};
use domain::shared::{error::Cause, ports::Clock};
use serde::Serialize;
use shaku::HasComponent;
use tokio::time::timeout;

/// Longer than each of them gives itself.
const PATIENCE: Duration = Duration::from_secs(15);
/// Tokens are believed that much before their time and after it.
const CLOCK_LEEWAY: time::Duration = time::Duration::seconds(5);
/// Bytes of a MiB.
const MIB: u64 = 1024 * 1024;

/// One thing that was looked at.
#[derive(Debug, Serialize)]
pub(super) struct Looked {
    pub(super) name: &'static str,
    pub(super) ok: bool,
    pub(super) detail: String,
    /// What helps; none where nothing has to be helped.
    pub(super) fix: Option<String>,
}

impl Looked {
    fn fine(name: &'static str, detail: impl Into<String>) -> Self {
        Self { name, ok: true, detail: detail.into(), fix: None }
    }

    fn bad(name: &'static str, detail: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { name, ok: false, detail: detail.into(), fix: Some(fix.into()) }
    }
}

/// Everything but the database: settings, secrets, room, and the services that are named.
///
/// # Errors
/// When settings of a service cannot work.
pub(super) async fn without_database(
    settings: &Settings,
    min_free: u64,
) -> Result<Vec<Looked>, AssembleError> {
    let mut all = vec![
        Looked::fine("settings", format!("for {}", settings.app.env.as_str())),
        secrets(settings),
        room(&settings.app.data_dir, min_free),
    ];
    for service in inspections(settings)? {
        let answer = timeout(PATIENCE, service.check()).await;
        let answer = answer.unwrap_or_else(|late| Err(late.into()));
        all.push(match answer {
            Ok(()) => Looked::fine(service.service(), "answers"),
            Err(cause) => Looked::bad(service.service(), chain(&cause), help(service.service())),
        });
    }
    if settings.mail.transport != MailTransportKind::Smtp {
        let kept = format!("goes to {}", settings.mail.transport.as_str());
        all.push(Looked::fine("mail", kept));
    }
    Ok(all)
}

/// Which setting or command helps when a service does not answer as it should.
fn help(service: &str) -> &'static str {
    match service {
        "cache" => "start Redis, or correct REDIS__URL",
        "broker" => "start RabbitMQ, or correct RABBITMQ__URL",
        "topology" => "`kontor worker` makes it when it starts",
        "mail" => "correct MAIL__SMTP_URL, or MAIL__SMTP_HOST and what belongs to it",
        _ => "see docs/operations.md",
    }
}

/// The database, by what became of opening it, and the two clocks.
///
/// # Errors
/// What is wrong with neither the database nor its schema.
pub(super) async fn of_database(
    opened: anyhow::Result<Application>,
) -> anyhow::Result<(Vec<Looked>, Option<Application>)> {
    let application = match opened {
        Ok(application) => application,
        Err(error) => {
            let looked = match error.downcast_ref::<AssembleError>() {
                Some(AssembleError::PendingMigrations(pending)) => vec![
                    Looked::fine("database", "answers"),
                    Looked::bad(
                        "schema",
                        format!("{pending} migrations are pending"),
                        "`kontor migrate up`",
                    ),
                ],
                Some(AssembleError::Database { .. }) => {
                    let detail = error.chain().map(ToString::to_string).collect::<Vec<_>>();
                    vec![Looked::bad(
                        "database",
                        detail.join(": "),
                        "start it, or correct DB__URL, or DB__HOST and what belongs to it",
                    )]
                }
                _ => return Err(error),
            };
            return Ok((looked, None));
        }
    };
    let mut all = vec![Looked::fine("database", "answers"), Looked::fine("schema", "is current")];
    let clock: &dyn Clock = application.module.resolve_ref();
    let before = clock.now();
    let theirs = application.database.server_time().await?;
    let asked_for = clock.now() - before;
    all.push(match theirs {
        None => Looked::fine("clock", "there is one clock"),
        Some(theirs) => clocks(before + asked_for / 2 - theirs, asked_for / 2),
    });
    Ok((all, Some(application)))
}

/// Judges how far this machine's clock is `ahead` of the database's, known to within `doubt`.
fn clocks(ahead: time::Duration, doubt: time::Duration) -> Looked {
    let apart = ahead.abs();
    if apart - doubt <= CLOCK_LEEWAY {
        return Looked::fine("clock", "agrees with the database's");
    }
    let direction = if ahead.is_positive() { "ahead of" } else { "behind" };
    let seconds = apart.as_seconds_f64();
    let detail = format!("{seconds:.1} s {direction} the database's");
    Looked::bad("clock", detail, "`timedatectl set-ntp true` on both machines")
}

/// Whether the secrets in the data directory are for us alone.
fn secrets(settings: &Settings) -> Looked {
    let files = ["root-secret", "webhook-secret", "demo-accounts.json"];
    let mut open = Vec::new();
    for path in files.map(|name| settings.data_file(name)) {
        // One that is not there is nobody else's either.
        let Ok(file) = fs::metadata(&path) else { continue };
        if file.permissions().mode() & 0o077 != 0 {
            open.push(path.display().to_string());
        }
    }
    if open.is_empty() {
        return Looked::fine("secrets", "are readable by nobody else");
    }
    let open = open.join(" ");
    Looked::bad("secrets", format!("readable by others: {open}"), format!("`chmod 600 {open}`"))
}

/// Whether there is room for `min_free` MiB where the data is.
fn room(dir: &Path, min_free: u64) -> Looked {
    let there = dir.ancestors().find(|path| path.exists()).unwrap_or(Path::new("."));
    let asked = match rustix::fs::statvfs(there) {
        Ok(asked) => asked,
        Err(error) => return Looked::bad("disk", error.to_string(), "correct APP__DATA_DIR"),
    };
    let free = asked.f_bavail.saturating_mul(asked.f_frsize) / MIB;
    let place = there.display();
    if free >= min_free {
        return Looked::fine("disk", format!("{free} MiB are free at {place}"));
    }
    let detail = format!("{free} MiB are free at {place}, less than {min_free}");
    Looked::bad("disk", detail, "make room, or move APP__DATA_DIR")
}

/// An error with its causes, on one line.
fn chain(cause: &Cause) -> String {
    let mut line = cause.to_string();
    let mut next = cause.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        if !line.contains(&text) {
            line = format!("{line}: {text}");
        }
        next = cause.source();
    }
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::clocks;

    #[test]
    fn clocks_may_differ_by_what_tokens_forgive_and_by_what_is_not_known() {
        let of = |ahead: i64, doubt: i64| {
            clocks(Duration::milliseconds(ahead), Duration::milliseconds(doubt))
        };
        for (ahead, doubt) in [(0, 0), (5_000, 0), (-5_000, 0), (5_200, 300), (-5_200, 300)] {
            assert!(of(ahead, doubt).ok, "{ahead} {doubt}");
        }
        let ahead = of(7_200, 100);
        assert!(!ahead.ok && ahead.detail == "7.2 s ahead of the database's", "{ahead:?}");
        let behind = of(-60_000, 0);
        assert!(!behind.ok && behind.detail == "60.0 s behind the database's", "{behind:?}");
        assert!(behind.fix.unwrap().contains("set-ntp"));
    }
}
