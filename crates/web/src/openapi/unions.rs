//! Answers that are one thing or another: how a client tells which.

use serde_json::{Map, Value, json};

/// Each union with its variants, by the word in their field `type`.
const UNIONS: &[(&str, &[(&str, &str)])] =
    &[("ShownUser", &[("account", "AccountUser"), ("public", "PublicUser")])];

/// Gives every union its discriminator.
pub(super) fn name_variants(schemas: &mut Map<String, Value>) {
    for (name, variants) in UNIONS {
        for (word, variant) in *variants {
            if let Some(variant) = schemas.get_mut(*variant) {
                always(variant, word);
            }
        }
        let Some(Value::Object(union)) = schemas.get_mut(*name) else { continue };
        let address = |schema: &str| json!(format!("#/components/schemas/{schema}"));
        let one_of: Vec<_> =
            variants.iter().map(|(_, schema)| json!({ "$ref": address(schema) })).collect();
        let mapping: Map<_, _> =
            variants.iter().map(|(word, schema)| ((*word).to_owned(), address(schema))).collect();
        union.insert("oneOf".to_owned(), Value::Array(one_of));
        union.insert(
            "discriminator".to_owned(),
            json!({ "propertyName": "type", "mapping": mapping }),
        );
    }
}

/// Says that the field `type` of a variant is always `word`.
fn always(variant: &mut Value, word: &str) {
    if let Some(Value::Array(parts)) = variant.get_mut("allOf") {
        parts.iter_mut().for_each(|part| always(part, word));
    }
    if let Some(Value::Object(kind)) = variant.pointer_mut("/properties/type") {
        kind.insert("enum".to_owned(), json!([word]));
    }
}
