//! Statements of product lists. Their texts are put together from what is wanted, so that each
//! kind of list has a plan of its own; every value is bound.

use domain::{
    catalogue::{CategoryKey, PlaceKey, ProductFilter, ProductPlace, ProductSort},
    shared::{error::StoreError, page::Window},
};
use sea_orm::Value;

use super::draft::Binds;
use crate::{inventory::DEFAULT_LOCATION, sql::Dialect};

/// How the rows of a list are ordered.
#[derive(Clone, Copy)]
pub(super) struct Order {
    /// The column before the id, when there is one.
    column: Option<&'static str>,
    is_ascending: bool,
}

impl Order {
    pub(super) const fn of(sort: ProductSort) -> Self {
        let (column, is_ascending) = match sort {
            ProductSort::Newest | ProductSort::Relevance => (None, false),
            ProductSort::Cheapest => (Some("price_level"), true),
            ProductSort::Dearest => (Some("price_level"), false),
            ProductSort::Name => (Some("name_key"), true),
        };
        Self { column, is_ascending }
    }

    /// The place of a row, to be told with it.
    fn key(self) -> String {
        self.column.map_or_else(String::new, |column| format!(", p.{column} AS sort_key"))
    }

    /// `ORDER BY` over rows of `of`, whose key is named `column` there.
    fn by(self, of: &str, column: Option<&str>) -> String {
        let way = if self.is_ascending { "ASC" } else { "DESC" };
        match column {
            Some(column) => format!("{of}.{column} {way}, {of}.id {way}"),
            None => format!("{of}.id {way}"),
        }
    }

    /// ` AND` what stands after `place`.
    fn after(self, place: &ProductPlace, binds: &mut Binds) -> Result<String, StoreError> {
        let than = if self.is_ascending { ">" } else { "<" };
        let id = place.id.raw();
        let key: Value = match &place.key {
            PlaceKey::Newest => return Ok(format!(" AND p.id {than} {}", binds.add(id))),
            PlaceKey::Price(level) => level.raw().into(),
            PlaceKey::Name(key) => key.clone().into(),
            PlaceKey::Relevance(rank) => (*rank).into(),
        };
        let Some(column) = self.column else {
            return Err(StoreError::Corrupt("a place in a list of another order".to_owned()));
        };
        let (key, id) = (binds.add(key), binds.add(id));
        Ok(format!(" AND (p.{column}, p.id) {than} ({key}, {id})"))
    }
}

/// The rows of one window, with their variants; one more than wanted tells whether there are more.
pub(super) fn rows(
    dialect: Dialect,
    filter: &ProductFilter,
    sort: ProductSort,
    window: &Window<ProductPlace>,
) -> Result<(String, Vec<Value>), StoreError> {
    let order = Order::of(sort);
    let mut binds = Binds::default();
    let location = binds.add(DEFAULT_LOCATION);
    let with = subtree(filter, &mut binds);
    let mut wanted = conditions(filter, &location, &mut binds);
    let offset = match window {
        Window::Offset { offset, .. } => i64::try_from(*offset).unwrap_or(i64::MAX),
        Window::After { after, .. } => {
            wanted.push_str(&order.after(after, &mut binds)?);
            0
        }
    };
    let limit = i64::from(window.limit()) + 1;
    let cut = format!("LIMIT {} OFFSET {}", binds.add(limit), binds.add(offset));
    let (key, by) = (order.key(), order.by("p", order.column));
    let wanted = if with.is_empty() {
        format!("SELECT p.id{key} FROM products p WHERE {wanted} ORDER BY {by} {cut}")
    } else {
        // The first rows of each category in turn: each is read in its order from an index.
        let reach = binds.add(limit.saturating_add(offset));
        let wanted = format!(
            "FROM products p WHERE p.category_id = below.id AND {wanted} ORDER BY {by} LIMIT {reach}"
        );
        match dialect {
            Dialect::Postgres => {
                let first = order.by("first", order.column.map(|_| "sort_key"));
                format!(
                    "SELECT first.* FROM below CROSS JOIN LATERAL (SELECT p.id{key} {wanted}) first \
                     ORDER BY {first} {cut}"
                )
            }
            Dialect::Sqlite => format!(
                "SELECT p.id{key} FROM below CROSS JOIN products p WHERE p.id IN \
                 (SELECT p.id {wanted}) ORDER BY {by} {cut}"
            ),
        }
    };
    let by = order.by("wanted", order.column.map(|_| "sort_key"));
    let key = if order.column.is_some() { ", wanted.sort_key" } else { "" };
    let sql = format!(
        "WITH RECURSIVE {with}wanted AS ({wanted}) SELECT p.id, p.category_id, p.name, p.slug, \
         p.description, p.status, p.version, p.created_at, p.updated_at, v.id AS variant_id, v.sku, \
         v.name AS variant_name, v.track_stock, \
         s.on_hand - s.reserved - s.allocated + s.backorder_limit AS available, \
         vp.currency, vp.amount{key} \
         FROM wanted JOIN products p ON p.id = wanted.id JOIN variants v ON v.product_id = p.id \
         LEFT JOIN stock_levels s ON s.variant_id = v.id AND s.location_id = {location} \
         LEFT JOIN variant_prices vp ON vp.variant_id = v.id \
         ORDER BY {by}, v.position, vp.position"
    );
    Ok((sql, binds.values))
}

/// How many rows the whole list has.
pub(super) fn count(filter: &ProductFilter) -> (String, Vec<Value>) {
    over_all(filter, "COUNT(*) AS total FROM products p", "")
}

/// The whole list by category and currency.
pub(super) fn facets(filter: &ProductFilter) -> (String, Vec<Value>) {
    over_all(
        filter,
        "p.category_id, c.name, c.slug, p.price_currency, COUNT(*) AS products, \
         MIN(p.price_level) AS cheapest, MAX(p.price_level) AS dearest \
         FROM products p LEFT JOIN categories c ON c.id = p.category_id",
        " GROUP BY p.category_id, c.name, c.slug, p.price_currency \
         ORDER BY c.name, c.slug, p.price_currency",
    )
}

fn over_all(filter: &ProductFilter, select: &str, group: &str) -> (String, Vec<Value>) {
    let mut binds = Binds::default();
    let location = match filter.in_stock {
        Some(_) => binds.add(DEFAULT_LOCATION),
        None => String::new(),
    };
    let with = subtree(filter, &mut binds);
    let wanted = conditions(filter, &location, &mut binds);
    let (with, inside) = match with.trim_end_matches(", ") {
        "" => (String::new(), ""),
        below => {
            (format!("WITH RECURSIVE {below} "), "p.category_id IN (SELECT id FROM below) AND ")
        }
    };
    (format!("{with}SELECT {select} WHERE {inside}{wanted}{group}"), binds.values)
}

/// `below(id)`: the category wanted and all below it; empty when none is wanted.
fn subtree(filter: &ProductFilter, binds: &mut Binds) -> String {
    let key = match &filter.category {
        None => return String::new(),
        Some(CategoryKey::Id(id)) => format!("id = {}", binds.add(id.raw())),
        Some(CategoryKey::Slug(slug)) => format!("slug = {}", binds.add(slug.as_str())),
    };
    // What is below a hidden category is hidden.
    let seen = if filter.status.is_none() { " AND is_shown" } else { "" };
    format!(
        "below(id) AS (SELECT id FROM categories WHERE {key}{seen} \
         UNION SELECT c.id FROM categories c JOIN below ON c.parent_id = below.id{seen}), "
    )
}

/// Everything a product `p` has to be, besides being in the category.
fn conditions(filter: &ProductFilter, location: &str, binds: &mut Binds) -> String {
    let mut all = vec![match filter.status {
        None => is_shown!().to_owned(),
        Some(status) => format!("p.status = {}", binds.add(status.as_str())),
    }];
    if let Some(currency) = filter.currency {
        all.push(format!("p.price_currency = {}", binds.add(currency.code())));
    }
    if let Some(least) = filter.price_min {
        all.push(format!("p.price_level >= {}", binds.add(least.raw())));
    }
    if let Some(most) = filter.price_max {
        all.push(format!("p.price_level <= {}", binds.add(most.raw())));
    }
    if let Some(in_stock) = filter.in_stock {
        let is_there = if in_stock { "EXISTS" } else { "NOT EXISTS" };
        all.push(format!(
            "{is_there} (SELECT 1 FROM variants v LEFT JOIN stock_levels s ON s.variant_id = v.id \
             AND s.location_id = {location} WHERE v.product_id = p.id AND (NOT v.track_stock OR \
             s.on_hand - s.reserved - s.allocated + s.backorder_limit > 0))"
        ));
    }
    if filter.status.is_some() && (filter.price_min.is_some() || filter.price_max.is_some()) {
        all.push("p.is_priced".to_owned());
    }
    all.join(" AND ")
}
