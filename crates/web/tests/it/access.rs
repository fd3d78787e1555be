//! Who may use what: every operation of the document by every kind of caller.

use actix_web::test::TestRequest;
use web::{Access, operations};

use crate::{json, signed, site, stubs::*};

/// Anonymous, the customer whose things they are, another customer, staff, super admin.
type Row = (&'static str, &'static str, [u16; 5]);

/// What each caller is answered, by `operationId`; the body is one that is fine.
const TABLE: &[Row] = &[
    ("registerUser", r#"{"email":"ann@example.com","password":"long enough"}"#, [201; 5]),
    ("logIn", r#"{"email":"ann@example.com","password":"long enough"}"#, [200; 5]),
    ("refreshSession", r#"{"refresh_token":"good"}"#, [200; 5]),
    ("requestVerifyToken", r#"{"email":"ann@example.com"}"#, [202; 5]),
    ("verifyEmail", r#"{"token":"good"}"#, [200; 5]),
    ("forgotPassword", r#"{"email":"ann@example.com"}"#, [202; 5]),
    ("resetPassword", r#"{"token":"good","password":"long enough"}"#, [200; 5]),
    ("stepUp", r#"{"password":"long enough"}"#, [401, 200, 200, 200, 200]),
    ("logOut", "", [401, 204, 204, 204, 204]),
    ("logOutEverywhere", "", [401, 204, 204, 204, 204]),
    ("listSessions", "", [401, 200, 200, 200, 200]),
    ("endSession", "", [401, 204, 404, 404, 404]),
    ("getMe", "", [401, 200, 200, 200, 200]),
    ("getCurrentUser", "", [401, 200, 200, 200, 200]),
    ("getUserInfo", "", [401, 200, 200, 200, 200]),
    ("listApiKeys", "", [401, 200, 200, 200, 200]),
    ("createApiKey", r#"{"name":"till","scopes":["orders:read"]}"#, [401, 403, 403, 201, 201]),
    ("revokeApiKey", "", [401, 204, 404, 404, 404]),
    ("unblockLogin", "", [401, 403, 403, 204, 204]),
    ("getJwks", "", [200; 5]),
    ("updateMe", "{}", [401, 200, 200, 200, 200]),
    ("deleteMe", "", [401, 204, 204, 204, 204]),
    (
        "changePassword",
        r#"{"current_password":"long enough","new_password":"longer than that"}"#,
        [401, 204, 204, 204, 204],
    ),
    ("exportMe", "", [401, 200, 200, 200, 200]),
    ("listUsers", "", [401, 403, 403, 200, 200]),
    (
        "createUser",
        r#"{"email":"ann@example.com","password":"long enough"}"#,
        [401, 403, 403, 201, 201],
    ),
    (
        "listUsersById",
        r#"{"ids":["00000000-0000-0000-0000-000000000001"]}"#,
        [401, 403, 403, 200, 200],
    ),
    ("getUserByUsername", "", [401, 403, 403, 200, 200]),
    ("getUserByEmail", "", [401, 403, 403, 200, 200]),
    ("getUser", "", [401, 200, 200, 200, 200]),
    ("replaceUser", r#"{"email":"ann@example.com"}"#, [401, 403, 403, 200, 200]),
    ("updateUser", "{}", [401, 403, 403, 200, 200]),
    ("deleteUser", "", [401, 403, 403, 204, 204]),
    ("listCategories", "", [200; 5]),
    ("createCategory", r#"{"name":"Tea"}"#, [401, 403, 403, 201, 201]),
    ("listAllCategories", "", [200; 5]),
    ("getCategory", "", [200; 5]),
    ("replaceCategory", r#"{"name":"Tea"}"#, [401, 403, 403, 200, 200]),
    ("editCategory", r#"{"name":"Tea"}"#, [401, 403, 403, 200, 200]),
    ("deleteCategory", "", [401, 403, 403, 204, 204]),
    ("activateCategory", "", [401, 403, 403, 200, 200]),
    ("deactivateCategory", "", [401, 403, 403, 200, 200]),
    ("listProducts", "", [200; 5]),
    (
        "createProduct",
        r#"{"name":"Assam","price":"1.00","currency":"RUB"}"#,
        [401, 403, 403, 201, 201],
    ),
    ("getProducts", r#"{"slugs":["assam"]}"#, [200; 5]),
    ("getProduct", "", [200; 5]),
    ("replaceProduct", r#"{"name":"Assam"}"#, [401, 403, 403, 200, 200]),
    ("editProduct", r#"{"name":"Assam"}"#, [401, 403, 403, 200, 200]),
    ("deleteProduct", "", [401, 403, 403, 204, 204]),
    ("activateProduct", "", [401, 403, 403, 200, 200]),
    ("deactivateProduct", "", [401, 403, 403, 200, 200]),
    ("listItems", "", [200; 5]),
    ("createItem", r#"{"name":"Bicycle"}"#, [401, 201, 201, 201, 201]),
    ("listMyItems", "", [401, 200, 200, 200, 200]),
    ("searchItems", "", [200; 5]),
    ("getItem", "", [200; 5]),
    ("editItem", "{}", [401, 200, 404, 200, 200]),
    ("deleteItem", "", [401, 204, 404, 204, 204]),
    ("activateItem", "", [401, 200, 404, 200, 200]),
    ("archiveItem", "", [401, 200, 404, 200, 200]),
    ("getStock", "", [401, 403, 403, 200, 200]),
    ("setStock", r#"{"on_hand":9,"reason":"counted"}"#, [401, 403, 403, 200, 200]),
    ("listStockMovements", "", [401, 403, 403, 200, 200]),
    ("listPosts", "", [200; 5]),
    ("createPost", r#"{"title":"Hello","body":"*hi*"}"#, [401, 201, 201, 201, 201]),
    ("getPost", "", [200; 5]),
    ("replacePost", r#"{"title":"Hello","body":"*hi*"}"#, [401, 200, 404, 200, 200]),
    ("editPost", "{}", [401, 200, 404, 200, 200]),
    ("deletePost", "", [401, 204, 404, 204, 204]),
    (
        "createOrder",
        r#"{"items":[{"product_id":"00000000-0000-0000-0000-00000000001e","quantity":1}]}"#,
        [401, 201, 201, 201, 201],
    ),
    ("listOrders", "", [401, 403, 403, 200, 200]),
    ("listMyOrders", "", [401, 200, 200, 200, 200]),
    ("getOrder", "", [401, 200, 404, 200, 200]),
    ("followOrder", "", [401, 200, 404, 200, 200]),
    (
        "editOrder",
        r#"{"items":[{"product_id":"00000000-0000-0000-0000-00000000001e","quantity":1}]}"#,
        [401, 403, 403, 200, 200],
    ),
    ("cancelOrder", "", [401, 200, 404, 200, 200]),
    // The order is pending: whoever may is told that it is too early.
    ("startOrder", "", [401, 403, 403, 409, 409]),
    ("shipOrder", "", [401, 403, 403, 409, 409]),
    ("deliverOrder", "", [401, 403, 403, 409, 409]),
    ("completeOrder", "", [401, 403, 403, 409, 409]),
    ("refundOrder", "", [401, 403, 403, 200, 200]),
    ("listPromoCodes", "", [401, 403, 403, 200, 200]),
    ("createPromoCode", r#"{"code":"tea-10","percent":"10"}"#, [401, 403, 403, 201, 201]),
    ("getPromoCode", "", [401, 403, 403, 200, 200]),
    ("editPromoCode", r#"{"percent":"10"}"#, [401, 403, 403, 200, 200]),
    ("deactivatePromoCode", "", [401, 403, 403, 200, 200]),
    ("createPayment", "", [401, 201, 404, 201, 201]),
    // Not by token but by signature, which nobody here has.
    ("receiveWebhook", "{}", [401; 5]),
    ("getPayment", "", [401, 200, 404, 200, 200]),
    ("capturePayment", "", [401, 403, 403, 200, 200]),
    ("voidPayment", "", [401, 403, 403, 200, 200]),
    ("refundPayment", "", [401, 403, 403, 200, 200]),
    ("listAuditLog", "", [401, 403, 403, 200, 200]),
    ("getOutbox", "", [401, 403, 403, 200, 200]),
    ("listDeadLetters", "", [401, 403, 403, 200, 200]),
    ("getDeadLetter", "", [401, 403, 403, 200, 200]),
    ("dropDeadLetter", "", [401, 403, 403, 204, 204]),
    ("replayDeadLetter", "", [401, 403, 403, 204, 204]),
    ("listTasks", "", [401, 403, 403, 200, 200]),
    ("pushTask", r#"{"content":"hello"}"#, [401, 403, 403, 202, 202]),
    ("getLiveness", "", [200; 5]),
    ("getReadiness", "", [200; 5]),
    ("getHealth", "", [200; 5]),
    ("getApiHealth", "", [200; 5]),
    ("getDatabaseHealth", "", [200; 5]),
    ("listDevMail", "", [200; 5]),
];

fn address(operation_id: &str, path: &str) -> String {
    if operation_id == "searchItems" {
        return format!("{path}?q=tea");
    }
    let thing = match operation_id {
        "getCategory" => "tea-0".to_owned(),
        "getProduct" => "assam".to_owned(),
        "getStock" | "setStock" | "listStockMovements" => PRODUCT.to_string(),
        _ if path.starts_with("/api/v1/categories/{") => "tea-0".to_owned(),
        _ if path.starts_with("/api/v1/products/{") => "assam".to_owned(),
        _ if path.starts_with("/api/v1/items/{") => PRODUCT.to_string(),
        _ if path.starts_with("/api/v1/posts/{") => "hello".to_owned(),
        "receiveWebhook" => "mock".to_owned(),
        "getPayment" | "capturePayment" | "voidPayment" | "refundPayment" => PAYMENT.to_string(),
        "getUserByUsername" => "ann".to_owned(),
        "getUserByEmail" => "ann@example.com".to_owned(),
        "getUser" | "replaceUser" | "updateUser" | "deleteUser" => CUSTOMER.to_string(),
        "endSession" => SESSION.to_string(),
        _ => ORDER.to_string(),
    };
    match path.split_once('{') {
        Some((start, rest)) => format!("{start}{thing}{}", rest.split_once('}').unwrap().1),
        None => path.to_owned(),
    }
}

#[actix_web::test]
async fn every_operation_lets_in_whom_the_table_lets_in() {
    let site = site().await;
    let documented: Vec<_> = operations().filter(|known| known.documented).collect();
    let names: Vec<_> = documented.iter().map(|operation| operation.operation_id).collect();
    let rows: Vec<_> = TABLE.iter().map(|(id, ..)| *id).collect();
    assert_eq!(names, rows, "every operation stands in the table, in the order of the routes");
    for (operation, (id, body, expected)) in documented.iter().zip(TABLE) {
        let callers = [None, Some("customer"), Some("other"), Some("staff"), Some("admin")];
        for (caller, status) in callers.into_iter().zip(expected) {
            let method = operation.method.parse().unwrap();
            let mut request = TestRequest::with_uri(&address(id, operation.path)).method(method);
            if !body.is_empty() {
                request = json(request, body);
            }
            if let Some(token) = caller {
                request = signed(request, token);
            }
            let answer = site.send(request).await;
            assert_eq!(answer.status, *status, "{id} by {caller:?}: {}", answer.text());
        }
    }
}

#[actix_web::test]
async fn staff_without_the_permission_is_refused() {
    let site = site().await;
    for operation in
        operations().filter(|known| known.documented && matches!(known.access, Access::May(_)))
    {
        let path = address(operation.operation_id, operation.path);
        let request = TestRequest::with_uri(&path).method(operation.method.parse().unwrap());
        assert_eq!(site.send(signed(request, "trainee")).await.problem(403), "forbidden");
    }
}

#[actix_web::test]
async fn an_old_log_in_is_not_enough_where_a_recent_password_is_wanted() {
    let site = site().await;
    for operation in operations().filter(|known| known.wants_recent_password) {
        let path = address(operation.operation_id, operation.path);
        let request = TestRequest::with_uri(&path).method(operation.method.parse().unwrap());
        let refused = site.send(signed(request, "old-admin")).await;
        assert_eq!(refused.problem(403), "step_up_required", "{operation:?}");
    }
    let body = r#"{"email":"a@example.com","password":"long enough","role":"staff"}"#;
    let refused = site.post_as("old-admin", "/api/v1/auth/register", body).await;
    assert_eq!(refused.problem(403), "step_up_required");
    let challenge = r#"Bearer error="insufficient_user_authentication", max_age="600""#;
    assert_eq!(refused.header("www-authenticate"), challenge);
    assert_eq!(refused.json()["max_age"], 600);
    assert_eq!(refused.json()["step_up"], "/api/v1/auth/step-up");
}

#[actix_web::test]
async fn no_token_and_a_bad_one_are_told_apart_before_the_body_is_looked_at() {
    let site = site().await;
    for operation in operations().filter(|known| known.documented && known.access != Access::Public)
    {
        let path = address(operation.operation_id, operation.path);
        let request =
            || json(TestRequest::with_uri(&path).method(operation.method.parse().unwrap()), "{");
        assert_eq!(site.send(request()).await.problem(401), "token_missing");
        let forged = site.send(signed(request(), "forged")).await;
        assert_eq!(forged.problem(401), "token_invalid");
        assert_eq!(forged.header("www-authenticate"), r#"Bearer error="invalid_token""#);
        let ended = site.send(signed(request(), "revoked")).await;
        assert_eq!(ended.problem(401), "session_revoked");
        let stalled = site.send(signed(request(), "stalled")).await;
        assert_eq!(stalled.problem(503), "store_unavailable");
    }
}

#[actix_web::test]
async fn another_scheme_or_an_empty_token_is_no_token() {
    let site = site().await;
    for value in ["Basic YTpi", "Bearer", "Bearer  ", "customer"] {
        let request =
            TestRequest::get().uri("/api/v1/auth/me").insert_header(("authorization", value));
        assert_eq!(site.send(request).await.problem(401), "token_missing", "{value}");
    }
}
