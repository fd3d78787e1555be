use std::fmt;

use crate::shared::id::RawId;

/// The short number people read to each other: `K-` and eight characters of Crockford's base 32.
///
/// It is drawn from the random bits of the order's id, not counted, so that it tells nobody how
/// many orders the shop has; a unique constraint catches the rare collision.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OrderNumber(String);

const ALPHABET: [char; 32] = [
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'J',
    'K', 'M', 'N', 'P', 'Q', 'R', 'S', 'T', 'V', 'W', 'X', 'Y', 'Z',
];

impl OrderNumber {
    /// The number of the order with this UUIDv7.
    pub fn derive(id: RawId) -> Self {
        let mut random = id.as_u128();
        let mut text = String::from("K-");
        for _ in 0..8 {
            // 32 symbols: the index is always in range.
            let symbol = usize::try_from(random % 32).ok().and_then(|at| ALPHABET.get(at));
            text.push(symbol.copied().unwrap_or('0'));
            random /= 32;
        }
        Self(text)
    }

    /// A number read back from the store.
    pub const fn stored(text: String) -> Self {
        Self(text)
    }

    /// The number.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OrderNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
