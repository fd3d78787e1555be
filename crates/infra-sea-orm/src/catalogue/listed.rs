//! How a product stands in lists: the columns they are ordered and narrowed by.

use domain::catalogue::{PriceLevel, Product};

/// Bytes of a name that count for its place.
const KEY_BYTES: usize = 128;

/// What lists know of a product.
pub(super) struct Listed {
    /// The currency it is shown in; empty without a price.
    pub(super) currency: &'static str,
    /// Its price in ten-thousandths; 0 without one.
    pub(super) level: i64,
    /// Its name, folded.
    pub(super) name_key: Vec<u8>,
}

impl Listed {
    pub(super) fn of(product: &Product) -> Self {
        let parts = product.parts();
        let price = parts.variants.first().and_then(|default| default.prices.first());
        Self {
            currency: price.map_or("", |price| price.currency.code()),
            level: price.map_or(0, |price| PriceLevel::of(*price).raw()),
            name_key: name_key(&parts.name),
        }
    }
}

/// `name` as bytes that compare as people expect in Russian and in English, whatever the collation
/// of a database: case does not count, and `ё` stands where `е` does.
pub(super) fn name_key(name: &str) -> Vec<u8> {
    let folded = name.chars().flat_map(char::to_lowercase).map(|letter| match letter {
        'ё' => 'е',
        other => other,
    });
    let mut key = folded.collect::<String>().into_bytes();
    key.truncate(KEY_BYTES);
    key
}

#[cfg(test)]
mod tests {
    use super::name_key;

    #[test]
    fn names_stand_in_the_order_of_the_alphabet() {
        let mut names = ["ёлка", "Zebra", "яблоко", "Ель", "apple", "Ежевика", "ЖУК", "Енот"];
        names.sort_by_key(|name| name_key(name));
        assert_eq!(names, ["apple", "Zebra", "Ежевика", "ёлка", "Ель", "Енот", "ЖУК", "яблоко"]);
    }

    #[test]
    fn a_long_name_has_a_short_key() {
        assert_eq!(name_key(&"ж".repeat(200)).len(), 128);
    }
}
