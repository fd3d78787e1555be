use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, Serialize};

use crate::Secret;

macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $name { $($(#[$variant_meta])* #[serde(rename = $text)] $variant),+ }

        impl $name {
            /// As it is written in settings.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
    };
}

words!(
    /// What the process is for.
    Env {
        /// Trying and building.
        Development = "development",
        /// Real customers.
        Production = "production",
    }
);

words!(
    /// What becomes of mail.
    MailTransportKind {
        /// A file each, in the data directory.
        File = "file",
        /// A line in the log.
        Log = "log",
    }
);

words!(
    /// What log lines look like.
    LogFormat {
        /// For people.
        Pretty = "pretty",
        /// For machines.
        Json = "json",
    }
);

macro_rules! section {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name { $($(#[$field_meta])* pub $field: $type),+ }
    };
}

section!(
    /// Everything that can be set. Printing or serialising it shows no secret.
    Settings {
        /// The process.
        app: App,
        /// The server.
        http: Http,
        /// The database.
        db: Db,
        /// Redis.
        redis: Redis,
        /// RabbitMQ.
        rabbitmq: Rabbitmq,
        /// Signing in.
        auth: Auth,
        /// Passwords.
        password: Password,
        /// Slowing callers down.
        rate_limit: RateLimit,
        /// Payments.
        payments: Payments,
        /// Orders.
        orders: Orders,
        /// Mail.
        mail: Mail,
        /// Log lines.
        log: Log,
        /// Background work.
        worker: Worker,
        /// Demo data.
        demo: Demo,
    }
);

section!(
    /// The process.
    App {
        /// What it is for.
        env: Env,
        /// Where files are.
        data_dir: PathBuf,
        /// Where the shop is reached from outside, without a slash at the end.
        public_url: String,
    }
);

section!(
    /// The server.
    Http {
        /// Address to listen on.
        host: String,
        /// Port to listen on; 0 lets the system choose.
        port: u16,
        /// Proxies whose forwarding headers are believed, as addresses or networks.
        trusted_proxies: Vec<String>,
        /// Threads; 0 is one for each core.
        workers: usize,
    }
);

section!(
    /// The database; see [`Settings::db_url`].
    Db {
        /// Whole address.
        url: Secret,
        /// Host of PostgreSQL.
        host: String,
        /// Port of PostgreSQL.
        port: u16,
        /// User of PostgreSQL.
        user: String,
        /// Password of PostgreSQL.
        password: Secret,
        /// Name of the database.
        name: String,
        /// Whether writes to SQLite share one durable commit.
        group_commit: bool,
        /// Connections.
        pool_size: u32,
    }
);

section!(
    /// Redis; see [`Settings::redis_url`].
    Redis {
        /// Whole address.
        url: Secret,
        /// Host.
        host: String,
        /// Port.
        port: u16,
        /// First part of every key.
        namespace: String,
        /// Password.
        password: Secret,
    }
);

section!(
    /// RabbitMQ; see [`Settings::rabbitmq_url`].
    Rabbitmq {
        /// Whole address.
        url: Secret,
        /// Host.
        host: String,
        /// Port.
        port: u16,
        /// User.
        user: String,
        /// First part of the name of every exchange and queue.
        prefix: String,
        /// Password.
        password: Secret,
    }
);

section!(
    /// Signing in.
    Auth {
        /// Root secret all keys are derived from.
        secret: Secret,
        /// How long an access token lives, minutes.
        access_token_minutes: u32,
        /// How long a refresh token lives, days.
        refresh_token_days: u32,
        /// How long a session lasts at most, days.
        session_days: u32,
        /// How long sessions are kept after they are over, days.
        keep_ended_sessions_days: u32,
        /// How long a proof of the password counts as recent, minutes.
        step_up_minutes: u32,
    }
);

section!(
    /// Passwords.
    Password {
        /// Shortest, characters.
        min_length: usize,
        /// Shortest of people who work for the shop, characters.
        staff_min_length: usize,
        /// Kinds of characters that are wanted.
        require_classes: u8,
        /// Guesses an attacker has to need, as a power of ten.
        min_strength: u8,
        /// Memory of one hash, KiB.
        memory_kib: u32,
        /// Passes of one hash.
        iterations: u32,
        /// Lanes of one hash.
        parallelism: u32,
        /// Hashes at once; 0 is half the cores, see [`Settings::concurrent_hashes`].
        concurrent: usize,
    }
);

section!(
    /// Slowing callers down.
    RateLimit {
        /// Whether it is done.
        enabled: bool,
        /// Reads a second, by address.
        reads_per_second: u32,
        /// Reads at once, by address.
        reads_burst: u32,
        /// Reads a second of whoever is signed in.
        signed_in_per_second: u32,
        /// Reads at once of whoever is signed in.
        signed_in_burst: u32,
        /// Writes a second.
        writes_per_second: u32,
        /// Writes at once.
        writes_burst: u32,
        /// Orders a minute.
        orders_per_minute: u32,
        /// Log-ins a minute.
        login_per_minute: u32,
        /// Log-ins an hour.
        login_per_hour: u32,
        /// Wrong passwords in a row without a wait.
        login_free_failures: u32,
        /// Wrong passwords in a row after which none is looked at.
        login_max_failures: u32,
        /// Refreshes a minute.
        refresh_per_minute: u32,
    }
);

section!(
    /// Payments.
    Payments {
        /// Provider of a payment that names none.
        default_provider: String,
        /// The mock provider.
        mock: Mock,
    }
);

section!(
    /// The mock provider.
    Mock {
        /// What its webhooks are signed with.
        webhook_secret: Secret,
        /// Whether it may be used in production.
        allow_in_production: bool,
    }
);

section!(
    /// Orders.
    Orders {
        /// How long an order waits for its payment, minutes.
        pending_minutes: u32,
        /// Whether orders and payments are refused without an idempotency key.
        require_idempotency_key: bool,
    }
);

section!(
    /// Mail.
    Mail {
        /// What becomes of it.
        transport: MailTransportKind,
        /// Name of the shop in it.
        shop_name: String,
    }
);

section!(
    /// Log lines.
    Log {
        /// What they look like.
        format: LogFormat,
        /// Which ones there are.
        level: String,
    }
);

section!(
    /// Background work.
    Worker {
        /// Messages a consumer holds at once.
        prefetch: u16,
        /// Events the relay publishes at once.
        relay_batch: u32,
        /// How often the relay looks without being told to, milliseconds.
        poll_ms: u64,
    }
);

section!(
    /// Demo data.
    Demo {
        /// Password of the demo administrator; made up when there is none.
        #[serde(deserialize_with = "some_unless_empty")]
        admin_password: Option<Secret>,
        /// Password of the demo customer; made up when there is none.
        #[serde(deserialize_with = "some_unless_empty")]
        user_password: Option<Secret>,
    }
);

fn some_unless_empty<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Secret>, D::Error> {
    let secret = Secret::deserialize(from)?;
    Ok((!secret.is_empty()).then_some(secret))
}

impl Settings {
    /// Whether real customers are served.
    pub fn is_production(&self) -> bool {
        self.app.env == Env::Production
    }

    /// Whether the mock provider may be used.
    pub fn is_mock_allowed(&self) -> bool {
        !self.is_production() || self.payments.mock.allow_in_production
    }

    /// Address of the database; a file in the data directory unless something else is set.
    pub fn db_url(&self) -> Secret {
        if !self.db.url.is_empty() {
            return self.db.url.clone();
        }
        let Db { host, port, user, password, name, .. } = &self.db;
        Secret::new(if host.is_empty() {
            format!("sqlite://{}", self.data_file("kontor.db").display())
        } else {
            let login = login(user, password);
            format!("postgres://{login}{}:{port}/{}", bracketed(host), percent_encoded(name))
        })
    }

    /// Address of Redis; `None` keeps cache and limits in the process.
    pub fn redis_url(&self) -> Option<Secret> {
        let Redis { url, host, port, password, .. } = &self.redis;
        if !url.is_empty() {
            return Some(url.clone());
        }
        let login = login("", password);
        (!host.is_empty())
            .then(|| Secret::new(format!("redis://{login}{}:{port}", bracketed(host))))
    }

    /// Address of RabbitMQ; `None` keeps the bus in the process.
    pub fn rabbitmq_url(&self) -> Option<Secret> {
        let Rabbitmq { url, host, port, user, password, .. } = &self.rabbitmq;
        if !url.is_empty() {
            return Some(url.clone());
        }
        let login = login(user, password);
        (!host.is_empty()).then(|| Secret::new(format!("amqp://{login}{}:{port}", bracketed(host))))
    }

    /// Where the shop is reached from outside: what was set, or the listening address, without a
    /// slash at the end.
    pub fn public_url(&self) -> String {
        if !self.app.public_url.is_empty() {
            return self.app.public_url.trim_end_matches('/').to_owned();
        }
        let host = match self.http.host.as_str() {
            "0.0.0.0" | "::" => "localhost",
            host => host,
        };
        format!("http://{}:{}", bracketed(host), self.http.port)
    }

    /// Password hashes computed at once: as set, or half the cores and one at least.
    pub fn concurrent_hashes(&self) -> usize {
        match self.password.concurrent {
            0 => std::thread::available_parallelism().map_or(1, |cores| (cores.get() / 2).max(1)),
            set => set,
        }
    }

    /// A file in the data directory.
    pub fn data_file(&self, name: impl AsRef<Path>) -> PathBuf {
        self.app.data_dir.join(name)
    }

    /// Where mails are kept when they are kept in files.
    pub fn mail_dir(&self) -> PathBuf {
        self.data_file("mail")
    }
}

/// `user:password@` with both percent-encoded, or nothing.
fn login(user: &str, password: &Secret) -> String {
    let user = percent_encoded(user);
    match (user.is_empty(), password.is_empty()) {
        (true, true) => String::new(),
        (false, true) => format!("{user}@"),
        (_, false) => format!("{user}:{}@", percent_encoded(password.expose())),
    }
}

fn percent_encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// An IPv6 address in an URL stands in brackets.
fn bracketed(host: &str) -> String {
    if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() }
}
