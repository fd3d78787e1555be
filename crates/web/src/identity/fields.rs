//! Fields of people, as they come in bodies.

use domain::identity::{EmailAddress, Username};

use crate::{
    error::ApiError,
    extract::{nfc, plain_text},
};

const MAX_NAME_CHARS: usize = 100;

/// An e-mail address.
///
/// # Errors
/// 422 when it is not one.
pub(crate) fn email(text: &str) -> Result<EmailAddress, ApiError> {
    EmailAddress::parse(&nfc(text)).ok_or_else(|| malformed("/email", "an e-mail address"))
}

/// A user name, when there is one.
///
/// # Errors
/// 422 when it is not one.
pub(crate) fn username(text: Option<&str>) -> Result<Option<Username>, ApiError> {
    let read = |text| {
        Username::parse(&nfc(text))
            .ok_or_else(|| malformed("/username", "a user name of 3 to 50 characters"))
    };
    text.map(read).transpose()
}

/// A given or family name, when there is one.
///
/// # Errors
/// 422 at `pointer` when it is empty, too long, or has control characters.
pub(crate) fn name(pointer: &str, text: Option<&str>) -> Result<Option<String>, ApiError> {
    text.map(|text| plain_text(pointer, text, MAX_NAME_CHARS)).transpose()
}

fn malformed(pointer: &str, what: &str) -> ApiError {
    ApiError::invalid_body(pointer, "malformed", format!("not {what}"))
}
