//! Programs act for people, within what they were given.

use acceptance::{Stack, TestApp};
use reqwest::Method;
use serde_json::{Value, json};

crate::on_both_stacks!(a_key_acts_within_its_scopes_until_it_is_revoked, a_browser_uses_cookies);

async fn a_key_acts_within_its_scopes_until_it_is_revoked(stack: Stack) -> anyhow::Result<()> {
    let app = TestApp::start(stack).await?;
    let boss = app.admin("boss@example.com").await?;
    let keys = "/api/v1/users/me/api-keys";
    let wanted = json!({ "name": "warehouse", "scopes": ["orders:read"], "expires_in_days": 30 });
    let (status, key) = boss.post(keys, &wanted).await?;
    assert_eq!(status, 201, "{key}");
    let program = app.client().with_token(key["token"].as_str().unwrap());

    assert_eq!(program.get("/api/v1/orders").await?.0, 200);
    assert_eq!(program.get("/api/v1/admin/audit-log").await?.0, 403, "not in its scopes");
    let (status, refused) = program.post(keys, &wanted).await?;
    assert_eq!((status.as_u16(), &refused["code"]), (403, &json!("step_up_required")));
    let (_, listed) = boss.get(keys).await?;
    let [shown] = listed["items"].as_array().unwrap().as_slice() else { panic!("{listed}") };
    assert_eq!((&shown["name"], &shown["scopes"]), (&json!("warehouse"), &json!(["orders:read"])));
    assert!(shown["last_used_at"].is_string() && shown.get("token").is_none(), "{shown}");

    let own = format!("{keys}/{}", key["id"].as_str().unwrap());
    let ann = app.client().register("ann@example.com").await?;
    assert_eq!(ann.request(Method::DELETE, &own).send().await?.status(), 404);
    assert_eq!(boss.request(Method::DELETE, &own).send().await?.status(), 204);
    assert_eq!(program.get("/api/v1/orders").await?.0, 401);
    assert_eq!(boss.get(keys).await?.1["items"], json!([]));
    app.finish().await
}

async fn a_browser_uses_cookies(stack: Stack) -> anyhow::Result<()> {
    let app = TestApp::start(stack).await?;
    app.client().register("ann@example.com").await?;
    let browser = app.client();
    let login = json!({ "email": "ann@example.com", "password": "correct horse battery" });
    let answer = browser
        .request(Method::POST, "/api/v1/auth/login?transport=cookie")
        .json(&login)
        .send()
        .await?;
    assert_eq!(answer.status(), 204);
    let pairs: Vec<String> = answer
        .headers()
        .get_all("set-cookie")
        .iter()
        .map(|line| line.to_str().unwrap().split(';').next().unwrap().to_owned())
        .collect();
    let value = |name: &str| {
        pairs.iter().find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).unwrap()
    };
    let only_refresh = format!("kontor-refresh={}", value("kontor-refresh"));
    let me = |cookies: &str| {
        browser.request(Method::GET, "/api/v1/auth/me").header("cookie", cookies.to_owned()).send()
    };
    let shown: Value = me(&pairs.join("; ")).await?.json().await?;
    assert_eq!(shown["email"], "ann@example.com");

    // Tabs that wake up together exchange one token for one successor.
    let tabs = futures_util::future::try_join_all((0..5).map(|_| me(&only_refresh))).await?;
    let mut successors = Vec::new();
    for tab in tabs {
        assert_eq!(tab.status(), 200);
        let fresh = tab.headers().get_all("set-cookie").iter();
        let mut fresh = fresh.map(|line| line.to_str().unwrap().split(';').next().unwrap());
        successors.push(fresh.find(|pair| pair.starts_with("kontor-refresh=")).unwrap().to_owned());
    }
    successors.dedup();
    assert_eq!(successors.len(), 1, "{successors:?}");

    let leave = |csrf: &str| {
        let request = browser.request(Method::POST, "/api/v1/auth/logout");
        request.header("cookie", pairs.join("; ")).header("x-csrf-token", csrf.to_owned()).send()
    };
    assert_eq!(leave("another").await?.status(), 403);
    assert_eq!(leave(value("kontor-csrf")).await?.status(), 204);
    assert_eq!(me(&successors[0]).await?.status(), 401);
    app.finish().await
}
