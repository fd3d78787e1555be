use std::fmt;

use crate::shared::id::RawId;

/// An e-mail address: stored as the person wrote it, compared by its key.
///
/// Normalisation (NFC, ASCII lower case, IDNA domain) is done where it enters; here is the shape.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Reads an address of RFC 5321 length with one `@`, a dotted domain and no spaces or controls.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@')?;
        let plain = |part: &str| {
            !part.is_empty()
                && !part.chars().any(|c| c.is_whitespace() || c.is_control() || c == '@')
        };
        let label = |label: &str| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        };
        let fits = text.len() <= 254 && local.len() <= 64;
        let unquoted = !local.contains(['"', '(', ')', ',', ':', ';', '<', '>', '[', ']', '\\']);
        let dotted = !local.starts_with('.') && !local.ends_with('.') && !local.contains("..");
        let named = domain.contains('.') && domain.split('.').all(label);
        (fits && plain(local) && unquoted && dotted && named).then(|| Self(text.to_owned()))
    }

    /// An address as the store keeps it, which was read by [`parse`](Self::parse) once.
    pub const fn stored(text: String) -> Self {
        Self(text)
    }

    /// What stands in place of the address of an erased person: nobody else's, and not an address.
    pub(super) fn erased(id: RawId) -> Self {
        Self(format!("erased:{id}"))
    }

    /// The address mail goes to.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What uniqueness is decided on: the address in lower case.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

impl fmt::Debug for EmailAddress {
    /// Personal data stays out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(..)")
    }
}

/// A user name: 3..=50 letters, digits, `.`, `_` or `-`; compared ignoring case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Username(String);

impl Username {
    /// Reads a user name.
    pub fn parse(text: &str) -> Option<Self> {
        let count = text.chars().count();
        let allowed = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-');
        ((3..=50).contains(&count) && text.chars().all(allowed)).then(|| Self(text.to_owned()))
    }

    /// A name as the store keeps it, which was read by [`parse`](Self::parse) once.
    pub const fn stored(text: String) -> Self {
        Self(text)
    }

    /// As the person wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What uniqueness is decided on.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

#[cfg(test)]
mod tests {
    use super::{EmailAddress, Username};

    #[test]
    fn addresses_keep_their_spelling_and_compare_ignoring_case() {
        let address = EmailAddress::parse(" Ann.Lee@Example.COM ").unwrap();
        assert_eq!(address.as_str(), "Ann.Lee@Example.COM");
        assert_eq!(address.key(), "ann.lee@example.com");
    }

    #[test]
    fn what_mail_cannot_be_sent_to_is_refused() {
        for text in [
            "",
            "ann",
            "ann@",
            "@example.com",
            "a b@example.com",
            "a@b@example.com",
            "a@localhost",
            "a..b@example.com",
            ".a@example.com",
            "a@-x.com",
            "a@x..com",
            "<a@example.com>",
            "a@exa mple.com",
            "a\n@example.com",
        ] {
            assert!(EmailAddress::parse(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn user_names_have_a_length_and_an_alphabet() {
        assert_eq!(Username::parse("Анна_1").unwrap().key(), "анна_1");
        for text in ["ab", "a b c", "a@b.c", &"x".repeat(51)] {
            assert!(Username::parse(text).is_none(), "{text:?}");
        }
    }
}
