use std::collections::{BTreeMap, BTreeSet};

use domain::{catalogue::SearchText, shared::error::StoreError};

use super::{
    typos::{nearest, remains, tolerance},
    words::{Word, words},
};
use crate::{
    catalogue::draft::Binds,
    row::get,
    sql::{Dialect, Sql, list},
};

/// Letters of a beginning that is looked for; fewer would be found everywhere.
const SHORTEST_PREFIX: usize = 2;
/// Known words an unknown one is taken for.
const MOST_GUESSES: usize = 8;

/// What is looked for: all of these.
#[derive(Debug)]
pub(in crate::catalogue) struct Terms(Vec<Term>);

/// One word, in any of these forms.
#[derive(Debug)]
struct Term {
    stems: Vec<String>,
    /// What the word begins with, when it may not be finished.
    prefix: Option<String>,
}

impl Terms {
    /// What is meant by `text`, in one statement: words nobody knows are taken for those they are
    /// next to.
    pub(in crate::catalogue) async fn of(
        text: &SearchText,
        sql: &dyn Sql,
    ) -> Result<Self, StoreError> {
        let typed = words(text.as_str());
        let prefix = typed
            .last()
            .map(|word| &word.folded)
            .filter(|folded| folded.chars().count() >= SHORTEST_PREFIX);
        let known = Known::about(&typed, prefix.map(String::as_str), sql).await?;
        let mut terms: Vec<Term> = Vec::with_capacity(typed.len());
        for (at, word) in typed.iter().enumerate() {
            let prefix = prefix.filter(|_| at + 1 == typed.len());
            let is_known = known.words.contains(&word.stem) || prefix.is_some() && known.has_prefix;
            let mut stems = vec![word.stem.clone()];
            if word.is_plain() && !is_known {
                stems.extend(known.guesses(word));
            }
            terms.push(Term { stems, prefix: prefix.cloned() });
        }
        Ok(Self(terms))
    }

    /// Whether there is no word in it: then there is nothing to find.
    pub(in crate::catalogue) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The question as the index of the database takes it. Stems are letters and digits.
    pub(in crate::catalogue) fn question(&self, dialect: Dialect) -> String {
        let (quote, or, and, star) = match dialect {
            Dialect::Sqlite => ('"', " OR ", " AND ", " *"),
            Dialect::Postgres => ('\'', " | ", " & ", ":*"),
        };
        let term = |term: &Term| {
            let stems = term.stems.iter().map(|stem| format!("{quote}{stem}{quote}"));
            let prefix = term.prefix.iter().map(|prefix| format!("{quote}{prefix}{quote}{star}"));
            format!("({})", stems.chain(prefix).collect::<Vec<_>>().join(or))
        };
        self.0.iter().map(term).collect::<Vec<_>>().join(and)
    }

    /// How well a text `t` fits: 3 when every word is in the name, 2 when the last one only begins a
    /// word there, 1 and 0 when the description is needed.
    pub(in crate::catalogue) fn rank(&self, binds: &mut Binds) -> String {
        let has_prefix = self.0.iter().any(|term| term.prefix.is_some());
        let mut whole = |column: &str, with_prefix: bool| {
            let all = self.0.iter().map(|term| {
                let stems = term.stems.iter().map(|stem| format!("% {stem} %"));
                let prefix = term.prefix.iter().filter(|_| with_prefix);
                let prefix = prefix.map(|prefix| format!("% {prefix}%"));
                let any =
                    stems.chain(prefix).map(|like| format!("t.{column} LIKE {}", binds.add(like)));
                format!("({})", any.collect::<Vec<_>>().join(" OR "))
            });
            all.collect::<Vec<_>>().join(" AND ")
        };
        let mut rank = format!("CASE WHEN {} THEN 3", whole("name_words", false));
        if has_prefix {
            rank.push_str(&format!(" WHEN {} THEN 2", whole("name_words", true)));
            rank.push_str(&format!(" WHEN {} THEN 1", whole("words", false)));
            rank.push_str(" ELSE 0 END");
        } else {
            rank.push_str(" ELSE 1 END");
        }
        rank
    }
}

/// What the shop knows of the words typed.
#[derive(Default)]
struct Known {
    /// Those that are words of a product.
    words: BTreeSet<String>,
    /// Words by what is left of them.
    by_remainder: BTreeMap<String, Vec<String>>,
    /// Whether a word begins as asked.
    has_prefix: bool,
}

impl Known {
    async fn about(
        typed: &[Word],
        prefix: Option<&str>,
        sql: &dyn Sql,
    ) -> Result<Self, StoreError> {
        let plain = typed.iter().filter(|word| word.is_plain());
        let wanted: BTreeSet<_> = plain.flat_map(left_of).collect();
        let mut known = Self::default();
        if wanted.is_empty() {
            return Ok(known);
        }
        let mut text = format!(
            "SELECT remainder, word FROM search_words WHERE remainder IN {}",
            list(1, wanted.len())
        );
        let mut values: Vec<_> = wanted.into_iter().map(sea_orm::Value::from).collect();
        if let Some(prefix) = prefix {
            let (from, to) = (values.len() + 1, values.len() + 2);
            text.push_str(&format!(
                " UNION ALL SELECT '' AS remainder, word FROM (SELECT word FROM search_words \
                 WHERE remainder >= ${from} AND remainder < ${to} AND remainder = word LIMIT 1) b"
            ));
            values.extend([prefix.into(), format!("{prefix}{}", char::MAX).into()]);
        }
        for row in sql.fetch(&text, values).await? {
            let (remainder, word): (String, String) = (get(&row, "remainder")?, get(&row, "word")?);
            if remainder.is_empty() {
                known.has_prefix = true;
            } else if remainder == word {
                known.words.insert(word.clone());
            }
            known.by_remainder.entry(remainder).or_default().push(word);
        }
        Ok(known)
    }

    fn guesses(&self, word: &Word) -> Vec<String> {
        let left = left_of(word);
        let near = left.iter().filter_map(|remainder| self.by_remainder.get(remainder)).flatten();
        nearest(word, near.map(String::as_str), MOST_GUESSES)
    }
}

fn left_of(word: &Word) -> BTreeSet<String> {
    remains(&word.stem, tolerance(word))
}
