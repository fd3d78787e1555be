use std::fmt;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use unicode_normalization::UnicodeNormalization;

use super::folding::{folded, is_invisible};
use crate::shared::id::RawId;

/// An e-mail address: stored as the person wrote it (in NFC), compared by its key. Mail goes to
/// what is stored, never to what was typed to find it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Reads an address of RFC 5321 length with one `@`, a dotted domain that IDNA (UTS 46) takes,
    /// and no spaces, controls or invisible characters.
    pub fn parse(text: &str) -> Option<Self> {
        let written: String = text.trim().nfc().collect();
        let (local, domain) = written.rsplit_once('@')?;
        let fits = written.len() <= 254 && local.len() <= 64;
        let is_read = is_local(local) && is_local(&folded(local)) && ascii_domain(domain).is_some();
        (fits && is_read).then_some(Self(written))
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

    /// What uniqueness is decided on: the domain in its ASCII form, and of what stands before the
    /// `@` neither case nor compatibility forms.
    pub fn key(&self) -> String {
        let parts = self.0.rsplit_once('@');
        match parts.and_then(|(local, domain)| Some((local, ascii_domain(domain)?))) {
            Some((local, domain)) => format!("{}@{domain}", folded(local)),
            None => folded(&self.0),
        }
    }
}

/// What may stand before the `@` without quotes.
fn is_local(text: &str) -> bool {
    let is_plain = |c: char| {
        let is_special =
            matches!(c, '"' | '(' | ')' | ',' | ':' | ';' | '<' | '>' | '@' | '[' | ']' | '\\');
        !(c.is_whitespace() || c.is_control() || is_invisible(c) || is_special)
    };
    let is_dotted_well = !text.starts_with('.') && !text.ends_with('.') && !text.contains("..");
    !text.is_empty() && is_dotted_well && text.chars().all(is_plain)
}

/// The domain as DNS knows it: `xn--` labels for everything outside of ASCII, in lower case.
fn ascii_domain(text: &str) -> Option<String> {
    let (deny, hyphens) = (AsciiDenyList::STD3, Hyphens::CheckFirstLast);
    let read = Uts46::new().to_ascii(text.as_bytes(), deny, hyphens, DnsLength::Verify);
    // The refusal says nothing that the caller could tell.
    let ascii = read.ok()?;
    ascii.contains('.').then(|| ascii.into_owned())
}

impl fmt::Debug for EmailAddress {
    /// Personal data stays out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(..)")
    }
}

/// A user name: 3..=50 letters, digits, `.`, `_` or `-`, in NFC; compared as e-mail addresses are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Username(String);

impl Username {
    /// Reads a user name.
    pub fn parse(text: &str) -> Option<Self> {
        let written: String = text.nfc().collect();
        let allowed =
            |c: char| (c.is_alphanumeric() && !is_invisible(c)) || matches!(c, '.' | '_' | '-');
        let is_name = |text: &str| text.chars().all(allowed);
        let has_length = (3..=50).contains(&written.chars().count());
        (has_length && is_name(&written) && is_name(&folded(&written))).then_some(Self(written))
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
        folded(&self.0)
    }
}

/// The key of whatever somebody logs in with, an e-mail address or a user name.
pub fn login_key(text: &str) -> String {
    match EmailAddress::parse(text) {
        Some(address) => address.key(),
        None => folded(text.trim()),
    }
}

#[cfg(test)]
mod tests {
    use super::{EmailAddress, Username, login_key};

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

    /// Spellings of `ann.smith@xn--bcher-kva.example`, as attackers and keyboards make them.
    const SAME_ADDRESS: &[&str] = &[
        "ann.smith@bücher.example",
        "ANN.SMITH@BÜCHER.EXAMPLE",
        "ann.smith@xn--bcher-kva.example",
        "ann.smith@XN--BCHER-KVA.Example",
        // u and a combining diaeresis.
        "ann.smith@bu\u{308}cher.example",
        // Full width.
        "\u{ff41}\u{ff4e}\u{ff4e}.smith@bücher.example",
        "ann\u{ff0e}smith@bücher\u{3002}example",
        // Turkish: without a dot, and a capital with one.
        "ann.sm\u{131}th@bücher.example",
        "ann.sm\u{130}th@bücher.example",
        // Long s, and a mathematical letter.
        "ann.\u{17f}mith@bücher.example",
        "\u{1d41a}nn.smith@bücher.example",
    ];

    #[test]
    fn an_address_is_the_same_in_every_spelling() {
        for text in SAME_ADDRESS {
            let address = EmailAddress::parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(address.key(), "ann.smith@xn--bcher-kva.example", "{text}");
            assert_eq!(login_key(text), address.key());
        }
    }

    #[test]
    fn a_user_name_is_the_same_in_every_spelling() {
        for text in ["kim_i", "KIM_I", "\u{212a}im_i", "\u{ff2b}\u{ff29}M_\u{131}", "kim_\u{130}"] {
            let name = Username::parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(name.key(), "kim_i", "{text}");
            assert_eq!(login_key(&format!(" {text} ")), "kim_i");
        }
        assert_eq!(Username::parse("e\u{301}lan").unwrap(), Username::parse("\u{e9}lan").unwrap());
        assert_eq!(
            Username::parse("STRASSE").unwrap().key(),
            Username::parse("straße").unwrap().key()
        );
        assert_eq!(Username::parse("ΣΑΣ").unwrap().key(), Username::parse("σας").unwrap().key());
    }

    #[test]
    fn other_letters_stay_other_names() {
        let keys = ["ann", "änn", "аnn", "anm"].map(|name| Username::parse(name).unwrap().key());
        for (at, key) in keys.iter().enumerate() {
            assert!(!keys[..at].contains(key), "{key}");
        }
    }

    #[test]
    fn names_that_hide_something_are_refused() {
        for hidden in ['\u{200b}', '\u{ad}', '\u{202e}', '\u{feff}', '\u{3164}', '\u{fe0f}'] {
            assert!(EmailAddress::parse(&format!("an{hidden}n@example.com")).is_none());
            assert!(Username::parse(&format!("an{hidden}n")).is_none(), "{hidden:?}");
        }
        for text in [
            // Signs that become syntax in their plain form.
            "a\u{ff20}b@example.com",
            "a\u{fe52}\u{fe52}b@example.com",
            "a\u{ff1c}b@example.com",
            "ann@example",
            "ann@xn--.example",
            "ann@exa_mple.com",
            "ann@-example.com",
        ] {
            assert!(EmailAddress::parse(text).is_none(), "{text}");
        }
    }
}
