use std::collections::{BTreeMap, BTreeSet};

use domain::{catalogue::Product, shared::error::StoreError};
use sea_orm::Value;
use uuid::Uuid;

use super::{
    typos::kept,
    words::{Word, words},
};
use crate::{
    row::get,
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

/// Makes the words of `products` known to those who mistype them. Most are known already, so they
/// are asked for first: what is kept of a word is many rows.
pub(in crate::catalogue) async fn note_words(
    sql: &dyn Sql,
    products: &[Indexed],
) -> Result<(), StoreError> {
    let plain = products.iter().flat_map(|product| &product.all).filter(|word| word.is_plain());
    let stems: BTreeSet<_> = plain.map(|word| word.stem.as_str()).collect();
    if stems.is_empty() {
        return Ok(());
    }
    let (unknown, note) = match sql.dialect() {
        Dialect::Sqlite => (UNKNOWN_WORDS_SQLITE, NOTE_WORDS_SQLITE),
        Dialect::Postgres => (UNKNOWN_WORDS_POSTGRES, NOTE_WORDS_POSTGRES),
    };
    let mut new = BTreeMap::new();
    let stems = serde_json::to_string(&stems).map_err(not_json)?;
    for row in sql.fetch(unknown, values![stems].to_vec()).await? {
        let stem: String = get(&row, "stem")?;
        let remainders = kept(&stem);
        new.insert(stem, remainders);
    }
    if new.is_empty() {
        return Ok(());
    }
    let new = serde_json::to_string(&new).map_err(not_json)?;
    sql.execute(note, values![new].to_vec()).await.map(drop)
}

fn not_json(error: serde_json::Error) -> StoreError {
    StoreError::Corrupt(format!("words: {error}"))
}

const INSERT_TEXTS: &str = "INSERT INTO product_texts (product_id, name_words, words)";

pub(in crate::catalogue) const UPSERT_TEXT: &str = "INSERT INTO product_texts (product_id, \
    name_words, words) VALUES ($1, $2, $3) ON CONFLICT (product_id) DO UPDATE \
    SET name_words = excluded.name_words, words = excluded.words";

const UNKNOWN_WORDS_SQLITE: &str = "SELECT w.value AS stem FROM json_each($1) w WHERE NOT EXISTS (\
    SELECT 1 FROM search_words k WHERE k.remainder = w.value AND k.word = w.value)";

const UNKNOWN_WORDS_POSTGRES: &str = "SELECT w.stem FROM jsonb_array_elements_text($1::jsonb) AS w(stem) \
    WHERE NOT EXISTS (SELECT 1 FROM search_words k WHERE k.remainder = w.stem AND k.word = w.stem)";

/// In the same order by everybody, so that two who note the same words do not wait for each other.
const NOTE_WORDS_SQLITE: &str = "INSERT INTO search_words (remainder, word) \
    SELECT r.value, w.key FROM json_each($1) w, json_each(w.value) r WHERE true \
    ORDER BY w.key, r.value ON CONFLICT DO NOTHING";

const NOTE_WORDS_POSTGRES: &str = "INSERT INTO search_words (remainder, word) \
    SELECT r.remainder, w.word FROM jsonb_each($1::jsonb) AS w(word, remainders) \
    CROSS JOIN LATERAL jsonb_array_elements_text(w.remainders) AS r(remainder) \
    ORDER BY w.word COLLATE \"C\", r.remainder COLLATE \"C\" ON CONFLICT DO NOTHING";
