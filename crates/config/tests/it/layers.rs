use config::{Env, LogFormat, MailTransportKind, TokenAlgorithm};

use crate::support::given;

#[test]
fn without_anything_the_defaults_are_good() {
    let given = given();
    let settings = given.good();
    assert_eq!(settings.app.env, Env::Development);
    assert_eq!((settings.http.host.as_str(), settings.http.port), ("127.0.0.1", 8000));
    assert!(settings.http.trusted_proxies.is_empty() && settings.rate_limit.enabled);
    assert_eq!(settings.mail.transport, MailTransportKind::File);
    assert_eq!(settings.log.format, LogFormat::Pretty);
    let file = given.dir.path().join("data/kontor.db");
    assert_eq!(settings.db_url().expose(), format!("sqlite://{}", file.display()));
    assert!(settings.redis_url().is_none() && settings.rabbitmq_url().is_none());
    assert_eq!(settings.app.public_url, "http://127.0.0.1:8000");
    assert!(settings.concurrent_hashes() >= 1);
    assert!(settings.demo.admin_password.is_none());
    assert_eq!(settings.mail_dir(), given.dir.path().join("data/mail"));
}

#[test]
fn each_layer_wins_over_the_one_before() {
    let given = given().file("kontor.toml", "[http]\nport = 1001\n");
    assert_eq!(given.good().http.port, 1001);
    let given = given.file(".env", "HTTP__PORT=1002\n");
    assert_eq!(given.good().http.port, 1002);
    let given = given.env("HTTP__PORT", "1003");
    assert_eq!(given.good().http.port, 1003);
    let given = given.flag("http.port", "1004");
    assert_eq!(given.good().http.port, 1004);
    let given = given.flag("HTTP__PORT", "1005");
    assert_eq!(given.good().http.port, 1005);
    assert_eq!(given.good().http.host, "127.0.0.1", "neighbours keep their defaults");
}

#[test]
fn toml_takes_its_own_kinds_and_texts() {
    let text = "[app]\nenv = \"development\"\n[http]\nport = \"81\"\nworkers = 3\n\
                trusted_proxies = [\"10.0.0.0/8\", \"::1\"]\n[payments.mock]\nallow_in_production = true\n\
                [log]\nformat = \"JSON\"\n";
    let settings = given().file("kontor.toml", text).good();
    assert_eq!((settings.http.port, settings.http.workers), (81, 3));
    assert_eq!(settings.http.trusted_proxies, ["10.0.0.0/8", "::1"]);
    assert!(settings.payments.mock.allow_in_production);
    assert_eq!(settings.log.format, LogFormat::Json);
}

#[test]
fn texts_stay_as_they_were_written() {
    let settings = given()
        .env("DB__HOST", "db")
        .env("DB__PASSWORD", "00123")
        .env("DB__NAME", "true")
        .env("DEMO__ADMIN_PASSWORD", "1e5")
        .env("DEMO__USER_PASSWORD", "[1, 2]")
        .env("AUTH__SECRET", "\"quoted\"")
        .file(".env", "DB__USER=12345\n")
        .good();
    assert_eq!(settings.db_url().expose(), "postgres://12345:00123@db:5432/true");
    assert_eq!(settings.demo.admin_password.unwrap().expose(), "1e5");
    assert_eq!(settings.demo.user_password.unwrap().expose(), "[1, 2]");
    assert_eq!(settings.auth.secret.expose(), "\"quoted\"");
}

#[test]
fn usual_flat_names_are_understood() {
    let settings = given()
        .env("DATABASE_URL", "postgresql://a:b@c/d")
        .env("REDIS_URL", "redis://cache:1")
        .env("SECRET_KEY", "weaker")
        .env("ACCESS_TOKEN_EXPIRE_MINUTES", "5")
        .env("REFRESH_TOKEN_EXPIRE_DAYS", "7")
        .env("RABBITMQ_HOST", "mq")
        .env("RABBITMQ_PASSWORD", "p@ss/word")
        .env("ALGORITHM", "eddsa")
        .env("DEBUG", "true")
        .env("HOME", "/root")
        .good();
    assert_eq!(settings.db_url().expose(), "postgresql://a:b@c/d");
    assert_eq!(settings.redis_url().unwrap().expose(), "redis://cache:1");
    assert_eq!(settings.auth.secret.expose(), "weaker");
    assert_eq!((settings.auth.access_token_minutes, settings.auth.refresh_token_days), (5, 7));
    assert_eq!(settings.auth.algorithm, TokenAlgorithm::EdDsa);
    let rabbitmq = settings.rabbitmq_url().unwrap();
    assert_eq!(rabbitmq.expose(), "amqp://guest:p%40ss%2Fword@mq:5672");
    assert_eq!(settings.log.level, "debug");
}

#[test]
fn parts_of_an_address_are_put_together() {
    let settings = given()
        .env("DB_PG_HOST", "::1")
        .env("DB_PG_PORT", "5433")
        .env("DB_PG_USER", "me")
        .env("DB_PG_PASSWORD", "x y")
        .env("DB_PG_NAME", "shop")
        .env("REDIS_HOST", "cache")
        .env("REDIS_PORT", "6380")
        .env("REDIS_PASSWORD", "1234")
        .good();
    assert_eq!(settings.db_url().expose(), "postgres://me:x%20y@[::1]:5433/shop");
    assert_eq!(settings.redis_url().unwrap().expose(), "redis://:1234@cache:6380");
}

#[test]
fn a_settings_own_name_wins_over_its_alias_whatever_the_order() {
    for names in [["AUTH__SECRET", "JWT_SECRET_KEY"], ["JWT_SECRET_KEY", "AUTH__SECRET"]] {
        let mut given = given();
        for name in names {
            given = given.env(name, name);
        }
        assert_eq!(given.good().auth.secret.expose(), "AUTH__SECRET");
    }
    let alias_above = given().file(".env", "LOG__LEVEL=warn\n").env("DEBUG", "1");
    assert_eq!(alias_above.good().log.level, "debug", "a later layer still wins");
    let own_beside = given().env("DEBUG", "1").env("LOG__LEVEL", "warn");
    assert_eq!(own_beside.good().log.level, "warn");
    assert_eq!(given().env("DEBUG", "app:*").good().log.level, "info", "another tool's value");
}

#[test]
fn an_empty_value_takes_back_what_an_earlier_layer_said() {
    let given = given().file("kontor.toml", "[redis]\nurl = \"redis://x\"\n[http]\nport = 1\n");
    assert!(given.good().redis_url().is_some());
    let given = given.env("REDIS__URL", "").env("HTTP__PORT", "");
    assert!(given.good().redis_url().is_none());
    assert_eq!(given.good().http.port, 8000);
}

#[test]
fn secrets_can_be_read_from_files() {
    let given = given()
        .file("root", "from a file\n")
        .file("password", "0042\r\n")
        .env("AUTH__SECRET_FILE", "root")
        .env("AUTH__SECRET", "")
        .file(".env", "DB_PG_PASSWORD_FILE=password\n");
    assert_eq!(given.good().auth.secret.expose(), "from a file");
    assert_eq!(given.good().db.password.expose(), "0042");
    let given = given.file("kontor.toml", "[demo]\nuser_password_file = \"password\"\n");
    assert_eq!(given.good().demo.user_password.unwrap().expose(), "0042");
}

#[test]
fn printing_settings_shows_no_secret() {
    let settings = given()
        .env("AUTH__SECRET", "canary-1")
        .env("DATABASE_URL", "postgres://u:canary-2@h/d")
        .env("REDIS__URL", "redis://:canary-3@h")
        .env("RABBITMQ__PASSWORD", "canary-4")
        .env("DEMO__ADMIN_PASSWORD", "canary-5")
        .env("PAYMENTS__MOCK__WEBHOOK_SECRET", "canary-6")
        .env("AUTH__ALGORITHM", "EdDSA")
        .env("AUTH__PRIVATE_KEY", "canary-7")
        .env("AUTH__PREVIOUS_SECRET", "canary-8")
        .good();
    let json = serde_json::to_string(&settings).unwrap();
    for text in [format!("{settings:?}"), json, settings.db_url().to_string()] {
        assert!(!text.contains("canary"), "{text}");
        assert!(text.contains("***"));
    }
}

#[test]
fn the_public_address_is_the_listening_one_unless_it_is_set() {
    let on_all = given().env("HTTP__HOST", "0.0.0.0").env("HTTP__PORT", "81");
    assert_eq!(on_all.good().app.public_url, "http://localhost:81");
    let set = on_all.env("APP__PUBLIC_URL", "https://shop.example/");
    assert_eq!(set.good().app.public_url, "https://shop.example");
}
