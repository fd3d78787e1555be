use std::collections::{HashMap, HashSet};

use ammonia::Builder;
use domain::content::{ContentRenderer, TooComplex};
use pulldown_cmark::{Event, Options, Parser, html};
use shaku::Component;

/// How deep quotes, lists and the like may stand in each other.
const MAX_DEPTH: usize = 32;
/// What somebody's tags, each taken up again in every block, may come to: a tag that is never
/// closed goes on in all that follows it, so that a short text could make a huge page.
const MAX_TAGS_IN_BLOCKS: usize = 50_000;

/// Elements a text may be made of.
const TAGS: [&str; 31] = [
    "a",
    "b",
    "blockquote",
    "br",
    "code",
    "del",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "li",
    "ol",
    "p",
    "pre",
    "s",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
];
/// What they may carry; nothing else is kept of any.
const ATTRIBUTES: [(&str, &[&str]); 3] =
    [("a", &["href", "title"]), ("img", &["alt", "src", "title"]), ("ol", &["start"])];
/// Where links and pictures may lead, besides to places of the same site.
const SCHEMES: [&str; 3] = ["http", "https", "mailto"];
/// Nobody is recommended by what others write here, and no page opened from here reaches back.
const LINK_REL: &str = "nofollow noopener noreferrer ugc";

/// Renders `CommonMark` with tables and strikethrough, and leaves nothing but an allow-list of
/// elements, attributes and addresses.
#[derive(Component, Default)]
#[shaku(interface = ContentRenderer)]
pub struct MarkdownRenderer;

impl ContentRenderer for MarkdownRenderer {
    fn render(&self, markdown: &str) -> Result<String, TooComplex> {
        let mut html = String::with_capacity(markdown.len() * 2);
        html::push_html(&mut html, events(markdown)?.into_iter());
        Ok(sanitiser().clean(&html).to_string())
    }
}

fn events(markdown: &str) -> Result<Vec<Event<'_>>, TooComplex> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut events = Vec::new();
    let (mut depth, mut tags, mut blocks) = (0_usize, 0_usize, 0_usize);
    for event in Parser::new_ext(markdown, options) {
        match &event {
            Event::Start(_) => {
                depth += 1;
                blocks += 1;
            }
            Event::End(_) => depth = depth.saturating_sub(1),
            Event::Html(raw) | Event::InlineHtml(raw) => tags += raw.matches('<').count(),
            _ => {}
        }
        if depth > MAX_DEPTH || tags.saturating_mul(tags + blocks) > MAX_TAGS_IN_BLOCKS {
            return Err(TooComplex);
        }
        events.push(event);
    }
    Ok(events)
}

fn sanitiser() -> Builder<'static> {
    let attributes: HashMap<_, _> =
        ATTRIBUTES.iter().map(|(tag, names)| (*tag, names.iter().copied().collect())).collect();
    let mut builder = Builder::empty();
    builder
        .tags(HashSet::from(TAGS))
        .tag_attributes(attributes)
        .url_schemes(HashSet::from(SCHEMES))
        .link_rel(Some(LINK_REL))
        .clean_content_tags(HashSet::from(["script", "style"]));
    builder
}

#[cfg(test)]
mod tests {
    use domain::content::{ContentRenderer, TooComplex};

    use super::MarkdownRenderer;

    fn html(markdown: &str) -> String {
        MarkdownRenderer.render(markdown).unwrap()
    }

    #[test]
    fn markdown_becomes_html() {
        for (markdown, expected) in [
            ("# Чай", "<h1>Чай</h1>\n"),
            (
                "*a* **b** ~~c~~ `d`",
                "<p><em>a</em> <strong>b</strong> <del>c</del> <code>d</code></p>\n",
            ),
            ("3. a\n4. b", "<ol start=\"3\">\n<li>a</li>\n<li>b</li>\n</ol>\n"),
            ("> q", "<blockquote>\n<p>q</p>\n</blockquote>\n"),
            ("```rust\na < b\n```", "<pre><code>a &lt; b\n</code></pre>\n"),
            ("1 < 2 & 3", "<p>1 &lt; 2 &amp; 3</p>\n"),
            ("<b>bold</b>", "<p><b>bold</b></p>\n"),
            (
                "[us](/about \"Us\")",
                "<p><a href=\"/about\" title=\"Us\" rel=\"nofollow noopener noreferrer ugc\">us</a></p>\n",
            ),
            (
                "![tea](https://a.example/t.png)",
                "<p><img src=\"https://a.example/t.png\" alt=\"tea\"></p>\n",
            ),
            ("", ""),
        ] {
            assert_eq!(html(markdown), expected, "{markdown}");
        }
        assert!(html("|a|b|\n|-|-|\n|1|2|").starts_with("<table><thead><tr><th>a</th>"));
    }

    #[test]
    fn what_is_not_on_the_list_is_left_out() {
        for (markdown, expected) in [
            ("a <script>alert(1)</script>", "<p>a </p>\n"),
            ("<div onclick=x()>text</div>", "text"),
            ("<img src=x onerror=alert(1)>", "<img src=\"x\">"),
            (
                "[x](javascript:alert(1))",
                "<p><a rel=\"nofollow noopener noreferrer ugc\">x</a></p>\n",
            ),
            ("![x](data:image/svg+xml,a)", "<p><img alt=\"x\"></p>\n"),
        ] {
            assert_eq!(html(markdown), expected, "{markdown}");
        }
    }

    #[test]
    fn no_text_grows_beyond_measure() {
        let unclosed = |tags: usize, blocks: usize| {
            let tags: String = (0..tags).map(|number| format!("<b id={number}>")).collect();
            tags + &"a\n\n".repeat(blocks)
        };
        let hard = [
            ">".repeat(20_000),
            "- ".repeat(10_000),
            "*a **a ".repeat(2_800),
            "[".repeat(20_000),
            "![[]()".repeat(3_300),
            "`".repeat(20_000),
            "<b>".repeat(6_600),
            "<p><b id=a><p><b id=b>".repeat(900),
            "|".repeat(20_000),
            "|a\n|-\n".repeat(3_300),
            "&".repeat(20_000),
            "[a]: b\n".repeat(2_800),
            unclosed(300, 5_000),
            unclosed(5, 6_000),
            unclosed(200, 20),
        ];
        for markdown in hard {
            if let Ok(html) = MarkdownRenderer.render(&markdown) {
                let start: String = markdown.chars().take(30).collect();
                assert!(html.len() < 1_000_000, "{start}: {} bytes", html.len());
            }
        }
        assert_eq!(MarkdownRenderer.render(&unclosed(300, 5_000)), Err(TooComplex));
        assert_eq!(MarkdownRenderer.render(&"> ".repeat(200)), Err(TooComplex));
    }
}
