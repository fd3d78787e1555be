//! Statements of product lists. Their texts are put together from what is wanted, so that each
//! kind of list has a plan of its own; every value is bound.

use domain::{
    catalogue::{CategoryKey, Listings, PlaceKey, ProductFilter, ProductPlace, ProductSort},
    shared::{error::StoreError, page::Window},
};
use sea_orm::Value;

use super::{order::Order, search::Terms};
use crate::{binds::Binds, inventory::DEFAULT_LOCATION, sql::Dialect};

/// A statement and what it binds.
type Statement = (String, Vec<Value>);

/// A list of products.
pub(super) struct Listing<'a> {
    pub(super) dialect: Dialect,
    pub(super) filter: &'a ProductFilter,
    /// What the text of the filter looks for, when it has one.
    pub(super) terms: Option<&'a Terms>,
}

impl Listing<'_> {
    /// The rows of one window, with their variants; one more than wanted tells whether there are
    /// more.
    pub(super) fn rows(
        &self,
        sort: ProductSort,
        window: &Window<ProductPlace>,
    ) -> Result<Statement, StoreError> {
        let order = Order::of(sort, self.terms.is_some());
        let mut binds = Binds::default();
        let location = binds.add(DEFAULT_LOCATION);
        let below = self.subtree(&mut binds);
        let wanted = match (self.terms, order.column()) {
            (Some(terms), None) => self.found(terms, order, window, &location, &mut binds),
            (Some(_), Some(_)) => self.sorted(order, window, &location, &mut binds)?,
            (None, _) => self.first(order, window, &location, &mut binds)?,
        };
        let key = order.key_of("wanted");
        let by = match (self.terms, order.column()) {
            (Some(_), None) => "wanted.sort_key DESC, wanted.number DESC".to_owned(),
            _ => order.by("wanted", order.keyed()),
        };
        let sql = format!(
            "WITH RECURSIVE {below}{wanted} SELECT p.id, p.category_id, p.owner_id, p.name, p.slug, \
             p.description, p.status, p.version, p.created_at, p.updated_at, v.id AS variant_id, \
             v.sku, v.name AS variant_name, v.track_stock, \
             s.on_hand - s.reserved - s.allocated + s.backorder_limit AS available, \
             vp.currency, vp.amount{key} \
             FROM wanted JOIN products p ON p.id = wanted.id JOIN variants v ON v.product_id = p.id \
             LEFT JOIN stock_levels s ON s.variant_id = v.id AND s.location_id = {location} \
             LEFT JOIN variant_prices vp ON vp.variant_id = v.id \
             ORDER BY {by}, v.position, vp.position"
        );
        Ok((sql, binds.values))
    }

    /// How many rows the whole list has; each category is counted from an index.
    pub(super) fn count(&self) -> Statement {
        if self.filter.category.is_none() || self.terms.is_some() {
            return self.over_all("COUNT(*) AS total", "", "");
        }
        let mut binds = Binds::default();
        let location = self.location(&mut binds);
        let below = self.subtree(&mut binds);
        let wanted = self.conditions(&location, &mut binds);
        let sql = format!(
            "WITH RECURSIVE {below}counted AS (SELECT (SELECT COUNT(*) FROM products p \
             WHERE p.category_id = below.id AND {wanted}) AS products FROM below) \
             SELECT CAST(COALESCE(SUM(products), 0) AS bigint) AS total FROM counted"
        );
        (sql, binds.values)
    }

    /// The whole list by category and currency.
    pub(super) fn facets(&self) -> Statement {
        self.over_all(
            "p.category_id, c.name, c.slug, p.price_currency, COUNT(*) AS products, \
             MIN(p.price_level) AS cheapest, MAX(p.price_level) AS dearest",
            " LEFT JOIN categories c ON c.id = p.category_id",
            " GROUP BY p.category_id, c.name, c.slug, p.price_currency \
             ORDER BY c.name, c.slug, p.price_currency",
        )
    }

    fn over_all(&self, select: &str, join: &str, group: &str) -> Statement {
        let mut binds = Binds::default();
        let location = self.location(&mut binds);
        let below = self.subtree(&mut binds);
        let (with, inside) = match below.strip_suffix(", ") {
            Some(below) => (format!("WITH RECURSIVE {below} "), INSIDE),
            None => (String::new(), ""),
        };
        let (source, matching) = self.source(&mut binds);
        let wanted = self.conditions(&location, &mut binds);
        let sql = format!(
            "{with}SELECT {select} FROM {source}{join} WHERE {matching}{inside}{wanted}{group}"
        );
        (sql, binds.values)
    }

    /// Where stock is looked for, if it is.
    fn location(&self, binds: &mut Binds) -> String {
        self.filter.in_stock.map_or_else(String::new, |_| binds.add(DEFAULT_LOCATION))
    }

    /// `wanted`: rows of a window that are read in their order from an index.
    fn first(
        &self,
        order: Order,
        window: &Window<ProductPlace>,
        location: &str,
        binds: &mut Binds,
    ) -> Result<String, StoreError> {
        let mut wanted = self.conditions(location, binds);
        if let Window::After { after, .. } = window {
            wanted.push_str(" AND ");
            wanted.push_str(&order.after(after, "p", order.column(), binds)?);
        }
        let cut = cut(window, binds);
        let (key, by) = (order.key(), order.by("p", order.column()));
        if self.filter.category.is_none() {
            return Ok(format!(
                "wanted AS (SELECT p.id{key} FROM products p WHERE {wanted} ORDER BY {by} {cut})"
            ));
        }
        // The first rows of each category in turn.
        let reach = match wanted_of(window) {
            (limit, 0) => limit.to_string(),
            (limit, offset) => binds.add(limit.saturating_add(offset)),
        };
        let wanted = format!(
            "FROM products p WHERE p.category_id = below.id AND {wanted} \
             ORDER BY {by} LIMIT {reach}"
        );
        Ok(match self.dialect {
            Dialect::Postgres => {
                let by = order.by("f", order.keyed());
                format!(
                    "wanted AS (SELECT f.* FROM below CROSS JOIN LATERAL \
                     (SELECT p.id{key} {wanted}) f ORDER BY {by} {cut})"
                )
            }
            Dialect::Sqlite => format!(
                "wanted AS (SELECT p.id{key} FROM below CROSS JOIN products p WHERE p.id IN \
                 (SELECT p.id {wanted}) ORDER BY {by} {cut})"
            ),
        })
    }

    /// `wanted`: rows of a window of what the text finds, by how well it fits or by age. The index of
    /// words knows both: what fits equally well is read from it newest first, part by part, and the
    /// products are looked at one by one until the window is full.
    fn found(
        &self,
        terms: &Terms,
        order: Order,
        window: &Window<ProductPlace>,
        location: &str,
        binds: &mut Binds,
    ) -> String {
        let after = match window {
            Window::Offset { .. } => None,
            Window::After { after, .. } => Some(after),
        };
        let inside = if self.filter.category.is_some() { INSIDE } else { "" };
        let conditions = format!("{inside}{}", self.conditions(location, binds));
        let parts = match order {
            Order::Rank => terms.tiers(self.dialect),
            _ => vec![(0, terms.question(self.dialect))],
        };
        let rank = after.and_then(|place| match place.key {
            PlaceKey::Relevance(rank) => Some(rank),
            _ => None,
        });
        let number = match self.dialect {
            Dialect::Sqlite => "product_words.rowid",
            Dialect::Postgres => "number",
        };
        let (limit, offset) = wanted_of(window);
        let mut room = limit.saturating_add(offset).to_string();
        let (mut tiers, mut all) = (String::new(), Vec::new());
        for (fit, question) in parts {
            if rank.is_some_and(|rank| i64::from(fit) > rank) {
                continue;
            }
            let question = binds.add(question);
            let place = after.filter(|_| rank.is_none_or(|rank| rank == i64::from(fit)));
            let older = place.map_or_else(String::new, |place| older(place, number, binds));
            let tier = match self.dialect {
                Dialect::Sqlite => format!(
                    "SELECT t.product_id AS id, product_words.rowid AS number, {fit} AS sort_key \
                     FROM product_words CROSS JOIN product_texts t \
                     ON t.number = product_words.rowid CROSS JOIN products p ON p.id = t.product_id \
                     WHERE product_words MATCH {question}{older} AND {conditions} \
                     ORDER BY product_words.rowid DESC LIMIT {room}"
                ),
                // All that fit are read from the index, also when it is thought to be quicker to
                // look at every text: in a part where nothing is left, it is not.
                Dialect::Postgres => format!(
                    "WITH hits AS MATERIALIZED (SELECT number, product_id FROM product_texts \
                     WHERE document @@ {question}::tsquery{older}) \
                     SELECT t.product_id AS id, t.number, {fit} AS sort_key \
                     FROM (SELECT * FROM hits ORDER BY number DESC) t CROSS JOIN LATERAL \
                     (SELECT 1 FROM products p WHERE p.id = t.product_id AND {conditions} LIMIT 1) p \
                     ORDER BY t.number DESC LIMIT {room}"
                ),
            };
            tiers.push_str(&format!("tier{fit} AS ({tier}), "));
            room.push_str(&format!(" - (SELECT COUNT(*) FROM tier{fit})"));
            all.push(format!("SELECT * FROM tier{fit}"));
        }
        let (all, cut) = (all.join(" UNION ALL "), cut(window, binds));
        format!("{tiers}wanted AS ({all} ORDER BY sort_key DESC, number DESC {cut})")
    }

    /// `wanted`: rows of a window of what the text finds, by a column of the products.
    fn sorted(
        &self,
        order: Order,
        window: &Window<ProductPlace>,
        location: &str,
        binds: &mut Binds,
    ) -> Result<String, StoreError> {
        let (source, matching) = self.source(binds);
        let inside = if self.filter.category.is_some() { INSIDE } else { "" };
        let conditions = self.conditions(location, binds);
        let after = match window {
            Window::Offset { .. } => String::new(),
            Window::After { after, .. } => {
                format!(" AND {}", order.after(after, "p", order.column(), binds)?)
            }
        };
        let cut = cut(window, binds);
        let (key, by) = (order.key(), order.by("p", order.column()));
        Ok(format!(
            "wanted AS (SELECT p.id{key} FROM {source} \
             WHERE {matching}{inside}{conditions}{after} ORDER BY {by} {cut})"
        ))
    }

    /// The products `p`, those with the words looked for: what to select from, and a condition.
    fn source(&self, binds: &mut Binds) -> (String, String) {
        let Some(terms) = self.terms else { return ("products p".to_owned(), String::new()) };
        let question = binds.add(terms.question(self.dialect));
        match self.dialect {
            Dialect::Sqlite => (
                "product_words CROSS JOIN product_texts t ON t.number = product_words.rowid \
                 CROSS JOIN products p ON p.id = t.product_id"
                    .to_owned(),
                format!("product_words MATCH {question} AND "),
            ),
            // The OFFSET has the words looked up first: nobody knows yet how few have them, and
            // all products in their order would be asked for them one by one.
            Dialect::Postgres => {
                let found = format!(
                    "(SELECT product_id FROM product_texts \
                     WHERE document @@ {question}::tsquery OFFSET 0) t \
                     JOIN products p ON p.id = t.product_id"
                );
                (found, String::new())
            }
        }
    }

    /// `below(id)`: the category wanted and all below it; empty when none is wanted.
    fn subtree(&self, binds: &mut Binds) -> String {
        let key = match &self.filter.category {
            None => return String::new(),
            Some(CategoryKey::Id(id)) => format!("id = {}", binds.add(id.raw())),
            Some(CategoryKey::Slug(slug)) => format!("slug = {}", binds.add(slug.as_str())),
        };
        // What is below a hidden category is hidden.
        let seen = if self.filter.status.is_none() { " AND is_shown" } else { "" };
        format!(
            "below(id) AS (SELECT id FROM categories WHERE {key}{seen} \
             UNION SELECT c.id FROM categories c JOIN below ON c.parent_id = below.id{seen}), "
        )
    }

    /// Everything a product `p` has to be, besides being in the category and having the words.
    fn conditions(&self, location: &str, binds: &mut Binds) -> String {
        let filter = self.filter;
        let mut all = vec![match (filter.status, &filter.category) {
            _ if filter.listings == Some(Listings::Shown) => {
                "p.owner_id IS NOT NULL AND p.status = 'active'".to_owned()
            }
            (None, _) if filter.listings.is_some() => "true".to_owned(),
            (Some(status), _) => format!("p.status = {}", binds.add(status.as_str())),
            (None, None) => is_shown!().to_owned(),
            // The category and what is below it are shown.
            (None, Some(_)) => "p.status = 'active' AND p.is_priced".to_owned(),
        }];
        if let Some(Listings::Of(owner)) = filter.listings {
            all.push(format!("p.owner_id = {}", binds.add(owner.raw())));
        }
        if let Some(currency) = filter.currency {
            all.push(format!("p.price_currency = {}", binds.add(currency.code())));
        }
        // Numbers in the text: how many products lie between them decides which index to read.
        if let Some(least) = filter.price_min {
            all.push(format!("p.price_level >= {}", least.raw()));
        }
        if let Some(most) = filter.price_max {
            all.push(format!("p.price_level <= {}", most.raw()));
        }
        let any_price = filter.status.is_some() || filter.listings.is_some();
        if any_price && (filter.price_min.is_some() || filter.price_max.is_some()) {
            all.push("p.is_priced".to_owned());
        }
        if let Some(in_stock) = filter.in_stock {
            let is_there = if in_stock { "EXISTS" } else { "NOT EXISTS" };
            all.push(format!(
                "{is_there} (SELECT 1 FROM variants v LEFT JOIN stock_levels s \
                 ON s.variant_id = v.id AND s.location_id = {location} \
                 WHERE v.product_id = p.id AND (NOT v.track_stock OR \
                 s.on_hand - s.reserved - s.allocated + s.backorder_limit > 0))"
            ));
        }
        all.join(" AND ")
    }
}

/// `LIMIT` and `OFFSET`. How many rows are wanted stands in the text: a plan that is made for any
/// number would read whole tables to be ready for many.
fn cut(window: &Window<ProductPlace>, binds: &mut Binds) -> String {
    match wanted_of(window) {
        (limit, 0) => format!("LIMIT {limit}"),
        (limit, offset) => format!("LIMIT {limit} OFFSET {}", binds.add(offset)),
    }
}

/// How many rows are wanted, one more than told, and how many skipped.
fn wanted_of(window: &Window<ProductPlace>) -> (i64, i64) {
    let offset = match window {
        Window::Offset { offset, .. } => i64::try_from(*offset).unwrap_or(i64::MAX),
        Window::After { .. } => 0,
    };
    (i64::from(window.limit()) + 1, offset)
}

/// The condition that a text was first written before that of the product at `place`, or before
/// those after it when it is gone.
fn older(place: &ProductPlace, number: &str, binds: &mut Binds) -> String {
    let id = binds.add(place.id.raw());
    format!(
        " AND {number} < (SELECT CASE WHEN b.product_id = {id} THEN b.number ELSE b.number + 1 END \
         FROM product_texts b WHERE b.product_id <= {id} ORDER BY b.product_id DESC LIMIT 1)"
    )
}

const INSIDE: &str = "p.category_id IN (SELECT id FROM below) AND ";
