use crate::support::{Given, given};

const GOOD: &str = "pUYb1cJ3vXkq8Zr5tWm2Lh9Ns4Dg7Fa0Qe6Ri";

fn production() -> Given {
    given()
        .env("APP__ENV", "production")
        .env("APP__PUBLIC_URL", "https://shop.example")
        .env("AUTH__SECRET", GOOD)
        .env("PAYMENTS__MOCK__ALLOW_IN_PRODUCTION", "true")
        .env("PAYMENTS__MOCK__WEBHOOK_SECRET", GOOD)
}

#[test]
fn production_starts_with_strong_secrets_and_an_explicit_mock() {
    assert!(production().good().is_production());
}

#[test]
fn production_refuses_weak_secrets_by_name_and_never_by_value() {
    for key in ["AUTH__SECRET", "PAYMENTS__MOCK__WEBHOOK_SECRET"] {
        for weak in [
            "",
            "tiny-4711",
            "31-bytes-are-one-too-few-really",
            "changeme-changeme-changeme-changeme-changeme",
            "Your-Secret-Key-Goes-Here-0123456789",
            "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        ] {
            let line = production().env(key, weak).flag(key, weak).refusal();
            assert!(line.starts_with(&format!("{key} (")), "{weak}: {line}");
            assert!(weak.is_empty() || !line.contains(weak), "{line}");
        }
    }
}

#[test]
fn a_secret_that_is_only_accepted_must_be_strong_too() {
    let weak = production().env("AUTH__PREVIOUS_SECRET", "changeme-changeme-changeme-changeme");
    assert!(weak.refusal().starts_with("AUTH__PREVIOUS_SECRET (environment): "));
    let line = production().env("AUTH__PREVIOUS_SECRET", GOOD).refusal();
    assert!(
        line.starts_with("AUTH__PREVIOUS_SECRET (environment): the same") && !line.contains(GOOD),
        "{line}"
    );
}

#[test]
fn keys_of_an_algorithm_that_is_not_used_are_refused() {
    for key in ["AUTH__PRIVATE_KEY", "AUTH__PREVIOUS_PUBLIC_KEY"] {
        let line = given().env(key, "canary").refusal();
        assert!(line.starts_with(&format!("{key} (environment): only used with")), "{line}");
        given().env(key, "canary").env("AUTH__ALGORITHM", "EdDSA").good();
    }
}

#[test]
fn production_refuses_the_mock_provider_unless_asked_to() {
    let line = production().flag("payments.mock.allow_in_production", "false").refusal();
    assert!(line.starts_with("PAYMENTS__DEFAULT_PROVIDER (defaults): the mock provider"), "{line}");
}

#[test]
fn development_makes_its_secrets_once_and_keeps_them_private() {
    let given = given();
    let mut settings = given.good();
    settings.ensure_dev_secrets().unwrap();
    let (root, webhook) = (settings.auth.secret, settings.payments.mock.webhook_secret);
    assert!(root.expose().len() >= 32 && webhook.expose().len() >= 32 && root != webhook);

    let mut again = given.good();
    again.ensure_dev_secrets().unwrap();
    assert_eq!(again.auth.secret, root);
    assert_eq!(again.payments.mock.webhook_secret, webhook);
    let files = std::fs::read_dir(given.dir.path().join("data")).unwrap().count();
    assert_eq!(files, 2, "nothing unfinished stays");

    #[cfg(unix)]
    for (name, expected) in [("data", 0o700), ("data/root-secret", 0o600)] {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(given.dir.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, expected, "{name}");
    }
}

#[test]
fn a_secret_that_was_set_is_left_alone() {
    let given = given().env("AUTH__SECRET", "mine").env("PAYMENTS__MOCK__WEBHOOK_SECRET", "too");
    let mut settings = given.good();
    settings.ensure_dev_secrets().unwrap();
    assert_eq!(settings.auth.secret.expose(), "mine");
    assert!(!given.dir.path().join("data").exists());
}

#[test]
fn a_kept_secret_that_was_damaged_is_not_used() {
    let given = given();
    std::fs::create_dir(given.dir.path().join("data")).unwrap();
    let given = given.file("data/root-secret", "short");
    let line = given.good().ensure_dev_secrets().unwrap_err().to_string();
    assert!(line.contains("root-secret") && !line.contains("short"), "{line}");
}

#[test]
fn in_production_no_secret_is_made_up() {
    let given = production();
    given.good().ensure_dev_secrets().unwrap();
    assert!(!given.dir.path().join("data").exists());
}

#[test]
fn mail_that_shall_leave_has_to_know_the_way_out_and_back() {
    let smtp = || given().env("MAIL__TRANSPORT", "smtp");
    assert!(smtp().refusal().starts_with("MAIL__SMTP_URL (defaults): "));
    let server = || smtp().env("MAIL__SMTP_HOST", "mail.example").env("MAIL__SMTP_USER", "shop");
    assert!(server().refusal().starts_with("MAIL__FROM (defaults): "));
    let known = server().env("MAIL__FROM", "shop@shop.example").env("MAIL__SMTP_PASSWORD", "p@ss");
    assert_eq!(
        known.good().smtp_url().expose(),
        "smtp://shop:p%40ss@mail.example:587?tls=required"
    );
    let known = known.env("MAIL__SMTP_TLS", "tls").env("MAIL__SMTP_PORT", "465");
    assert_eq!(known.good().smtp_url().expose(), "smtps://shop:p%40ss@mail.example:465");
    let whole =
        smtp().env("MAIL__FROM", "a@b.example").env("MAIL__SMTP_URL", "smtp://localhost:25");
    assert_eq!(whole.good().smtp_url().expose(), "smtp://localhost:25");

    let sending = production()
        .env("MAIL__TRANSPORT", "smtp")
        .env("MAIL__FROM", "shop@shop.example")
        .env("MAIL__SMTP_HOST", "mail.example");
    assert!(sending.good().is_production());
}

#[test]
fn production_knows_its_own_address_and_it_is_encrypted() {
    for (url, said) in [
        ("http://shop.example", "APP__PUBLIC_URL (environment): without encryption"),
        ("http://localhost.shop.example", "APP__PUBLIC_URL (environment): without encryption"),
        ("http://127.0.0.1.example:80/", "APP__PUBLIC_URL (environment): without encryption"),
    ] {
        let line = production().env("APP__PUBLIC_URL", url).refusal();
        assert!(line.starts_with(said), "{url}: {line}");
    }
    for url in ["https://shop.example", "http://127.0.0.1:8000", "http://localhost"] {
        assert!(production().env("APP__PUBLIC_URL", url).good().is_production());
    }
}

#[test]
fn production_names_the_sites_that_may_use_the_api() {
    let line = production().env("CORS__ORIGINS", "*").refusal();
    assert!(line.starts_with("CORS__ORIGINS (environment): every site"), "{line}");
    production().env("CORS__ORIGINS", "https://one.example,https://two.example").good();
    given().env("CORS__ORIGINS", "*").good();
}
