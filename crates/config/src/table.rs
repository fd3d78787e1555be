use crate::takes::Takes;

/// One setting: the only place that knows its key, default and meaning.
pub(crate) struct Setting {
    /// Dotted key, as in `kontor.toml`.
    pub(crate) key: &'static str,
    pub(crate) takes: Takes,
    /// Default as written; empty for none.
    pub(crate) default: &'static str,
    pub(crate) about: &'static str,
}

impl Setting {
    /// `HTTP__PORT` for `http.port`.
    pub(crate) fn env_name(&self) -> String {
        self.key.replace('.', "__").to_ascii_uppercase()
    }
}

const fn setting(
    key: &'static str,
    takes: Takes,
    default: &'static str,
    about: &'static str,
) -> Setting {
    Setting { key, takes, default, about }
}

const WEB: &[&str] = &["http://", "https://"];
const DATABASE: &[&str] = &["postgres://", "postgresql://", "sqlite:"];
const REDIS: &[&str] = &["redis://", "rediss://"];
const AMQP: &[&str] = &["amqp://", "amqps://"];
const SMTP: &[&str] = &["smtp://", "smtps://"];
const PORT: Takes = Takes::Number(1, 65_535);

#[rustfmt::skip]
pub(crate) const SETTINGS: &[Setting] = &[
    setting("app.env", Takes::OneOf(&["development", "production"]), "development", "Production refuses to start with weak secrets or a provider that moves no money."),
    setting("app.data_dir", Takes::Text, "data", "Where the database file, generated secrets and kept mails are."),
    setting("app.public_url", Takes::Url(WEB), "", "Where the shop is reached from outside; the listening address when empty. Production needs https."),
    setting("http.host", Takes::Text, "127.0.0.1", "Address to listen on."),
    setting("http.port", Takes::Number(0, 65_535), "8000", "Port to listen on; 0 lets the system choose."),
    setting("http.trusted_proxies", Takes::Networks, "", "Proxies whose X-Forwarded-For is believed."),
    setting("http.workers", Takes::Number(0, 256), "0", "Threads that serve requests; 0 is one for each core."),
    setting("http.max_in_flight", Takes::Number(1, 100_000), "512", "Requests worked on at once; more are answered 503."),
    setting("http.connections_per_address", Takes::Number(0, 100_000), "256", "Connections of one address at once, trusted proxies aside; 0 is as many as come."),
    setting("http.max_streams", Takes::Number(0, 10_000), "1000", "Streams of events open at once; more are answered 503."),
    setting("cors.origins", Takes::Origins, "", "Other sites whose pages may use the API with tokens, never with cookies; * is every site, which production refuses."),
    setting("db.url", Takes::SecretUrl(DATABASE), "", "Database; a file in the data directory when neither this nor DB__HOST is given."),
    setting("db.host", Takes::Text, "", "Host of PostgreSQL, instead of DB__URL."),
    setting("db.port", PORT, "5432", "Port of PostgreSQL."),
    setting("db.user", Takes::Text, "postgres", "User of PostgreSQL."),
    setting("db.password", Takes::Secret, "", "Password of PostgreSQL."),
    setting("db.name", Takes::Text, "kontor", "Name of the database."),
    setting("db.group_commit", Takes::Flag, "true", "Whether writes to SQLite share one durable commit; off is only for measuring what that gains."),
    setting("db.pool_size", Takes::Number(1, 1_000), "10", "Connections to PostgreSQL; for SQLite, connections that read."),
    setting("redis.url", Takes::SecretUrl(REDIS), "", "Redis; in process when neither this nor REDIS__HOST is given."),
    setting("redis.host", Takes::Text, "", "Host of Redis, instead of REDIS__URL."),
    setting("redis.port", PORT, "6379", "Port of Redis."),
    setting("redis.namespace", Takes::Text, "kontor", "First part of every key in Redis, so that stores can share one."),
    setting("redis.password", Takes::Secret, "", "Password of Redis."),
    setting("rabbitmq.url", Takes::SecretUrl(AMQP), "", "RabbitMQ; in process when neither this nor RABBITMQ__HOST is given."),
    setting("rabbitmq.host", Takes::Text, "", "Host of RabbitMQ, instead of RABBITMQ__URL."),
    setting("rabbitmq.port", PORT, "5672", "Port of RabbitMQ."),
    setting("rabbitmq.user", Takes::Text, "guest", "User of RabbitMQ."),
    setting("rabbitmq.prefix", Takes::Text, "kontor", "First part of the name of every exchange and queue."),
    setting("rabbitmq.password", Takes::Secret, "guest", "Password of RabbitMQ."),
    setting("auth.secret", Takes::Secret, "", "Root secret all keys are derived from, 32 bytes at least; development makes one."),
    setting("auth.previous_secret", Takes::Secret, "", "A root secret whose tokens are accepted besides, while secrets are exchanged."),
    setting("auth.algorithm", Takes::OneOf(&["HS256", "EdDSA"]), "HS256", "What access tokens are signed with: a secret, or a key whose public half is at /.well-known/jwks.json."),
    setting("auth.private_key", Takes::Secret, "", "Ed25519 key in PEM for EdDSA, as `openssl genpkey -algorithm ed25519` makes; derived from AUTH__SECRET when empty."),
    setting("auth.previous_public_key", Takes::Secret, "", "Public Ed25519 key in PEM whose tokens are accepted besides, while keys are exchanged."),
    setting("auth.registration", Takes::OneOf(&["classic", "quiet", "staff"]), "classic", "Who may make accounts: everybody, told at once when an address is taken; everybody, told by mail alone and let in once the address is proven; or the staff."),
    setting("auth.access_token_minutes", Takes::Number(1, 1_440), "15", "How long an access token lives, minutes."),
    setting("auth.refresh_token_days", Takes::Number(1, 365), "30", "How long a refresh token lives, days: a session that is not used for so long is over."),
    setting("auth.session_days", Takes::Number(1, 3_650), "90", "How long a session lasts at most, however often it is refreshed, days."),
    setting("auth.keep_ended_sessions_days", Takes::Number(1, 3_650), "30", "How long sessions are kept after they ended or expired, days."),
    setting("auth.step_up_minutes", Takes::Number(1, 60), "10", "How long a proof of the password is enough for what wants a recent one, minutes."),
    setting("auth.public_routes", Takes::Text, "/,/products/*", "Pages that are shown to whoever is not signed in, separated by commas; `/*` at the end stands for everything below. The log-in, the registration and the pages that mails lead to always are; the API has rules of its own."),
    setting("password.min_length", Takes::Number(8, 128), "8", "Shortest password, characters."),
    setting("password.staff_min_length", Takes::Number(8, 128), "15", "Shortest password of people who work for the shop, characters."),
    setting("password.require_classes", Takes::Number(0, 4), "0", "How many of small letters, capitals, digits and other characters a password needs."),
    setting("password.min_strength", Takes::Number(0, 12), "4", "Guesses an attacker has to need for a password, as a power of ten; 0 takes common ones too."),
    setting("password.memory_kib", Takes::Number(64, 1_048_576), "19456", "Memory of one password hash, KiB."),
    setting("password.iterations", Takes::Number(1, 20), "2", "Passes of one password hash."),
    setting("password.parallelism", Takes::Number(1, 16), "1", "Lanes of one password hash."),
    setting("password.concurrent", Takes::Number(0, 256), "0", "Password hashes computed at once; 0 is half the cores."),
    setting("rate_limit.enabled", Takes::Flag, "true", "Whether callers are slowed down."),
    setting("rate_limit.reads_per_second", Takes::Number(1, 100_000), "20", "Reads a second by one address, counted in each process."),
    setting("rate_limit.reads_burst", Takes::Number(1, 100_000), "100", "Reads at once by one address."),
    setting("rate_limit.signed_in_per_second", Takes::Number(1, 100_000), "50", "Reads a second by one account, counted in each process."),
    setting("rate_limit.signed_in_burst", Takes::Number(1, 100_000), "200", "Reads at once by one account."),
    setting("rate_limit.writes_per_second", Takes::Number(1, 100_000), "5", "Writes a second by one account, or by one address where nobody is signed in; counted in each process."),
    setting("rate_limit.writes_burst", Takes::Number(1, 100_000), "20", "Writes at once."),
    setting("rate_limit.orders_per_minute", Takes::Number(1, 100_000), "10", "Orders a minute by one account."),
    setting("rate_limit.login_per_minute", Takes::Number(1, 1_000), "10", "Log-ins a minute by one address, and as many to one account; also registrations and requests for mails by one address."),
    setting("rate_limit.login_per_hour", Takes::Number(1, 10_000), "100", "The same an hour."),
    setting("rate_limit.login_free_failures", Takes::Number(0, 20), "5", "Wrong passwords in a row without a wait; each further one doubles it, from 1 s to 15 min."),
    setting("rate_limit.login_max_failures", Takes::Number(10, 1_000), "100", "Wrong passwords in a row after which only a new password, or the staff, helps."),
    setting("rate_limit.refresh_per_minute", Takes::Number(1, 100_000), "60", "Refreshes of sessions a minute by one address."),
    setting("payments.default_provider", Takes::OneOf(&["mock"]), "mock", "Provider of a payment that names none."),
    setting("payments.capture", Takes::OneOf(&["automatic", "manual"]), "automatic", "When the money of a payment is taken: as soon as the customer agrees, or when staff says so."),
    setting("payments.mock.webhook_secret", Takes::Secret, "", "What webhooks of the mock provider are signed with: its bytes, or base64 after whsec_; development makes one."),
    setting("payments.mock.scenario", Takes::OneOf(&["none", "timeout", "error_after_effect"]), "none", "What happens to each thing the mock provider is asked for the first time: nothing unusual, the request is lost, or it is done and the answer is lost."),
    setting("payments.mock.allow_in_production", Takes::Flag, "false", "Whether the mock provider may be used in production."),
    setting("orders.pending_minutes", Takes::Number(1, 10_080), "30", "How long an order waits for its payment, minutes."),
    setting("orders.require_idempotency_key", Takes::Flag, "false", "Whether orders and payments are refused without an Idempotency-Key."),
    setting("mail.transport", Takes::OneOf(&["file", "log", "smtp"]), "file", "What becomes of mail: files in the data directory, a line in the log, or a mail server takes it."),
    setting("mail.shop_name", Takes::Text, "Kontor", "Name of the shop in mails."),
    setting("mail.templates", Takes::Text, "", "Directory with templates that take the place of ours, such as ru/welcome.html.j2."),
    setting("mail.from", Takes::Text, "", "Address mails come from; needed for smtp."),
    setting("mail.smtp_url", Takes::SecretUrl(SMTP), "", "Mail server: smtps://user:password@host, or smtp://...?tls=required for STARTTLS."),
    setting("mail.smtp_host", Takes::Text, "", "Host of the mail server, instead of MAIL__SMTP_URL."),
    setting("mail.smtp_port", PORT, "587", "Port of the mail server."),
    setting("mail.smtp_user", Takes::Text, "", "Who signs in at the mail server."),
    setting("mail.smtp_password", Takes::Secret, "", "Password for the mail server."),
    setting("mail.smtp_tls", Takes::OneOf(&["starttls", "tls", "none"]), "starttls", "How the mail server at MAIL__SMTP_HOST is spoken to; none is for a server on the same machine."),
    setting("log.format", Takes::OneOf(&["pretty", "json"]), "pretty", "What log lines look like."),
    setting("log.level", Takes::Text, "info", "Level, or directives such as info,sqlx=warn."),
    setting("metrics.enabled", Takes::Flag, "true", "Whether /metrics is there, for Prometheus."),
    setting("metrics.host", Takes::Text, "127.0.0.1", "Address METRICS__PORT listens on."),
    setting("metrics.port", Takes::Number(0, 65_535), "0", "Port of its own for /metrics and health of a process that serves; 0 has them on HTTP__PORT."),
    setting("otel.endpoint", Takes::Url(WEB), "", "Collector that traces are sent to by OTLP over HTTP, such as http://127.0.0.1:4318; only a program built with the feature `otel` sends any."),
    setting("otel.service_name", Takes::Text, "kontor", "What this process is called in traces."),
    setting("otel.sample_percent", Takes::Number(0, 100), "100", "How many traces of a hundred are sent, where the caller has not decided."),
    setting("worker.host", Takes::Text, "127.0.0.1", "Address WORKER__PORT listens on."),
    setting("worker.port", Takes::Number(0, 65_535), "0", "Port for health and /metrics of a worker on its own; 0 is none."),
    setting("worker.prefetch", Takes::Number(1, 1_000), "32", "Messages a consumer holds at once."),
    setting("worker.relay_batch", Takes::Number(1, 1_000), "100", "Events the relay publishes at once."),
    setting("worker.poll_ms", Takes::Number(10, 60_000), "200", "How often the relay looks without being told to, milliseconds."),
    setting("demo.admin_password", Takes::Secret, "", "Password of admin@example.com in the demo data; made up when empty."),
    setting("demo.user_password", Takes::Secret, "", "Password of test@example.com in the demo data; made up when empty."),
];

/// Usual flat names; the setting's own name wins over them within one layer, the first over the
/// second.
pub(crate) const ALIASES: &[(&str, &str)] = &[
    ("DATABASE_URL", "db.url"),
    ("REDIS_URL", "redis.url"),
    ("RABBITMQ_URL", "rabbitmq.url"),
    ("REQUIRE_IDEMPOTENCY_KEY", "orders.require_idempotency_key"),
    ("SECRET_KEY", "auth.secret"),
    ("JWT_SECRET_KEY", "auth.secret"),
    ("ALGORITHM", "auth.algorithm"),
    ("CORS_ORIGINS", "cors.origins"),
    ("ALLOWED_ORIGINS", "cors.origins"),
    ("ACCESS_TOKEN_EXPIRE_MINUTES", "auth.access_token_minutes"),
    ("REFRESH_TOKEN_EXPIRE_DAYS", "auth.refresh_token_days"),
    ("RABBITMQ_HOST", "rabbitmq.host"),
    ("RABBITMQ_PORT", "rabbitmq.port"),
    ("RABBITMQ_USER", "rabbitmq.user"),
    ("RABBITMQ_PASSWORD", "rabbitmq.password"),
    ("DB_PG_HOST", "db.host"),
    ("DB_PG_PORT", "db.port"),
    ("DB_PG_USER", "db.user"),
    ("DB_PG_PASSWORD", "db.password"),
    ("DB_PG_NAME", "db.name"),
    ("REDIS_HOST", "redis.host"),
    ("REDIS_PORT", "redis.port"),
    ("REDIS_PASSWORD", "redis.password"),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "otel.endpoint"),
    ("OTEL_SERVICE_NAME", "otel.service_name"),
];

/// Finds the setting with this dotted key.
pub(crate) fn by_key(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.key == key)
}

/// Whether an environment variable is named like one of ours: `HTTP__ANYTHING`.
pub(crate) fn is_ours(env_name: &str) -> bool {
    let Some((section, _)) = env_name.split_once("__") else { return false };
    SETTINGS.iter().any(|setting| {
        setting.key.split_once('.').is_some_and(|(known, _)| known.eq_ignore_ascii_case(section))
    })
}
