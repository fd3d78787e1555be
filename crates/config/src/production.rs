use std::collections::HashSet;

use crate::{ConfigError, MailTransportKind, Secret, Settings};

const SHORTEST_SECRET_BYTES: usize = 32;

/// Secrets that stand in examples and tutorials, in lower case.
const KNOWN: &[&str] = &[
    "changeme",
    "change-me",
    "change_me",
    "change me",
    "your-secret",
    "your_secret",
    "yoursecret",
    "example",
    "insecure",
    "placeholder",
    "replace-me",
    "supersecret",
    "super-secret",
    "super_secret",
    "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
];

/// Refuses mail without a way to leave and, in production, what is only good for development.
pub(crate) fn check(settings: &Settings) -> Result<(), ConfigError> {
    mail(settings)?;
    if !settings.is_production() {
        return Ok(());
    }
    strong("AUTH__SECRET", &settings.auth.secret)?;
    if !settings.auth.previous_secret.is_empty() {
        strong("AUTH__PREVIOUS_SECRET", &settings.auth.previous_secret)?;
    }
    if settings.payments.default_provider == "mock" && !settings.payments.mock.allow_in_production {
        return Err(ConfigError::refused(
            "PAYMENTS__DEFAULT_PROVIDER",
            "the mock provider moves no money; in production it needs \
             PAYMENTS__MOCK__ALLOW_IN_PRODUCTION=true",
        ));
    }
    if settings.is_mock_allowed() {
        strong("PAYMENTS__MOCK__WEBHOOK_SECRET", &settings.payments.mock.webhook_secret)?;
    }
    if settings.cors.origins.iter().any(|origin| origin == "*") {
        return Err(ConfigError::refused(
            "CORS__ORIGINS",
            "every site; production needs the origins of those that may use the API",
        ));
    }
    public(&settings.app.public_url)
}

/// Mail that shall really leave has to know the way, and links in it have to lead back.
fn mail(settings: &Settings) -> Result<(), ConfigError> {
    if settings.mail.transport != MailTransportKind::Smtp {
        return Ok(());
    }
    let refused = |key, reason| Err(ConfigError::refused(key, reason));
    if settings.smtp_url().is_empty() {
        return refused(
            "MAIL__SMTP_URL",
            "missing; MAIL__TRANSPORT=smtp needs this or MAIL__SMTP_HOST",
        );
    }
    if settings.mail.from.is_empty() {
        return refused(
            "MAIL__FROM",
            "missing; MAIL__TRANSPORT=smtp needs an address to write from",
        );
    }
    Ok(())
}

/// Links and cookies are made for this address: what is sent to it has to be safe on its way.
fn public(url: &str) -> Result<(), ConfigError> {
    let host = url.strip_prefix("http://").map(|rest| rest.split(['/', ':']).next());
    let reason = match host {
        _ if url.is_empty() => {
            "missing; production needs the address of the shop, such as https://shop.example"
        }
        Some(host) if !matches!(host, Some("localhost" | "127.0.0.1")) => {
            "without encryption; production needs an address that begins with https://"
        }
        _ => return Ok(()),
    };
    Err(ConfigError::refused("APP__PUBLIC_URL", reason))
}

fn strong(key: &'static str, secret: &Secret) -> Result<(), ConfigError> {
    let text = secret.expose();
    let lower = text.to_ascii_lowercase();
    let kinds: HashSet<u8> = text.bytes().collect();
    let reason = if text.is_empty() {
        "missing; production needs at least 32 random bytes, such as `openssl rand -base64 48`"
    } else if text.len() < SHORTEST_SECRET_BYTES {
        "too short; production needs at least 32 random bytes"
    } else if kinds.len() < 8 || KNOWN.iter().any(|known| lower.contains(known)) {
        "a default or an example; production needs at least 32 random bytes"
    } else {
        return Ok(());
    };
    Err(ConfigError::refused(key, reason))
}
