//! Texts by which others were attacked leave nothing but what is on the list.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use domain::content::ContentRenderer;
use html5ever::{parse_document, tendril::TendrilSink};
use infra_content::MarkdownRenderer;
use markup5ever_rcdom::{Handle, NodeData, RcDom};

/// One a line; `\n`, `\t`, `\xNN` and `\\` stand for what they do in Rust.
const CORPUS: &str = include_str!("data/xss.txt");

/// Written out again, so that a longer list in the code is noticed.
const ELEMENTS: &str = "a b blockquote br code del em h1 h2 h3 h4 h5 h6 hr i img li ol p pre s \
    strong sub sup table tbody td th thead tr ul";
const ATTRIBUTES: [&str; 7] =
    ["a href", "a title", "a rel", "img alt", "img src", "img title", "ol start"];
/// Ours, never somebody's own.
const REL: &str = "nofollow noopener noreferrer ugc";

fn unescaped(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            text.push(c);
            continue;
        }
        match rest.next() {
            Some('n') => text.push('\n'),
            Some('t') => text.push('\t'),
            Some('x') => {
                let code: String = rest.by_ref().take(2).collect();
                text.push(char::from(u8::from_str_radix(&code, 16).unwrap()));
            }
            Some('\\') => text.push('\\'),
            Some(other) => text.extend(['\\', other]),
            None => text.push('\\'),
        }
    }
    text
}

fn scheme(url: &str) -> Option<String> {
    let plain: String = url.chars().filter(|c| !c.is_control() && !c.is_whitespace()).collect();
    let (scheme, _) = plain.split_once(':')?;
    // Anything else before a colon is part of a path on the same site.
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    is_scheme.then(|| scheme.to_ascii_lowercase())
}

fn check(node: &Handle, payload: &str) {
    match &node.data {
        NodeData::Element { name, attrs, .. } => {
            let element = &*name.local;
            assert_eq!(&*name.ns, "http://www.w3.org/1999/xhtml", "{payload}: {element}");
            // The parser adds these around everything.
            if !["html", "head", "body"].contains(&element) {
                assert!(ELEMENTS.split(' ').any(|known| known == element), "{payload}: {element}");
            }
            for attribute in attrs.borrow().iter() {
                let full = format!("{element} {}", attribute.name.local);
                assert!(ATTRIBUTES.contains(&full.as_str()), "{payload}: {full}");
                if ["href", "src"].contains(&&*attribute.name.local) {
                    let scheme = scheme(&attribute.value);
                    let is_known = scheme
                        .as_deref()
                        .is_none_or(|scheme| ["http", "https", "mailto"].contains(&scheme));
                    assert!(is_known, "{payload}: {}", attribute.value);
                }
                if full == "a rel" {
                    assert_eq!(&*attribute.value, REL, "{payload}");
                }
            }
        }
        NodeData::Document | NodeData::Text { .. } => {}
        other => panic!("{payload}: {other:?}"),
    }
    for child in node.children.borrow().iter() {
        check(child, payload);
    }
}

fn parsed(html: &str) -> Handle {
    parse_document(RcDom::default(), Default::default()).one(html).document
}

#[test]
fn nothing_outside_of_the_list_is_left_of_any_attack() {
    let payloads: Vec<_> = CORPUS.lines().map(unescaped).collect();
    assert!(payloads.len() >= 200, "{}", payloads.len());
    for payload in &payloads {
        // By itself, and in the middle of what people write.
        for text in [payload.clone(), format!("Tea *is* {payload} [good](/tea)\n\n- yes")] {
            let html = MarkdownRenderer.render(&text).unwrap();
            check(&parsed(&html), &text);
            // What is shown once more, as by a page that is built from it, stays as it is.
            check(&parsed(&format!("<table><tr><td>{html}")), &text);
            check(&parsed(&format!("<ul><li><p>{html}</p>")), &text);
        }
    }
}

#[test]
fn the_check_itself_finds_what_is_outside_of_the_list() {
    for bad in [
        "<script>alert(1)</script>",
        "<p onclick=x>",
        "<a href='java\tscript:x'>",
        "<img src='DATA:x'>",
        "<svg><a></a></svg>",
        "<a rel=opener>",
        "<!-- x -->",
    ] {
        let found = std::panic::catch_unwind(|| check(&parsed(bad), bad));
        assert!(found.is_err(), "{bad}");
    }
}
