//! Places in product lists as clients carry them: opaque, and good only for the list they came from.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    catalogue::{PlaceKey, PriceLevel, ProductId, ProductPlace, ProductSort},
    shared::id::RawId,
};
use sha2::{Digest, Sha256};

const ID_BYTES: usize = 16;
const PROOF_BYTES: usize = 8;
/// Longer than any of ours.
const LONGEST: usize = 400;

/// Writes `place` for the list that `list` describes.
pub(super) fn write(place: &ProductPlace, list: &str) -> String {
    let mut bytes = match &place.key {
        PlaceKey::Newest => Vec::new(),
        PlaceKey::Price(level) => level.raw().to_be_bytes().to_vec(),
        PlaceKey::Name(key) => key.clone(),
        PlaceKey::Relevance(rank) => rank.to_be_bytes().to_vec(),
    };
    bytes.extend_from_slice(place.id.raw().as_bytes());
    let proof = proof(&bytes, list);
    bytes.extend_from_slice(&proof);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads a place of a list that is ordered by `sort` and described by `list`; `None` for anything
/// that did not come from it.
pub(super) fn read(text: &str, sort: ProductSort, list: &str) -> Option<ProductPlace> {
    if text.len() > LONGEST {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (place, proven) = bytes.split_at_checked(bytes.len().checked_sub(PROOF_BYTES)?)?;
    if proof(place, list) != *proven {
        return None;
    }
    let (key, id) = place.split_at_checked(place.len().checked_sub(ID_BYTES)?)?;
    let number = || key.try_into().ok().map(i64::from_be_bytes);
    let key = match sort {
        ProductSort::Newest => key.is_empty().then_some(PlaceKey::Newest)?,
        ProductSort::Cheapest | ProductSort::Dearest => PlaceKey::Price(PriceLevel::new(number()?)),
        ProductSort::Name => PlaceKey::Name(key.to_vec()),
        ProductSort::Relevance => PlaceKey::Relevance(number()?),
    };
    Some(ProductPlace { key, id: ProductId::new(RawId::from_slice(id).ok()?) })
}

/// Ties a place to its list. Not a secret: who forges it only begins elsewhere in what is public.
fn proof(place: &[u8], list: &str) -> [u8; PROOF_BYTES] {
    let digest = Sha256::new().chain_update(list).chain_update([0]).chain_update(place).finalize();
    let mut proof = [0; PROOF_BYTES];
    for (to, from) in proof.iter_mut().zip(digest) {
        *to = from;
    }
    proof
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places() -> [(ProductPlace, ProductSort); 5] {
        let place = |key| ProductPlace { key, id: ProductId::new(RawId::from_u128(7)) };
        let price = PlaceKey::Price(PriceLevel::new(1_079_900));
        [
            (place(PlaceKey::Newest), ProductSort::Newest),
            (place(price.clone()), ProductSort::Cheapest),
            (place(price), ProductSort::Dearest),
            (place(PlaceKey::Name("ж".repeat(64).into_bytes())), ProductSort::Name),
            (place(PlaceKey::Relevance(3)), ProductSort::Relevance),
        ]
    }

    #[test]
    fn a_place_survives_the_way_to_a_client_and_back() {
        for (place, sort) in places() {
            assert_eq!(read(&write(&place, "list"), sort, "list"), Some(place));
        }
    }

    #[test]
    fn what_did_not_come_from_the_same_list_is_refused() {
        for (place, sort) in places() {
            let cursor = write(&place, "list");
            assert_eq!(read(&cursor, sort, "other"), None);
            for cut in 0..cursor.len() {
                assert_eq!(read(cursor.get(..cut).unwrap(), sort, "list"), None);
            }
            for at in 0..cursor.len() {
                let mut forged = cursor.clone().into_bytes();
                forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
                let forged = String::from_utf8(forged).unwrap();
                assert_eq!(read(&forged, sort, "list"), None, "{forged}");
            }
        }
        for text in
            ["", "nonsense", "ж", "00000000-0000-7000-8000-000000000001", &"A".repeat(9_999)]
        {
            assert_eq!(read(text, ProductSort::Newest, "list"), None, "{text}");
        }
    }
}
