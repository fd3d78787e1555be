use std::future::{Ready, ready};

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{self, HeaderMap},
};
use domain::shared::precondition::Precondition;

use crate::{error::ApiError, etag};

/// The `If-Match` of a request (RFC 9110, 13.1.1): which version is meant to be changed.
///
/// Any version will do without it, and for `*`, as what is missing is not found anyway. A tag that
/// is weak or not ours matches nothing.
pub(crate) struct IfMatch(pub(crate) Precondition);

impl FromRequest for IfMatch {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(precondition(request.headers()))))
    }
}

fn precondition(headers: &HeaderMap) -> Precondition {
    let mut versions = Vec::new();
    let mut is_conditional = false;
    for value in headers.get_all(header::IF_MATCH) {
        is_conditional = true;
        let tags = value.to_str().unwrap_or_default().split(',').map(str::trim);
        for tag in tags {
            if tag == "*" {
                return Precondition::None;
            }
            versions.extend(etag::version_of(tag));
        }
    }
    if is_conditional { Precondition::Versions(versions) } else { Precondition::None }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderMap, HeaderValue, IF_MATCH};
    use domain::shared::precondition::Precondition;

    use super::precondition;

    fn read(values: &[&'static str]) -> Precondition {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(IF_MATCH, HeaderValue::from_static(value));
        }
        precondition(&headers)
    }

    #[test]
    fn the_versions_of_all_strong_tags_are_meant() {
        let versions = |all: &[i64]| Precondition::Versions(all.to_vec());
        assert_eq!(read(&[]), Precondition::None);
        assert_eq!(read(&["*"]), Precondition::None);
        assert_eq!(read(&["\"v3-0123456789abcdef\""]), versions(&[3]));
        assert_eq!(
            read(&["\"v3-0123456789abcdef\", \"v4-0123456789abcdef\"", "\"v9-0123456789abcdef\""]),
            versions(&[3, 4, 9])
        );
        for foreign in [
            "W/\"v3-0123456789abcdef\"",
            "v3-0123456789abcdef",
            "\"v3\"",
            "\"v3-xyz\"",
            "\"v-0123456789abcdef\"",
            "\"v+3-0123456789abcdef\"",
            "\"0123456789abcdef\"",
            "",
        ] {
            assert_eq!(read(&[foreign]), versions(&[]), "{foreign}");
        }
    }
}
