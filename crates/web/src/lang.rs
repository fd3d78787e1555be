//! Which language people are spoken to.

use actix_web::{
    HttpRequest,
    http::header::{self, HeaderMap, HeaderValue},
};
use domain::identity::Locale;

/// A language the shop speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Lang {
    /// English.
    #[default]
    En,
    /// Russian.
    Ru,
}

impl Lang {
    /// Every language.
    pub(crate) const ALL: [Self; 2] = [Self::En, Self::Ru];

    /// Its tag (BCP 47).
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ru => "ru",
        }
    }

    /// The language mails are written in for whoever reads this one.
    pub(crate) const fn locale(self) -> Locale {
        match self {
            Self::En => Locale::En,
            Self::Ru => Locale::Ru,
        }
    }

    /// What its speakers call it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Ru => "Русский",
        }
    }

    /// The language with this tag, regions aside.
    pub(crate) fn parse(tag: &str) -> Option<Self> {
        let primary = tag.trim().split('-').next().unwrap_or_default();
        Self::ALL.into_iter().find(|lang| lang.tag().eq_ignore_ascii_case(primary))
    }

    /// The one of ours a client likes best (RFC 9110, 12.5.4); English when it says nothing.
    pub(crate) fn of(request: &HttpRequest) -> Self {
        let accepted = request.headers().get(header::ACCEPT_LANGUAGE);
        accepted.and_then(|value| value.to_str().ok()).map(Self::liked).unwrap_or_default()
    }

    fn liked(accepted: &str) -> Self {
        let mut best = (0.0, Self::default());
        for range in accepted.split(',') {
            let (tag, weight) = range.split_once(';').unwrap_or((range, "q=1"));
            let weight = weight.trim().strip_prefix("q=").and_then(|text| text.parse::<f32>().ok());
            let weight = weight.unwrap_or(0.0);
            if let Some(lang) = Self::parse(tag)
                && weight > best.0
            {
                best = (weight, lang);
            }
        }
        best.1
    }

    /// Says in the head of an answer that it is in this language, and what that depends on.
    pub(crate) fn tell(self, headers: &mut HeaderMap, depends_on: &'static str) {
        headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(self.tag()));
        headers.append(header::VARY, HeaderValue::from_static(depends_on));
    }
}

#[cfg(test)]
mod tests {
    use super::Lang;

    #[test]
    fn the_language_a_client_likes_best_is_spoken() {
        for (accepted, expected) in [
            ("ru", Lang::Ru),
            ("ru-RU,ru;q=0.9,en-US;q=0.8,en;q=0.7", Lang::Ru),
            ("en-US,en;q=0.9,ru;q=0.8", Lang::En),
            ("de, ru;q=0.5, en;q=0.3", Lang::Ru),
            ("RU; q=1", Lang::Ru),
            ("en;q=0, ru;q=0.1", Lang::Ru),
            ("ru;q=0", Lang::En),
            ("de", Lang::En),
            ("rust", Lang::En),
            ("*", Lang::En),
            ("", Lang::En),
            (";q=;,,ru;q=x", Lang::En),
        ] {
            assert_eq!(Lang::liked(accepted), expected, "{accepted}");
        }
    }
}
