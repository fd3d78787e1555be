use std::{borrow::Cow, fmt};

use serde::{Deserialize, Serialize};

use super::{InvalidTransition, Order, OrderCommand, OrderEdited};
use crate::shared::event::Stamp;

/// Characters of a note at most.
pub const MAX_NOTE: usize = 1_000;

/// A country of ISO 3166-1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Country(iso_country::Country);

impl Country {
    /// Reads an upper-case code of two letters such as `DE`; none when no country has it.
    pub fn parse(code: &str) -> Option<Self> {
        (code.len() == 2).then(|| code.parse().ok()).flatten().map(Self)
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Country {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Country {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&code).ok_or_else(|| serde::de::Error::custom("no such country"))
    }
}

/// Where somebody gets goods or a bill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostalAddress {
    /// The person.
    pub name: String,
    /// The firm.
    pub company: Option<String>,
    /// Street and house.
    pub line1: String,
    /// What else helps to find the door.
    pub line2: Option<String>,
    /// City or village.
    pub city: String,
    /// State, province or the like.
    pub region: Option<String>,
    /// Postal code.
    pub postal_code: String,
    /// The country.
    pub country: Country,
    /// Where the carrier may call.
    pub phone: Option<String>,
}

/// Where an order and its bill go, and what the customer asks for besides: as it was given, whatever
/// becomes of the customer's other addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Particulars {
    /// Where the goods go.
    pub shipping_address: Option<PostalAddress>,
    /// Where the bill goes.
    pub billing_address: Option<PostalAddress>,
    /// What the customer wants the shop to know, at most [`MAX_NOTE`] characters.
    pub note: Option<String>,
}

/// What is to change about the particulars of an order; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParticularsChange {
    /// Where the goods go; `Some(None)` clears it.
    pub shipping_address: Option<Option<PostalAddress>>,
    /// Where the bill goes; `Some(None)` clears it.
    pub billing_address: Option<Option<PostalAddress>>,
    /// What the customer wants the shop to know; `Some(None)` clears it.
    pub note: Option<Option<String>>,
}

impl ParticularsChange {
    /// The names of what is to change.
    pub fn fields(&self) -> Vec<&'static str> {
        let named = [
            ("shipping_address", self.shipping_address.is_some()),
            ("billing_address", self.billing_address.is_some()),
            ("note", self.note.is_some()),
        ];
        named.into_iter().filter(|(_, is_named)| *is_named).map(|(name, _)| name).collect()
    }

    fn over(&self, known: &Particulars) -> Particulars {
        let Self { shipping_address, billing_address, note } = self.clone();
        Particulars {
            shipping_address: shipping_address.unwrap_or_else(|| known.shipping_address.clone()),
            billing_address: billing_address.unwrap_or_else(|| known.billing_address.clone()),
            note: note.unwrap_or_else(|| known.note.clone()),
        }
    }
}

impl Order {
    /// Where it goes, and what the customer asks for.
    pub const fn particulars(&self) -> &Particulars {
        &self.particulars
    }

    /// The order as it was read back, with its particulars.
    #[must_use]
    pub fn with_particulars(mut self, particulars: Particulars) -> Self {
        self.particulars = particulars;
        self
    }

    /// Changes the particulars of a pending order, also while the customer pays: what it costs
    /// stays. What is the same already is not recorded.
    ///
    /// # Errors
    /// [`InvalidTransition`] unless it is pending.
    pub fn redirect(
        &mut self,
        change: &ParticularsChange,
        stamp: Stamp,
    ) -> Result<(), InvalidTransition> {
        let particulars = change.over(&self.particulars);
        if particulars == self.particulars {
            return Ok(());
        }
        let (from, command) = (self.state.status, OrderCommand::Edit);
        from.after(command).ok_or(InvalidTransition { from, command })?;
        self.particulars = particulars;
        let (order_id, user_id, total) = (self.id, self.customer, self.total());
        self.record(OrderEdited { order_id, user_id, total }.into(), stamp);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Country;

    #[test]
    fn a_country_is_one_of_the_list() {
        for code in ["DE", "RU", "US", "SS"] {
            assert_eq!(Country::parse(code).unwrap().to_string(), code);
        }
        for code in ["", "D", "de", "ZZ", "DEU", "Ä", "  "] {
            assert_eq!(Country::parse(code), None, "{code}");
        }
        let read: Country = serde_json::from_str("\"FR\"").unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), "\"FR\"");
        assert!(serde_json::from_str::<Country>("\"QQ\"").is_err());
    }
}
