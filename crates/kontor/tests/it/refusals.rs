//! Settings that are not good.

use std::fs;

use crate::program::Program;

/// Where a setting stands.
#[derive(Clone, Copy, Debug)]
enum From {
    Environment,
    DotEnv,
    Toml,
    Flag,
}

/// Where, what (for TOML the whole text), and what the line has to name.
const BAD: &[(From, &str, &str, &str)] = &[
    (From::Environment, "HTTP__PORT", "70000", "HTTP__PORT"),
    (From::Environment, "HTTP__PROT", "1", "HTTP__PROT"),
    (From::Environment, "DB__URL", "mysql://shop:hunter2@db/shop", "DB__URL"),
    (From::Environment, "AUTH__SECRET_FILE", "/not/there", "AUTH__SECRET_FILE"),
    (From::Environment, "LOG__LEVEL", "kontor=loud=er", "LOG__LEVEL"),
    (From::Environment, "LOG__FORMAT", "xml", "LOG__FORMAT"),
    (From::Environment, "ALGORITHM", "none", "ALGORITHM"),
    (From::Environment, "HTTP__TRUSTED_PROXIES", "10.0.0.0/99", "HTTP__TRUSTED_PROXIES"),
    (From::DotEnv, "REDIS_URL", "http://:hunter2@cache", "REDIS_URL"),
    (From::DotEnv, "RATE_LIMIT__ENABLED", "maybe", "RATE_LIMIT__ENABLED"),
    (From::DotEnv, "SECRET_KEYS", "hunter2", "SECRET_KEYS"),
    (From::DotEnv, "not a name", "hunter2", ".env"),
    (From::Toml, "", "[auth]\nsecert = \"hunter2\"\n", "auth.secert"),
    (From::Toml, "", "[db]\npassword = 12345\n", "db.password"),
    (From::Toml, "", "[auth]\nsecret = hunter2\n", "kontor.toml"),
    (From::Flag, "http.port", "none", "http.port"),
    (From::Flag, "PASSWORD__MIN_LENGTH", "4", "PASSWORD__MIN_LENGTH"),
    (From::Flag, "app.env", "staging", "app.env"),
];

#[tokio::test]
async fn bad_settings_are_refused_in_one_line_that_names_them() {
    for (from, name, value, named) in BAD {
        let folder = tempfile::tempdir().unwrap();
        let mut program = Program::bare(folder.path());
        let mut arguments = vec!["serve".to_owned()];
        match from {
            From::Environment => program = program.with(name, value),
            From::DotEnv => {
                fs::write(folder.path().join(".env"), format!("{name}={value}\n")).unwrap();
            }
            From::Toml => fs::write(folder.path().join("kontor.toml"), value).unwrap(),
            From::Flag => arguments.extend(["--set".to_owned(), format!("{name}={value}")]),
        }
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        refused(&program, &arguments, named).await;
        assert!(!folder.path().join("data").exists(), "{name}");
    }
}

#[tokio::test]
async fn production_refuses_what_only_development_may() {
    let good = "k7Qm2vX9pL4sT8wZ1nB6yR3cF5hJ0dGa";
    let weak = "hunter2hunter2hunter2hunter2hunter2";
    let allowed = ("PAYMENTS__MOCK__ALLOW_IN_PRODUCTION", "true");
    for (variables, named) in [
        (vec![], "AUTH__SECRET"),
        (vec![("AUTH__SECRET", "hunter2")], "AUTH__SECRET"),
        (vec![("AUTH__SECRET", weak)], "AUTH__SECRET"),
        (vec![("SECRET_KEY", "change-me-hunter2-change-me-change-me")], "AUTH__SECRET"),
        (vec![("AUTH__SECRET", good)], "PAYMENTS__DEFAULT_PROVIDER"),
        (vec![("AUTH__SECRET", good), allowed], "PAYMENTS__MOCK__WEBHOOK_SECRET"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut program = Program::bare(folder.path()).with("APP__ENV", "production");
        for (name, value) in variables {
            program = program.with(name, value);
        }
        for command in ["serve", "api", "worker"] {
            refused(&program, &[command], named).await;
        }
    }
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

async fn refused(program: &Program, arguments: &[&str], named: &str) {
    let ended = program.run(arguments).await;
    assert_eq!(ended.code, Some(2), "{named}: {}", ended.err);
    assert_eq!((ended.out.as_str(), ended.err.lines().count()), ("", 1), "{}", ended.err);
    assert!(ended.err.starts_with("kontor: ") && ended.err.contains(named), "{}", ended.err);
    assert!(!ended.err.contains("hunter2"), "{}", ended.err);
}
