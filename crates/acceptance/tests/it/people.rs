//! Accounts, changed by their owners and by those who look after them.

use acceptance::{Client, Stack, TestApp};
use domain::{
    identity::{
        CreateUser, CreateUserCommand, EmailAddress, NewUser, Permission, Permissions, Role, Secret,
    },
    shared::event::Provenance,
};
use futures_util::future::join;
use reqwest::{Method, StatusCode};
use sea_orm::{ConnectionTrait, DatabaseBackend, DatabaseConnection, Statement};
use serde_json::{Value, json};
use shaku::HasComponent;

crate::on_both_stacks!(
    staff_look_after_accounts_and_never_raise_their_own_rights,
    of_two_super_admins_who_remove_each_other_one_stays,
    an_erased_person_is_in_no_column_of_any_table,
    a_new_password_ends_the_other_sessions,
    looking_for_people_stays_within_its_budget,
);

const PASSWORD: &str = "correct horse battery";

/// Somebody new who is this to the shop: the id, and a client that is signed in.
async fn employ(
    app: &TestApp,
    name: &str,
    role: Role,
    permissions: Permissions,
) -> anyhow::Result<(String, Client)> {
    let email = format!("{name}@example.com");
    let create: &dyn CreateUser = app.module().resolve_ref();
    let profile = NewUser {
        email: EmailAddress::parse(&email).unwrap(),
        username: None,
        first_name: None,
        last_name: None,
        role,
        permissions,
    };
    let command = CreateUserCommand {
        by: None,
        profile,
        password: Secret(PASSWORD.to_owned()),
        is_active: true,
        is_verified: true,
        provenance: Provenance::default(),
    };
    let user = create.execute(command).await?;
    Ok((user.id.to_string(), log_in(app, &email, PASSWORD).await?.unwrap()))
}

async fn log_in(app: &TestApp, email: &str, password: &str) -> anyhow::Result<Option<Client>> {
    let body = json!({ "email": email, "password": password });
    let (_, answer) = app.client().post("/api/v1/auth/login", &body).await?;
    Ok(answer["access_token"].as_str().map(|token| app.client().with_token(token)))
}

async fn id_of(client: &Client) -> anyhow::Result<String> {
    Ok(client.get("/api/v1/users/me").await?.1["id"].as_str().unwrap().to_owned())
}

async fn send(
    client: &Client,
    method: Method,
    path: &str,
    body: &Value,
) -> anyhow::Result<(u16, Value)> {
    let response = client.request(method, path).json(body).send().await?;
    let (status, text) = (response.status().as_u16(), response.text().await?);
    Ok((status, serde_json::from_str(&text).unwrap_or(Value::Null)))
}

async fn staff_look_after_accounts_and_never_raise_their_own_rights(
    stack: Stack,
) -> anyhow::Result<()> {
    let app = TestApp::start(stack).await?;
    let (_, boss) = employ(&app, "boss", Role::SuperAdmin, Permissions::NONE).await?;
    let keeping = [Permission::UsersRead, Permission::UsersWrite].into_iter().collect();
    let (clerk_id, clerk) = employ(&app, "clerk", Role::Staff, keeping).await?;
    let ann = app.client().register("ann@example.com").await?;
    let ann_id = id_of(&ann).await?;
    let (ann_path, clerk_path) =
        (format!("/api/v1/users/{ann_id}"), format!("/api/v1/users/{clerk_id}"));

    let named = json!({ "username": "annie", "first_name": "Ann", "last_name": "Lee" });
    assert_eq!(send(&clerk, Method::PATCH, &ann_path, &named).await?.0, 200);
    let (_, found) = clerk.get("/api/v1/users/by-username/ANNIE").await?;
    assert_eq!((&found["id"], &found["last_name"]), (&json!(ann_id), &json!("Lee")));
    let (_, list) = clerk.get("/api/v1/users?q=nnie&sort=email&page=1").await?;
    assert_eq!((&list["total"], &list["items"][0]["id"]), (&json!(1), &json!(ann_id)));
    let replaced = json!({ "email": "ann@example.com", "first_name": "Anna" });
    let (_, replaced) = send(&clerk, Method::PUT, &ann_path, &replaced).await?;
    assert_eq!((&replaced["username"], &replaced["first_name"]), (&Value::Null, &json!("Anna")));

    for (client, path, body) in [
        (&clerk, &clerk_path, json!({ "role": "super_admin" })),
        (&clerk, &clerk_path, json!({ "permissions": ["audit:read"] })),
        (&clerk, &ann_path, json!({ "role": "staff" })),
        (&ann, &ann_path, json!({ "role": "staff" })),
    ] {
        let (status, refused) = send(client, Method::PATCH, path, &body).await?;
        assert_eq!((status, &refused["code"]), (403, &json!("forbidden")), "{body}");
    }
    let staff = json!({ "email": "eve@example.com", "password": PASSWORD, "role": "staff" });
    assert_eq!(clerk.post("/api/v1/users", &staff).await?.0, 403);

    // Appointed, Ann is signed out and comes back with her new rights.
    let appointed = json!({ "role": "staff", "permissions": ["users:read"] });
    assert_eq!(send(&boss, Method::PATCH, &ann_path, &appointed).await?.0, 200);
    assert_eq!(ann.get("/api/v1/users/me").await?.0, 401);
    let ann = log_in(&app, "ann@example.com", PASSWORD).await?.unwrap();
    assert_eq!(ann.get("/api/v1/users").await?.0, 200);
    assert_eq!(send(&clerk, Method::PATCH, &ann_path, &json!({})).await?.0, 403);
    let off = json!({ "is_active": false });
    assert_eq!(send(&boss, Method::PATCH, &ann_path, &off).await?.0, 200);
    assert_eq!(ann.get("/api/v1/users/me").await?.0, 401);
    assert!(log_in(&app, "ann@example.com", PASSWORD).await?.is_none());
    app.finish().await
}

async fn of_two_super_admins_who_remove_each_other_one_stays(stack: Stack) -> anyhow::Result<()> {
    let app = TestApp::start(stack).await?;
    for round in 0..5 {
        let name = |who: &str| format!("{who}-{round}");
        let (one_id, one) = employ(&app, &name("one"), Role::SuperAdmin, Permissions::NONE).await?;
        let (two_id, two) = employ(&app, &name("two"), Role::SuperAdmin, Permissions::NONE).await?;
        let (one_path, two_path) =
            (format!("/api/v1/users/{one_id}"), format!("/api/v1/users/{two_id}"));
        let out = json!({ "role": "user" });
        let (a, b) = join(
            send(&one, Method::PATCH, &two_path, &out),
            send(&two, Method::PATCH, &one_path, &out),
        )
        .await;
        let outcomes = [a?, b?];
        let gone = outcomes.iter().filter(|(status, _)| *status == 200).count();
        assert_eq!(gone, 1, "{outcomes:?}");
        // Too late: the last one stays, or whoever asked has lost the right to.
        let (status, refused) = outcomes.iter().find(|(status, _)| *status != 200).unwrap();
        let codes = ["last_super_admin", "session_revoked"];
        assert!(codes.contains(&refused["code"].as_str().unwrap()), "{status} {refused}");
        let (stays, path) = if outcomes[0].0 == 200 { (one, one_path) } else { (two, two_path) };
        for last in [
            send(&stays, Method::PATCH, &path, &out).await?,
            send(&stays, Method::PATCH, &path, &json!({ "is_active": false })).await?,
            send(&stays, Method::DELETE, "/api/v1/users/me", &Value::Null).await?,
        ] {
            assert_eq!((last.0, &last.1["code"]), (409, &json!("last_super_admin")));
        }
        // The next round begins without anybody.
        demote_by_hand(app.connection(), &id_of(&stays).await?).await?;
    }
    app.finish().await
}

/// As if there were another super admin who did it.
async fn demote_by_hand(connection: &DatabaseConnection, id: &str) -> anyhow::Result<()> {
    let id: uuid::Uuid = id.parse()?;
    let backend = connection.get_database_backend();
    let sql = "UPDATE users SET role = 'user' WHERE id = $1";
    connection.execute_raw(Statement::from_sql_and_values(backend, sql, [id.into()])).await?;
    Ok(())
}

async fn an_erased_person_is_in_no_column_of_any_table(stack: Stack) -> anyhow::Result<()> {
    let app = TestApp::start(stack).await?;
    let product = app.sell("tea", 500, 10).await?;
    let (_, boss) = employ(&app, "boss", Role::SuperAdmin, Permissions::NONE).await?;
    let body = json!({
        "email": "Wilhelmina.Zzyzx@example.com", "password": PASSWORD, "username": "Wilhelmina",
        "first_name": "Wilhelmina", "last_name": "Zzyzx"
    });
    let agent = "Wilhelmina's own browser";
    let (_, registered) = app.client().post("/api/v1/auth/register", &body).await?;
    let ann = app.client().with_token(registered["access_token"].as_str().unwrap());
    ann.request(Method::POST, "/api/v1/auth/login")
        .header("user-agent", agent)
        .json(&json!({ "login": "wilhelmina", "password": PASSWORD }))
        .send()
        .await?;
    let id = id_of(&ann).await?;
    let address = json!({
        "name": "Wilhelmina Zzyzx", "line1": "1 Zzyzx Road", "city": "Baker",
        "postal_code": "92309", "country": "US"
    });
    let line = json!({
        "items": [{ "product_id": product, "quantity": 1 }], "shipping_address": address,
        "billing_address": address, "note": "Call me Wilhelmina"
    });
    let (status, order) = ann.post_once("/api/v1/orders", "k-1", &line).await?;
    assert_eq!(status, StatusCode::CREATED, "{order}");
    assert_eq!(order["billing_address"]["line1"], "1 Zzyzx Road");
    let path = format!("/api/v1/users/{id}");
    let edit = json!({ "first_name": "Wilhelmina", "is_verified": true });
    assert_eq!(send(&boss, Method::PATCH, &path, &edit).await?.0, 200);
    let (_, exported) = ann.get("/api/v1/users/me/export").await?;
    assert_eq!(exported["orders"][0]["id"], order["id"]);
    assert_eq!(exported["orders"][0]["note"], "Call me Wilhelmina");
    // Mails that left and mails that wait.
    app.run_until_idle().await?;
    let traces = ["wilhelmina", "zzyzx"];
    assert!(!found(app.connection(), &traces).await?.is_empty(), "the scan sees something");

    let gone = send(&ann, Method::DELETE, "/api/v1/users/me", &Value::Null).await?;
    assert_eq!(gone, (204, Value::Null));

    app.run_until_idle().await?;
    let none: Vec<String> = Vec::new();
    assert_eq!(found(app.connection(), &traces).await?, none);
    assert_eq!(ann.get("/api/v1/users/me").await?.0, 401);
    assert!(log_in(&app, "wilhelmina.zzyzx@example.com", PASSWORD).await?.is_none());
    assert_eq!(boss.get(&path).await?.0, 404);
    let (_, kept) = boss.get(&format!("/api/v1/orders/{}", order["id"].as_str().unwrap())).await?;
    assert_eq!((&kept["user_id"], &kept["total_price"]), (&json!(id), &json!("5.00")));
    assert_eq!((&kept["shipping_address"], &kept["note"]), (&Value::Null, &Value::Null));
    assert_eq!(app.client().post("/api/v1/auth/register", &body).await?.0, 201, "names are free");
    app.finish().await
}

/// `table.column` of every column with one of `traces` in it, whatever its case.
async fn found(connection: &DatabaseConnection, traces: &[&str]) -> anyhow::Result<Vec<String>> {
    let backend = connection.get_database_backend();
    let (columns, text) = match backend {
        DatabaseBackend::Sqlite => (
            "SELECT t.name AS a, c.name AS b FROM sqlite_master AS t, pragma_table_info(t.name) AS c
             WHERE t.type = 'table'",
            "CAST(\"{column}\" AS text)",
        ),
        _ => (
            "SELECT table_name AS a, column_name AS b FROM information_schema.columns
             WHERE table_schema = current_schema()",
            "\"{column}\"::text",
        ),
    };
    let rows = connection.query_all_raw(Statement::from_string(backend, columns)).await?;
    assert!(rows.len() > 100, "{} columns", rows.len());
    let mut found = Vec::new();
    for row in rows {
        let (table, column): (String, String) = (row.try_get("", "a")?, row.try_get("", "b")?);
        for trace in traces {
            let text = text.replace("{column}", &column);
            let sql = format!(
                "SELECT 1 AS one FROM \"{table}\" WHERE lower({text}) LIKE '%{trace}%' LIMIT 1"
            );
            let hit = connection.query_one_raw(Statement::from_string(backend, sql)).await?;
            found.extend(hit.map(|_| format!("{table}.{column}")));
        }
    }
    Ok(found)
}

async fn a_new_password_ends_the_other_sessions(stack: Stack) -> anyhow::Result<()> {
    let app = TestApp::start(stack).await?;
    let here = app.client().register("ann@example.com").await?;
    let there = log_in(&app, "ann@example.com", PASSWORD).await?.unwrap();
    assert_eq!(there.get("/api/v1/users/me").await?.0, 200);
    let path = "/api/v1/users/me/change-password";
    let wrong = json!({ "current_password": "wrong", "new_password": "better battery 43" });
    let (status, refused) = here.post(path, &wrong).await?;
    assert_eq!((status.as_u16(), &refused["code"]), (422, &json!("current_password_wrong")));
    let right = json!({ "current_password": PASSWORD, "new_password": "better battery 43" });
    assert_eq!(here.post(path, &right).await?.0, 204);
    assert_eq!(here.get("/api/v1/users/me").await?.0, 200);
    let (status, refused) = there.get("/api/v1/users/me").await?;
    assert_eq!((status.as_u16(), &refused["code"]), (401, &json!("session_revoked")));
    assert!(log_in(&app, "ann@example.com", PASSWORD).await?.is_none());
    assert!(log_in(&app, "ann@example.com", "better battery 43").await?.is_some());
    app.finish().await
}

async fn looking_for_people_stays_within_its_budget(stack: Stack) -> anyhow::Result<()> {
    let app = TestApp::start_quiet(stack).await?;
    let product = app.sell("tea", 500, 10).await?;
    let (boss_id, boss) = employ(&app, "boss", Role::SuperAdmin, Permissions::NONE).await?;
    let mut ids = vec![boss_id];
    for name in ["ann", "bob", "eve"] {
        let customer = app.client().register(&format!("{name}@example.com")).await?;
        let line = json!({ "items": [{ "product_id": product, "quantity": 1 }] });
        assert_eq!(customer.post("/api/v1/orders", &line).await?.0, 201);
        ids.push(id_of(&customer).await?);
    }
    app.run_until_idle().await?;
    let batch = json!({ "ids": ids });
    for (path, budget) in [
        ("/api/v1/users".to_owned(), 2),
        ("/api/v1/users?include=orders".to_owned(), 3),
        ("/api/v1/users?q=ann&sort=username&role=user".to_owned(), 2),
        (format!("/api/v1/users?sort=email&cursor={}", ids[1]), 1),
        (format!("/api/v1/users/{}", ids[1]), 1),
        (format!("/api/v1/users/{}?include=orders", ids[1]), 2),
        ("/api/v1/users/by-email/ann@example.com".to_owned(), 1),
        ("/api/v1/users/me?include=orders".to_owned(), 2),
        ("/api/v1/users/batch".to_owned(), 1),
        ("/api/v1/users/batch?include=orders".to_owned(), 2),
    ] {
        // The liveness of the session is in the cache afterwards.
        assert_eq!(boss.get("/api/v1/auth/me").await?.0, 200);
        let before = app.statements();
        let (status, answer) = if path.contains("batch") {
            boss.post(&path, &batch).await?
        } else {
            boss.get(&path).await?
        };
        let spent = app.statements() - before;
        assert_eq!(status, 200, "{path}: {answer}");
        assert!(spent <= budget, "{path}: {spent} statements");
    }
    app.finish().await
}
