use async_trait::async_trait;
use domain::{
    catalogue::{
        CatalogueReads, CatalogueUnitOfWork, Category, CategoryId, CategoryKey, CategoryRepository,
        CategoryView, Product, ProductFilter, ProductKey, ProductRepository, ProductStatus,
        ProductView, Variant, VariantView,
    },
    inventory::{MovementKind, OpeningStock},
    shared::{
        error::StoreError,
        money::Currency,
        page::{Page, Window},
    },
};
use shaku::Component;

use super::{
    MemoryState, MemoryUnitOfWork, page,
    state::{Movement, StockLevelRow, Tables},
    unit_of_work::already_exists,
};

impl CatalogueUnitOfWork for MemoryUnitOfWork {
    fn categories(&mut self) -> &mut dyn CategoryRepository {
        self
    }

    fn products(&mut self) -> &mut dyn ProductRepository {
        self
    }
}

#[async_trait]
impl CategoryRepository for MemoryUnitOfWork {
    async fn insert_all(&mut self, categories: &[Category]) -> Result<(), StoreError> {
        for category in categories {
            let known = &self.tables().categories;
            if known.iter().any(|other| other.slug == category.slug) {
                return Err(already_exists("uq_categories_slug"));
            }
            let parent_is_known =
                category.parent.is_none_or(|parent| known.iter().any(|other| other.id == parent));
            if !parent_is_known {
                let constraint = "fk_categories_parent".to_owned();
                return Err(StoreError::Refused { constraint });
            }
            self.write().categories.push(category.clone());
            self.record(category.events())?;
        }
        Ok(())
    }
}

#[async_trait]
impl ProductRepository for MemoryUnitOfWork {
    async fn insert_all(
        &mut self,
        products: &[Product],
        stock: &[OpeningStock],
    ) -> Result<(), StoreError> {
        for product in products {
            self.insert_product(product)?;
        }
        for opening in stock {
            let made_at = products.iter().find_map(|product| {
                let mut variants = product.parts().variants.iter();
                variants.any(|variant| variant.id == opening.variant).then(|| product.created_at())
            });
            let Some(at) = made_at else {
                let constraint = "fk_stock_levels_variant".to_owned();
                return Err(StoreError::Refused { constraint });
            };
            let (level, quantity, variant) = (opening.level, opening.on_hand, opening.variant);
            let row = StockLevelRow { variant, on_hand: quantity, reserved: 0, allocated: 0 };
            let tables = self.write();
            tables.stock.insert(level, row);
            let kind = MovementKind::Opening;
            tables.movements.push(Movement { level, kind, order: None, quantity, at });
        }
        Ok(())
    }
}

impl MemoryUnitOfWork {
    fn insert_product(&mut self, product: &Product) -> Result<(), StoreError> {
        for other in self.tables().products.values() {
            if other.parts().slug == product.parts().slug {
                return Err(already_exists("uq_products_slug"));
            }
            let taken = |variant: &Variant| {
                other.parts().variants.iter().any(|other| other.sku == variant.sku)
            };
            if product.parts().variants.iter().any(taken) {
                return Err(already_exists("uq_variants_sku"));
            }
        }
        self.write().products.insert(product.id(), product.clone());
        self.record(product.events())
    }
}

/// [`CatalogueReads`] over a [`MemoryState`].
#[derive(Component)]
#[shaku(interface = CatalogueReads)]
pub struct MemoryCatalogueReads {
    /// The database.
    #[shaku(default)]
    state: MemoryState,
}

impl MemoryCatalogueReads {
    /// Reads of existing state.
    pub const fn over(state: MemoryState) -> Self {
        Self { state }
    }
}

fn category_view(category: &Category) -> CategoryView {
    CategoryView {
        id: category.id,
        parent: category.parent,
        name: category.name.clone(),
        slug: category.slug.as_str().to_owned(),
        is_active: true,
        created_at: category.created_at,
        updated_at: category.created_at,
    }
}

fn is_named(category: &Category, key: &CategoryKey) -> bool {
    match key {
        CategoryKey::Id(id) => category.id == *id,
        CategoryKey::Slug(slug) => category.slug.as_str() == slug,
    }
}

/// The category named `key` and every one below it; parents stand before children.
fn subtree(tables: &Tables, key: &CategoryKey) -> Vec<CategoryId> {
    let mut inside = Vec::new();
    for category in &tables.categories {
        let below = category.parent.is_some_and(|parent| inside.contains(&parent));
        if below || is_named(category, key) {
            inside.push(category.id);
        }
    }
    inside
}

fn variant_view(tables: &Tables, variant: &Variant, currency: Option<Currency>) -> VariantView {
    let level = tables.level_of(variant.id).map_or(0, |(_, row)| row.available());
    let price = variant.prices.iter().find(|price| Some(price.currency) == currency);
    VariantView {
        id: variant.id,
        sku: variant.sku.as_str().to_owned(),
        name: variant.name.clone(),
        price: price.copied(),
        available: variant.track_stock.then_some(level),
    }
}

fn product_view(tables: &Tables, product: &Product) -> ProductView {
    let parts = product.parts();
    let first_price = parts.variants.first().and_then(|default| default.prices.first());
    let currency = first_price.map(|price| price.currency);
    let variants = parts.variants.iter();
    ProductView {
        id: product.id(),
        category: parts.category,
        name: parts.name.clone(),
        slug: parts.slug.as_str().to_owned(),
        description: parts.description.clone(),
        status: parts.status,
        version: 1,
        variants: variants.map(|variant| variant_view(tables, variant, currency)).collect(),
        created_at: product.created_at(),
        updated_at: product.created_at(),
    }
}

#[async_trait]
impl CatalogueReads for MemoryCatalogueReads {
    async fn categories(&self) -> Result<Vec<CategoryView>, StoreError> {
        let mut views: Vec<_> = self.state.lock().categories.iter().map(category_view).collect();
        views.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
        Ok(views)
    }

    async fn category(&self, key: &CategoryKey) -> Result<Option<CategoryView>, StoreError> {
        let tables = self.state.lock();
        Ok(tables.categories.iter().find(|category| is_named(category, key)).map(category_view))
    }

    async fn product(&self, key: &ProductKey) -> Result<Option<ProductView>, StoreError> {
        let tables = self.state.lock();
        let named = |product: &&Product| match key {
            ProductKey::Id(id) => product.id() == *id,
            ProductKey::Slug(slug) => product.parts().slug.as_str() == slug,
        };
        let product = tables.products.values().find(named);
        let shown = product.filter(|product| product.parts().status == ProductStatus::Active);
        Ok(shown.map(|product| product_view(&tables, product)))
    }

    async fn products(
        &self,
        filter: &ProductFilter,
        window: Window,
    ) -> Result<Page<ProductView>, StoreError> {
        let tables = self.state.lock();
        let inside = filter.category.as_ref().map(|key| subtree(&tables, key));
        let is_wanted = |product: &&Product| {
            let parts = product.parts();
            let in_category = inside
                .as_ref()
                .is_none_or(|inside| parts.category.is_some_and(|own| inside.contains(&own)));
            parts.status == ProductStatus::Active && in_category
        };
        let mut products: Vec<_> = tables.products.values().filter(is_wanted).collect();
        products.sort_by_key(|product| std::cmp::Reverse((product.created_at(), product.id())));
        let page = page::cut(products, |product| product.id().raw(), window);
        let items = page.items.into_iter().map(|product| product_view(&tables, product)).collect();
        Ok(Page { items, total: page.total, next: page.next })
    }
}
