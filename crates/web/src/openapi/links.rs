//! Where a client can go from what it has just made.

use serde_json::{Map, Value, json};

/// Links of a creation: the parameter of each operation that is the id of what was made.
const LINKS: &[(&str, &[(&str, &str)])] = &[
    (
        "createOrder",
        &[
            ("getOrder", "id"),
            ("createPayment", "order_id"),
            ("cancelOrder", "id"),
            ("startOrder", "id"),
            ("shipOrder", "id"),
            ("refundOrder", "id"),
        ],
    ),
    (
        "createProduct",
        &[
            ("getProduct", "id"),
            ("editProduct", "id"),
            ("replaceProduct", "id"),
            ("getStock", "id"),
            ("setStock", "id"),
            ("deleteProduct", "id"),
        ],
    ),
    (
        "createCategory",
        &[
            ("getCategory", "val"),
            ("editCategory", "val"),
            ("replaceCategory", "val"),
            ("activateCategory", "val"),
            ("deactivateCategory", "val"),
            ("deleteCategory", "val"),
        ],
    ),
    (
        "createItem",
        &[
            ("getItem", "id"),
            ("editItem", "id"),
            ("activateItem", "id"),
            ("archiveItem", "id"),
            ("deleteItem", "id"),
        ],
    ),
    (
        "createPost",
        &[("getPost", "id"), ("editPost", "id"), ("replacePost", "id"), ("deletePost", "id")],
    ),
    ("createPayment", &[("getPayment", "id"), ("refundPayment", "id")]),
    (
        "createUser",
        &[("getUser", "id"), ("updateUser", "id"), ("replaceUser", "id"), ("deleteUser", "id")],
    ),
    ("registerUser", &[("getUser", "id")]),
    ("createApiKey", &[("revokeApiKey", "id")]),
];

/// The links of operation `id`; none where it makes nothing.
pub(super) fn links_of(id: &str) -> Option<Value> {
    let (_, targets) = LINKS.iter().find(|(known, _)| *known == id)?;
    let link = |(operation, parameter): &(&str, &str)| {
        let mut parameters = Map::new();
        parameters.insert((*parameter).to_owned(), json!("$response.body#/id"));
        ((*operation).to_owned(), json!({ "operationId": operation, "parameters": parameters }))
    };
    Some(Value::Object(targets.iter().map(link).collect()))
}
