use anyhow::Context;
use domain::{
    catalogue::{
        CatalogueReads, CatalogueStore, Category, CategoryId, NewProduct, Product, ProductFilter,
        ProductId, ProductSort, ProductStatus, Sku, Slug, Variant, VariantId,
    },
    inventory::{MovementId, OpeningStock, StockLevelId},
    shared::{
        event::Provenance,
        money::{Currency, Money},
        page::Window,
        ports::{Clock, IdGenerator, stamp},
    },
};

use super::words::{CATEGORIES, DETAILS, QUALITIES};

/// Products stored in one transaction.
const BATCH: usize = 1_000;

/// The ports seeding needs.
pub(crate) struct Ports<'a> {
    /// What is there.
    pub(crate) reads: &'a dyn CatalogueReads,
    /// Where the data goes.
    pub(crate) store: &'a dyn CatalogueStore,
    /// The time.
    pub(crate) clock: &'a dyn Clock,
    /// Fresh ids.
    pub(crate) ids: &'a dyn IdGenerator,
}

/// Stores 20 categories and `count` products, priced and stocked, and goes on where it was cut off
/// before; `progress` hears how many products are stored so far.
pub(crate) async fn seed_catalogue(
    ports: Ports<'_>,
    count: usize,
    progress: impl Fn(usize),
) -> anyhow::Result<()> {
    let categories = ports.categories().await?;
    let one = Window::Offset { limit: 1, offset: 0 };
    let stored =
        ports.reads.products(&ProductFilter::default(), ProductSort::Newest, one).await?.total;
    let stored = usize::try_from(stored.unwrap_or_default())?;
    for first in (stored..count).step_by(BATCH) {
        let last = count.min(first + BATCH);
        let mut products = Vec::with_capacity(last - first);
        let mut stock = Vec::with_capacity(last - first);
        for at in first..last {
            let (product, opening) = ports.product(at, &categories)?;
            products.push(product);
            stock.push(opening);
        }
        let mut work = ports.store.begin(&Provenance::default()).await?;
        work.products().insert_all(&products, &stock).await?;
        work.commit().await?;
        progress(last);
    }
    Ok(())
}

impl Ports<'_> {
    /// The demo categories, in the order of the list; stored when there are none.
    async fn categories(&self) -> anyhow::Result<Vec<CategoryId>> {
        let known = self.reads.categories().await?;
        if known.is_empty() {
            let new = self.new_categories()?;
            let mut work = self.store.begin(&Provenance::default()).await?;
            work.categories().insert_all(&new).await?;
            work.commit().await?;
            return Ok(new.into_iter().map(|category| category.id).collect());
        }
        let find = |slug| known.iter().find(|view| view.slug.as_str() == slug);
        CATEGORIES
            .iter()
            .map(|(_, slug, _)| {
                find(*slug).map(|view| view.id).with_context(|| format!("no category {slug}"))
            })
            .collect()
    }

    fn new_categories(&self) -> anyhow::Result<Vec<Category>> {
        CATEGORIES
            .iter()
            .map(|(name, slug, _)| {
                let id = CategoryId::new(self.ids.next());
                let slug = Slug::parse(slug).context("a demo category has a bad slug")?;
                Ok(Category::create(
                    id,
                    None,
                    (*name).to_owned(),
                    slug,
                    stamp(self.clock, self.ids),
                ))
            })
            .collect()
    }

    /// Product number `at`: everything about it but its ids follows from the number.
    fn product(
        &self,
        at: usize,
        categories: &[CategoryId],
    ) -> anyhow::Result<(Product, OpeningStock)> {
        let pick = at % CATEGORIES.len();
        let round = at / CATEGORIES.len();
        let (_, slug, things) = CATEGORIES.get(pick).context("no such category")?;
        let (thing, russian_thing) = things.get(round % things.len()).context("no such thing")?;
        let quality = round / things.len();
        let (adjective, russian_quality) =
            QUALITIES.get(quality % QUALITIES.len()).context("no such quality")?;
        let (detail, russian_detail) =
            DETAILS.get(at * 7 / 3 % DETAILS.len()).context("no such detail")?;
        let series = match quality / QUALITIES.len() {
            0 => String::new(),
            series => format!(" No. {}", series + 1),
        };
        let english = format!("{adjective} {thing}{series}");
        let russian = format!("{russian_thing} {russian_quality}{series}");
        let address = format!("{}-{}", slugify(&english), at + 1);
        // Every other one is Russian; each is told about in both languages.
        let (name, description) = if (at / CATEGORIES.len()).is_multiple_of(2) {
            let description = format!("{english}: {detail}. {russian_thing}, {russian_detail}.");
            (english, description)
        } else {
            let description = format!("{russian}: {russian_detail}. {thing}, {detail}.");
            (russian, description)
        };
        let number = i64::try_from(at).context("too many products")?;
        // From 1.99 to 199.99, spread evenly and never twice in a row.
        let price = 199 + (number * 7_919 % 19_801);
        let variant = Variant {
            id: VariantId::new(self.ids.next()),
            sku: Sku::parse(&format!("{}-{:05}", slug.to_uppercase(), at + 1))
                .context("a demo product has a bad SKU")?,
            name: name.clone(),
            track_stock: true,
            prices: vec![Money::new(price, Currency::parse("RUB")?)],
        };
        let opening = OpeningStock {
            level: StockLevelId::new(self.ids.next()),
            movement: MovementId::new(self.ids.next()),
            variant: variant.id,
            on_hand: 50 + number * 37 % 151,
        };
        let parts = NewProduct {
            owner: None,
            category: categories.get(pick).copied(),
            description,
            slug: Slug::parse(&address).context("a demo product has a bad slug")?,
            name,
            status: ProductStatus::Active,
            variants: vec![variant],
        };
        let id = ProductId::new(self.ids.next());
        Ok((Product::create(id, parts, stamp(self.clock, self.ids))?, opening))
    }
}

/// The demo names are ASCII words, single spaces and dots.
fn slugify(name: &str) -> String {
    name.to_lowercase().replace('.', "").replace(' ', "-")
}
