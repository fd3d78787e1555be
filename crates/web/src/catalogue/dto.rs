use domain::{
    catalogue::{
        CategoryView, FacetCategory, FacetView, PriceLevel, ProductStatus, ProductView, VariantView,
    },
    shared::{money::Currency, page::Page},
};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

/// A node of the category tree.
#[derive(Serialize, ToSchema)]
pub(crate) struct Category {
    /// Identity.
    pub(crate) id: Uuid,
    /// Shown to people.
    #[schema(example = "Tea")]
    pub(crate) name: String,
    /// Shown in addresses.
    #[schema(example = "tea")]
    pub(crate) slug: String,
    /// The node above; roots have none.
    pub(crate) parent_id: Option<Uuid>,
    /// Whether it is switched on; it and its products are shown when everything above it is, too.
    pub(crate) is_active: bool,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) created_at: OffsetDateTime,
    /// When it last changed.
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) updated_at: OffsetDateTime,
    /// Categories below it, by name; null unless a tree was asked for.
    #[schema(no_recursion)]
    pub(crate) children: Option<Vec<Self>>,
    /// Its newest products; null unless included.
    pub(crate) products: Option<Vec<Product>>,
}

impl From<CategoryView> for Category {
    fn from(category: CategoryView) -> Self {
        Self {
            id: category.id.raw(),
            name: category.name,
            slug: category.slug,
            parent_id: category.parent.map(domain::catalogue::CategoryId::raw),
            is_active: category.is_active,
            created_at: category.created_at,
            updated_at: category.updated_at,
            children: None,
            products: None,
        }
    }
}

/// Whether a product is shown.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "the schema of domain::catalogue::ProductStatus")]
pub(crate) enum ProductState {
    Draft,
    Active,
    Inactive,
    Archived,
}

/// How products are ordered.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "the schema of domain::catalogue::ProductSort")]
pub(crate) enum ProductOrder {
    Newest,
    Price,
    #[schema(rename = "-price")]
    PriceDown,
    Name,
    Relevance,
}

/// Something the shop sells. Price and stock of the whole are those of its variants: the price of
/// the first, the sum of what is available.
#[derive(Serialize, ToSchema)]
pub(crate) struct Product {
    /// Identity.
    pub(crate) id: Uuid,
    /// Shown to people.
    #[schema(example = "Assam, 100 g")]
    pub(crate) name: String,
    /// Shown in addresses.
    #[schema(example = "assam-100-g")]
    pub(crate) slug: String,
    /// Plain text.
    pub(crate) description: String,
    /// What one unit costs, in decimal form; null when it cannot be bought.
    #[schema(example = "107.99")]
    pub(crate) price: Option<String>,
    /// ISO 4217 code of the price.
    #[schema(example = "RUB")]
    pub(crate) currency: Option<&'static str>,
    /// Where it is shown.
    pub(crate) category_id: Option<Uuid>,
    /// Whether it is shown.
    #[schema(value_type = ProductState)]
    pub(crate) status: ProductStatus,
    /// Whether it is shown and sold.
    pub(crate) is_active: bool,
    /// Whether any of it can be bought now.
    pub(crate) in_stock: bool,
    /// Units that can be bought now; null when stock is not counted.
    #[schema(example = 12)]
    pub(crate) available: Option<i64>,
    /// Its forms; the first is the one meant when only the product is named.
    pub(crate) variants: Vec<Variant>,
    /// Pictures.
    pub(crate) media: Vec<Media>,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) created_at: OffsetDateTime,
    /// When it last changed.
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) updated_at: OffsetDateTime,
}

/// One sellable form of a product.
#[derive(Serialize, ToSchema)]
pub(crate) struct Variant {
    /// Identity.
    pub(crate) id: Uuid,
    /// Stock keeping unit.
    #[schema(example = "TEA-ASSAM-100")]
    pub(crate) sku: String,
    /// What tells it from the others.
    #[schema(example = "Assam, 100 g")]
    pub(crate) name: String,
    /// What one unit costs, in decimal form; null when it cannot be bought.
    #[schema(example = "107.99")]
    pub(crate) price: Option<String>,
    /// ISO 4217 code of the price.
    #[schema(example = "RUB")]
    pub(crate) currency: Option<&'static str>,
    /// Whether any of it can be bought now.
    pub(crate) in_stock: bool,
    /// Units that can be bought now; null when stock is not counted.
    #[schema(example = 12)]
    pub(crate) available: Option<i64>,
}

/// A picture of a product.
#[derive(Serialize, ToSchema)]
pub(crate) struct Media {
    /// Where it is.
    pub(crate) url: String,
}

impl From<VariantView> for Variant {
    fn from(variant: VariantView) -> Self {
        Self {
            id: variant.id.raw(),
            sku: variant.sku,
            name: variant.name,
            price: variant.price.map(|price| price.to_string()),
            currency: variant.price.map(|price| price.currency.code()),
            in_stock: variant.available.is_none_or(|units| units > 0),
            available: variant.available.map(|units| units.max(0)),
        }
    }
}

impl From<ProductView> for Product {
    fn from(product: ProductView) -> Self {
        let variants: Vec<Variant> = product.variants.into_iter().map(Variant::from).collect();
        let first = variants.first();
        let available = variants.iter().try_fold(0_i64, |sum, variant| {
            variant.available.map(|units| sum.saturating_add(units))
        });
        Self {
            id: product.id.raw(),
            name: product.name,
            slug: product.slug,
            description: product.description,
            price: first.and_then(|variant| variant.price.clone()),
            currency: first.and_then(|variant| variant.currency),
            category_id: product.category.map(domain::catalogue::CategoryId::raw),
            status: product.status,
            is_active: product.status == ProductStatus::Active,
            in_stock: variants.iter().any(|variant| variant.in_stock),
            available,
            variants,
            media: Vec::new(),
            created_at: product.created_at,
            updated_at: product.updated_at,
        }
    }
}

/// Products that were named.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProductBatch {
    /// Those that are there, in the order they were named.
    pub(crate) items: Vec<Product>,
    /// Ids and slugs of those that are not.
    #[schema(example = json!(["no-such-tea"]))]
    pub(crate) missing: Vec<String>,
}

/// Categories.
#[derive(Serialize, ToSchema)]
pub(crate) struct CategoryPage {
    /// The rows.
    pub(crate) items: Vec<Category>,
    /// How many there are; null in a window by cursor.
    #[schema(minimum = 0, format = Int64)]
    pub(crate) total: Option<u64>,
    /// Continues the list; null at its end.
    pub(crate) next_cursor: Option<String>,
}

impl From<Page<CategoryView>> for CategoryPage {
    fn from(page: Page<CategoryView>) -> Self {
        Self {
            items: page.items.into_iter().map(Category::from).collect(),
            total: page.total,
            next_cursor: page.next.map(|id| id.to_string()),
        }
    }
}

/// Products.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProductPage {
    /// The rows.
    pub(crate) items: Vec<Product>,
    /// How many there are; null in a window by cursor.
    #[schema(minimum = 0, format = Int64)]
    pub(crate) total: Option<u64>,
    /// Continues the list; null at its end.
    pub(crate) next_cursor: Option<String>,
    /// The products counted; null unless asked for.
    pub(crate) facets: Option<Facets>,
}

/// All products of a list, counted by what it can be narrowed to.
#[derive(Serialize, ToSchema)]
pub(crate) struct Facets {
    /// By category, without those below it; null unless asked for.
    pub(crate) category: Option<Vec<CategoryFacet>>,
    /// By currency, from the cheapest to the dearest; null unless asked for.
    pub(crate) price: Option<Vec<PriceFacet>>,
}

/// How many products one category has.
#[derive(Serialize, ToSchema)]
pub(crate) struct CategoryFacet {
    /// Identity.
    pub(crate) id: Uuid,
    /// Shown to people.
    #[schema(example = "Tea")]
    pub(crate) name: String,
    /// Shown in addresses.
    #[schema(example = "tea")]
    pub(crate) slug: String,
    /// Products.
    #[schema(minimum = 0, format = Int64)]
    pub(crate) count: u64,
}

/// How many products are priced in one currency, and how.
#[derive(Serialize, ToSchema)]
pub(crate) struct PriceFacet {
    /// ISO 4217 code.
    #[schema(example = "RUB")]
    pub(crate) currency: &'static str,
    /// The lowest price, in decimal form.
    #[schema(example = "1.99")]
    pub(crate) min: String,
    /// The highest.
    #[schema(example = "199.99")]
    pub(crate) max: String,
    /// Products.
    #[schema(minimum = 0, format = Int64)]
    pub(crate) count: u64,
}

impl Facets {
    /// Those of `wanted`: `category`, `price`.
    pub(crate) fn of(all: Vec<FacetView>, wanted: &[&str]) -> Self {
        let (mut categories, mut prices) = (Vec::<CategoryFacet>::new(), Vec::new());
        for facet in all {
            if let Some(currency) = facet.currency {
                prices.push((currency, facet.cheapest, facet.dearest, facet.products));
            }
            let Some(FacetCategory { id, name, slug }) = facet.category else { continue };
            let (id, count) = (id.raw(), facet.products);
            match categories.iter_mut().find(|known| known.id == id) {
                Some(known) => known.count += count,
                None => categories.push(CategoryFacet { id, name, slug, count }),
            }
        }
        let category = wanted.contains(&"category").then_some(categories);
        Self { category, price: wanted.contains(&"price").then(|| merged(prices)) }
    }
}

/// One facet for each currency.
fn merged(mut prices: Vec<(Currency, PriceLevel, PriceLevel, u64)>) -> Vec<PriceFacet> {
    prices.sort_by_key(|(currency, ..)| currency.code());
    prices
        .chunk_by(|(one, ..), (other, ..)| one == other)
        .filter_map(|same| {
            let currency = same.first()?.0;
            let least = same.iter().map(|(_, least, ..)| *least).min()?;
            let most = same.iter().map(|(_, _, most, _)| *most).max()?;
            Some(PriceFacet {
                currency: currency.code(),
                min: least.in_currency(currency).to_string(),
                max: most.in_currency(currency).to_string(),
                count: same.iter().map(|(.., products)| products).sum(),
            })
        })
        .collect()
}
