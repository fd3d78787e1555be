use std::collections::{BTreeMap, BTreeSet};

use domain::{catalogue::Product, shared::error::StoreError};
use sea_orm::Value;
use uuid::Uuid;

use super::{
    typos::kept,
    words::{Word, words},
};
use crate::{
    sql::{Dialect, Sql},
    sql_list::{Rows, values},
};

/// The words of one product.
pub(in crate::catalogue) struct Indexed {
    product: Uuid,
    name: Vec<Word>,
    all: Vec<Word>,
}

impl Indexed {
    pub(in crate::catalogue) fn of(product: &Product) -> Self {
        let parts = product.parts();
        Self::new(product.id().raw(), &parts.name, &parts.description)
    }

    pub(in crate::catalogue) fn new(product: Uuid, name: &str, description: &str) -> Self {
        let name = words(name);
        let all = name.iter().cloned().chain(words(description)).collect();
        Self { product, name, all }
    }

    /// Which product it is, the stems of its name, and all its stems.
    pub(in crate::catalogue) fn row(&self) -> [Value; 3] {
        values![self.product, spaced(&self.name), spaced(&self.all)]
    }
}

/// Each stem once, between spaces, so that ` stem ` is found in it.
fn spaced(words: &[Word]) -> String {
    let stems: BTreeSet<_> = words.iter().map(|word| word.stem.as_str()).collect();
    stems.into_iter().fold(String::from(" "), |all, stem| all + stem + " ")
}

/// The rows of new products.
pub(in crate::catalogue) fn texts(products: &[Indexed]) -> Rows {
    Rows::new(INSERT_TEXTS, products.iter().map(Indexed::row))
}

/// Makes the words of `products` known to those who mistype them.
pub(in crate::catalogue) async fn note_words(
    sql: &dyn Sql,
    products: &[Indexed],
) -> Result<(), StoreError> {
    let plain = products.iter().flat_map(|product| &product.all).filter(|word| word.is_plain());
    let known: BTreeMap<_, _> = plain.map(|word| (&word.stem, kept(&word.stem))).collect();
    if known.is_empty() {
        return Ok(());
    }
    let known = serde_json::to_string(&known)
        .map_err(|error| StoreError::Corrupt(format!("words: {error}")))?;
    let note = match sql.dialect() {
        Dialect::Sqlite => NOTE_WORDS_SQLITE,
        Dialect::Postgres => NOTE_WORDS_POSTGRES,
    };
    sql.execute(note, values![known].to_vec()).await.map(drop)
}

const INSERT_TEXTS: &str = "INSERT INTO product_texts (product_id, name_words, words)";

pub(in crate::catalogue) const UPSERT_TEXT: &str = "INSERT INTO product_texts (product_id, \
    name_words, words) VALUES ($1, $2, $3) ON CONFLICT (product_id) DO UPDATE \
    SET name_words = excluded.name_words, words = excluded.words";

/// In the same order by everybody, so that two who note the same words do not wait for each other.
const NOTE_WORDS_SQLITE: &str = "INSERT INTO search_words (remainder, word) \
    SELECT r.value, w.key FROM json_each($1) w, json_each(w.value) r WHERE NOT EXISTS (\
    SELECT 1 FROM search_words k WHERE k.remainder = w.key AND k.word = w.key) \
    ORDER BY w.key, r.value ON CONFLICT DO NOTHING";

const NOTE_WORDS_POSTGRES: &str = "INSERT INTO search_words (remainder, word) \
    SELECT r.remainder, w.word FROM jsonb_each($1::jsonb) AS w(word, remainders) \
    CROSS JOIN LATERAL jsonb_array_elements_text(w.remainders) AS r(remainder) WHERE NOT EXISTS (\
    SELECT 1 FROM search_words k WHERE k.remainder = w.word AND k.word = w.word) \
    ORDER BY w.word COLLATE \"C\", r.remainder COLLATE \"C\" ON CONFLICT DO NOTHING";
