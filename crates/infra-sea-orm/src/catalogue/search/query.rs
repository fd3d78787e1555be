use std::collections::{BTreeMap, BTreeSet};

use domain::{catalogue::SearchText, shared::error::StoreError};

use super::{
    typos::{nearest, remains, tolerance},
    words::{Word, words},
};
use crate::{
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
        let typed = without_joints(words(text.as_str()));
        let prefix = typed.last().filter(|word| may_begin(word)).map(|word| &word.folded);
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

    /// The question for every text with the words, as the index of the database takes it.
    pub(in crate::catalogue) fn question(&self, dialect: Dialect) -> String {
        self.within(Column::All, true, dialect)
    }

    /// What [`Self::question`] finds in parts, those that fit best first, each with how well: 3 when
    /// every word is in the name, 2 when the last one only begins a word there, 1 and 0 when the
    /// description is needed.
    pub(in crate::catalogue) fn tiers(&self, dialect: Dialect) -> Vec<(i32, String)> {
        let but = match dialect {
            Dialect::Sqlite => "NOT",
            Dialect::Postgres => "& !",
        };
        let name = self.within(Column::Name, false, dialect);
        let all = self.within(Column::All, false, dialect);
        if self.0.iter().all(|term| term.prefix.is_none()) {
            let described = format!("({all}) {but} ({name})");
            return vec![(3, name), (1, described)];
        }
        let begun_in_name = self.within(Column::Name, true, dialect);
        let begun = self.within(Column::All, true, dialect);
        let name_begun = format!("({begun_in_name}) {but} ({name})");
        let described = format!("({all}) {but} ({begun_in_name})");
        let description_begun = format!("(({begun}) {but} ({all})) {but} ({begun_in_name})");
        vec![(3, name), (2, name_begun), (1, described), (0, description_begun)]
    }

    /// Every word in `column`, the last one also as a beginning when `with_prefix`. Stems are
    /// letters and digits, so nothing in them has a meaning of its own.
    fn within(&self, column: Column, with_prefix: bool, dialect: Dialect) -> String {
        let (quote, or, and, star) = match dialect {
            Dialect::Sqlite => ("\"", " OR ", " AND ", " *"),
            Dialect::Postgres => ("'", " | ", " & ", ":*"),
        };
        // A column of its own in SQLite, words with a sign of their own in PostgreSQL.
        let (filter, sign) = match (column, dialect) {
            (Column::Name, Dialect::Sqlite) => ("name_words : ", ""),
            (Column::All, Dialect::Sqlite) => ("words : ", ""),
            (Column::Name, Dialect::Postgres) => ("", "/"),
            (Column::All, Dialect::Postgres) => ("", ""),
        };
        let term = |term: &Term| {
            let stems = term.stems.iter().map(|stem| format!("{quote}{sign}{stem}{quote}"));
            let prefix = term.prefix.iter().filter(|_| with_prefix);
            let prefix = prefix.map(|prefix| format!("{quote}{sign}{prefix}{quote}{star}"));
            format!("({})", stems.chain(prefix).collect::<Vec<_>>().join(or))
        };
        format!("{filter}({})", self.0.iter().map(term).collect::<Vec<_>>().join(and))
    }
}

/// Without the words that only join others: they are in most texts, and whoever writes `чайник в
/// стиле` also means the one whose text has it another way. The last one may be the beginning of
/// another word; when there are no others, they are what is looked for.
fn without_joints(typed: Vec<Word>) -> Vec<Word> {
    let last = typed.len().saturating_sub(1);
    let says_something = |at: usize, word: &Word| !word.is_joint() || at == last && may_begin(word);
    let mut at = 0..;
    let (telling, joints): (Vec<_>, Vec<_>) =
        typed.into_iter().partition(|word| at.next().is_some_and(|at| says_something(at, word)));
    if telling.is_empty() { joints } else { telling }
}

/// Whether others may begin with this.
fn may_begin(word: &Word) -> bool {
    word.folded.chars().count() >= SHORTEST_PREFIX
}

/// Where words are looked for.
#[derive(Clone, Copy)]
enum Column {
    /// In the name.
    Name,
    /// In the name and the description.
    All,
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

#[cfg(test)]
mod tests {
    use super::{super::words::words, without_joints};

    fn told(text: &str) -> Vec<String> {
        without_joints(words(text)).into_iter().map(|word| word.folded).collect()
    }

    #[test]
    fn words_that_only_join_others_are_not_asked_for() {
        assert_eq!(told("чайник в северном стиле"), ["чайник", "северном", "стиле"]);
        assert_eq!(told("кружка с ручкой и"), ["кружка", "ручкой"]);
        assert_eq!(told("The rustic kettle no 12"), ["rustic", "kettle", "12"]);
    }

    #[test]
    fn what_may_be_meant_is_asked_for() {
        assert_eq!(told("tea for"), ["tea", "for"]);
        assert_eq!(told("shirt size m"), ["shirt", "size", "m"]);
        assert_eq!(told("и о"), ["и", "о"]);
        assert!(told("").is_empty());
    }
}
