use domain::{
    catalogue::{PlaceKey, ProductPlace, ProductSort},
    shared::error::StoreError,
};
use sea_orm::Value;

use crate::binds::Binds;

/// How the rows of a list are ordered: by a key, when there is one, and by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Newest,
    Price { is_ascending: bool },
    Name,
    Rank,
}

impl Order {
    /// Without a text nothing is more relevant than anything else.
    pub(super) const fn of(sort: ProductSort, has_text: bool) -> Self {
        match sort {
            ProductSort::Relevance if has_text => Self::Rank,
            ProductSort::Newest | ProductSort::Relevance => Self::Newest,
            ProductSort::Cheapest => Self::Price { is_ascending: true },
            ProductSort::Dearest => Self::Price { is_ascending: false },
            ProductSort::Name => Self::Name,
        }
    }

    /// The column of a product that is the key.
    pub(super) const fn column(self) -> Option<&'static str> {
        match self {
            Self::Newest | Self::Rank => None,
            Self::Price { .. } => Some("price_level"),
            Self::Name => Some("name_key"),
        }
    }

    /// `, p.x AS sort_key` behind the id.
    pub(super) fn key(self) -> String {
        self.column().map_or_else(String::new, |column| format!(", p.{column} AS sort_key"))
    }

    /// `, x.sort_key` of what was selected with [`Self::key`].
    pub(super) fn key_of(self, of: &str) -> String {
        self.keyed().map_or_else(String::new, |key| format!(", {of}.{key}"))
    }

    /// The name of the key of what was selected with [`Self::key`].
    pub(super) fn keyed(self) -> Option<&'static str> {
        (self != Self::Newest).then_some("sort_key")
    }

    /// What follows `ORDER BY` for rows of `of`, whose key is `column`.
    pub(super) fn by(self, of: &str, column: Option<&str>) -> String {
        let way = if self.is_ascending() { "ASC" } else { "DESC" };
        match column {
            Some(column) => format!("{of}.{column} {way}, {of}.id {way}"),
            None => format!("{of}.id {way}"),
        }
    }

    /// The condition that rows of `of`, whose key is `column`, stand after `place`.
    pub(super) fn after(
        self,
        place: &ProductPlace,
        of: &str,
        column: Option<&str>,
        binds: &mut Binds,
    ) -> Result<String, StoreError> {
        let than = if self.is_ascending() { ">" } else { "<" };
        let key: Option<Value> = match &place.key {
            PlaceKey::Newest => None,
            PlaceKey::Price(level) => Some(level.raw().into()),
            PlaceKey::Name(key) => Some(key.clone().into()),
            PlaceKey::Relevance(rank) => Some((*rank).into()),
        };
        match (column, key) {
            (Some(column), Some(key)) => {
                let (key, id) = (binds.add(key), binds.add(place.id.raw()));
                Ok(format!("({of}.{column}, {of}.id) {than} ({key}, {id})"))
            }
            (None, None) => Ok(format!("{of}.id {than} {}", binds.add(place.id.raw()))),
            _ => Err(StoreError::Corrupt("a place in a list of another order".to_owned())),
        }
    }

    const fn is_ascending(self) -> bool {
        matches!(self, Self::Price { is_ascending: true } | Self::Name)
    }
}
