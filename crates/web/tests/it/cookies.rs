//! Browser sessions: cookies, and whom they are not good for.

use actix_web::test::TestRequest;

use crate::{Answer, Site, json, site, stubs::*};

const LOGIN: &str = r#"{"email":"ann@example.com","password":"long enough"}"#;

fn cookie<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    let set = answer.headers("set-cookie");
    set.into_iter().find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
}

fn csrf() -> String {
    format!("csrf-{SESSION}")
}

async fn change(site: &Site, headers: &[(&'static str, &str)]) -> Answer {
    let mut request =
        json(TestRequest::post().uri("/api/v1/users/me/api-keys"), r#"{"name":"till"}"#)
            .insert_header(("cookie", "kontor-access=customer"));
    for (name, value) in headers {
        request = request.insert_header((*name, *value));
    }
    site.send(request).await
}

#[actix_web::test]
async fn logging_in_by_cookie_gives_no_token_to_scripts() {
    let site = site().await;
    let request = TestRequest::post().uri("/api/v1/auth/login?transport=cookie");
    let answer = site.send(json(request, LOGIN)).await;
    assert_eq!(answer.status, 204, "{}", answer.text());
    assert!(answer.text().is_empty());
    for name in ["kontor-access", "kontor-refresh"] {
        let line = cookie(&answer, name).unwrap();
        assert!(line.contains("HttpOnly") && line.contains("SameSite=Lax"), "{line}");
    }
    let readable = cookie(&answer, "kontor-csrf").unwrap();
    assert!(readable.starts_with(&csrf()) && !readable.contains("HttpOnly"), "{readable}");
}

#[actix_web::test]
async fn a_form_or_another_site_cannot_sign_a_browser_in() {
    let site = site().await;
    let at = || TestRequest::post().uri("/api/v1/auth/login?transport=cookie");
    let form = at()
        .insert_header(("content-type", "application/x-www-form-urlencoded"))
        .set_payload("username=ann%40example.com&password=long+enough");
    assert_eq!(site.send(form).await.problem(415), "unsupported_media_type");
    let foreign = json(at(), LOGIN).insert_header(("sec-fetch-site", "cross-site"));
    assert_eq!(site.send(foreign).await.problem(403), "cross_site");
}

#[actix_web::test]
async fn cookies_read_freely_and_change_only_with_the_token_of_the_session() {
    let site = site().await;
    let request = TestRequest::get().uri("/api/v1/auth/me");
    let read = site.send(request.insert_header(("cookie", "kontor-access=customer"))).await;
    assert_eq!(read.status, 200);

    assert_eq!(change(&site, &[]).await.problem(403), "csrf_token_invalid");
    let wrong = [("x-csrf-token", "csrf-of-another")];
    assert_eq!(change(&site, &wrong).await.problem(403), "csrf_token_invalid");
    let token = csrf();
    let right = ("x-csrf-token", token.as_str());
    assert_eq!(change(&site, &[right]).await.status, 201);
    for ours in [("sec-fetch-site", "same-origin"), ("origin", "http://127.0.0.1:8000")] {
        assert_eq!(change(&site, &[right, ours]).await.status, 201, "{ours:?}");
    }
    for foreign in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ] {
        assert_eq!(
            change(&site, &[right, foreign]).await.problem(403),
            "cross_site",
            "{foreign:?}"
        );
    }
}

#[actix_web::test]
async fn an_access_token_that_is_over_is_exchanged_on_the_way() {
    let site = site().await;
    let request = TestRequest::get()
        .uri("/api/v1/auth/me")
        .insert_header(("cookie", "kontor-access=forged; kontor-refresh=good"));
    let answer = site.send(request).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(
        cookie(&answer, "kontor-access").is_some() && cookie(&answer, "kontor-refresh").is_some()
    );

    let spent =
        TestRequest::get().uri("/api/v1/auth/me").insert_header(("cookie", "kontor-refresh=bad"));
    assert_eq!(site.send(spent).await.status, 401);
}

#[actix_web::test]
async fn fresh_tokens_are_handed_out_even_when_the_request_fails() {
    let site = site().await;
    let request = TestRequest::get()
        .uri(&format!("/api/v1/orders/{UNKNOWN}"))
        .insert_header(("cookie", "kontor-refresh=good"));
    let answer = site.send(request).await;
    assert_eq!(answer.status, 404);
    assert!(cookie(&answer, "kontor-refresh").is_some());
}

#[actix_web::test]
async fn cookies_are_exchanged_and_taken_back() {
    let site = site().await;
    let request = TestRequest::post().uri("/api/v1/auth/refresh");
    let answer = site.send(request.insert_header(("cookie", "kontor-refresh=good"))).await;
    assert_eq!(answer.status, 204, "{}", answer.text());
    assert!(cookie(&answer, "kontor-refresh").is_some());
    let nothing = site.send(TestRequest::post().uri("/api/v1/auth/refresh")).await;
    assert_eq!(nothing.problem(422), "invalid_body");

    let request = TestRequest::post()
        .uri("/api/v1/auth/logout")
        .insert_header(("cookie", "kontor-access=customer; kontor-refresh=good"))
        .insert_header(("x-csrf-token", csrf()));
    let answer = site.send(request).await;
    assert_eq!(answer.status, 204);
    assert!(cookie(&answer, "kontor-refresh").unwrap().contains("Max-Age=0"));
}

#[actix_web::test]
async fn a_bearer_token_needs_no_csrf_token_and_wins_over_cookies() {
    let site = site().await;
    let answer =
        change(&site, &[("authorization", "Bearer customer"), ("sec-fetch-site", "cross-site")])
            .await;
    assert_eq!(answer.status, 201);
}
