//! Product lists of the reference store. A text is found where each of its words begins a word of
//! the name or the description: no stems and no mistyped words.

use std::cmp::Ordering;

use domain::{
    catalogue::{
        CategoryId, FacetCategory, FacetView, Listings, PlaceKey, PriceLevel, Product,
        ProductFilter, ProductPlace, ProductSort, ProductStatus, SearchText,
    },
    shared::{
        money::Currency,
        page::{Page, Window},
    },
};

use super::{
    catalogue::{is_shown, subtree},
    state::Tables,
};

/// The products wanted, in no order.
pub(super) fn found<'a>(tables: &'a Tables, filter: &ProductFilter) -> Vec<&'a Product> {
    let inside = filter.category.as_ref().map(|key| subtree(tables, key));
    let is_wanted = |product: &&Product| {
        let parts = product.parts();
        let price = price_of(product);
        let is_seen = match (filter.listings, filter.status) {
            (Some(Listings::Shown), _) => {
                parts.owner.is_some() && parts.status == ProductStatus::Active
            }
            (Some(Listings::Of(owner)), status) => {
                parts.owner == Some(owner) && status.is_none_or(|status| parts.status == status)
            }
            (None, Some(status)) => parts.status == status,
            (None, None) => is_shown(tables, product),
        };
        let is_inside = inside
            .as_ref()
            .is_none_or(|inside| parts.category.is_some_and(|own| inside.contains(&own)));
        let is_priced =
            |fits: &dyn Fn(PriceLevel) -> bool| price.is_some_and(|(_, level)| fits(level));
        is_seen
            && is_inside
            && filter.currency.is_none_or(|wanted| price.is_some_and(|(own, _)| own == wanted))
            && filter.price_min.is_none_or(|least| is_priced(&|level| level >= least))
            && filter.price_max.is_none_or(|most| is_priced(&|level| level <= most))
            && filter.in_stock.is_none_or(|wanted| is_in_stock(tables, product) == wanted)
            && filter.text.as_ref().is_none_or(|text| is_about(product, text))
    };
    tables.products.values().filter(is_wanted).collect()
}

/// Cuts `window` out of the products found.
pub(super) fn cut(
    mut products: Vec<&Product>,
    sort: ProductSort,
    window: Window<ProductPlace>,
) -> Page<&Product, ProductPlace> {
    products.sort_by(|a, b| compare(&place_of(a, sort), &place_of(b, sort), sort));
    let limit = usize::try_from(window.limit()).unwrap_or(usize::MAX);
    let (skipped, total) = match &window {
        Window::Offset { offset, .. } => (
            usize::try_from(*offset).unwrap_or(usize::MAX),
            Some(u64::try_from(products.len()).unwrap_or(u64::MAX)),
        ),
        Window::After { after, .. } => {
            let is_before = |product: &&Product| {
                compare(&place_of(product, sort), after, sort) != Ordering::Greater
            };
            (products.partition_point(is_before), None)
        }
    };
    let has_more = products.len().saturating_sub(skipped) > limit;
    let items: Vec<_> = products.into_iter().skip(skipped).take(limit).collect();
    let next = items.last().filter(|_| has_more).map(|product| place_of(product, sort));
    Page { items, total, next }
}

/// The products found, counted by category and currency.
pub(super) fn facets(tables: &Tables, products: &[&Product]) -> Vec<FacetView> {
    let mut facets: Vec<FacetView> = Vec::new();
    for product in products {
        let category = product.parts().category.and_then(|id| facet_category(tables, id));
        let price = price_of(product);
        let (currency, level) =
            (price.map(|(currency, _)| currency), price.map(|(_, level)| level));
        let level = level.unwrap_or_default();
        let known = facets
            .iter_mut()
            .find(|facet| facet.category == category && facet.currency == currency);
        match known {
            Some(facet) => {
                facet.products += 1;
                facet.cheapest = facet.cheapest.min(level);
                facet.dearest = facet.dearest.max(level);
            }
            None => facets.push(FacetView {
                category,
                currency,
                products: 1,
                cheapest: level,
                dearest: level,
            }),
        }
    }
    facets
}

fn facet_category(tables: &Tables, id: CategoryId) -> Option<FacetCategory> {
    let state = tables.category(id)?.state();
    let (name, slug) = (state.name.clone(), state.slug.as_str().to_owned());
    Some(FacetCategory { id, name, slug })
}

fn price_of(product: &Product) -> Option<(Currency, PriceLevel)> {
    let price = product.parts().variants.first()?.prices.first()?;
    Some((price.currency, PriceLevel::of(*price)))
}

fn is_in_stock(tables: &Tables, product: &Product) -> bool {
    product.parts().variants.iter().any(|variant| {
        let left = tables.level_of(variant.id).map_or(0, |(_, row)| row.available());
        !variant.track_stock || left > 0
    })
}

fn is_about(product: &Product, text: &SearchText) -> bool {
    let words = |text: &str| -> Vec<String> {
        let text = text.to_lowercase();
        let words = text.split(|letter: char| !letter.is_alphanumeric());
        words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let parts = product.parts();
    let own = words(&format!("{} {}", parts.name, parts.description));
    let wanted = words(text.as_str());
    let has = |wanted: &String| own.iter().any(|word| word.starts_with(wanted.as_str()));
    !wanted.is_empty() && wanted.iter().all(has)
}

fn place_of(product: &Product, sort: ProductSort) -> ProductPlace {
    let key = match sort {
        ProductSort::Newest | ProductSort::Relevance => PlaceKey::Newest,
        ProductSort::Cheapest | ProductSort::Dearest => {
            PlaceKey::Price(price_of(product).map(|(_, level)| level).unwrap_or_default())
        }
        ProductSort::Name => PlaceKey::Name(product.parts().name.to_lowercase().into_bytes()),
    };
    ProductPlace { key, id: product.id() }
}

fn compare(a: &ProductPlace, b: &ProductPlace, sort: ProductSort) -> Ordering {
    let by_key = match (&a.key, &b.key) {
        (PlaceKey::Price(a), PlaceKey::Price(b)) => a.cmp(b),
        (PlaceKey::Name(a), PlaceKey::Name(b)) => a.cmp(b),
        _ => Ordering::Equal,
    };
    let ascending = by_key.then(a.id.cmp(&b.id));
    match sort {
        ProductSort::Cheapest | ProductSort::Name => ascending,
        ProductSort::Newest | ProductSort::Relevance | ProductSort::Dearest => ascending.reverse(),
    }
}
