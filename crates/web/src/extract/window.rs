use std::fmt::Display;

use domain::shared::{id::RawId, page::Window};

use super::{Query, path::parse_id};
use crate::error::ApiError;

/// Rows a list answers at most.
pub(crate) const MAX_LIMIT: u32 = 100;
const DEFAULT_LIMIT: u32 = 20;
const MAX_OFFSET: u32 = 1_000_000;
const MAX_PAGE: u32 = 10_000;
const PARAMETERS: [&str; 6] = ["limit", "offset", "page", "per_page", "size", "cursor"];

/// The part of a list that a query asks for: by `limit` and `offset`, `page` and `per_page`
/// (or `size`), or `cursor`. Given several, `cursor` decides before `page`, and that before `offset`.
pub(crate) struct Windowed<K = RawId> {
    pub(crate) window: Window<K>,
    paged: bool,
}

impl Windowed {
    /// Reads the window of a list whose cursors are ids.
    ///
    /// # Errors
    /// 422 for a value out of range or a malformed cursor.
    pub(crate) fn read(query: &Query) -> Result<Self, ApiError> {
        Self::read_by(query, parse_id)
    }
}

impl<K> Windowed<K> {
    /// Reads the window of a list whose cursors `place` understands.
    ///
    /// # Errors
    /// 422 for a value out of range or a cursor that is not of this list.
    pub(crate) fn read_by(
        query: &Query,
        place: impl FnOnce(&str) -> Option<K>,
    ) -> Result<Self, ApiError> {
        let limit = query.number("limit", 1..=MAX_LIMIT)?;
        let offset = query.number("offset", 0..=MAX_OFFSET)?;
        let page = query.number("page", 1..=MAX_PAGE)?;
        let per_page = query.number("per_page", 1..=MAX_LIMIT)?;
        let size = query.number("size", 1..=MAX_LIMIT)?;
        let cursor = query.get("cursor")?;
        let limit = limit.or(per_page).or(size).unwrap_or(DEFAULT_LIMIT);
        let paged = cursor.is_none() && page.is_some();
        let window = match cursor {
            Some(text) => {
                let foreign = || ApiError::invalid_query("cursor", "not a cursor of this list");
                Window::After { limit, after: place(text).ok_or_else(foreign)? }
            }
            None => {
                let skipped = page.map(|page| u64::from(page - 1) * u64::from(limit));
                let offset = skipped.unwrap_or_else(|| u64::from(offset.unwrap_or(0)));
                Window::Offset { limit, offset }
            }
        };
        Ok(Self { window, paged })
    }

    /// Value of the `Link` header (RFC 8288): the windows around this one.
    pub(crate) fn links(
        &self,
        query: &Query,
        total: Option<u64>,
        next: Option<impl Display>,
    ) -> Option<String> {
        let mut links = Vec::new();
        match &self.window {
            Window::After { limit, .. } => {
                if let Some(after) = next {
                    let pairs = [("limit", limit.to_string()), ("cursor", after.to_string())];
                    links.push(link(query, &pairs, "next"));
                }
                links.push(link(query, &[("limit", limit.to_string())], "first"));
            }
            Window::Offset { limit, offset } => {
                let (step, offset) = (u64::from(*limit), *offset);
                let mut push = |offset: u64, rel: &str| {
                    let pairs = if self.paged {
                        [("page", (offset / step + 1).to_string()), ("per_page", step.to_string())]
                    } else {
                        [("limit", step.to_string()), ("offset", offset.to_string())]
                    };
                    links.push(link(query, &pairs, rel));
                };
                if total.is_some_and(|total| offset.saturating_add(step) < total) {
                    push(offset + step, "next");
                }
                if offset > 0 {
                    push(offset.saturating_sub(step), "prev");
                }
                push(0, "first");
                if let Some(last) = total.map(|total| total.saturating_sub(1) / step * step) {
                    push(last, "last");
                }
            }
        }
        (!links.is_empty()).then(|| links.join(", "))
    }
}

fn link(query: &Query, pairs: &[(&str, String)], rel: &str) -> String {
    let (path, kept) = query.target(&PARAMETERS);
    let mut all: Vec<String> =
        kept.map(|(key, value)| format!("{}={}", escape(key), escape(value))).collect();
    all.extend(pairs.iter().map(|(key, value)| format!("{key}={value}")));
    format!("<{path}?{}>; rel=\"{rel}\"", all.join("&"))
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}
