//! Full-text search. Words are folded and stemmed here and not by the databases, which therefore
//! find the same on the same data: each keeps the stems in the index it has for that.

mod index;
mod query;
mod typos;
mod words;

pub(super) use self::{
    index::{Indexed, UPSERT_TEXT, note_words, texts},
    query::Terms,
};
