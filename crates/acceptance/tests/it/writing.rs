//! What people write and offer: seen by whom it is shown to, and harmless to all of them.

use acceptance::{Client, Stack, TestApp};
use domain::{content::ContentRenderer, identity::Permission};
use infra_content::MarkdownRenderer;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

crate::on_both_stacks!(
    a_post_goes_from_a_draft_to_everybody_and_away,
    texts_by_which_others_were_attacked_harm_nobody,
    a_listing_is_offered_found_bought_and_put_away,
    what_somebody_wrote_and_offered_goes_with_them,
);

const ATTACKS: &str = include_str!("../../../infra-content/tests/data/xss.txt");

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

async fn write(client: &Client, body: &Value) -> anyhow::Result<Value> {
    let (status, post) = client.post("/api/v1/posts", body).await?;
    anyhow::ensure!(status == StatusCode::CREATED, "{status} {post}");
    Ok(post)
}

async fn offer(client: &Client, body: &Value) -> anyhow::Result<String> {
    let (status, item) = client.post("/api/v1/items", body).await?;
    anyhow::ensure!(status == StatusCode::CREATED, "{status} {item}");
    Ok(format!("/api/v1/items/{}", item["id"].as_str().unwrap()))
}

fn names(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect()
}

async fn a_post_goes_from_a_draft_to_everybody_and_away(stack: Stack) -> anyhow::Result<()> {
    let app = TestApp::start(stack).await?;
    let ann = app.client().register("ann@example.com").await?;
    let bob = app.client().register("bob@example.com").await?;
    let editor = app.staff("editor@example.com", &[Permission::ContentWrite]).await?;
    let draft = json!({ "title": "Как заварить", "body": "*Вода*", "status": "draft" });
    let post = write(&ann, &draft).await?;
    assert_eq!(post["body_html"], "<p><em>Вода</em></p>\n");
    let path = format!("/api/v1/posts/{}", post["slug"].as_str().unwrap());
    for (client, status) in [(&app.client(), 404), (&bob, 404), (&ann, 200), (&editor, 200)] {
        assert_eq!(client.get(&path).await?.0, status);
    }
    let publish = json!({ "status": "published" });
    assert_eq!(send(&bob, Method::PATCH, &path, &publish).await?.0, 404);
    assert_eq!(send(&ann, Method::PATCH, &path, &publish).await?.0, 200);
    assert_eq!(app.client().get(&path).await?.1["status"], "published");
    let (_, list) = app.client().get("/api/v1/posts").await?;
    assert_eq!((&list["total"], &list["items"][0]["id"]), (&json!(1), &post["id"]));
    let (_, me) = ann
        .get(&format!("/api/v1/users/{}?include=posts", post["author_id"].as_str().unwrap()))
        .await?;
    assert_eq!(me["posts"][0]["id"], post["id"]);
    assert_eq!(send(&editor, Method::DELETE, &path, &Value::Null).await?.0, 204);
    assert_eq!(ann.get(&path).await?.0, 404);
    app.run_until_idle().await?;
    app.finish().await
}

async fn texts_by_which_others_were_attacked_harm_nobody(stack: Stack) -> anyhow::Result<()> {
    let app = TestApp::start(stack).await?;
    let ann = app.client().register("ann@example.com").await?;
    let editor = app.staff("editor@example.com", &[Permission::CatalogueWrite]).await?;
    let mut attacks = 0;
    for attack in ATTACKS.lines() {
        let post = write(&ann, &json!({ "title": "x", "body": attack })).await?;
        assert_eq!(post["body_html"], MarkdownRenderer.render(attack.trim_end())?, "{attack}");
        let name: String = attack.trim().chars().take(200).collect();
        let product = json!({ "name": name, "description": attack, "status": "draft" });
        let response =
            editor.request(Method::POST, "/api/v1/products").json(&product).send().await?;
        // Text is text: as it was written, in what no browser takes for a page.
        assert_eq!(response.headers()["content-type"], "application/json");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        let made: Value = response.json().await?;
        assert_eq!(
            (&made["name"], &made["description"]),
            (&json!(name.trim()), &json!(attack.trim_end()))
        );
        attacks += 1;
    }
    assert!(attacks >= 200, "{attacks}");
    app.finish().await
}

async fn a_listing_is_offered_found_bought_and_put_away(stack: Stack) -> anyhow::Result<()> {
    let app = TestApp::start(stack).await?;
    app.sell("tea", 500, 10).await?;
    let ann = app.client().register("ann@example.com").await?;
    let bob = app.client().register("bob@example.com").await?;
    let bicycle = json!({ "name": "Bicycle", "price": "99.00", "currency": "RUB" });
    let path = offer(&ann, &bicycle).await?;
    let advice = offer(&ann, &json!({ "name": "Advice", "status": "active" })).await?;
    assert_eq!(names(&app.client().get("/api/v1/items").await?.1), ["Advice"]);
    assert_eq!(names(&ann.get("/api/v1/items/my").await?.1), ["Advice", "Bicycle"]);
    for (client, status) in [(&app.client(), 404), (&bob, 404), (&ann, 200)] {
        assert_eq!(client.get(&path).await?.0, status);
    }
    assert_eq!(bob.post(&format!("{path}/activate"), &json!({})).await?.0, 404);
    let (status, shown) = ann.post(&format!("{path}/activate"), &json!({})).await?;
    assert_eq!((status.as_u16(), &shown["is_owner"]), (200, &json!(true)));
    assert_eq!(bob.get(&path).await?.1["is_owner"], false);
    let found = bob.get("/api/v1/items/search?q=bicycl").await?.1;
    assert_eq!(names(&found), ["Bicycle"]);
    // The catalogue shows what is active and priced.
    assert_eq!(names(&app.client().get("/api/v1/products").await?.1), ["Bicycle", "tea"]);

    let line = |path: &str| {
        let id = path.rsplit('/').next().unwrap();
        json!({ "items": [{ "product_id": id, "quantity": 1 }] })
    };
    let (status, refused) = bob.post_once("/api/v1/orders", "k-1", &line(&advice)).await?;
    assert!(status.is_client_error(), "what has no price is not sold: {status} {refused}");
    let (status, order) = bob.post_once("/api/v1/orders", "k-2", &line(&path)).await?;
    assert_eq!((status.as_u16(), &order["total_price"]), (201, &json!("99.00")));
    let (status, _) = bob.post_once("/api/v1/orders", "k-3", &line(&path)).await?;
    assert_eq!(status, StatusCode::CONFLICT, "there was one");

    let cheaper = json!({ "price": "50.00", "quantity": 3 });
    assert_eq!(send(&bob, Method::PATCH, &path, &cheaper).await?.0, 404);
    let (_, shown) = send(&ann, Method::PATCH, &path, &cheaper).await?;
    assert_eq!((&shown["price"], &shown["available"]), (&json!("50.00"), &json!(2)));
    let (status, refused) = send(&ann, Method::PATCH, &path, &json!({ "quantity": 0 })).await?;
    assert_eq!((status, &refused["code"]), (409, &json!("stock_promised")));
    assert_eq!((&refused["reserved"], &refused["allocated"]), (&json!(1), &json!(0)));
    let (status, _) = bob.post_once("/api/v1/orders", "k-4", &line(&path)).await?;
    assert_eq!(status, StatusCode::CREATED, "there are more");
    assert_eq!(ann.post(&format!("{path}/archive"), &json!({})).await?.1["status"], "archived");
    assert_eq!(bob.get(&path).await?.0, 404);
    assert_eq!(send(&ann, Method::DELETE, &advice, &Value::Null).await?.0, 204);
    assert_eq!(ann.get(&advice).await?.0, 404);
    app.run_until_idle().await?;
    app.finish().await
}

async fn what_somebody_wrote_and_offered_goes_with_them(stack: Stack) -> anyhow::Result<()> {
    let app = TestApp::start(stack).await?;
    let ann = app.client().register("ann@example.com").await?;
    let bob = app.client().register("bob@example.com").await?;
    write(&ann, &json!({ "title": "Draft", "body": "a", "status": "draft" })).await?;
    let shown = write(&ann, &json!({ "title": "Shown", "body": "a" })).await?;
    let lamp = json!({ "name": "Lamp", "price": "9.00", "currency": "RUB", "status": "active" });
    let (sold, unsold) = (offer(&ann, &lamp).await?, offer(&ann, &lamp).await?);
    let id = sold.rsplit('/').next().unwrap();
    let line = json!({ "items": [{ "product_id": id, "quantity": 1 }] });
    let (status, order) = bob.post_once("/api/v1/orders", "k-1", &line).await?;
    assert_eq!(status, StatusCode::CREATED, "{order}");
    let (_, exported) = ann.get("/api/v1/users/me/export").await?;
    assert_eq!(exported["posts"].as_array().map(Vec::len), Some(2));
    assert_eq!(exported["listings"].as_array().map(Vec::len), Some(2));

    assert_eq!(send(&ann, Method::DELETE, "/api/v1/users/me", &Value::Null).await?.0, 204);
    app.run_until_idle().await?;
    assert_eq!(app.client().get("/api/v1/posts").await?.1["items"][0]["id"], shown["id"]);
    let admin = app.admin("boss@example.com").await?;
    assert_eq!(admin.get("/api/v1/posts?status=draft").await?.1["total"], 0);
    for path in [&sold, &unsold] {
        assert_eq!(admin.get(path).await?.0, 404);
    }
    assert_eq!(app.client().get("/api/v1/products").await?.1["total"], 0);
    let (_, kept) = bob.get(&format!("/api/v1/orders/{}", order["id"].as_str().unwrap())).await?;
    assert_eq!(kept["items"][0]["name"], "Lamp");
    app.finish().await
}
