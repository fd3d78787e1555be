//! The dependency rule, as a table.

use std::process::Command;

use serde_json::Value;

/// Workspace crates each crate may use, dev-dependencies aside.
const MAY_USE: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("usecases", &["domain"]),
    ("infra-content", &["domain"]),
    ("infra-mail", &["domain"]),
    ("infra-memory", &["domain"]),
    ("infra-payments", &["domain"]),
    ("infra-rabbitmq", &["domain"]),
    ("infra-redis", &["domain"]),
    ("infra-sea-orm", &["domain"]),
    ("infra-security", &["domain"]),
    ("infra-system", &["domain"]),
    ("web", &["domain"]),
    ("worker", &["domain"]),
    ("config", &[]),
    ("telemetry", &[]),
    ("migration", &[]),
    (
        "container",
        &[
            "config",
            "domain",
            "infra-content",
            "infra-mail",
            "infra-memory",
            "infra-payments",
            "infra-rabbitmq",
            "infra-redis",
            "infra-sea-orm",
            "infra-security",
            "infra-system",
            "migration",
            "usecases",
        ],
    ),
    ("watch", &["domain"]),
    ("kontor", &["config", "container", "domain", "telemetry", "watch", "web", "worker"]),
    ("http-api", &["config", "container", "telemetry", "watch", "web"]),
    ("consume-worker", &["config", "container", "telemetry", "watch", "worker"]),
    ("test-support", &["domain"]),
    ("xtask", &["config", "domain", "telemetry", "web"]),
];

/// Crates that are tests through and through: they may look at everything.
const TESTS: &[&str] = &["acceptance"];

/// Outside crates that only the named workspace crates may use.
const RESERVED: &[(&str, &[&str])] = &[
    ("actix-web", &["web"]),
    ("ammonia", &["infra-content"]),
    ("argon2", &["infra-security"]),
    ("bcrypt", &["infra-security"]),
    ("deadpool-redis", &["infra-redis"]),
    ("figment", &["config"]),
    ("governor", &["infra-memory"]),
    ("hyper", &["watch"]),
    ("jsonwebtoken", &["infra-security"]),
    ("lapin", &["infra-rabbitmq"]),
    ("pulldown-cmark", &["infra-content"]),
    (
        "metrics",
        &[
            "infra-payments",
            "infra-rabbitmq",
            "infra-redis",
            "infra-sea-orm",
            "telemetry",
            "web",
            "worker",
        ],
    ),
    ("metrics-exporter-prometheus", &["telemetry"]),
    ("moka", &["infra-memory", "infra-sea-orm", "web"]),
    ("opentelemetry", &["telemetry", "web", "worker"]),
    ("opentelemetry-otlp", &["telemetry"]),
    ("sea-orm", &["infra-sea-orm"]),
    ("sea-orm-migration", &["migration"]),
    ("sqlx", &[]),
    (
        "tokio",
        &[
            "consume-worker",
            "container",
            "http-api",
            "infra-mail",
            "infra-memory",
            "infra-rabbitmq",
            "infra-redis",
            "infra-sea-orm",
            "infra-security",
            "kontor",
            "test-support",
            "watch",
            "web",
            "worker",
        ],
    ),
];

/// Fails with every violation.
pub(crate) fn check() -> Result<(), String> {
    let metadata = metadata().ok_or("cargo metadata did not answer")?;
    let packages = metadata.get("packages").and_then(Value::as_array).cloned().unwrap_or_default();
    let members: Vec<&str> = packages.iter().filter_map(name).collect();
    let mut violations = Vec::new();

    for package in &packages {
        let Some(user) = name(package).filter(|user| !TESTS.contains(user)) else { continue };
        let Some((_, allowed)) = MAY_USE.iter().find(|(known, _)| *known == user) else {
            violations.push(format!("{user} is not in the table of xtask/src/arch.rs"));
            continue;
        };
        let dependencies = package.get("dependencies").and_then(Value::as_array);
        for dependency in dependencies.into_iter().flatten() {
            if dependency.get("kind").and_then(Value::as_str) == Some("dev") {
                continue;
            }
            let Some(used) = name(dependency) else { continue };
            if members.contains(&used) && !allowed.contains(&used) {
                violations.push(format!("{user} may not use {used}"));
            }
            if let Some((_, owners)) = RESERVED.iter().find(|(outside, _)| *outside == used)
                && !owners.contains(&user)
            {
                violations.push(format!("{used} is reserved for {owners:?}, found in {user}"));
            }
        }
    }

    if violations.is_empty() { Ok(()) } else { Err(violations.join("\n")) }
}

fn metadata() -> Option<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps"])
        .output()
        .ok()?;
    serde_json::from_slice(&output.stdout).ok()
}

fn name(value: &Value) -> Option<&str> {
    value.get("name")?.as_str()
}
