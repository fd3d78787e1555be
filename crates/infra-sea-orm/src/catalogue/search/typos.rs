//! Words that were mistyped. Two words a few letters apart have what is left of both in common when
//! letters are taken out: that is what is kept of each known word, and looked up for an unknown one.

use std::collections::BTreeSet;

use strsim::osa_distance;

use super::words::Word;

/// Letters of a word that letters are taken out of; the rest is compared afterwards.
const HEAD: usize = 7;

/// How many letters of `word` may be wrong; two next to each other swapped count as one.
pub(super) fn tolerance(word: &Word) -> usize {
    match (word.stem.chars().count(), word.folded.chars().count()) {
        (0..=3, _) => 0,
        (_, 0..=7) => 1,
        _ => 2,
    }
}

/// What to keep of a known stem: what is left of it by each who mistypes one of its forms.
pub(super) fn kept(stem: &str) -> BTreeSet<String> {
    let tolerance = match stem.chars().count() {
        0..=3 => 0,
        4..=5 => 1,
        _ => 2,
    };
    remains(stem, tolerance)
}

/// The stem, and what is left of its beginning when up to `most` letters are taken out.
pub(super) fn remains(stem: &str, most: usize) -> BTreeSet<String> {
    let mut all = BTreeSet::from([stem.to_owned()]);
    if most == 0 {
        return all;
    }
    let mut round = BTreeSet::from([stem.chars().take(HEAD).collect::<Vec<_>>()]);
    for _ in 0..=most {
        all.extend(round.iter().map(|letters| letters.iter().collect::<String>()));
        round = round.iter().flat_map(|letters| without_one(letters)).collect();
    }
    all
}

fn without_one(letters: &[char]) -> impl Iterator<Item = Vec<char>> {
    (0..letters.len()).map(|out| {
        let left = letters.iter().enumerate().filter(|(at, _)| *at != out);
        left.map(|(_, letter)| *letter).collect()
    })
}

/// Those of `known` that are nearest to `word`, near enough to be meant; `most` at most.
pub(super) fn nearest<'a>(
    word: &Word,
    known: impl Iterator<Item = &'a str>,
    most: usize,
) -> Vec<String> {
    let tolerance = tolerance(word);
    let mut near: Vec<_> = known
        .map(|known| (osa_distance(&word.stem, known), known))
        .filter(|(distance, _)| *distance <= tolerance)
        .collect();
    near.sort_unstable();
    near.dedup();
    let least = near.first().map_or(0, |(distance, _)| *distance);
    let nearest = near.into_iter().take_while(|(distance, _)| *distance == least);
    nearest.take(most).map(|(_, word)| word.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn word(stem: &str) -> Word {
        Word { folded: stem.to_owned(), stem: stem.to_owned() }
    }

    #[test]
    fn short_words_are_taken_as_they_are() {
        assert_eq!(kept("чай").len(), 1);
        assert!(nearest(&word("чай"), ["чан"].into_iter(), 9).is_empty());
    }

    #[test]
    fn the_nearest_words_are_meant() {
        let known = ["lamp", "lamps", "camp", "candl", "headphon"];
        let meant = |stem| nearest(&word(stem), known.into_iter(), 9);
        assert_eq!(meant("lanp"), ["lamp"]);
        assert_eq!(meant("xamp"), ["camp", "lamp"]);
        assert_eq!(meant("haedphno"), ["headphon"]);
        assert_eq!(meant("table"), Vec::<String>::new());
        assert_eq!(nearest(&word("xamp"), known.into_iter(), 1), ["camp"]);
        let long = Word { folded: "headfones".to_owned(), stem: "headfon".to_owned() };
        assert_eq!(nearest(&long, known.into_iter(), 9), ["headphon"]);
    }

    proptest! {
        #[test]
        fn a_mistyped_word_shares_a_remainder_with_the_right_one(
            right in "[абвгд]{5,12}", at in 0_usize..5, letter in "[абвгд]", how in 0_u8..4,
        ) {
            let mut letters: Vec<_> = right.chars().collect();
            match how {
                0 => letters[at] = letter.chars().next().unwrap(),
                1 => letters.swap(at, at - at.min(1)),
                2 => letters.insert(at, letter.chars().next().unwrap()),
                _ => drop(letters.remove(at)),
            }
            let typed = word(&letters.into_iter().collect::<String>());
            let left = remains(&typed.stem, tolerance(&typed));
            prop_assert!(!kept(&right).is_disjoint(&left), "{} {:?}", right, typed);
            prop_assert_eq!(nearest(&typed, [right.as_str()].into_iter(), 1), [right.clone()]);
        }
    }
}
