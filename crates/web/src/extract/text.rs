use domain::shared::slug::Slug;
use unicode_normalization::UnicodeNormalization;

use crate::error::ApiError;

/// Text in Unicode normal form C, so that what looks the same is the same.
pub(crate) fn nfc(text: &str) -> String {
    text.nfc().collect()
}

/// Text of 1 to `longest` characters without control characters, trimmed and in NFC.
///
/// # Errors
/// 422 at `pointer`.
pub(crate) fn plain_text(pointer: &str, text: &str, longest: usize) -> Result<String, ApiError> {
    let text = nfc(text.trim());
    let length = text.chars().count();
    if length == 0 || length > longest {
        let detail = format!("1 to {longest} characters are wanted");
        return Err(ApiError::invalid_body(pointer, "length", detail));
    }
    if text.chars().any(char::is_control) {
        let detail = "control characters are not taken";
        return Err(ApiError::invalid_body(pointer, "characters", detail));
    }
    Ok(text)
}

/// Text of up to `longest` characters, of several lines, trimmed at its end and in NFC.
///
/// # Errors
/// 422 at `pointer`.
pub(crate) fn long_text(pointer: &str, text: &str, longest: usize) -> Result<String, ApiError> {
    let text = nfc(text.trim_end());
    if text.chars().count() > longest {
        let detail = format!("up to {longest} characters are wanted");
        return Err(ApiError::invalid_body(pointer, "length", detail));
    }
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        let detail = "control characters are not taken";
        return Err(ApiError::invalid_body(pointer, "characters", detail));
    }
    Ok(text)
}

/// The field `slug` of a body.
///
/// # Errors
/// 422 at `/slug`.
pub(crate) fn slug_field(text: &str) -> Result<Slug, ApiError> {
    Slug::parse(text).ok_or_else(|| {
        let detail = "lower-case Latin words joined by hyphens are wanted, no number, id or word \
                      that addresses use themselves";
        ApiError::invalid_body("/slug", "slug", detail)
    })
}

/// Bytes of an amount in decimal form at most; more than any amount of money needs.
const LONGEST_AMOUNT: usize = 20;

/// Whether this is an amount in decimal form, of whatever currency: digits, and behind a point some
/// more.
pub(crate) fn is_decimal(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, rest) = text.split_once('.').map_or((text, None), |(w, r)| (w, Some(r)));
    text.len() <= LONGEST_AMOUNT && digits(whole) && rest.is_none_or(digits)
}
