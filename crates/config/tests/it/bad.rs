use crate::support::given;

/// Name, value, and what the line must say.
const BAD: &[(&str, &str, &str)] = &[
    (
        "HTTP__PORT",
        "abc",
        "HTTP__PORT (environment) takes a whole number from 0 to 65535, not \"abc\"",
    ),
    ("HTTP__PORT", "65536", "a whole number from 0 to 65535, not \"65536\""),
    ("HTTP__PORT", "-1", "a whole number from 0 to 65535"),
    ("HTTP__PORT", "+80", "a whole number from 0 to 65535"),
    ("HTTP__PORT", "80.0", "a whole number from 0 to 65535"),
    ("HTTP__PORT", " 80", "a whole number from 0 to 65535"),
    ("HTTP__PORT", "99999999999999999999", "a whole number from 0 to 65535"),
    ("HTTP__TRUSTED_PROXIES", "10.0.0.0/33", "addresses or networks"),
    ("HTTP__TRUSTED_PROXIES", "proxy.local", "addresses or networks"),
    ("HTTP__TRUSTED_PROXIES", "10.0.0.1,", "addresses or networks"),
    ("CORS__ORIGINS", "shop.example", "takes origins separated by commas"),
    ("CORS__ORIGINS", "https://shop.example/", "takes origins"),
    ("CORS__ORIGINS", "https://shop.example,*", "takes origins"),
    ("ALLOWED_ORIGINS", "null", "takes origins"),
    ("APP__ENV", "staging", "development or production, not \"staging\""),
    ("APP__PUBLIC_URL", "shop.example", "http:// or https://"),
    ("APP__PUBLIC_URL", "https://", "http:// or https://"),
    ("DB__POOL_SIZE", "0", "a whole number from 1 to 1000"),
    ("RATE_LIMIT__ENABLED", "maybe", "true or false, not \"maybe\""),
    ("AUTH__ACCESS_TOKEN_MINUTES", "0", "a whole number from 1 to 1440"),
    ("ACCESS_TOKEN_EXPIRE_MINUTES", "soon", "ACCESS_TOKEN_EXPIRE_MINUTES (environment) takes"),
    ("PASSWORD__MIN_LENGTH", "7", "a whole number from 8 to 128"),
    ("PAYMENTS__DEFAULT_PROVIDER", "paypal", "takes mock"),
    ("MAIL__TRANSPORT", "pigeon", "file or log"),
    ("LOG__FORMAT", "xml", "pretty or json"),
    ("AUTH__ALGORITHM", "RS256", "takes HS256 or EdDSA, not \"RS256\""),
    ("ALGORITHM", "none", "takes HS256 or EdDSA, not \"none\""),
];

#[test]
fn a_bad_value_is_refused_with_key_layer_and_what_it_takes() {
    for (name, value, expected) in BAD {
        let line = given().env(name, value).refusal();
        assert!(line.contains(expected) && line.contains(name), "{name}={value}: {line}");
        assert!(!line.contains('\n'), "{line}");
        let line = given().file(".env", &format!("{name}='{value}'\n")).refusal();
        assert!(line.contains(&format!("{name} (.env) takes")), "{line}");
    }
}

#[test]
fn a_bad_secret_is_refused_without_being_shown() {
    for (name, value) in [
        ("DB__URL", "mysql://root:hunter2@localhost/shop"),
        ("DATABASE_URL", "hunter2"),
        ("DATABASE_URL", "postgres://a:hunter2 @b/c"),
        ("REDIS__URL", "http://:hunter2@localhost"),
        ("REDIS_URL", "redis://"),
        ("RABBITMQ__URL", "amqp:hunter2@localhost"),
    ] {
        for given in [given().env(name, value), given().file(".env", &format!("{name}='{value}'"))]
        {
            let line = given.refusal();
            assert!(line.starts_with(name) && line.contains("begins with"), "{line}");
            assert!(!line.contains("hunter2") && !line.contains('\n'), "{line}");
        }
    }
    let toml = given().file("kontor.toml", "[db]\npassword = 12345\n").refusal();
    assert_eq!(toml, "db.password (kontor.toml) takes a secret text");
    let toml = given().file("kontor.toml", "[auth]\nsecret = [\"hunter2\"]\n").refusal();
    assert_eq!(toml, "auth.secret (kontor.toml) takes a secret text");
}

#[test]
fn an_unknown_name_is_refused_with_the_nearest_known_one() {
    for (given, expected) in [
        (
            given().env("HTTP__PROT", "1"),
            "unknown setting HTTP__PROT (environment); did you mean HTTP__PORT?",
        ),
        (
            given().env("AUTH__SECRETS", "hunter2"),
            "unknown setting AUTH__SECRETS (environment); did you mean AUTH__SECRET?",
        ),
        (
            given().file(".env", "DATABSE_URL=hunter2\n"),
            "unknown setting DATABSE_URL (.env); did you mean DATABASE_URL?",
        ),
        (
            given().file("kontor.toml", "[http]\nprot = 1\n"),
            "unknown setting http.prot (kontor.toml); did you mean http.port?",
        ),
        (
            given().file("kontor.toml", "[payments.mock]\nwebhook_secert = \"hunter2\"\n"),
            "unknown setting payments.mock.webhook_secert (kontor.toml); did you mean \
             payments.mock.webhook_secret?",
        ),
        (
            given().flag("http.prot", "1"),
            "unknown setting http.prot (command line); did you mean http.port?",
        ),
        (
            given().env("HTTP__PORT_FILE", "x"),
            "unknown setting HTTP__PORT_FILE (environment); did you mean HTTP__PORT?",
        ),
    ] {
        assert_eq!(given.refusal(), expected);
    }
    for given in [
        given().env("DB__QQQQQQQQQQQQQQQ", "hunter2"),
        given().file(".env", "SOMETHING_ELSE=hunter2\n"),
        given().file("kontor.toml", "[http]\n\"a\\nb\" = \"hunter2\"\n"),
        given().file("kontor.toml", "[nothing]\nlike = \"hunter2\"\n"),
    ] {
        let line = given.refusal();
        assert!(!line.contains('\n'), "{line}");
        assert!(line.starts_with("unknown setting ") && !line.contains("hunter2"), "{line}");
        assert!(!line.contains("did you mean"), "{line}");
    }
}

#[test]
fn other_programs_variables_are_nobodys_business() {
    given().env("PATH", "/bin").env("SOMETHING_ELSE", "x").env("X__Y", "z").env("", "").good();
    let kubernetes = given().env("REDIS_PORT", "tcp://10.0.0.1:6379").good();
    assert_eq!(kubernetes.redis.port, 6379);
    given().file(".env", "COMPOSE_PROJECT_NAME=x\nRUST_BACKTRACE=1\n").good();
}

#[test]
fn broken_files_are_refused_by_place_and_not_shown() {
    for text in ["[auth]\nsecret = hunter2\n", "[auth\nsecret = \"hunter2\"", "secret \"hunter2\""]
    {
        let line = given().file("kontor.toml", text).refusal();
        assert!(line.starts_with("kontor.toml is not well-formed: "), "{line}");
        assert!(line.contains("line ") && !line.contains("hunter2"), "{line}");
        assert!(!line.contains('\n'), "{line}");
    }
    let line = given().file(".env", "HTTP__PORT=1\nhunter2\n").refusal();
    assert_eq!(line, ".env is not well-formed: line 2");
    for text in ["app = 1", "[http.port]\nx = 1", "[[http]]\nport = 1", "http = []"] {
        let line = given().file("kontor.toml", text).refusal();
        assert!(line.contains("(kontor.toml)"), "{line}");
    }
}

#[test]
fn a_secrets_file_must_be_readable_and_the_only_source() {
    let line = given().env("AUTH__SECRET_FILE", "/not/there").refusal();
    let expected = "AUTH__SECRET_FILE (environment) names a file that cannot be read: /not/there";
    assert_eq!(line, expected);
    let both = [("AUTH__SECRET", "hunter2"), ("AUTH__SECRET_FILE", "root")];
    for order in [[0, 1], [1, 0]] {
        let mut given = given().file("root", "hunter2");
        for at in order {
            given = given.env(both[at].0, both[at].1);
        }
        let line = given.refusal();
        assert!(line.contains("is given twice") && !line.contains("hunter2"), "{line}");
    }
}
