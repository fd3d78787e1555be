//! How people look through the products: what they narrow a list by, and how it is ordered.

use super::{CategoryKey, ProductId, ProductStatus};
use crate::{
    identity::UserId,
    shared::money::{Currency, Money, MoneyError, decimal},
    text_enum,
};

/// A price as the bare number people read, in ten-thousandths: what prices of different currencies
/// are compared and ordered by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct PriceLevel(i64);

impl PriceLevel {
    const DIGITS: u16 = 4;

    /// The number in front of the currency.
    pub fn of(price: Money) -> Self {
        Self(price.minor.saturating_mul(Self::units(price.currency)))
    }

    /// From what is stored.
    pub const fn new(ten_thousandths: i64) -> Self {
        Self(ten_thousandths)
    }

    /// Reads a decimal string; with a currency, with no more digits than that has.
    ///
    /// # Errors
    /// [`MoneyError::Malformed`] for signs, exponents, spaces, or too many digits.
    pub fn parse(text: &str, currency: Option<Currency>) -> Result<Self, MoneyError> {
        match currency {
            Some(currency) => Money::parse(text, currency).map(Self::of),
            None => decimal(text, Self::DIGITS).map(Self).ok_or(MoneyError::Malformed),
        }
    }

    /// Ten-thousandths.
    pub const fn raw(self) -> i64 {
        self.0
    }

    /// The same number in front of `currency`.
    pub fn in_currency(self, currency: Currency) -> Money {
        Money::new(self.0 / Self::units(currency), currency)
    }

    /// Ten-thousandths in one minor unit.
    fn units(currency: Currency) -> i64 {
        10_i64.pow(u32::from(Self::DIGITS.saturating_sub(currency.exponent())))
    }
}

/// What somebody looks for: 1..=200 characters with something in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchText(String);

impl SearchText {
    /// Characters taken at most.
    pub const LONGEST: usize = 200;

    /// Reads a text, without the spaces around it.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let length = text.chars().count();
        (1..=Self::LONGEST).contains(&length).then(|| Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Which products are wanted; all conditions hold together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProductFilter {
    /// Of this category or of any below it.
    pub category: Option<CategoryKey>,
    /// Shown in this currency.
    pub currency: Option<Currency>,
    /// At least this price.
    pub price_min: Option<PriceLevel>,
    /// At most this price.
    pub price_max: Option<PriceLevel>,
    /// Whether any of it can be bought now.
    pub in_stock: Option<bool>,
    /// Everything of this status, as the staff sees it; `None` is what everybody sees.
    pub status: Option<ProductStatus>,
    /// Named or described by these words.
    pub text: Option<SearchText>,
    /// Listings instead of what the catalogue shows.
    pub listings: Option<Listings>,
}

/// Which listings are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listings {
    /// The active ones of everybody, with or without a price.
    Shown,
    /// All of this person's.
    Of(UserId),
}

text_enum!(
    /// How a list of products is ordered; equals stand by their age.
    ProductSort {
        /// The newest first.
        Newest = "newest",
        /// The cheapest first.
        Cheapest = "price",
        /// The dearest first.
        Dearest = "-price",
        /// By the alphabet, whatever the case.
        Name = "name",
        /// What fits the text best first; without a text, the newest.
        Relevance = "relevance",
    }
);

/// Where a product stands in a list that is ordered in one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlaceKey {
    /// By age: the id says it.
    Newest,
    /// By price, in either direction.
    Price(PriceLevel),
    /// By name, folded so that bytes compare as people expect.
    Name(Vec<u8>),
    /// By how well it fits, higher is better.
    Relevance(i64),
}

/// The row a list is continued after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductPlace {
    /// What it is ordered by.
    pub key: PlaceKey,
    /// Which one of those that are equal.
    pub id: ProductId,
}

impl ProductPlace {
    /// Whether it is a place in lists ordered by `sort`.
    pub const fn is_of(&self, sort: ProductSort) -> bool {
        matches!(
            (&self.key, sort),
            (PlaceKey::Newest, ProductSort::Newest)
                | (PlaceKey::Price(_), ProductSort::Cheapest | ProductSort::Dearest)
                | (PlaceKey::Name(_), ProductSort::Name)
                | (PlaceKey::Relevance(_), ProductSort::Relevance)
        )
    }
}

/// How many of the products found are in one category and priced in one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FacetView {
    /// The category itself, without those below; `None` for products of no category.
    pub category: Option<FacetCategory>,
    /// The currency they are shown in; `None` for those without a price.
    pub currency: Option<Currency>,
    /// How many there are.
    pub products: u64,
    /// The cheapest.
    pub cheapest: PriceLevel,
    /// The dearest.
    pub dearest: PriceLevel,
}

/// The category of a [`FacetView`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FacetCategory {
    /// Identity.
    pub id: super::CategoryId,
    /// Shown to people.
    pub name: String,
    /// Shown in addresses.
    pub slug: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_of_every_currency_are_compared_by_the_number_people_read() {
        let rub = Currency::parse("RUB").unwrap();
        let yen = Currency::parse("JPY").unwrap();
        let dinar = Currency::parse("KWD").unwrap();
        let level = PriceLevel::parse("107.5", None).unwrap();
        assert_eq!(level, PriceLevel::of(Money::new(10_750, rub)));
        assert_eq!(level, PriceLevel::of(Money::new(107_500, dinar)));
        assert_eq!(level, PriceLevel::parse("107.50", Some(rub)).unwrap());
        assert!(PriceLevel::of(Money::new(108, yen)) > level);
        assert_eq!(level.in_currency(dinar), Money::new(107_500, dinar));
        for bad in ["", "-1", "1e3", "1.", ".5", "1.23456", " 1", "99999999999999999999"] {
            assert_eq!(PriceLevel::parse(bad, None), Err(MoneyError::Malformed), "{bad}");
        }
        assert!(PriceLevel::parse("1.5", Some(yen)).is_err());
    }

    #[test]
    fn a_text_has_something_in_it_and_is_not_too_long() {
        assert_eq!(SearchText::parse("  чай ").unwrap().as_str(), "чай");
        assert!(SearchText::parse(" \t ").is_none());
        assert!(SearchText::parse(&"ж".repeat(200)).is_some());
        assert!(SearchText::parse(&"ж".repeat(201)).is_none());
    }
}
