//! Texts that people write, as HTML that is safe to show.

mod markdown;

pub use markdown::MarkdownRenderer;
