//! What stands on the shelf: an answer, and until when it may be given.

use std::time::Instant;

use actix_web::http::header::HeaderValue;
use bytes::Bytes;

use crate::etag::Tagged;

/// An answer of the catalogue to everybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) answer: Tagged,
    /// Of a product: the slug it has.
    pub(super) slug: String,
    /// It is not given after this.
    pub(super) until: Instant,
}

impl Kept {
    /// Bytes it takes in memory, about.
    pub(super) fn weight(&self) -> u32 {
        const BESIDES: usize = 256;
        u32::try_from(self.answer.body.len() + self.slug.len() + BESIDES).unwrap_or(u32::MAX)
    }

    /// As other processes read it: tag, links and slug on a line each, then the body.
    pub(super) fn encode(&self) -> Vec<u8> {
        let links = self.answer.links.as_ref().map_or(&b""[..], HeaderValue::as_bytes);
        let lines = [self.answer.tag.as_bytes(), links, self.slug.as_bytes()];
        let mut copy = Vec::with_capacity(self.answer.body.len() + 128);
        for line in lines {
            copy.extend_from_slice(line);
            copy.push(b'\n');
        }
        copy.extend_from_slice(&self.answer.body);
        copy
    }

    /// Reads what another process kept; `None` when it is nothing of ours.
    pub(super) fn decode(copy: Vec<u8>, until: Instant) -> Option<Self> {
        let copy = Bytes::from(copy);
        let mut lines = copy.splitn(4, |byte| *byte == b'\n');
        let (tag, links, slug) = (lines.next()?, lines.next()?, lines.next()?);
        let body = copy.slice_ref(lines.next()?);
        let tag =
            HeaderValue::from_bytes(tag).ok().filter(|tag| tag.as_bytes().starts_with(b"\""))?;
        let links = (!links.is_empty()).then(|| HeaderValue::from_bytes(links)).transpose().ok()?;
        let slug = std::str::from_utf8(slug).ok()?.to_owned();
        let whole = body.starts_with(b"{") && body.ends_with(b"}");
        whole.then_some(Self { answer: Tagged { body, tag, links }, slug, until })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use actix_web::http::header::HeaderValue;

    use super::Kept;
    use crate::etag::Tagged;

    #[test]
    fn what_one_process_keeps_another_reads() {
        let until = Instant::now();
        for links in [None, Some(HeaderValue::from_static("</a>; rel=\"next\""))] {
            let answer = Tagged {
                body: "{\"text\":\"\\n\n\"}".into(),
                tag: HeaderValue::from_static("\"v3-00\""),
                links,
            };
            let kept = Kept { answer, slug: "green-tea".into(), until };
            assert_eq!(Kept::decode(kept.encode(), until), Some(kept));
        }
    }

    #[test]
    fn what_is_nothing_of_ours_is_not_read() {
        for copy in
            ["", "{}", "\"tag\"\n\n\n", "tag\n\n\n{}", "\"tag\"\n\nslug\n{\"cut", "\n\n\n{}"]
        {
            assert_eq!(Kept::decode(copy.into(), Instant::now()), None, "{copy:?}");
        }
    }
}
