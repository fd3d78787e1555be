use std::{fmt, net::IpAddr};

use figment::value::Value;

/// What a setting takes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Takes {
    /// Any text.
    Text,
    /// Any text, never shown.
    Secret,
    /// An address with one of these schemes, never shown because it may hold a password.
    SecretUrl(&'static [&'static str]),
    /// An address with one of these schemes.
    Url(&'static [&'static str]),
    /// Yes or no.
    Flag,
    /// A whole number from the first to the second.
    Number(u64, u64),
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// Addresses or networks, separated by commas.
    Networks,
    /// Origins of pages, separated by commas, or a star.
    Origins,
}

impl fmt::Display for Takes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text => f.write_str("a text"),
            Self::Secret => f.write_str("a secret text"),
            Self::Url(schemes) | Self::SecretUrl(schemes) => {
                write!(f, "an address that begins with {}", schemes.join(" or "))
            }
            Self::Flag => f.write_str("true or false"),
            Self::Number(from, to) => write!(f, "a whole number from {from} to {to}"),
            Self::OneOf(words) => f.write_str(&words.join(" or ")),
            Self::Origins => {
                f.write_str("origins separated by commas, such as https://shop.example, or *")
            }
            Self::Networks => {
                f.write_str("addresses or networks separated by commas, such as 10.0.0.0/8")
            }
        }
    }
}

impl Takes {
    pub(crate) const fn is_secret(self) -> bool {
        matches!(self, Self::Secret | Self::SecretUrl(_))
    }

    /// Reads a raw, non-empty text by what is wanted, never by what it looks like: `00123` stays
    /// `00123` where a text is wanted.
    pub(crate) fn read(self, raw: &str) -> Option<Value> {
        Some(match self {
            Self::Text | Self::Secret => Value::from(raw),
            Self::Url(schemes) | Self::SecretUrl(schemes) => {
                let rest = schemes.iter().find_map(|scheme| raw.strip_prefix(scheme))?;
                let is_plain = !raw.contains(|c: char| c.is_whitespace() || c.is_control());
                Value::from((is_plain && !rest.is_empty()).then_some(raw)?)
            }
            Self::Flag => Value::from(flag(raw)?),
            Self::Number(from, to) => {
                let digits = raw.bytes().all(|byte| byte.is_ascii_digit());
                let number = raw.parse().ok().filter(|_| digits)?;
                Value::from((from..=to).contains(&number).then_some(number)?)
            }
            Self::OneOf(words) => {
                Value::from(*words.iter().find(|word| word.eq_ignore_ascii_case(raw))?)
            }
            Self::Origins => {
                let all: Vec<&str> = raw.split(',').map(str::trim).collect();
                Value::from((raw == "*" || all.iter().all(|text| is_origin(text))).then_some(all)?)
            }
            Self::Networks => {
                let all: Vec<&str> = raw.split(',').map(str::trim).collect();
                Value::from(all.iter().all(|text| is_network(text)).then_some(all)?)
            }
        })
    }

    /// What an absent setting is.
    pub(crate) fn nothing(self) -> Value {
        match self {
            Self::Networks | Self::Origins => Value::from(Vec::<String>::new()),
            Self::Flag => Value::from(false),
            Self::Number(from, _) => Value::from(from),
            Self::Text | Self::Secret | Self::Url(_) | Self::SecretUrl(_) | Self::OneOf(_) => {
                Value::from("")
            }
        }
    }
}

pub(crate) fn flag(raw: &str) -> Option<bool> {
    match raw.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// What browsers send as `Origin`: scheme, host and perhaps a port, in lower case.
fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-:[]".contains(c);
        !host.is_empty() && host.chars().all(plain)
    })
}

fn is_network(text: &str) -> bool {
    let (address, prefix) = text.split_once('/').map_or((text, None), |(a, p)| (a, Some(p)));
    let Ok(address) = address.parse::<IpAddr>() else { return false };
    let longest = if address.is_ipv4() { 32 } else { 128 };
    prefix.is_none_or(|prefix| prefix.parse::<u8>().is_ok_and(|bits| bits <= longest))
}
