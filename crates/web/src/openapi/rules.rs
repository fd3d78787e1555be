//! What a request may not say although each of its fields may be so: fields that contradict or
//! need each other.

use serde_json::{Map, Value, json};

/// Writes into the schemas of requests which combinations are refused. Generators of clients leave
/// `not` alone; what checks requests heeds it.
pub(super) fn forbid_what_contradicts(schemas: &mut Map<String, Value>) {
    let mut forbid = |schema: &str, cases: Vec<Value>| {
        if let Some(Value::Object(schema)) = schemas.get_mut(schema) {
            let refused = match cases.as_slice() {
                [only] => only.clone(),
                _ => json!({ "anyOf": cases }),
            };
            schema.insert("not".to_owned(), refused);
        }
    };
    let two_categories = both("category_id", "category_name");
    let unpriced =
        json!({ "properties": { "price": { "type": "null" }, "status": { "const": "active" } } });
    let price = currency_alone();
    let bare = without_currency("price");
    forbid("ProductRequest", vec![two_categories.clone(), price.clone(), bare.clone(), unpriced]);
    forbid("EditProductRequest", vec![two_categories, price.clone()]);
    forbid("ItemRequest", vec![price.clone(), bare]);
    forbid("EditItemRequest", vec![price]);

    let two_discounts = both("percent", "amount");
    let bare = [without_currency("amount"), without_currency("minimum")];
    let discounts = [given("percent"), given("amount")];
    let no_discount = json!({ "not": { "anyOf": discounts } });
    let mut cases = vec![two_discounts];
    cases.extend(bare);
    forbid("EditPromoCodeRequest", cases.clone());
    cases.push(no_discount);
    forbid("CreatePromoCodeRequest", cases);

    // Whoever is made without a role is a customer; whoever is changed without one keeps it.
    forbid("CreateUserRequest", vec![permissions_of_others(json!(["permissions"]))]);
    for schema in ["ReplaceUserRequest", "UpdateUserRequest"] {
        forbid(schema, vec![permissions_of_others(json!(["permissions", "role"]))]);
    }
}

/// Two texts of which one at most is given.
fn both(one: &str, other: &str) -> Value {
    let text = json!({ "type": "string" });
    json!({ "required": [one, other], "properties": { one: text.clone(), other: text } })
}

/// A text that is given.
fn given(field: &str) -> Value {
    json!({ "required": [field], "properties": { field: { "type": "string" } } })
}

/// A currency of no amount.
fn currency_alone() -> Value {
    json!({ "required": ["currency"],
        "properties": { "currency": { "type": "string" }, "price": { "type": "null" } } })
}

/// An amount of no currency.
fn without_currency(amount: &str) -> Value {
    json!({ "required": [amount], "properties": { amount: { "type": "string" } },
        "not": given("currency") })
}

/// Permissions for somebody who is not on the staff.
fn permissions_of_others(required: Value) -> Value {
    json!({ "required": required, "properties": {
        "permissions": { "minItems": 1 }, "role": { "enum": ["user", "super_admin"] } } })
}
