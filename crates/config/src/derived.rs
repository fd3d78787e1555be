//! What follows from the settings: addresses put together from their parts, and folders.

use std::path::{Path, PathBuf};

use crate::{
    ConfigError, Secret,
    settings::{Db, Env, Mail, Rabbitmq, Redis, Settings, SmtpTls, TokenAlgorithm},
};

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

    /// Address of the mail server; empty when there is none.
    pub fn smtp_url(&self) -> Secret {
        let Mail { smtp_url, smtp_host, smtp_port, smtp_user, smtp_password, smtp_tls, .. } =
            &self.mail;
        if !smtp_url.is_empty() || smtp_host.is_empty() {
            return smtp_url.clone();
        }
        let (scheme, wanted) = match smtp_tls {
            SmtpTls::StartTls => ("smtp", "?tls=required"),
            SmtpTls::Tls => ("smtps", ""),
            SmtpTls::None => ("smtp", ""),
        };
        let (login, host) = (login(smtp_user, smtp_password), bracketed(smtp_host));
        Secret::new(format!("{scheme}://{login}{host}:{smtp_port}{wanted}"))
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

    /// Refuses keys that nothing would be done with.
    pub(crate) fn check_keys(&self) -> Result<(), ConfigError> {
        let auth = &self.auth;
        let refused = |key, reason| Err(ConfigError::refused(key, reason));
        if auth.algorithm == TokenAlgorithm::Hs256 {
            let reason = "only used with AUTH__ALGORITHM=EdDSA";
            if !auth.private_key.is_empty() {
                return refused("AUTH__PRIVATE_KEY", reason);
            }
            if !auth.previous_public_key.is_empty() {
                return refused("AUTH__PREVIOUS_PUBLIC_KEY", reason);
            }
        }
        if !auth.previous_secret.is_empty() && auth.previous_secret == auth.secret {
            return refused("AUTH__PREVIOUS_SECRET", "the same as AUTH__SECRET; leave it empty");
        }
        Ok(())
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
