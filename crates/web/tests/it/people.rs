//! One's own account, and the accounts staff look after.

use std::sync::{Arc, atomic::Ordering};

use actix_web::test::TestRequest;
use domain::{
    identity::{Edit, PeopleFilter, PeopleSort, Permission, Permissions, Role, UserId, Username},
    shared::page::Window,
};
use time::macros::datetime;
use web::HttpSettings;

use crate::{Answer, Site, json, signed, site, site_with, stubs::*};

const USERS: &str = "/api/v1/users";

async fn send_as(site: &Site, token: &str, method: &str, path: &str, body: &str) -> Answer {
    let request = TestRequest::with_uri(path).method(method.parse().unwrap());
    let request = if body.is_empty() { request } else { json(request, body) };
    site.send(signed(request, token)).await
}

fn of(id: uuid::Uuid) -> String {
    format!("{USERS}/{id}")
}

#[actix_web::test]
async fn a_list_is_filtered_sorted_and_windowed_as_the_query_says() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let query = "role=staff&is_active=true&is_verified=false&q=%20100%25_%20&sort=email\
        &created_after=2026-01-02T03:04:05Z&created_before=2026-02-03T04:05:06%2B03:00";
    let answer = site.get_as("staff", &format!("{USERS}?{query}&page=2&per_page=10")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let expected = PeopleFilter {
        role: Some(Role::Staff),
        is_active: Some(true),
        is_verified: Some(false),
        text: Some("100%_".into()),
        created_after: Some(datetime!(2026-01-02 03:04:05 UTC)),
        created_before: Some(datetime!(2026-02-03 04:05:06 +3)),
    };
    let (filter, sort, window) = stub.sought.lock().unwrap().take().unwrap();
    assert_eq!((filter, sort), (expected, PeopleSort::Email));
    assert_eq!(window, Window::Offset { limit: 10, offset: 10 });
    let links = answer.header("link");
    assert!(links.contains("page=3&per_page=10>; rel=\"next\""), "{links}");
    assert!(links.contains("q=%20100%25_%20") && links.contains("role=staff"), "{links}");
    let page = answer.json();
    assert_eq!(
        (&page["total"], &page["items"][0]["email"]),
        (&50.into(), &"Ann@example.com".into())
    );
    assert!(page["items"][0]["orders"].is_null());

    let answer = site.get_as("staff", &format!("{USERS}?cursor={CUSTOMER}")).await;
    assert_eq!(answer.json()["next_cursor"], OTHER.to_string());
    let (filter, sort, window) = stub.sought.lock().unwrap().take().unwrap();
    assert_eq!((filter, sort), (PeopleFilter::default(), PeopleSort::Newest));
    assert_eq!(window, Window::After { limit: 20, after: CUSTOMER });
}

#[actix_web::test]
async fn a_list_that_makes_no_sense_is_refused() {
    let site = site().await;
    for query in [
        "role=king",
        "is_active=1",
        "is_verified=",
        "q=",
        "q=%20",
        &format!("q={}", "x".repeat(101)),
        "created_after=yesterday",
        "created_before=2026-01-02",
        "sort=age",
        "sort=email&sort=newest",
        "include=secrets",
        "limit=0",
    ] {
        let answer = site.get_as("staff", &format!("{USERS}?{query}")).await;
        assert_eq!(answer.problem(422), "invalid_query", "{query}");
    }
}

#[actix_web::test]
async fn people_come_with_their_orders_in_one_go() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let page = site.get_as("staff", &format!("{USERS}?include=orders")).await.json();
    assert_eq!(page["items"][0]["orders"].as_array().unwrap().len(), 2);
    assert_eq!(page["items"][0]["orders"][0]["id"], PAID_ORDER.to_string());
    assert_eq!(page["items"][1]["orders"], serde_json::json!([]));
    let asked = std::mem::take(&mut *stub.recent.lock().unwrap());
    assert_eq!(asked, [(vec![UserId::new(CUSTOMER), UserId::new(OTHER)], 20)]);
    for path in
        ["/api/v1/auth/me?include=orders".to_owned(), format!("{}?include=orders", of(CUSTOMER))]
    {
        let me = site.get_as("customer", &path).await.json();
        assert_eq!(me["orders"].as_array().unwrap().len(), 2, "{path}");
    }
}

#[actix_web::test]
async fn whoever_sees_accounts_does_not_see_orders_for_it() {
    let site = site().await;
    let (customer, none) = (of(CUSTOMER), "");
    for (method, path, body) in [
        ("GET", format!("{USERS}?include=orders"), none),
        ("GET", format!("{customer}?include=orders"), none),
        ("GET", format!("{USERS}/by-username/ann?include=orders"), none),
        ("GET", format!("{USERS}/by-email/ann@example.com?include=orders"), none),
        (
            "POST",
            format!("{USERS}/batch?include=orders"),
            r#"{"ids":["00000000-0000-0000-0000-000000000001"]}"#,
        ),
    ] {
        let refused = send_as(&site, "clerk", method, &path, body).await;
        assert_eq!(refused.problem(403), "forbidden", "{path}");
        let plain = path.split('?').next().unwrap();
        assert_eq!(send_as(&site, "clerk", method, plain, body).await.status, 200, "{path}");
    }
}

#[actix_web::test]
async fn others_learn_a_name_and_nothing_else() {
    let site = site().await;
    let shown = site.get_as("other", &of(CUSTOMER)).await.json();
    let expected = serde_json::json!({
        "type": "public", "id": CUSTOMER.to_string(), "display_name": "Ann", "since": "2026-11-20T12:00:00Z"
    });
    assert_eq!(shown, expected);
    for token in ["customer", "clerk", "staff", "admin"] {
        let shown = site.get_as(token, &of(CUSTOMER)).await.json();
        assert_eq!(shown["email"], "ann@example.com", "{token}");
        assert_eq!(shown["permissions"], serde_json::json!([]), "{token}");
    }
    let curious = site.get_as("other", &format!("{}?include=orders", of(CUSTOMER))).await;
    assert_eq!(curious.problem(403), "forbidden");
    assert_eq!(site.get_as("other", &of(UNKNOWN)).await.problem(404), "user_not_found");
    assert_eq!(site.get_as("other", &format!("{USERS}/1")).await.problem(422), "invalid_id");
}

#[actix_web::test]
async fn people_are_found_by_name_and_address_in_any_case() {
    let site = site().await;
    for path in ["by-username/ANN", "by-email/ANN@Example.com", "by-email/ann%40example.com"] {
        let found = site.get_as("staff", &format!("{USERS}/{path}")).await;
        assert_eq!(found.json()["id"], CUSTOMER.to_string(), "{path}");
    }
    for path in ["by-username/bob", "by-email/bob@example.com"] {
        let missing = site.get_as("staff", &format!("{USERS}/{path}")).await;
        assert_eq!(missing.problem(404), "user_not_found", "{path}");
    }
    for path in ["by-username/a%20b", "by-username/ab", "by-email/ann", "by-email/a%00@b.c"] {
        let nonsense = site.get_as("staff", &format!("{USERS}/{path}")).await;
        assert_eq!(nonsense.problem(422), "invalid_id", "{path}");
    }
}

#[actix_web::test]
async fn a_batch_answers_in_the_order_it_was_asked() {
    let site = site().await;
    let ask = async |ids: &[uuid::Uuid]| {
        let body = serde_json::json!({ "ids": ids }).to_string();
        site.post_as("staff", &format!("{USERS}/batch"), &body).await
    };
    let batch = ask(&[OTHER, UNKNOWN, CUSTOMER]).await.json();
    let ids: Vec<_> = batch["items"].as_array().unwrap().iter().map(|user| &user["id"]).collect();
    assert_eq!(ids, [&OTHER.to_string(), &CUSTOMER.to_string()]);
    assert_eq!(ask(&[OTHER; 100]).await.status, 200);
    for ids in [vec![], vec![OTHER; 101]] {
        let refused = ask(&ids).await;
        assert_eq!(refused.problem(422), "invalid_body");
        assert_eq!(refused.json()["errors"][0]["pointer"], "/ids");
    }
}

#[actix_web::test]
async fn people_change_their_names_and_nothing_else() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let body = r#"{"username":"Ann.Lee","first_name":" Ann "}"#;
    let answer = send_as(&site, "customer", "PATCH", "/api/v1/users/me", body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let command = stub.edited.lock().unwrap().take().unwrap();
    assert_eq!((command.user.raw(), command.actor.user.raw()), (CUSTOMER, CUSTOMER));
    let profile = command.edit.profile;
    assert_eq!(profile.username, Edit::Set(Username::parse("Ann.Lee").unwrap()));
    assert_eq!((profile.first_name, profile.last_name), (Edit::Set("Ann".into()), Edit::Keep));
    for (body, pointer) in [
        (r#"{"role":"super_admin"}"#, "/role"),
        (r#"{"permissions":["users:write"]}"#, "/permissions"),
        (r#"{"is_active":true}"#, "/is_active"),
        (r#"{"username":"a b"}"#, "/username"),
        (r#"{"first_name":null}"#, "/first_name"),
        (r#"{"last_name":""}"#, "/last_name"),
    ] {
        let refused = send_as(&site, "customer", "PATCH", "/api/v1/users/me", body).await;
        assert_eq!(refused.problem(422), "invalid_body", "{body}");
        assert_eq!(refused.json()["errors"][0]["pointer"], pointer, "{body}");
    }
    assert!(stub.edited.lock().unwrap().is_none());
}

#[actix_web::test]
async fn patching_keeps_and_putting_clears_what_is_absent() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let edited = async |method: &str, body: &str| {
        let answer = send_as(&site, "admin", method, &of(OTHER), body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        stub.edited.lock().unwrap().take().unwrap().edit
    };
    let patched = edited("PATCH", r#"{"role":"staff","permissions":["users:read"]}"#).await;
    assert_eq!((patched.role, patched.is_active), (Some(Role::Staff), None));
    let read: Permissions = [Permission::UsersRead].into_iter().collect();
    assert_eq!(patched.permissions, Some(read));
    assert_eq!((patched.profile.username, patched.email), (Edit::Keep, None));
    let put = edited("PUT", r#"{"email":"b@example.com","last_name":"B","is_active":false}"#).await;
    assert_eq!(put.email.unwrap().as_str(), "b@example.com");
    assert_eq!((put.profile.username, put.profile.first_name), (Edit::Clear, Edit::Clear));
    assert_eq!((put.profile.last_name, put.is_active), (Edit::Set("B".into()), Some(false)));
    assert_eq!((put.role, put.permissions, put.is_verified), (None, None, None));
    for (method, body) in [
        ("PUT", "{}"),
        ("PATCH", r#"{"permissions":["everything"]}"#),
        ("PATCH", r#"{"role":null}"#),
        ("PATCH", r#"{"password":"long enough"}"#),
        ("PATCH", r#"{"email":"nonsense"}"#),
    ] {
        let refused = send_as(&site, "admin", method, &of(OTHER), body).await;
        assert_eq!(refused.problem(422), "invalid_body", "{body}");
    }
}

#[actix_web::test]
async fn why_an_account_is_not_changed_is_told() {
    let site = site().await;
    let appoint = r#"{"role":"user"}"#;
    for (id, body, status, code, pointer) in [
        (UNKNOWN, "{}", 404, "user_not_found", None),
        (ADMIN, appoint, 409, "last_super_admin", None),
        (STAFF, "{}", 409, "username_taken", Some("/username")),
        (OTHER, r#"{"role":"super_admin"}"#, 422, "permissions_not_on_staff", Some("/permissions")),
    ] {
        let refused = send_as(&site, "admin", "PATCH", &of(id), body).await;
        assert_eq!(refused.problem(status), code);
        let told = refused.json()["errors"][0]["pointer"].as_str().map(str::to_owned);
        assert_eq!(told.as_deref(), pointer, "{code}");
    }
}

#[actix_web::test]
async fn an_account_is_made_as_it_is_asked_for() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let body =
        r#"{"email":"b@example.com","password":"long enough","role":"staff","is_verified":true}"#;
    let answer = site.post_as("admin", USERS, body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_eq!(answer.header("location"), of(OTHER));
    assert!(answer.json().get("access_token").is_none());
    let command = stub.created.lock().unwrap().take().unwrap();
    assert_eq!(command.by.unwrap().user.raw(), ADMIN);
    assert_eq!(command.profile.permissions, Permissions::of_new_staff());
    assert!(command.is_active && command.is_verified);
    let taken = r#"{"email":"taken@example.com","password":"long enough"}"#;
    let refused = site.post_as("admin", USERS, taken).await;
    assert_eq!(refused.problem(409), "email_taken");
    assert_eq!(refused.json()["errors"][0]["pointer"], "/email");
}

#[actix_web::test]
async fn rights_are_given_only_by_whoever_gave_the_password_lately() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let account = |role: &str| {
        format!(r#"{{"email":"b@example.com","password":"long enough","role":"{role}"}}"#)
    };
    for (method, path, body) in [
        ("PATCH", of(OTHER), r#"{"role":"staff"}"#.to_owned()),
        ("PATCH", of(OTHER), r#"{"permissions":[]}"#.to_owned()),
        ("PUT", of(OTHER), r#"{"email":"b@example.com","role":"user"}"#.to_owned()),
        ("POST", USERS.to_owned(), account("staff")),
    ] {
        let refused = send_as(&site, "old-admin", method, &path, &body).await;
        assert_eq!(refused.problem(403), "step_up_required", "{method} {body}");
    }
    assert!(stub.edited.lock().unwrap().is_none() && stub.created.lock().unwrap().is_none());
    let named = send_as(&site, "old-admin", "PATCH", &of(OTHER), r#"{"first_name":"B"}"#).await;
    assert_eq!(named.status, 200);
    assert_eq!(site.post_as("old-admin", USERS, &account("user")).await.status, 201);
}

#[actix_web::test]
async fn people_are_forgotten_by_themselves_and_by_staff() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    for (token, path, user) in
        [("customer", "/api/v1/users/me".to_owned(), CUSTOMER), ("staff", of(OTHER), OTHER)]
    {
        let answer = send_as(&site, token, "DELETE", &path, "").await;
        assert_eq!((answer.status, answer.text()), (204, ""));
        assert_eq!(stub.erased.lock().unwrap().take().unwrap().user.raw(), user);
    }
    let missing = send_as(&site, "staff", "DELETE", &of(UNKNOWN), "").await;
    assert_eq!(missing.problem(404), "user_not_found");
}

#[actix_web::test]
async fn a_password_is_changed_by_whoever_knows_it() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let path = "/api/v1/users/me/change-password";
    let body = "{\"current_password\":\"cafe\\u0301 noir\",\"new_password\":\"the\\u0301 vert\"}";
    assert_eq!(site.post_as("customer", path, body).await.status, 204);
    let command = stub.password.lock().unwrap().take().unwrap();
    assert_eq!(command.current.0, "caf\u{e9} noir", "in NFC, as it was hashed");
    assert_eq!(command.new.0, "th\u{e9} vert");
    let old = r#"{"old_password":"wrong","new_password":"long enough"}"#;
    let wrong = site.post_as("customer", path, old).await;
    assert_eq!(wrong.problem(422), "current_password_wrong");
    assert_eq!(wrong.json()["errors"][0]["pointer"], "/current_password");
    stub.throttled.store(true, Ordering::SeqCst);
    stub.password.lock().unwrap().take();
    assert_eq!(site.post_as("customer", path, body).await.problem(429), "rate_limited");
    assert!(stub.password.lock().unwrap().is_none());
}

#[actix_web::test]
async fn everything_kept_about_a_person_is_handed_out_as_a_file() {
    let site = site().await;
    let answer = site.get_as("customer", "/api/v1/users/me/export").await;
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"my-data.json\"");
    assert_eq!(answer.header("cache-control"), "no-store");
    let data = answer.json();
    assert_eq!(data["profile"]["email"], "Ann@example.com");
    assert_eq!(data["orders"].as_array().unwrap().len(), 2);
    assert_eq!(data["payments"][0]["id"], PAYMENT.to_string());
}
