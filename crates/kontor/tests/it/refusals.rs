//! Settings that are not good: each is refused in one line that names the setting, the layer it
//! stands in and what it takes, and no secret.

use std::fs;

use crate::program::Program;

/// What stands for secrets below; no line may show it.
const SECRET: &str = "hunter2";

/// Where a setting stands.
#[derive(Clone, Copy, Debug)]
enum Layer {
    Environment,
    DotEnv,
    Toml,
    Flag,
}

use Layer::{DotEnv, Environment, Flag, Toml};

/// Where, name and value (for TOML the whole text), and what the line has to say.
#[rustfmt::skip]
const BAD: &[(Layer, &str, &str, &str)] = &[
    (Environment, "HTTP__PORT", "70000", "HTTP__PORT (environment) takes a whole number from 0 to 65535"),
    (Environment, "HTTP__PROT", "1", "unknown setting HTTP__PROT (environment); did you mean HTTP__PORT?"),
    (Environment, "DB__URL", "mysql://shop:hunter2@db/shop", "DB__URL (environment) takes an address that begins with postgres://"),
    (Environment, "AUTH__SECRET_FILE", "/not/there", "AUTH__SECRET_FILE (environment) names a file that cannot be read: /not/there"),
    (Environment, "LOG__LEVEL", "kontor=loud=er", "LOG__LEVEL"),
    (Environment, "LOG__FORMAT", "xml", "LOG__FORMAT (environment) takes pretty or json"),
    (Environment, "ALGORITHM", "none", "ALGORITHM (environment) takes HS256 or EdDSA"),
    (Environment, "HTTP__TRUSTED_PROXIES", "10.0.0.0/99", "HTTP__TRUSTED_PROXIES (environment) takes addresses or networks"),
    (Environment, "CORS__ORIGINS", "https://shop.example,*", "CORS__ORIGINS (environment) takes origins separated by commas"),
    (Environment, "APP__PUBLIC_URL", "shop.example", "APP__PUBLIC_URL (environment) takes an address that begins with http:// or https://"),
    (Environment, "PAYMENTS__DEFAULT_PROVIDER", "bank", "PAYMENTS__DEFAULT_PROVIDER (environment) takes mock"),
    (Environment, "AUTH__PRIVATE_KEY", "hunter2", "AUTH__PRIVATE_KEY (environment): only used with AUTH__ALGORITHM=EdDSA"),
    (Environment, "MAIL__TRANSPORT", "pigeon", "MAIL__TRANSPORT (environment) takes file or log or smtp"),
    (Environment, "MAIL__TRANSPORT", "smtp", "MAIL__SMTP_URL (defaults): missing"),
    (DotEnv, "REDIS_URL", "http://:hunter2@cache", "REDIS_URL (.env) takes an address that begins with redis://"),
    (DotEnv, "RABBITMQ__URL", "http://guest:hunter2@bus", "RABBITMQ__URL (.env) takes an address that begins with amqp://"),
    (DotEnv, "RATE_LIMIT__ENABLED", "maybe", "RATE_LIMIT__ENABLED (.env) takes true or false"),
    (DotEnv, "SECRET_KEYS", "hunter2", "unknown setting SECRET_KEYS (.env); did you mean SECRET_KEY?"),
    (DotEnv, "not a name", "hunter2", ".env is not well-formed: line 1"),
    (DotEnv, "AUTH__ACCESS_TOKEN_MINUTES", "0", "AUTH__ACCESS_TOKEN_MINUTES (.env) takes a whole number from 1 to 1440"),
    (Toml, "", "[auth]\nsecert = \"hunter2\"\n", "unknown setting auth.secert (kontor.toml); did you mean auth.secret?"),
    (Toml, "", "[db]\npassword = 12345\n", "db.password (kontor.toml) takes a secret text"),
    (Toml, "", "[auth]\nsecret = hunter2\n", "kontor.toml is not well-formed: TOML parse error at line 2"),
    (Toml, "", "[db]\npool_size = 0\n", "db.pool_size (kontor.toml) takes a whole number from 1 to 1000"),
    (Flag, "http.port", "none", "http.port (command line) takes a whole number"),
    (Flag, "PASSWORD__MIN_LENGTH", "4", "PASSWORD__MIN_LENGTH (command line) takes a whole number from 8 to 128"),
    (Flag, "app.env", "staging", "app.env (command line) takes development or production"),
    (Flag, "orders.pending_minute", "5", "unknown setting orders.pending_minute (command line); did you mean orders.pending_minutes?"),
];

#[tokio::test]
async fn bad_settings_are_refused_in_one_line_that_names_them() {
    for (from, name, value, said) in BAD {
        let folder = tempfile::tempdir().unwrap();
        let mut program = Program::bare(folder.path());
        let mut arguments = vec!["serve".to_owned()];
        match from {
            Environment => program = program.with(name, value),
            DotEnv => {
                fs::write(folder.path().join(".env"), format!("{name}={value}\n")).unwrap();
            }
            Toml => fs::write(folder.path().join("kontor.toml"), value).unwrap(),
            Flag => arguments.extend(["--set".to_owned(), format!("{name}={value}")]),
        }
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        refused(&program, &arguments, said).await;
        assert!(!folder.path().join("data").exists(), "{name}");
    }
}

/// What makes production start, and each thing that keeps it from that.
#[tokio::test]
async fn production_refuses_what_only_development_may() {
    let good = "k7Qm2vX9pL4sT8wZ1nB6yR3cF5hJ0dGa";
    let whole = [
        ("APP__ENV", "production"),
        ("APP__PUBLIC_URL", "https://shop.example"),
        ("AUTH__SECRET", good),
        ("PAYMENTS__MOCK__ALLOW_IN_PRODUCTION", "true"),
        ("PAYMENTS__MOCK__WEBHOOK_SECRET", "Ga0dJ5hF3cR6yB1nZ8wT4sL9pX2vQm7k"),
        ("HTTP__PORT", "0"),
    ];
    let weak = "hunter2hunter2hunter2hunter2hunter2";
    let example = "change-me-hunter2-change-me-change-me";
    for (name, value, said) in [
        ("AUTH__SECRET", "", "AUTH__SECRET (defaults): missing"),
        ("AUTH__SECRET", "hunter2", "AUTH__SECRET (environment): too short"),
        ("AUTH__SECRET", weak, "AUTH__SECRET (environment): a default or an example"),
        ("AUTH__SECRET", example, "AUTH__SECRET (environment): a default or an example"),
        ("AUTH__PREVIOUS_SECRET", "hunter2", "AUTH__PREVIOUS_SECRET (environment): too short"),
        ("AUTH__PREVIOUS_SECRET", good, "AUTH__PREVIOUS_SECRET (environment): the same"),
        (
            "PAYMENTS__MOCK__ALLOW_IN_PRODUCTION",
            "false",
            "PAYMENTS__DEFAULT_PROVIDER (defaults): the mock provider moves no money",
        ),
        (
            "PAYMENTS__MOCK__WEBHOOK_SECRET",
            "",
            "PAYMENTS__MOCK__WEBHOOK_SECRET (defaults): missing",
        ),
        (
            "PAYMENTS__MOCK__WEBHOOK_SECRET",
            "hunter2",
            "PAYMENTS__MOCK__WEBHOOK_SECRET (environment): too short",
        ),
        ("APP__PUBLIC_URL", "", "APP__PUBLIC_URL (defaults): missing"),
        (
            "APP__PUBLIC_URL",
            "http://shop.example",
            "APP__PUBLIC_URL (environment): without encryption",
        ),
        ("CORS__ORIGINS", "*", "CORS__ORIGINS (environment): every site"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut program = Program::bare(folder.path());
        for (known, good) in whole.iter().filter(|(known, _)| *known != name) {
            program = program.with(known, good);
        }
        if !value.is_empty() {
            program = program.with(name, value);
        }
        for command in ["serve", "api", "worker"] {
            refused(&program, &[command], said).await;
        }
        assert!(!folder.path().join("data").exists(), "{name}");
    }
    let folder = tempfile::tempdir().unwrap();
    let program = whole
        .iter()
        .fold(Program::bare(folder.path()), |program, (name, value)| program.with(name, value));
    let mut serving = program.start(&["serve"]);
    serving.url().await;
    serving.stop().await;
}

#[tokio::test]
async fn a_data_directory_that_cannot_be_one_is_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("data"), "a file").unwrap();
    for (command, code) in [(&["serve"][..], 2), (&["migrate", "up"], 1)] {
        let ended = Program::bare(folder.path()).run(command).await;
        assert_eq!(ended.code, Some(code), "{}", ended.err);
        assert!(ended.reason().contains("./data"), "{}", ended.err);
    }
}

async fn refused(program: &Program, arguments: &[&str], said: &str) {
    let ended = program.run(arguments).await;
    assert_eq!(ended.code, Some(2), "{said}: {}", ended.err);
    assert_eq!((ended.out.as_str(), ended.err.lines().count()), ("", 1), "{}", ended.err);
    assert!(ended.err.starts_with("kontor: ") && ended.err.contains(said), "{}", ended.err);
    assert!(!ended.err.contains(SECRET), "{}", ended.err);
}
