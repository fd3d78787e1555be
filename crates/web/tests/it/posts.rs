//! Posts over HTTP.

use std::sync::Arc;

use actix_web::test::TestRequest;
use domain::{
    content::{PostFilter, PostStatus},
    identity::UserId,
    shared::{actor::Viewer, page::Window},
};
use web::HttpSettings;

use crate::{json, signed, site, site_with, stubs::*};

fn post_as(token: &str, body: &str) -> TestRequest {
    signed(json(TestRequest::post().uri("/api/v1/posts"), body), token)
}

#[actix_web::test]
async fn a_post_is_by_whoever_writes_it_and_published_at_once() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let answer = site.send(post_as("other", r#"{"title":" Hello ","body":"*hi*\n"}"#)).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_eq!(answer.header("location"), format!("/api/v1/posts/{POST}"));
    assert!(answer.header("etag").starts_with("\"v1-"));
    let shown = answer.json();
    assert_eq!(shown["body_html"], "<p><em>hi</em></p>\n");
    assert_eq!(shown["author_id"], CUSTOMER.to_string());
    let made = stub.post_made.lock().unwrap().take().unwrap();
    assert_eq!((made.actor.user.raw(), &*made.title, &*made.body), (OTHER, "Hello", "*hi*"));
    assert_eq!((made.slug, made.status), (None, PostStatus::Published));

    let draft = r#"{"title":"a","body":"b","status":"draft","slug":"mine"}"#;
    assert_eq!(site.send(post_as("other", draft)).await.status, 201);
    let made = stub.post_made.lock().unwrap().take().unwrap();
    assert_eq!((made.slug.unwrap().as_str(), made.status), ("mine", PostStatus::Draft));
}

#[actix_web::test]
async fn what_is_not_valid_is_told_at_its_place() {
    let site = site().await;
    let long = format!(r#"{{"title":"a","body":"{}"}}"#, "a".repeat(20_001));
    for (body, pointer) in [
        (r#"{"title":" ","body":"b"}"#, "/title"),
        (r#"{"title":"a","body":" "}"#, "/body"),
        (r#"{"title":"a","body":"\u0000"}"#, "/body"),
        (&*long, "/body"),
        (r#"{"title":"a"}"#, ""),
        (r#"{"title":"a","body":"b","slug":"My Post"}"#, "/slug"),
        (r#"{"title":"a","body":"b","status":"hidden"}"#, "/status"),
        (r#"{"title":"a","body":"b","author_id":"x"}"#, "/author_id"),
        (r#"{"title":"a","body":"b","body_html":"<script>"}"#, "/body_html"),
    ] {
        let answer = site.send(post_as("customer", body)).await;
        assert_eq!(answer.problem(422), "invalid_body", "{body}");
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{body}");
    }
    let taken = site.send(post_as("customer", r#"{"title":"a","body":"b","slug":"taken"}"#)).await;
    assert_eq!(taken.problem(409), "slug_taken");
    let deep = site.send(post_as("customer", r#"{"title":"a","body":">>> b"}"#)).await;
    assert_eq!(deep.problem(422), "post_too_complex");
    assert_eq!(deep.json()["errors"][0]["pointer"], "/body");
}

#[actix_web::test]
async fn a_draft_is_shown_to_its_author_and_to_staff() {
    let site = site().await;
    let draft = || TestRequest::get().uri("/api/v1/posts/draft");
    assert_eq!(site.send(draft()).await.problem(404), "post_not_found");
    for (token, status) in
        [("other", 404), ("trainee", 404), ("customer", 200), ("staff", 200), ("forged", 401)]
    {
        assert_eq!(site.send(signed(draft(), token)).await.status, status, "{token}");
    }
    let shown = site.send(TestRequest::get().uri("/api/v1/posts/hello")).await;
    let tag = shown.header("etag").to_owned();
    assert!(tag.starts_with("\"v2-"), "{tag}");
    let again = TestRequest::get().uri("/api/v1/posts/hello").insert_header(("if-none-match", tag));
    assert_eq!(site.send(again).await.status, 304);
    let nothing = TestRequest::get().uri("/api/v1/posts/No%20such");
    assert_eq!(site.send(nothing).await.problem(422), "invalid_id");
}

#[actix_web::test]
async fn lists_are_narrowed_by_author_and_status() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let list = |query: &str| TestRequest::get().uri(&format!("/api/v1/posts{query}"));
    let (author, first) = (Some(UserId::new(CUSTOMER)), Window::Offset { limit: 20, offset: 0 });
    let by_customer = format!("?author_id={CUSTOMER}");
    let answer = site.send(list(&by_customer)).await;
    assert_eq!((answer.status, answer.json()["total"].as_u64()), (200, Some(50)));
    assert!(answer.header("link").contains("author_id="));
    let sought = stub.posts_sought.lock().unwrap().take();
    let filter = PostFilter { status: PostStatus::Published, author };
    assert_eq!(sought, Some((filter, Viewer::Anybody, first)));

    assert_eq!(site.send(list("?status=draft")).await.problem(401), "token_missing");
    let drafts = format!("{by_customer}&status=draft");
    assert_eq!(site.send(signed(list(&drafts), "other")).await.problem(403), "forbidden");
    for (token, viewer) in
        [("customer", Viewer::Person(UserId::new(CUSTOMER))), ("staff", Viewer::Staff)]
    {
        assert_eq!(site.send(signed(list(&drafts), token)).await.status, 200);
        let sought = stub.posts_sought.lock().unwrap().take();
        let filter = PostFilter { status: PostStatus::Draft, author };
        assert_eq!(sought, Some((filter, viewer, first)));
    }
    for query in ["?status=gone", "?author_id=me", "?limit=0"] {
        assert_eq!(site.send(list(query)).await.problem(422), "invalid_query", "{query}");
    }
}

#[actix_web::test]
async fn a_stale_change_is_refused() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let change = |tag: &'static str| {
        let request = TestRequest::patch().uri("/api/v1/posts/hello");
        signed(json(request, r#"{"body":"b"}"#), "customer").insert_header(("if-match", tag))
    };
    assert_eq!(
        site.send(change("\"v1-0011223344556677\"")).await.problem(412),
        "precondition_failed"
    );
    let changed = site.send(change("\"v2-0011223344556677\"")).await;
    assert_eq!(changed.status, 200);
    assert!(changed.header("etag").starts_with("\"v3-"));
    let edited = stub.post_edited.lock().unwrap().take().unwrap();
    assert_eq!((edited.changes.body.as_deref(), edited.changes.title), (Some("b"), None));
    let gone = TestRequest::delete()
        .uri("/api/v1/posts/hello")
        .insert_header(("if-match", "\"v1-0011223344556677\""));
    assert_eq!(site.send(signed(gone, "customer")).await.problem(412), "precondition_failed");
}

#[actix_web::test]
async fn people_are_told_with_what_they_wrote() {
    let site = site().await;
    let path = format!("/api/v1/users/{CUSTOMER}?include=posts");
    let get = || TestRequest::get().uri(&path);
    let own = site.send(signed(get(), "customer")).await.json();
    assert_eq!(own["posts"].as_array().unwrap().len(), 2);
    assert!(own["orders"].is_null());
    // Who sees accounts but may not write what others wrote sees what everybody does.
    let clerk = site.send(signed(get(), "clerk")).await.json();
    assert_eq!(clerk["posts"].as_array().unwrap().len(), 1);
    let export = site.send(signed(TestRequest::get().uri("/api/v1/users/me/export"), "customer"));
    assert_eq!(export.await.json()["posts"][0]["slug"], "draft");
}
