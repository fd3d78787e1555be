//! Documents that are written from the code.

use std::{fmt::Write, fs, path::Path};

use domain::shared::event::DomainEvent;

use crate::workspace::root;

/// Path from the root, and content.
type Document = (&'static str, String);

fn documents() -> Result<Vec<Document>, String> {
    Ok(vec![
        ("docs/openapi.json", web::openapi_json() + "\n"),
        ("docs/events.md", events().map_err(|error| error.to_string())?),
        ("docs/metrics.md", telemetry::document()),
        ("docs/settings.md", config::settings_table()),
        (".env.example", config::example_env()),
    ])
}

fn events() -> Result<String, std::fmt::Error> {
    let mut text = String::from(
        "# Events\n\nEvery fact the store publishes, by wire name, which is also the routing key. The envelope is `{id, seq, aggregate_type, aggregate_id,\n\
         aggregate_version, occurred_at, correlation_id, causation_id, traceparent, type, data}`. Consumers see each event at least once and de-duplicate on `id`;\n\
         events of one aggregate are published in the order of `aggregate_version`, which has no gaps.\n\n",
    );
    for name in DomainEvent::NAMES {
        writeln!(text, "- `{name}`")?;
    }
    Ok(text)
}

/// Writes every document.
pub(crate) fn write() -> Result<(), String> {
    for (path, content) in documents()? {
        fs::write(root().join(path), content).map_err(|error| format!("{path}: {error}"))?;
    }
    Ok(())
}

/// Fails when a document is not what the code says.
pub(crate) fn check() -> Result<(), String> {
    let stale: Vec<&str> = documents()?
        .into_iter()
        .filter(|(path, content)| !is_current(&root().join(path), content))
        .map(|(path, _)| path)
        .collect();
    if stale.is_empty() {
        return Ok(());
    }
    Err(format!("not what the code says, run `cargo xtask docs`: {}", stale.join(", ")))
}

fn is_current(path: &Path, content: &str) -> bool {
    fs::read_to_string(path).is_ok_and(|written| written == content)
}
