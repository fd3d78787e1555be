//! When two spellings of a name are the same name, whatever keyboard or trick they came from.

use unicode_normalization::UnicodeNormalization;

/// The form uniqueness is decided on: compatibility forms (full width, ligatures, the Kelvin
/// sign), case in every script, and the dots of a Turkish i make no difference.
pub(super) fn folded(text: &str) -> String {
    // Upper case first: it brings together what lower case leaves apart, such as s and the long s.
    let cased = |text: String| -> String {
        text.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
    };
    let once = cased(text.nfkc().collect()).replace("i\u{307}", "i");
    cased(once.nfkc().collect()).replace("i\u{307}", "i").nfkc().collect()
}

/// Whether a character is drawn as nothing, or turns the text around it: two names that differ in
/// these alone look the same (default ignorable code points and fillers of Unicode 17).
pub(super) fn is_invisible(c: char) -> bool {
    matches!(
        u32::from(c),
        0x00AD
            | 0x034F
            | 0x061C
            | 0x115F..=0x1160
            | 0x17B4..=0x17B5
            | 0x180B..=0x180F
            | 0x200B..=0x200F
            | 0x202A..=0x202E
            | 0x2060..=0x206F
            | 0x2800
            | 0x3164
            | 0xFE00..=0xFE0F
            | 0xFEFF
            | 0xFFA0
            | 0xFFF0..=0xFFFB
            | 0x1BCA0..=0x1BCA3
            | 0x1D173..=0x1D17A
            | 0xE0000..=0xE0FFF
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::folded;

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,12}") {
            let once = folded(&text);
            prop_assert_eq!(folded(&once), once.clone(), "{:?}", text);
        }

        #[test]
        fn case_and_compatibility_never_matter(text in "\\PC{0,12}") {
            let once = folded(&text);
            prop_assert_eq!(folded(&text.to_lowercase()), once.clone());
            prop_assert_eq!(folded(&text.nfkc().collect::<String>()), once.clone());
            prop_assert_eq!(folded(&text.nfd().collect::<String>()), once);
        }
    }

    use unicode_normalization::UnicodeNormalization;

    #[test]
    fn every_single_character_folds_to_one_form() {
        for c in (0..=0x1_FFFF).filter_map(char::from_u32) {
            let text = c.to_string();
            let once = folded(&text);
            assert_eq!(folded(&once), once, "{c:?}");
            assert_eq!(folded(&c.to_lowercase().collect::<String>()), once, "{c:?}");
            assert_eq!(folded(&c.to_uppercase().collect::<String>()), once, "{c:?}");
        }
    }
}
