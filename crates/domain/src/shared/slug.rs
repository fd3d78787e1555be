//! Names that addresses show.

use std::fmt;

/// Bytes a slug has at most.
const MAX_BYTES: usize = 100;
/// Bytes made from a name at most, so that a number still fits behind.
const MAX_NAME_BYTES: usize = 80;
/// What addresses use themselves.
const RESERVED: [&str; 5] = ["all", "batch", "me", "my", "search"];

/// The readable part of an address: `^[a-z0-9]+(-[a-z0-9]+)*$`, 1..=100 bytes.
///
/// Never all digits and never UUID-shaped, so that it cannot be mistaken for a number or an id, and never a word
/// that an address uses itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slug(String);

impl Slug {
    /// Slugs that are tried for a name before the id of the thing decides.
    pub const MAX_TRIES: usize = 20;

    /// Reads a slug.
    pub fn parse(text: &str) -> Option<Self> {
        let word = |part: &str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        };
        let shaped = text.len() <= MAX_BYTES && text.split('-').all(word);
        (shaped && is_free(text)).then(|| Self(text.to_owned()))
    }

    /// The slug of something named `name`, in Latin letters; `kind` stands in front, or instead, of
    /// what would be no slug.
    pub fn of_name(name: &str, kind: &'static str) -> Self {
        let mut text = String::new();
        for word in words(&deunicode::deunicode(name)) {
            let room = MAX_NAME_BYTES.saturating_sub(text.len() + 1);
            if room < word.len() && !text.is_empty() {
                break;
            }
            if !text.is_empty() {
                text.push('-');
            }
            text.extend(word.chars().take(room));
        }
        match text.as_str() {
            "" => Self(kind.to_owned()),
            some if is_free(some) => Self(text),
            some => Self(format!("{kind}-{some}")),
        }
    }

    /// This slug, then with 2, 3 and so on behind it, [`MAX_TRIES`](Self::MAX_TRIES) in all.
    pub fn candidates(&self) -> Vec<Self> {
        let numbered = (2..=Self::MAX_TRIES).map(|number| self.with(&number.to_string()));
        std::iter::once(self.clone()).chain(numbered).collect()
    }

    /// This slug with the last digits of `id` behind it: for the name of too many things.
    #[must_use]
    pub fn with_id(&self, id: uuid::Uuid) -> Self {
        let id = id.simple().to_string();
        self.with(id.get(20..).unwrap_or(&id))
    }

    fn with(&self, end: &str) -> Self {
        let room = MAX_BYTES.saturating_sub(end.len() + 2);
        let start = self.0.get(..room).unwrap_or(&self.0).trim_end_matches('-');
        let text = format!("{start}-{end}");
        // No letter beyond f is part of an id.
        Self(if is_free(&text) { text } else { format!("{start}-n{end}") })
    }

    /// The slug.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_free(text: &str) -> bool {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    let id = uuid::Uuid::try_parse(text).is_ok();
    !digits && !id && !RESERVED.contains(&text)
}

/// Runs of letters and digits, in lower case. An apostrophe joins what stands around it: it is how
/// soft signs are written in Latin letters.
fn words(latin: &str) -> Vec<String> {
    let plain: String = latin.chars().filter(|c| !matches!(c, '\'' | '`' | '"')).collect();
    let plain = plain.to_ascii_lowercase();
    let words = plain.split(|c: char| !c.is_ascii_alphanumeric());
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

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
            "all",
            "batch",
        ] {
            assert!(Slug::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn names_become_slugs_in_latin_letters() {
        for (name, slug) in [
            ("Assam, 100 g", "assam-100-g"),
            ("  Чай зелёный  ", "chai-zelionyi"),
            ("Соль", "sol"),
            ("Crème brûlée!", "creme-brulee"),
            ("2024", "product-2024"),
            (
                "0191e3a0-0000-7000-8000-000000000000",
                "product-0191e3a0-0000-7000-8000-000000000000",
            ),
            ("All", "product-all"),
            ("!!!", "product"),
            ("", "product"),
        ] {
            assert_eq!(Slug::of_name(name, "product").as_str(), slug, "{name}");
        }
    }

    #[test]
    fn whatever_the_name_the_slug_and_all_its_followers_are_slugs() {
        let id = Uuid::from_u128(0x0191_e3a0_0000_7000_8000_0000_0000_0001);
        let long = "Очень длинное название товара ".repeat(9);
        let unbroken = "щ".repeat(300);
        for name in [&*long, &*unbroken, "茶", "🍵", "x", "\u{0}", "1-2-3", "a'b\"c", "ьъ"] {
            let slug = Slug::of_name(name, "product");
            let candidates = slug.candidates();
            assert_eq!(candidates.len(), Slug::MAX_TRIES);
            for slug in candidates.iter().chain([&slug.with_id(id)]) {
                assert_eq!(Slug::parse(slug.as_str()).as_ref(), Some(slug), "{name}");
            }
        }
        let half = Slug::of_name("0191e3a0 0000 7000 8000", "product").with_id(id);
        assert_eq!(Slug::parse(half.as_str()), Some(half));
        let longest = Slug::parse(&"a".repeat(100)).unwrap();
        assert!(longest.candidates().iter().all(|slug| Slug::parse(slug.as_str()).is_some()));
    }
}
