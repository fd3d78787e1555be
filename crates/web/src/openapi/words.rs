//! What the route table knows about an operation, in words.

use serde_json::{Map, Value, json};

use crate::routes::{Access, Operation};

/// Adds to the description of an operation who may use it and what it heeds.
pub(super) fn describe(fields: &mut Map<String, Value>, entry: &Operation) {
    let own = fields.get("description").and_then(Value::as_str).unwrap_or_default().trim();
    let facts = facts_of(entry).join(" ");
    let description = if own.is_empty() { facts } else { format!("{own}\n\n{facts}") };
    fields.insert("description".to_owned(), json!(description));
}

fn facts_of(entry: &Operation) -> Vec<String> {
    let mut facts = vec![match entry.access {
        Access::Public => "For everybody.".to_owned(),
        Access::SignedIn => "For whoever is signed in.".to_owned(),
        Access::May(permission) => format!("For staff with `{}`.", permission.as_str()),
    }];
    if entry.wants_recent_password {
        facts.push("Wants a recent proof of the password (`stepUp`).".to_owned());
    }
    if entry.is_idempotent {
        facts.push("Safe to repeat with the same `Idempotency-Key`.".to_owned());
    }
    if entry.is_guarded {
        facts.push("Refused with 412 when `If-Match` names another version.".to_owned());
    }
    if entry.is_conditional {
        facts.push("Answers 304 to an `ETag` that is still good.".to_owned());
    }
    facts
}
