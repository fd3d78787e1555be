use domain::{ordering::OrderNumber, shared::id::RawId};
use proptest::prelude::*;

proptest! {
    #[test]
    fn a_number_is_short_and_has_no_letters_that_look_like_digits(raw in any::<u128>()) {
        let number = OrderNumber::derive(RawId::from_u128(raw));
        let symbols = number.as_str().strip_prefix("K-").unwrap();
        prop_assert_eq!(symbols.len(), 8);
        let is_good = |c: char| c.is_ascii_digit() || (c.is_ascii_uppercase() && !"ILOU".contains(c));
        prop_assert!(symbols.chars().all(is_good), "{}", symbols);
    }

    #[test]
    fn the_time_in_an_id_does_not_show_in_its_number(time in 0_u128..1 << 48, random in 0_u128..1 << 62) {
        let at = |time: u128| OrderNumber::derive(RawId::from_u128(time << 80 | random));
        prop_assert_eq!(at(time), at(0));
    }
}

#[test]
fn every_one_of_the_last_forty_bits_counts() {
    let zero = OrderNumber::derive(RawId::from_u128(0));
    for bit in 0..40 {
        assert_ne!(OrderNumber::derive(RawId::from_u128(1 << bit)), zero, "{bit}");
    }
}
