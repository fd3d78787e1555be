use std::fmt;

/// The readable part of an address: `^[a-z0-9]+(-[a-z0-9]+)*$`, 1..=100 bytes, never all digits
/// and never UUID-shaped, so that it cannot be mistaken for a number or an id.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slug(String);

impl Slug {
    /// Reads a slug.
    pub fn parse(text: &str) -> Option<Self> {
        let word = |part: &str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        };
        let shaped = text.len() <= 100 && text.split('-').all(word);
        let digits = text.bytes().all(|b| b.is_ascii_digit());
        let id = uuid::Uuid::try_parse(text).is_ok();
        (shaped && !digits && !id).then(|| Self(text.to_owned()))
    }

    /// The slug.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Slug;

    #[test]
    fn slugs_are_lower_case_words_that_are_neither_numbers_nor_ids() {
        for good in ["tea", "green-tea-2", "a1"] {
            assert_eq!(Slug::parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "-",
            "a-",
            "-a",
            "a--b",
            "Tea",
            "чай",
            "a b",
            "123",
            "0191e3a0-0000-7000-8000-000000000000",
            "0191e3a0000070008000000000000000",
        ] {
            assert!(Slug::parse(bad).is_none(), "{bad}");
        }
    }
}
