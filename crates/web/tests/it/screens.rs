//! The pages of the shop: who is shown what, where forms lead, and whom they are not good for.

use std::sync::{Arc, atomic::Ordering};

use actix_web::test::TestRequest;
use web::{Access, HttpSettings, operations};

use crate::{Answer, Site, site, site_with, stubs::*};

pub(crate) fn browser(request: TestRequest) -> TestRequest {
    request.insert_header(("accept", "text/html,application/xhtml+xml,*/*;q=0.8"))
}

fn known(request: TestRequest, token: &str) -> TestRequest {
    browser(request).insert_header(("cookie", format!("kontor-access={token}")))
}

pub(crate) async fn get(site: &Site, path: &str) -> Answer {
    site.send(browser(TestRequest::get().uri(path))).await
}

pub(crate) async fn get_as(site: &Site, token: &str, path: &str) -> Answer {
    site.send(known(TestRequest::get().uri(path), token)).await
}

fn form(path: &str, fields: &str) -> TestRequest {
    browser(TestRequest::post().uri(path))
        .insert_header(("content-type", "application/x-www-form-urlencoded"))
        .set_payload(fields.to_owned())
}

pub(crate) async fn send(site: &Site, path: &str, fields: &str) -> Answer {
    site.send(form(path, fields)).await
}

pub(crate) async fn send_as(site: &Site, token: &str, path: &str, fields: &str) -> Answer {
    let fields = format!("csrf=csrf-{SESSION}&{fields}");
    site.send(known(form(path, &fields), token)).await
}

pub(crate) fn is_page(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    let policy = answer.header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(answer.header("cache-control"), "no-store");
    for never in ["<script", "style=", " onclick", "http://", "https://"] {
        assert!(!answer.text().contains(never), "{never}: {}", answer.text());
    }
}

pub(crate) fn leads_to(answer: &Answer, address: &str) {
    assert_eq!((answer.status, answer.header("location")), (303, address), "{}", answer.text());
}

#[actix_web::test]
async fn whoever_has_no_session_is_led_to_the_log_in_and_back() {
    let site = site().await;
    leads_to(&get(&site, "/account?page=2").await, "/login?next=/account%3Fpage%3D2");
    leads_to(&get(&site, "/admin/sessions").await, "/login?next=/admin/sessions");
    leads_to(&get_as(&site, "revoked", "/account").await, "/login?next=/account");
    leads_to(&send(&site, "/account", "do=end_all").await, "/login?next=/account");
    let page = get(&site, "/login?next=/account%3Fpage%3D2").await;
    is_page(&page, 200);
    assert!(page.text().contains(r#"name="next" value="&#x2f;account?page=2""#), "{}", page.text());
    let fields = "login=ann&password=long+enough&next=%2Faccount%3Fpage%3D2";
    leads_to(&send(&site, "/login", fields).await, "/account?page=2");
}

#[actix_web::test]
async fn nobody_is_led_to_another_site() {
    let site = site().await;
    for next in ["//evil.example", "/\\evil.example", "\\\\evil.example", "/%2f..", "https://a.b"] {
        let escaped = next.replace('%', "%25").replace('\\', "%5C").replace('/', "%2F");
        let fields = format!("login=ann&password=long+enough&next={escaped}");
        leads_to(&send(&site, "/login", &fields).await, "/");
        let page = get(&site, &format!("/login?next={escaped}")).await;
        assert!(page.text().contains(r#"name="next" value="&#x2f;""#), "{next}: {}", page.text());
    }
}

#[actix_web::test]
async fn whoever_has_a_session_needs_no_log_in() {
    let site = site().await;
    for path in ["/login", "/login?next=/account", "/register"] {
        leads_to(&get_as(&site, "customer", path).await, "/");
        is_page(&get_as(&site, "revoked", path).await, 200);
    }
}

#[actix_web::test]
async fn an_access_token_that_is_over_is_exchanged_before_the_page_is_shown() {
    let site = site().await;
    let request = browser(TestRequest::get().uri("/account"))
        .insert_header(("cookie", "kontor-access=forged; kontor-refresh=good"));
    let page = site.send(request).await;
    is_page(&page, 200);
    let cookies = page.headers("set-cookie");
    assert!(cookies.iter().any(|line| line.starts_with("kontor-access=access")), "{cookies:?}");
    let request = browser(TestRequest::get().uri("/account"))
        .insert_header(("cookie", "kontor-access=forged; kontor-refresh=spent"));
    leads_to(&site.send(request).await, "/login?next=/account");
}

#[actix_web::test]
async fn the_api_never_leads_anywhere() {
    let site = site().await;
    for path in ["/api/v1/auth/me", "/api/v1/orders/me", "/api/v1/nothing"] {
        let answer = get(&site, path).await;
        assert!(matches!(answer.status, 401 | 404), "{path}: {}", answer.status);
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
}

#[actix_web::test]
async fn a_form_needs_the_token_of_the_session_and_our_own_site() {
    let site = site().await;
    let forms = operations().filter(|known| known.is_screen && known.method == "POST");
    for operation in forms {
        let path = operation.path.replace("{slug}", "assam");
        let foreign = form(&path, "do=end_all").insert_header(("sec-fetch-site", "cross-site"));
        let refused = site.send(known(foreign, "admin")).await;
        is_page(&refused, 403);
        if operation.access == Access::Public && path != "/logout" {
            continue;
        }
        for fields in ["do=end_all", "csrf=&do=end_all", "csrf=csrf-of-another&do=end_all"] {
            is_page(&site.send(known(form(&path, fields), "admin")).await, 403);
        }
    }
}

#[actix_web::test]
async fn a_bearer_token_is_for_programs_alone() {
    let site = site().await;
    leads_to(&site.get_as("customer", "/account").await, "/login?next=/account");
}

#[actix_web::test]
async fn a_refused_log_in_says_why_and_keeps_the_name_alone() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let page = send(&site, "/login", "login=ann%3Cb%3E&password=wrong").await;
    is_page(&page, 401);
    assert!(page.text().contains("role=\"alert\""), "{}", page.text());
    assert!(page.text().contains("value=\"ann&lt;b&gt;\""), "{}", page.text());
    assert!(!page.text().contains("wrong\" value"), "{}", page.text());
    assert!(page.headers("set-cookie").is_empty());
    let empty = send(&site, "/login", "login=ann&password=").await;
    is_page(&empty, 422);
    assert!(empty.text().contains("id=\"password-wrong\""), "{}", empty.text());
    let slowed = send(&site, "/login", "login=slowed%40example.com&password=a").await;
    is_page(&slowed, 429);
    assert_eq!(slowed.header("retry-after"), "2");
    stub.throttled.store(true, Ordering::SeqCst);
    let throttled = send(&site, "/login", "login=ann&password=long+enough").await;
    is_page(&throttled, 429);
    assert!(!throttled.header("retry-after").is_empty());
}

#[actix_web::test]
async fn a_log_in_brings_the_device_it_is_recognised_by() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let request = form("/login", "login=ann&password=long+enough")
        .insert_header(("cookie", "kontor_device=mine"))
        .insert_header(("user-agent", "Firefox/1"));
    let answer = site.send(request).await;
    leads_to(&answer, "/");
    for name in ["kontor-access=", "kontor-refresh=", "kontor-csrf=", "kontor_device="] {
        assert!(answer.headers("set-cookie").iter().any(|line| line.starts_with(name)), "{name}");
    }
    let command = stub.logged_in.lock().unwrap().take().unwrap();
    assert_eq!(command.known_device.unwrap().0, "mine");
    assert_eq!(command.device.name.as_deref(), Some("Firefox"));
}

#[actix_web::test]
async fn an_account_is_made_by_a_form() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let fields =
        "email=+ann%40example.com+&password=long+enough&username=&first_name=Ann&last_name=";
    leads_to(&send(&site, "/register", fields).await, "/");
    let command = stub.registered.lock().unwrap().take().unwrap();
    assert_eq!(command.email.as_str(), "ann@example.com");
    assert_eq!(command.role, domain::identity::Role::User);
    assert!(command.username.is_none() && command.last_name.is_none());
    for (fields, status, field) in [
        ("email=taken%40example.com&password=long+enough", 409, "email"),
        ("email=ann&password=long+enough", 422, "email"),
        ("email=ann%40example.com&password=short", 422, "password"),
        ("email=ann%40example.com&password=long+enough&username=a", 422, "username"),
    ] {
        let page = send(&site, "/register", fields).await;
        is_page(&page, status);
        assert!(page.text().contains(&format!("id=\"{field}-wrong\"")), "{}", page.text());
        assert!(!page.text().contains("value=\"long enough\""));
        assert!(!page.text().contains("value=\"short\""));
    }
}

#[actix_web::test]
async fn the_account_shows_and_changes_what_is_ones_own() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let page = get_as(&site, "customer", "/account?done=profile").await;
    is_page(&page, 200);
    for part in ["ann@example.com", "value=\"Ann\"", "this device", "Your profile is saved", "curl"]
    {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
    let fields = "do=profile&username=&first_name=Anna&last_name=Lee";
    leads_to(&send_as(&site, "customer", "/account", fields).await, "/account?done=profile");
    let command = stub.edited.lock().unwrap().take().unwrap();
    assert_eq!(command.edit.profile.username, domain::identity::Edit::Clear);
    assert_eq!(command.user.raw(), CUSTOMER);

    let fields = "do=password&current_password=wrong&new_password=long+enough";
    let page = send_as(&site, "customer", "/account", fields).await;
    is_page(&page, 422);
    assert!(page.text().contains("id=\"current_password-wrong\""), "{}", page.text());
    let fields = "do=password&current_password=right&new_password=long+enough";
    leads_to(&send_as(&site, "customer", "/account", fields).await, "/account?done=password");
    is_page(&send_as(&site, "customer", "/account", "do=dance").await, 422);
    is_page(&get_as(&site, "customer", "/account?page=0").await, 422);
}

#[actix_web::test]
async fn sessions_are_ended_and_the_browser_forgets_its_own() {
    let site = site().await;
    let fields = format!("do=end&session={UNKNOWN}");
    is_page(&send_as(&site, "customer", "/account", &fields).await, 404);
    let end_own = format!("do=end&session={SESSION}");
    for (path, fields, address) in [
        ("/account", end_own.as_str(), "/"),
        ("/account", "do=end_all", "/login?done=all"),
        ("/logout", "", "/"),
    ] {
        let answer = send_as(&site, "customer", path, fields).await;
        leads_to(&answer, address);
        let cookies = answer.headers("set-cookie");
        assert_eq!(cookies.len(), 3, "{cookies:?}");
        assert!(cookies.iter().all(|line| line.contains("Max-Age=0")), "{cookies:?}");
    }
    leads_to(&send(&site, "/logout", "").await, "/");
}

#[actix_web::test]
async fn leaving_with_an_access_token_that_is_over_gives_no_fresh_one() {
    let site = site().await;
    for request in [
        form("/logout", &format!("csrf=csrf-{SESSION}")),
        TestRequest::post()
            .uri("/api/v1/auth/logout")
            .insert_header(("x-csrf-token", format!("csrf-{SESSION}"))),
    ] {
        let answer = site.send(request.insert_header(("cookie", "kontor-refresh=good"))).await;
        assert!(answer.status < 400, "{}", answer.text());
        let cookies = answer.headers("set-cookie");
        assert!(cookies.iter().all(|line| line.contains("Max-Age=0")), "{cookies:?}");
    }
}

#[actix_web::test]
async fn the_shop_is_searched_and_its_products_are_shown() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let page = get(&site, "/?q=green+tea&category=tea-0&sort=price&page=2").await;
    is_page(&page, 200);
    for part in
        ["Assam", "107.99 RUB", "/products/assam", "page=1", "page=3", "value=\"green tea\""]
    {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
    let (filter, sort, window) = stub.filter.lock().unwrap().take().unwrap();
    assert_eq!(filter.text.unwrap().as_str(), "green tea");
    assert_eq!(sort.as_str(), "price");
    assert_eq!(window, domain::shared::page::Window::Offset { limit: 24, offset: 24 });
    is_page(&get(&site, "/?q=&category=&sort=relevance").await, 200);
    is_page(&get(&site, "/?page=0").await, 422);
    is_page(&get(&site, "/products/assam").await, 200);
    is_page(&get(&site, "/products/nothing").await, 404);
    is_page(&get(&site, "/products/NO%20SLUG").await, 404);
}

#[actix_web::test]
async fn a_product_is_ordered_by_a_form_with_a_key_of_its_own() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let page = get_as(&site, "customer", "/products/assam").await;
    assert!(page.text().contains("name=\"key\" value=\"0"), "{}", page.text());
    let variant = uuid::Uuid::from_u128(31);
    let fields = format!("key=k-1&quantity=2&variant={variant}");
    let answer = send_as(&site, "customer", "/products/assam", &fields).await;
    leads_to(&answer, "/account?done=order#orders");
    let (_, key) = stub.wanted.lock().unwrap().take().unwrap();
    assert_eq!(key.unwrap().key, "k-1");
    for (fields, status) in [
        (format!("key=k&quantity=two&variant={variant}"), 422),
        ("key=k&quantity=2&variant=1".to_owned(), 422),
        (format!("quantity=2&variant={variant}"), 400),
    ] {
        is_page(&send_as(&site, "customer", "/products/assam", &fields).await, status);
    }
    leads_to(&send(&site, "/products/assam", &fields).await, "/login?next=/products/assam");
}

#[actix_web::test]
async fn the_staff_looks_up_sessions_and_ends_those_of_whom_it_looks_after() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    for who in ["ann@example.com", "ann", &CUSTOMER.to_string()] {
        let path = format!("/admin/sessions?who={}", who.replace('@', "%40"));
        let page = get_as(&site, "staff", &path).await;
        is_page(&page, 200);
        assert!(page.text().contains("203.0.113.0&#x2f;24"), "{}", page.text());
        assert!(page.text().contains("End all sessions"));
        let page = get_as(&site, "clerk", &path).await;
        assert!(!page.text().contains("End all sessions"), "who only reads ends nothing");
    }
    let page = get_as(&site, "staff", "/admin/sessions?who=nobody").await;
    assert!(page.text().contains("There is no such person"), "{}", page.text());
    for token in ["customer", "trainee"] {
        is_page(&get_as(&site, token, "/admin/sessions").await, 403);
    }
    let fields = format!("user={CUSTOMER}&session={SESSION}");
    let address = format!("/admin/sessions?who={CUSTOMER}&done=session");
    leads_to(&send_as(&site, "staff", "/admin/sessions", &fields).await, &address);
    let command = stub.ended.lock().unwrap().take().unwrap();
    assert_eq!(command.only.map(domain::identity::SessionId::raw), Some(SESSION));
    assert!(command.provenance.correlation_id.is_some());
    let all = format!("user={CUSTOMER}");
    send_as(&site, "staff", "/admin/sessions", &all).await;
    assert!(stub.ended.lock().unwrap().take().unwrap().only.is_none());
    for token in ["clerk", "customer", "trainee"] {
        is_page(&send_as(&site, token, "/admin/sessions", &fields).await, 403);
    }
    is_page(&send_as(&site, "staff", "/admin/sessions", &format!("user={UNKNOWN}")).await, 404);
    is_page(&send_as(&site, "staff", "/admin/sessions", "user=1").await, 422);
    assert!(stub.ended.lock().unwrap().is_none());
}

#[actix_web::test]
async fn pages_speak_the_language_that_was_chosen_last() {
    let site = site().await;
    let russian = browser(TestRequest::get().uri("/login"))
        .insert_header(("accept-language", "ru-RU,ru;q=0.9,en;q=0.5"));
    let page = site.send(russian).await;
    assert!(page.text().contains("<html lang=\"ru\">") && page.text().contains("Пароль"));
    assert_eq!(page.header("content-language"), "ru");
    assert!(page.header("vary").contains("accept-language"), "{}", page.header("vary"));
    assert!(page.headers("set-cookie").is_empty());
    let chosen = get(&site, "/login?next=/account&lang=ru").await;
    let cookie = chosen.headers("set-cookie")[0].to_owned();
    assert!(cookie.starts_with("kontor-lang=ru;"), "{cookie}");
    assert!(chosen.text().contains("account&amp;lang=en"), "{}", chosen.text());
    let kept = browser(TestRequest::get().uri("/login"))
        .insert_header(("cookie", "kontor-lang=ru"))
        .insert_header(("accept-language", "en"));
    assert_eq!(site.send(kept).await.header("content-language"), "ru");
    let refused = form("/login", "login=ann&password=").insert_header(("accept-language", "ru"));
    let refused = site.send(refused).await;
    assert!(refused.text().contains("нужно от 1 до 1024 знаков"), "{}", refused.text());
}

#[actix_web::test]
async fn a_failure_is_a_page_for_people_and_a_problem_for_programs() {
    let site = site().await;
    let page = get(&site, "/nothing").await;
    is_page(&page, 404);
    assert!(page.text().contains(page.header("x-request-id")), "{}", page.text());
    assert_eq!(site.get("/nothing").await.problem(404), "not_found");
    let broken = send(&site, "/register", "email=panic%40example.com&password=long+enough").await;
    is_page(&broken, 500);
    assert!(!broken.text().contains("a bug"), "{}", broken.text());
    let stalled = get_as(&site, "stalled", "/account").await;
    is_page(&stalled, 503);
    assert_eq!(stalled.header("retry-after"), "1");
    let method = browser(TestRequest::delete().uri("/account"));
    assert_eq!(site.send(method).await.header("allow"), "GET, HEAD, POST");
}

#[actix_web::test]
async fn a_shop_for_members_shows_nobody_else_its_pages() {
    let settings = HttpSettings { public_routes: Vec::new(), ..HttpSettings::default() };
    let site = site_with(&Arc::new(Stub::default()), settings).await;
    leads_to(&get(&site, "/").await, "/login");
    leads_to(&get(&site, "/products/assam").await, "/login?next=/products/assam");
    for open in [
        "/login",
        "/register",
        "/verify?token=good",
        "/forgot-password",
        "/reset-password?token=good",
    ] {
        is_page(&get(&site, open).await, 200);
    }
    leads_to(&send(&site, "/verify", "token=good").await, "/login?done=verified");
    is_page(&get_as(&site, "customer", "/").await, 200);
}

#[actix_web::test]
async fn problems_are_told_in_the_language_of_the_client() {
    let site = site().await;
    let request =
        TestRequest::get().uri("/api/v1/auth/me").insert_header(("accept-language", "ru"));
    let answer = site.send(request).await;
    assert_eq!(answer.problem(401), "token_missing");
    assert_eq!(answer.json()["title"], "Нужно войти");
    assert_eq!(answer.header("content-language"), "ru");
    assert!(answer.header("vary").contains("accept-language"));
    let request = TestRequest::get()
        .uri("/api/v1/products?limit=0")
        .insert_header(("accept-language", "ru;q=0.8, de"));
    let answer = site.send(request).await;
    assert_eq!(answer.problem(422), "invalid_query");
    assert_eq!(answer.json()["errors"][0]["detail"], "нужно целое число от 1 до 100");
    let english = site.get("/api/v1/auth/me").await;
    assert_eq!(english.header("content-language"), "en");
    assert_eq!(english.json()["title"], "Unauthorized");
}
