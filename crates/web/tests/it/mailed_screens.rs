//! The pages that mails lead to; their addresses are those of the templates of `infra-mail`.

use std::sync::{Arc, atomic::Ordering};

use actix_web::test::TestRequest;
use domain::identity::EmailRequestKind;
use web::HttpSettings;

use crate::{
    screens::{browser, get, get_as, is_page, leads_to, send, send_as},
    site_with,
    stubs::*,
};

#[actix_web::test]
async fn an_address_is_proven_by_the_button_that_a_mail_leads_to() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    // The link alone changes nothing: whatever follows it may follow it again.
    for _ in 0..2 {
        let page = get(&site, "/verify?token=go%22od").await;
        is_page(&page, 200);
        assert_eq!(page.header("referrer-policy"), "strict-origin");
        let field = r#"name="token" value="go&quot;od""#;
        assert!(page.text().contains(field), "{}", page.text());
    }
    leads_to(&send(&site, "/verify", "token=good").await, "/login?done=verified");
    leads_to(&send_as(&site, "customer", "/verify", "token=good").await, "/account?done=verified");
    for path in ["/login?done=verified", "/account?done=verified"] {
        let token = if path.starts_with("/account") { "customer" } else { "revoked" };
        let page = get_as(&site, token, path).await;
        assert!(page.text().contains("Your e-mail is confirmed"), "{}", page.text());
    }
    for (token, status) in [("bad", 400), ("", 400), ("used", 400), ("taken", 409)] {
        let page = send(&site, "/verify", &format!("token={token}")).await;
        is_page(&page, status);
        assert_eq!(page.header("referrer-policy"), "strict-origin");
        assert!(page.text().contains("role=\"alert\""), "{}", page.text());
    }
}

#[actix_web::test]
async fn a_forgotten_password_is_asked_for_and_nobody_learns_who_has_an_account() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let page = get(&site, "/login").await;
    assert!(page.text().contains("href=\"/forgot-password\""), "{}", page.text());
    is_page(&get(&site, "/forgot-password").await, 200);
    for email in ["ann@example.com", "nobody@example.com"] {
        let fields = format!("email=+{}+", email.replace('@', "%40"));
        leads_to(&send(&site, "/forgot-password", &fields).await, "/login?done=mailed");
        let asked = stub.mail_asked.lock().unwrap().pop().unwrap();
        assert_eq!(asked, (EmailRequestKind::Reset, email.to_owned()));
    }
    let page = send(&site, "/forgot-password", "email=ann%3Cb%3E").await;
    is_page(&page, 422);
    for part in ["id=\"email-wrong\"", "value=\"ann&lt;b&gt;\""] {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
    assert!(stub.mail_asked.lock().unwrap().is_empty());
}

#[actix_web::test]
async fn a_new_password_is_set_by_the_token_of_a_mail() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let page = get(&site, "/reset-password?token=good").await;
    is_page(&page, 200);
    assert_eq!(page.header("referrer-policy"), "strict-origin");
    assert!(page.text().contains(r#"name="token" value="good""#), "{}", page.text());

    let refused = send(&site, "/reset-password", "token=good&password=short").await;
    is_page(&refused, 422);
    for part in ["id=\"password-wrong\"", r#"name="token" value="good""#] {
        assert!(refused.text().contains(part), "{part}: {}", refused.text());
    }
    assert!(!refused.text().contains("short\""), "{}", refused.text());
    let refused = send(&site, "/reset-password", "token=bad&password=long+enough").await;
    is_page(&refused, 400);
    assert_eq!(refused.header("referrer-policy"), "strict-origin");
    assert!(refused.text().contains("role=\"alert\""), "{}", refused.text());
    assert!(!refused.text().contains("long enough"), "{}", refused.text());
    assert!(stub.reset.lock().unwrap().is_none());

    let fields = "token=good&password=cafe%CC%81+noir";
    leads_to(&send(&site, "/reset-password", fields).await, "/login?done=password");
    let command = stub.reset.lock().unwrap().take().unwrap();
    assert_eq!((command.token.0.as_str(), command.password.0.as_str()), ("good", "caf\u{e9} noir"));
    let page = get(&site, "/login?done=password").await;
    assert!(page.text().contains("Your password is changed"), "{}", page.text());
}

#[actix_web::test]
async fn the_pages_of_mails_are_slowed_down_and_speak_russian() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    for (path, words) in [
        ("/verify?token=good", "Подтвердить адрес"),
        ("/forgot-password", "Прислать ссылку"),
        ("/reset-password?token=good", "Задать пароль"),
    ] {
        let request =
            browser(TestRequest::get().uri(path)).insert_header(("accept-language", "ru"));
        let page = site.send(request).await;
        assert!(page.text().contains(words), "{path}: {}", page.text());
    }
    stub.throttled.store(true, Ordering::SeqCst);
    for (path, fields) in [
        ("/verify", "token=good"),
        ("/forgot-password", "email=ann%40example.com"),
        ("/reset-password", "token=good&password=long+enough"),
    ] {
        let page = send(&site, path, fields).await;
        is_page(&page, 429);
        assert!(!page.header("retry-after").is_empty(), "{path}");
    }
    assert!(stub.mail_asked.lock().unwrap().is_empty() && stub.reset.lock().unwrap().is_none());
}
