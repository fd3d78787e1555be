use std::fmt::Write;

use actix_web::{HttpRequest, http::uri::PathAndQuery};

const LONGEST: usize = 1_000;

/// Where somebody goes after logging in: an address of this shop, and of no other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Next(String);

impl Next {
    /// Reads an address from a link or a form; home when it is not one of ours.
    pub(super) fn read(text: Option<&str>) -> Self {
        match text {
            Some(text) if is_ours(text) => Self(text.to_owned()),
            _ => Self("/".to_owned()),
        }
    }

    /// The address `request` asks for.
    pub(super) fn of(request: &HttpRequest) -> Self {
        Self::read(request.uri().path_and_query().map(PathAndQuery::as_str))
    }

    /// The address.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The log-in that leads there.
    pub(super) fn by_log_in(&self) -> String {
        self.after("/login")
    }

    /// The page `first` that leads there.
    pub(super) fn after(&self, first: &str) -> String {
        if self.0 == "/" { first.to_owned() } else { format!("{first}?next={}", escape(&self.0)) }
    }
}

/// Browsers read `//host`, and `/\host`, as another site, and drop tabs and line ends before they
/// look; some server in between may decode what is encoded.
fn is_ours(text: &str) -> bool {
    let path = text.split(['?', '#']).next().unwrap_or_default();
    let is_plain = |text: &str| {
        text.starts_with('/')
            && !text.contains("//")
            && !text.contains('\\')
            && !text.contains(char::is_control)
    };
    text.len() <= LONGEST
        && is_plain(path)
        && decode(path).is_some_and(|path| is_plain(&path))
        && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

fn decode(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        let decoded = if byte == b'%' {
            let digit = |byte: u8| char::from(byte).to_digit(16);
            let (high, low) = (digit(rest.next()?)?, digit(rest.next()?)?);
            u8::try_from(high * 16 + low).ok()?
        } else {
            byte
        };
        bytes.push(decoded);
    }
    String::from_utf8(bytes).ok()
}

/// `text` as a value in a query.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::Next;

    #[test]
    fn only_addresses_of_this_shop_are_gone_to() {
        for ours in ["/account", "/", "/?q=tea&page=2", "/products/assam", "/?q=%D1%87%D0%B0%D0%B9"]
        {
            assert_eq!(Next::read(Some(ours)).as_str(), ours);
        }
        for foreign in [
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "\\/evil.example",
            "/%2f..",
            "/%2Fevil.example",
            "/%5cevil.example",
            "/a//b",
            "/\t/evil.example",
            "/%09/evil.example",
            "/%0d%0aset-cookie:a",
            "/%",
            "/%zz",
            "https://evil.example/",
            "https:evil.example",
            "javascript:alert(1)",
            "evil.example",
            "",
            " /account",
            "/чай",
            &format!("/{}", "a".repeat(1_000)),
        ] {
            assert_eq!(Next::read(Some(foreign)).as_str(), "/", "{foreign}");
        }
        assert_eq!(Next::read(None).as_str(), "/");
    }

    #[test]
    fn the_way_back_survives_the_log_in() {
        assert_eq!(Next::read(Some("/?q=a&b=c")).by_log_in(), "/login?next=/%3Fq%3Da%26b%3Dc");
        assert_eq!(Next::read(None).by_log_in(), "/login");
    }
}
