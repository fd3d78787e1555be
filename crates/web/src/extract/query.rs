use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload, web};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::error::ApiError;

/// Bytes of a list of words at most, as the document says.
const LONGEST_LIST: usize = 40;

/// The parameters of a query. Unknown ones are left alone, a known one is given once.
pub(crate) struct Query {
    pairs: Vec<(String, String)>,
    path: String,
}

impl Query {
    /// The value of `name`.
    ///
    /// # Errors
    /// 422 when it is given twice.
    pub(crate) fn get(&self, name: &str) -> Result<Option<&str>, ApiError> {
        let mut values = self.pairs.iter().filter(|(key, _)| key == name);
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(ApiError::invalid_query(name, "given more than once")),
            (first, None) => Ok(first.map(|(_, value)| value.as_str())),
        }
    }

    /// The whole number `name`, within `range`.
    ///
    /// # Errors
    /// 422 for anything else.
    pub(crate) fn number(
        &self,
        name: &str,
        range: std::ops::RangeInclusive<u32>,
    ) -> Result<Option<u32>, ApiError> {
        let Some(text) = self.get(name)? else { return Ok(None) };
        let plain = text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse::<u32>().ok().filter(|number| plain && range.contains(number));
        let (low, high) = (range.start(), range.end());
        let detail = || format!("a whole number from {low} to {high} is wanted");
        number.map(Some).ok_or_else(|| ApiError::invalid_query(name, detail()))
    }

    /// The value of `name` that `read` knows.
    ///
    /// # Errors
    /// 422 for anything else, saying what is `wanted`.
    pub(crate) fn one_of<T>(
        &self,
        name: &str,
        read: impl FnOnce(&str) -> Option<T>,
        wanted: &str,
    ) -> Result<Option<T>, ApiError> {
        let Some(text) = self.get(name)? else { return Ok(None) };
        let unknown = || ApiError::invalid_query(name, format!("{wanted} is wanted"));
        read(text).map(Some).ok_or_else(unknown)
    }

    /// `true` or `false`.
    ///
    /// # Errors
    /// 422 for anything else.
    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, ApiError> {
        self.one_of(name, |text| text.parse().ok(), "true or false")
    }

    /// A moment, in RFC 3339.
    ///
    /// # Errors
    /// 422 for anything else.
    pub(crate) fn moment(&self, name: &str) -> Result<Option<OffsetDateTime>, ApiError> {
        let read = |text: &str| OffsetDateTime::parse(text, &Rfc3339).ok();
        self.one_of(name, read, "a time like 2026-11-20T12:00:00Z")
    }

    /// The words of a comma-separated list, all of them among `known`.
    ///
    /// # Errors
    /// 422 for an unknown word, and for far more than all of them.
    pub(crate) fn words(&self, name: &str, known: &[&str]) -> Result<Vec<&str>, ApiError> {
        let Some(text) = self.get(name)? else { return Ok(Vec::new()) };
        if text.len() > LONGEST_LIST {
            let detail = format!("up to {LONGEST_LIST} characters are wanted");
            return Err(ApiError::invalid_query(name, detail));
        }
        let words: Vec<&str> = text.split(',').collect();
        match words.iter().find(|word| !known.contains(word)) {
            None => Ok(words),
            Some(_) => {
                Err(ApiError::invalid_query(name, format!("one of {} is wanted", known.join(", "))))
            }
        }
    }

    /// Path of the request and the pairs that are not in `without`, for links to other windows.
    pub(crate) fn target(&self, without: &[&str]) -> (&str, impl Iterator<Item = (&str, &str)>) {
        let kept = self.pairs.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        let without = without.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        (&self.path, kept.filter(move |(key, _)| !without.iter().any(|name| name == key)))
    }
}

impl FromRequest for Query {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let pairs = web::Query::<Vec<(String, String)>>::from_query(request.query_string());
        let path = request.path().to_owned();
        ready(match pairs {
            Ok(pairs) => Ok(Self { pairs: pairs.into_inner(), path }),
            Err(error) => Err(ApiError::malformed("malformed_query", "The query cannot be read.")
                .caused_by(error.to_string())),
        })
    }
}
