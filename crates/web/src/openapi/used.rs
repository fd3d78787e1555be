//! Leaves out what nothing in the document refers to.

use std::collections::BTreeSet;

use serde_json::Value;

/// Removes the schemas and responses that no operation leads to, also not by way of others.
pub(super) fn keep_used(document: &mut Value) {
    let mut used = BTreeSet::new();
    let mut wanted = Vec::new();
    for calls in ["paths", "webhooks"] {
        references(document.get(calls).unwrap_or(&Value::Null), &mut wanted);
    }
    while let Some(reference) = wanted.pop() {
        if used.insert(reference.clone())
            && let Some(target) = document.pointer(reference.trim_start_matches('#'))
        {
            references(target, &mut wanted);
        }
    }
    for kind in ["schemas", "responses"] {
        let components = document.pointer_mut(&format!("/components/{kind}"));
        if let Some(Value::Object(components)) = components {
            components.retain(|name, _| used.contains(&format!("#/components/{kind}/{name}")));
        }
    }
}

fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get("$ref") {
                found.push(reference.clone());
            }
            fields.values().for_each(|value| references(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}
