use std::sync::{Arc, atomic::Ordering};

use actix_web::test::TestRequest;
use web::{Environment, HttpSettings};

use crate::{site, site_with, stubs::*};

fn choose(id: uuid::Uuid, choice: &str) -> TestRequest {
    TestRequest::post()
        .uri(&format!("/mock-pay/{id}"))
        .insert_header(("content-type", "application/x-www-form-urlencoded"))
        .set_payload(format!("choice={choice}"))
}

#[actix_web::test]
async fn the_checkout_page_shows_the_payment_and_escapes_what_it_shows() {
    let site = site().await;
    let page = site.get(&format!("/mock-pay/{PAYMENT}")).await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(page.header("content-security-policy").contains("script-src 'self'"));
    assert!(page.text().contains("215.98 RUB"));
    for choice in ["pay", "decline", "challenge", "duplicate"] {
        assert!(page.text().contains(&format!("value=\"{choice}\"")), "{choice}");
    }
    assert!(!page.text().contains("<script>"), "{}", page.text());
    assert!(page.text().contains("&lt;script&gt;"));
    let unknown = site.get(&format!("/mock-pay/{UNKNOWN}")).await;
    assert_eq!(unknown.problem(404), "payment_not_found");
    assert_eq!(site.get("/mock-pay/1").await.problem(422), "invalid_id");
}

#[actix_web::test]
async fn a_choice_on_the_checkout_page_reaches_the_store_by_webhook() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    for (choice, reports) in [("pay", 1), ("decline", 1), ("challenge", 1), ("duplicate", 2)] {
        let page = site.send(choose(PAYMENT, choice)).await;
        assert_eq!(page.status, 200, "{}", page.text());
        assert!(page.text().contains("The store was told"));
        let seen = std::mem::take(&mut *stub.webhooks.lock().unwrap());
        assert_eq!(seen.len(), reports);
        assert_eq!(seen[0].provider, "mock");
        assert!(seen[0].provenance.correlation_id.is_some());
    }
    assert_eq!(site.send(choose(PAYMENT, "steal")).await.problem(422), "invalid_body");
    assert_eq!(site.send(choose(UNKNOWN, "pay")).await.problem(404), "payment_not_found");
}

#[actix_web::test]
async fn the_checkout_page_is_gone_without_the_mock_provider() {
    let stub = Arc::new(Stub::default());
    let settings = HttpSettings { mock_pages: false, ..HttpSettings::default() };
    let site = site_with(&stub, settings).await;
    assert_eq!(site.get(&format!("/mock-pay/{PAYMENT}")).await.problem(404), "not_found");
    assert_eq!(site.send(choose(PAYMENT, "pay")).await.problem(404), "not_found");
    assert!(stub.webhooks.lock().unwrap().is_empty());
}

#[actix_web::test]
async fn the_mailbox_is_json_or_a_page() {
    let site = site().await;
    let json = site.get("/dev/mail").await.json();
    assert_eq!(json["items"][0]["to"], "ann@example.com");
    assert_eq!(json["items"][0]["created_at"], "2026-11-20T12:00:00Z");
    let browser = |path: &str| {
        TestRequest::get().uri(path).insert_header(("accept", "text/html,application/json"))
    };
    let page = site.send(browser("/dev/mail")).await;
    assert!(page.text().contains("&lt;b&gt;Paid&lt;"), "{}", page.text());
    assert_eq!(site.send(browser("/dev/mail?format=json")).await.json(), json);
}

#[actix_web::test]
async fn checkout_and_mailbox_speak_the_language_of_who_looks() {
    let site = site().await;
    let checkout = format!("/mock-pay/{PAYMENT}");
    for (path, english, russian) in [
        (checkout.as_str(), "Mock checkout", "Учебная оплата"),
        ("/dev/mail", "Mailbox", "Почтовый ящик"),
    ] {
        for (accepted, lang, words) in [("en", "en", english), ("ru-RU", "ru", russian)] {
            let request = TestRequest::get().uri(path).insert_header(("accept", "text/html"));
            let page = site.send(request.insert_header(("accept-language", accepted))).await;
            assert!(page.text().contains(&format!("<html lang=\"{lang}\">")), "{path}");
            assert!(page.text().contains(&format!("<h1>{words}</h1>")), "{path} {lang}");
            assert_eq!(page.header("content-language"), lang, "{path}");
        }
    }
    let told = site.send(choose(PAYMENT, "pay").insert_header(("accept-language", "ru"))).await;
    assert!(told.text().contains("Магазину сообщено."), "{}", told.text());
}

#[actix_web::test]
async fn the_mailbox_is_gone_in_production_and_when_mail_really_leaves() {
    let stub = Arc::new(Stub::default());
    let settings = HttpSettings { environment: Environment::Production, ..HttpSettings::default() };
    let production = site_with(&stub, settings).await;
    assert_eq!(production.get("/dev/mail").await.problem(404), "not_found");
    stub.mails_leave.store(true, Ordering::SeqCst);
    let development = site_with(&stub, HttpSettings::default()).await;
    assert_eq!(development.get("/dev/mail").await.problem(404), "not_found");
}

#[actix_web::test]
async fn the_documentation_page_loads_only_what_we_serve() {
    let site = site().await;
    for path in ["/docs", "/api/docs/swagger", "/redoc", "/api/docs/redoc", "/scalar"] {
        let page = site.get(path).await;
        assert_eq!(page.status, 200);
        for part in page.text().split(['"', '\'']).filter(|part| part.starts_with('/')) {
            assert_eq!(site.get(part).await.status, 200, "{part}");
        }
        assert!(!page.text().contains("http"), "nothing from elsewhere");
        assert!(!page.text().contains("<script>"), "no inline script");
    }
    assert_eq!(site.get("/assets/LICENSE").await.problem(404), "not_found");
    assert_eq!(site.get("/assets/..%2F..%2FCargo.toml").await.status, 404);
    let packed = site.get("/assets/redoc.standalone.js").await;
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert_eq!(packed.header("content-type"), "text/javascript; charset=utf-8");
    assert_eq!(packed.body[..2], [0x1f, 0x8b]);
    let known = TestRequest::get()
        .uri("/assets/redoc.standalone.js")
        .insert_header(("if-none-match", packed.header("etag")));
    assert_eq!(site.send(known).await.status, 304);
    assert_eq!(site.get("/assets/NOTICE").await.problem(404), "not_found");
    let script = site.get("/assets/docs.js").await;
    assert_eq!(script.header("content-type"), "text/javascript; charset=utf-8");
}
