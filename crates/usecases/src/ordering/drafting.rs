//! Lines of an order from what a customer wants and what is on offer.

use domain::{
    ordering::{Line, LineId, Offer, OfferKey, PlaceOrderError, WantedLine},
    shared::{
        id::RawId,
        money::{Currency, Money},
        ports::IdGenerator,
    },
};

/// What to look up for `wanted`.
pub(super) fn keys_of(wanted: &[WantedLine]) -> Vec<OfferKey> {
    let mut keys: Vec<_> = wanted.iter().map(|line| line.what).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The offer meant at position `line`, whether it is sold or not.
pub(super) fn find_offer(
    offers: &[Offer],
    line: usize,
    what: OfferKey,
) -> Result<&Offer, PlaceOrderError> {
    offers
        .iter()
        .find(|offer| match what {
            OfferKey::Product(product) => offer.product == product && offer.is_default,
            OfferKey::Variant(variant) => offer.variant == variant,
        })
        .ok_or(PlaceOrderError::UnknownProduct { line, id: raw(what) })
}

/// The offer meant at position `line`.
pub(super) fn find_sold(
    offers: &[Offer],
    line: usize,
    what: OfferKey,
) -> Result<&Offer, PlaceOrderError> {
    let offer = find_offer(offers, line, what)?;
    let refused = PlaceOrderError::NotSold { line, id: raw(what) };
    if offer.is_sold { Ok(offer) } else { Err(refused) }
}

/// A line at the price of now.
pub(super) fn new_line(
    ids: &dyn IdGenerator,
    at: usize,
    wanted: &WantedLine,
    offer: &Offer,
    currency: Currency,
) -> Result<Line, PlaceOrderError> {
    let price = offer.prices.iter().find(|price| price.currency == currency);
    let unit_price = price.copied().ok_or_else(|| no_price(at, wanted.what))?;
    Ok(Line {
        id: LineId::new(ids.next()),
        product: offer.product,
        variant: offer.variant,
        level: offer.level,
        name: offer.name.clone(),
        sku: offer.sku.clone(),
        quantity: wanted.quantity,
        unit_price,
        discount: Money::zero(currency),
        shipped: 0,
    })
}

pub(super) const fn no_price(line: usize, what: OfferKey) -> PlaceOrderError {
    PlaceOrderError::NoPrice { line, id: raw(what) }
}

const fn raw(what: OfferKey) -> RawId {
    match what {
        OfferKey::Product(product) => product.raw(),
        OfferKey::Variant(variant) => variant.raw(),
    }
}
