//! Parameters of queries that take one of so many words.

use domain::{
    audit::{AuditAction, AuditTargetKind},
    ordering::{OrderStatus, PaymentStatus},
};
use serde_json::{Map, Value, json};

/// Says in operation `id` which words its parameters take.
pub(super) fn choose(id: &str, operation: &mut Map<String, Value>) {
    let Some(Value::Array(parameters)) = operation.get_mut("parameters") else { return };
    for parameter in parameters {
        let Some(name) = parameter.get("name").and_then(Value::as_str) else { continue };
        let Some(words) = words_of(id, name) else { continue };
        if let Some(schema) = parameter.get_mut("schema") {
            *schema = json!({ "type": "string", "enum": words });
        }
    }
}

fn words_of(id: &str, parameter: &str) -> Option<Vec<&'static str>> {
    Some(match (id, parameter) {
        ("listOrders", "status") => OrderStatus::ALL.iter().map(|one| one.as_str()).collect(),
        ("listOrders", "payment_status") => {
            PaymentStatus::ALL.iter().map(|one| one.as_str()).collect()
        }
        ("listAuditLog", "action") => AuditAction::ALL.iter().map(|one| one.as_str()).collect(),
        ("listAuditLog", "target_type") => {
            AuditTargetKind::ALL.iter().map(|one| one.as_str()).collect()
        }
        _ => return None,
    })
}
