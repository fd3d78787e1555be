use std::collections::BTreeSet;

use serde_json::{Value, json};
use web::{Access, Operation, openapi_json, operations};

use crate::site;

fn document() -> Value {
    serde_json::from_str(&openapi_json()).unwrap()
}

fn described(document: &Value) -> Vec<(String, String, &Value)> {
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            all.push((method.to_uppercase(), path.clone(), operation));
        }
    }
    all
}

#[actix_web::test]
async fn the_document_is_served_at_both_addresses() {
    let site = site().await;
    for path in ["/openapi.json", "/api/docs/openapi.json"] {
        let served = site.get(path).await.json();
        assert_eq!(served, document());
        assert!(served["openapi"].as_str().unwrap().starts_with("3.1"));
    }
}

#[test]
fn the_document_describes_exactly_the_routes() {
    let document = document();
    let described: BTreeSet<_> = described(&document)
        .into_iter()
        .map(|(method, path, operation)| {
            (method, path, operation["operationId"].as_str().unwrap().to_owned())
        })
        .collect();
    let routed: BTreeSet<_> = operations()
        .filter(|operation| operation.documented)
        .map(|known| (known.method.into(), known.path.into(), known.operation_id.into()))
        .collect();
    assert_eq!(described, routed);
    let is_page = |known: &&Operation| !known.documented && !known.is_screen;
    let pages: Vec<_> = operations().filter(is_page).map(|known| known.path).collect();
    assert_eq!(
        pages,
        [
            "/mock-pay/{payment_id}",
            "/mock-pay/{payment_id}",
            "/metrics",
            "/openapi.json",
            "/api/docs/openapi.json",
            "/docs",
            "/api/docs/swagger",
            "/redoc",
            "/api/docs/redoc",
            "/scalar",
            "/assets/{name}"
        ]
    );
}

#[test]
fn every_operation_is_named_tagged_summed_up_and_secured() {
    let document = document();
    let tags: Vec<&str> = document["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| tag["name"].as_str().unwrap())
        .collect();
    let mut names = BTreeSet::new();
    for (method, path, operation) in described(&document) {
        let name = operation["operationId"].as_str().unwrap();
        assert!(names.insert(name), "{name} is used twice");
        assert!(name.starts_with(|c: char| c.is_ascii_lowercase()), "{name}");
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric()), "{name}");
        let own = operation["tags"].as_array().unwrap();
        assert_eq!(own.len(), 1, "{name}");
        assert!(tags.contains(&own[0].as_str().unwrap()), "{name}");
        assert!(!operation["summary"].as_str().unwrap().is_empty(), "{name}");
        assert!(!operation["description"].as_str().unwrap().is_empty(), "{name}");
        let known =
            operations().find(|known| known.method == method && known.path == path).unwrap();
        let is_open = operation["security"].as_array().unwrap().is_empty();
        assert_eq!(is_open, known.access == Access::Public, "{name}");
    }
}

#[test]
fn every_error_is_a_problem() {
    let document = document();
    for (_, path, operation) in described(&document) {
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.contains_key("500") && responses.contains_key("503"), "{path}");
        for (status, response) in responses.iter().filter(|(status, _)| status.as_str() >= "400") {
            let reference = response["$ref"].as_str().unwrap();
            let pointer = reference.trim_start_matches('#');
            let content = &document.pointer(pointer).unwrap()["content"];
            let schema = &content["application/problem+json"]["schema"]["$ref"];
            assert_eq!(schema, "#/components/schemas/Problem", "{path} {status}");
        }
    }
}

#[test]
fn every_reference_leads_somewhere() {
    fn walk(document: &Value, value: &Value) {
        match value {
            Value::Object(fields) => {
                if let Some(Value::String(reference)) = fields.get("$ref") {
                    let pointer = reference.trim_start_matches('#');
                    assert!(document.pointer(pointer).is_some(), "{reference}");
                }
                fields.values().for_each(|value| walk(document, value));
            }
            Value::Array(values) => values.iter().for_each(|value| walk(document, value)),
            _ => {}
        }
    }
    let document = document();
    walk(&document, &document);
}

/// Fields that are null to clear what is there, or because they were shown as null.
const CLEARABLE: [(&str, &str); 28] = [
    ("AddressRequest", "company"),
    ("AddressRequest", "line2"),
    ("AddressRequest", "region"),
    ("AddressRequest", "phone"),
    ("EditOrderRequest", "shipping_address"),
    ("EditOrderRequest", "billing_address"),
    ("EditOrderRequest", "note"),
    ("ItemRequest", "price"),
    ("EditItemRequest", "description"),
    ("EditItemRequest", "price"),
    ("SetStockRequest", "low_stock_threshold"),
    ("ProductRequest", "price"),
    ("ProductRequest", "category_id"),
    ("EditProductRequest", "description"),
    ("EditProductRequest", "price"),
    ("EditProductRequest", "category_id"),
    ("CategoryRequest", "parent_id"),
    ("EditCategoryRequest", "parent_id"),
    ("CreatePromoCodeRequest", "minimum"),
    ("CreatePromoCodeRequest", "starts_at"),
    ("CreatePromoCodeRequest", "ends_at"),
    ("CreatePromoCodeRequest", "total_limit"),
    ("CreatePromoCodeRequest", "user_limit"),
    ("EditPromoCodeRequest", "minimum"),
    ("EditPromoCodeRequest", "starts_at"),
    ("EditPromoCodeRequest", "ends_at"),
    ("EditPromoCodeRequest", "total_limit"),
    ("EditPromoCodeRequest", "user_limit"),
];

fn is_a(property: &Value, kind: &str) -> bool {
    property["type"] == kind
        || property["type"].as_array().is_some_and(|kinds| kinds.iter().any(|one| one == kind))
}

#[test]
fn requests_take_nothing_unknown_and_responses_hold_every_field() {
    let document = document();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        let Some(properties) = schema["properties"].as_object() else { continue };
        if name.ends_with("Request") {
            assert_eq!(schema["additionalProperties"], false, "{name}");
            for (field, property) in properties {
                let options = property["oneOf"].as_array();
                let is_nullable = property["type"].is_array()
                    || options.is_some_and(|all| all.contains(&json!({ "type": "null" })));
                assert_eq!(is_nullable, CLEARABLE.contains(&(&**name, &**field)), "{name}.{field}");
                let is_text = is_a(property, "string") && property["format"] != "uuid";
                if is_text {
                    assert!(property["maxLength"].is_u64(), "{name}.{field} has no bound");
                }
            }
        } else if !name.ends_with("Form") {
            let required = schema["required"].as_array().unwrap();
            assert_eq!(required.len(), properties.len(), "{name}");
        }
    }
}

#[test]
fn every_string_and_number_of_a_path_or_query_is_bounded() {
    let document = document();
    for (_, path, operation) in described(&document) {
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let (name, schema) = (&parameter["name"], &parameter["schema"]);
            if parameter["in"] == "header" {
                continue;
            }
            let bounded = match schema["type"].as_str() {
                Some("string") => {
                    schema["format"] == "uuid"
                        || schema["maxLength"].is_u64()
                        || schema["pattern"].is_string()
                        || schema["enum"].is_array()
                }
                Some("boolean") => true,
                Some("integer") => schema["minimum"].is_u64() && schema["maximum"].is_u64(),
                _ => false,
            };
            assert!(bounded, "{path} {name}: {schema}");
        }
    }
}

/// Every schema of a request, with those inside it.
fn bounds_of_requests(document: &Value) -> Vec<(String, &Value)> {
    fn walk<'a>(at: &str, schema: &'a Value, found: &mut Vec<(String, &'a Value)>) {
        found.push((at.to_owned(), schema));
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            walk(&format!("{at}.{name}"), property, found);
        }
        if schema["items"].is_object() {
            walk(&format!("{at}[]"), &schema["items"], found);
        }
    }
    let mut found = Vec::new();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        if name.ends_with("Request") || name.ends_with("Form") {
            walk(name, schema, &mut found);
        }
    }
    found
}

#[test]
fn everything_that_comes_in_is_bounded() {
    let document = document();
    for (at, schema) in bounds_of_requests(&document) {
        if is_a(schema, "array") {
            assert!(schema["maxItems"].is_u64(), "{at} has no maxItems");
        }
        if is_a(schema, "integer") {
            assert!(schema["minimum"].is_i64() && schema["maximum"].is_i64(), "{at}: {schema}");
        }
        if is_a(schema, "string") {
            let is_bounded = schema["maxLength"].is_u64()
                || schema["enum"].is_array()
                || schema["format"] == "uuid"
                || schema["pattern"].as_str().is_some_and(|p| p.chars().all(|c| !"*+".contains(c)));
            assert!(is_bounded, "{at}: {schema}");
        }
    }
}

#[test]
fn every_whole_number_says_how_large_it_can_be() {
    fn walk(at: &str, value: &Value) {
        if value["type"] == "integer" || value["type"] == serde_json::json!(["integer", "null"]) {
            let known = ["int32", "int64"].iter().any(|format| value["format"] == *format);
            assert!(known, "{at}: {value}");
        }
        for (name, inner) in value.as_object().into_iter().flatten() {
            walk(&format!("{at}/{name}"), inner);
        }
        for inner in value.as_array().into_iter().flatten() {
            walk(at, inner);
        }
    }
    walk("schemas", &document()["components"]["schemas"]);
    walk("paths", &document()["paths"]);
}

#[test]
fn lists_have_names_of_their_own() {
    let document = document();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric()), "{name}");
        if schema["properties"]["next_cursor"].is_object() {
            assert!(name.ends_with("Page"), "{name}");
        }
    }
}

#[test]
fn every_creation_of_what_has_an_address_links_to_it() {
    let document = document();
    let all = described(&document);
    let mut linked = BTreeSet::new();
    for (_, path, operation) in &all {
        let Some(links) = operation["responses"]["201"]["links"].as_object() else { continue };
        linked.insert(operation["operationId"].as_str().unwrap());
        for (name, link) in links {
            let target = all.iter().find(|(_, _, one)| one["operationId"] == link["operationId"]);
            let (_, _, target) = target.unwrap_or_else(|| panic!("{path}: {name} leads nowhere"));
            for parameter in link["parameters"].as_object().unwrap().keys() {
                let takes = target["parameters"].as_array().unwrap();
                assert!(takes.iter().any(|one| one["name"] == **parameter), "{path}: {name}");
            }
        }
    }
    let wanted = ["createCategory", "createOrder", "createPayment", "createProduct", "createUser"];
    assert!(wanted.iter().all(|name| linked.contains(name)), "{linked:?}");
}

#[test]
fn every_json_request_has_an_example() {
    let document = document();
    for (_, path, operation) in described(&document) {
        for (kind, media) in operation["requestBody"]["content"].as_object().into_iter().flatten() {
            let reference = media["schema"]["$ref"].as_str().unwrap_or_default();
            let schema = document.pointer(reference.trim_start_matches('#'));
            let has_own = !media["example"].is_null() || !media["examples"].is_null();
            let text = schema.filter(|_| !reference.is_empty()).map(ToString::to_string);
            let shown =
                text.is_some_and(|text| text.contains("\"example") || text.contains("$ref"));
            assert!(has_own || shown, "{path} {kind} has no example");
        }
    }
}

#[test]
fn nothing_is_described_that_nothing_leads_to() {
    let document = document();
    let text = document.to_string();
    for kind in ["schemas", "responses"] {
        for name in document["components"][kind].as_object().unwrap().keys() {
            let reference = format!("\"#/components/{kind}/{name}\"");
            assert!(text.contains(&reference), "{reference}");
        }
    }
}
