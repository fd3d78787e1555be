use std::path::PathBuf;

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
    /// What access tokens are signed with.
    TokenAlgorithm {
        /// A secret.
        Hs256 = "HS256",
        /// An Ed25519 key, whose public half others can check tokens with.
        EdDsa = "EdDSA",
    }
);

words!(
    /// What becomes of mail.
    MailTransportKind {
        /// A file each, in the data directory.
        File = "file",
        /// A line in the log.
        Log = "log",
        /// To the recipient, by way of a mail server.
        Smtp = "smtp",
    }
);

words!(
    /// How a mail server is spoken to.
    SmtpTls {
        /// In plain first; mail leaves only encrypted.
        StartTls = "starttls",
        /// Encrypted from the start.
        Tls = "tls",
        /// In plain: for a server on the same machine.
        None = "none",
    }
);

words!(
    /// Who may make accounts, and what is said about those there are.
    Registration {
        /// Everybody; whether an address is taken is told at once.
        Classic = "classic",
        /// Everybody; only mails to the address tell anything.
        Quiet = "quiet",
        /// Those on the staff who may write accounts.
        Staff = "staff",
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
        /// Pages of other sites.
        cors: Cors,
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
        /// What is counted.
        metrics: Metrics,
        /// Traces.
        otel: Otel,
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
        /// Requests at once.
        max_in_flight: usize,
        /// Connections of one address at once; 0 is as many as come.
        connections_per_address: usize,
        /// Streams of events at once.
        max_streams: usize,
    }
);

section!(
    /// Pages of other sites.
    Cors {
        /// Whose pages may use the API.
        origins: Vec<String>,
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
        /// Root secret whose tokens are accepted besides, while secrets are exchanged.
        previous_secret: Secret,
        /// What access tokens are signed with.
        algorithm: TokenAlgorithm,
        /// Ed25519 key in PEM; derived from the root secret when there is none.
        private_key: Secret,
        /// Ed25519 key in PEM whose tokens are accepted besides, while keys are exchanged.
        previous_public_key: Secret,
        /// Who may make accounts.
        registration: Registration,
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
        /// Pages that are shown to whoever is not signed in, separated by commas.
        public_routes: String,
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
        /// When the money of a payment that does not say is taken.
        capture: String,
        /// The mock provider.
        mock: Mock,
    }
);

section!(
    /// The mock provider.
    Mock {
        /// What its webhooks are signed with.
        webhook_secret: Secret,
        /// How it misbehaves.
        scenario: String,
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
        /// Directory with templates of the shop's own; empty for none.
        templates: String,
        /// Address it comes from.
        from: String,
        /// Whole address of the mail server; see [`Settings::smtp_url`].
        smtp_url: Secret,
        /// Host of the mail server.
        smtp_host: String,
        /// Port of the mail server.
        smtp_port: u16,
        /// Who signs in at the mail server.
        smtp_user: String,
        /// Password for the mail server.
        smtp_password: Secret,
        /// How the mail server is spoken to.
        smtp_tls: SmtpTls,
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
    /// What is counted.
    Metrics {
        /// Whether it is told.
        enabled: bool,
        /// Address of the port of its own.
        host: String,
        /// Port of its own; 0 is the server's.
        port: u16,
    }
);

section!(
    /// Traces.
    Otel {
        /// Where they are sent; empty for nowhere.
        endpoint: String,
        /// What the process is called there.
        service_name: String,
        /// How many of those that nobody outside decided on are sent, in a hundred.
        sample_percent: u8,
    }
);

section!(
    /// Background work.
    Worker {
        /// Address where a worker on its own is watched.
        host: String,
        /// Port where a worker on its own is watched; 0 is none.
        port: u16,
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
