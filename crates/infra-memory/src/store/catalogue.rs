use async_trait::async_trait;
use domain::{
    catalogue::{
        CatalogueBackroom, CatalogueReads, CatalogueUnitOfWork, Category, CategoryId, CategoryKey,
        CategoryRepository, CategoryView, FacetView, Product, ProductFilter, ProductId, ProductKey,
        ProductPlace, ProductRepository, ProductSort, ProductStatus, ProductView, Slug, Variant,
        VariantView,
    },
    identity::UserId,
    inventory::{MovementKind, OpeningStock, StockCounters},
    ordering::Order,
    shared::{
        actor::Viewer,
        error::StoreError,
        money::Currency,
        page::{Page, Window},
    },
};
use shaku::Component;

use super::{
    MemoryState, MemoryUnitOfWork, browse,
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
impl ProductRepository for MemoryUnitOfWork {
    async fn insert_all(
        &mut self,
        products: &[Product],
        stock: &[OpeningStock],
    ) -> Result<(), StoreError> {
        for product in products {
            self.put_product(product)?;
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
            let counters = StockCounters { on_hand: quantity, ..StockCounters::default() };
            let tables = self.write();
            tables.stock.insert(level, StockLevelRow::new(variant, counters));
            tables.movements.push(Movement {
                id: opening.movement,
                level,
                kind: MovementKind::Opening,
                on_hand: quantity,
                reserved: 0,
                allocated: 0,
                order: None,
                reason: None,
                at,
            });
        }
        Ok(())
    }

    async fn find(&mut self, key: &ProductKey) -> Result<Option<Product>, StoreError> {
        Ok(self.tables().products.values().find(|product| is_called(product, key)).cloned())
    }

    async fn find_listing(
        &mut self,
        key: &ProductKey,
        owner: Option<UserId>,
    ) -> Result<Option<Product>, StoreError> {
        let is_theirs = |product: &Product| {
            let own = product.parts().owner;
            own.is_some() && (owner.is_none() || own == owner)
        };
        let mut products = self.tables().products.values();
        Ok(products.find(|product| is_called(product, key) && is_theirs(product)).cloned())
    }

    async fn listings_of(
        &mut self,
        owner: UserId,
        limit: u32,
    ) -> Result<Vec<ProductId>, StoreError> {
        let products = self.tables().products.values();
        let theirs = products.filter(|product| product.parts().owner == Some(owner));
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(theirs.take(limit).map(Product::id).collect())
    }

    async fn update(&mut self, product: &Product) -> Result<(), StoreError> {
        if product.events().is_empty() {
            return Ok(());
        }
        let version = self.tables().products.get(&product.id()).map(Product::version);
        if version != Some(product.stored_version()) {
            return Err(StoreError::Conflict);
        }
        self.put_product(product)
    }

    async fn begin_counting(&mut self, stock: &OpeningStock) -> Result<(), StoreError> {
        if self.tables().level_of(stock.variant).is_none() {
            let counters = StockCounters { on_hand: stock.on_hand, ..StockCounters::default() };
            let row = StockLevelRow::new(stock.variant, counters);
            self.write().stock.insert(stock.level, row);
        }
        Ok(())
    }

    async fn delete(&mut self, product: &Product) -> Result<bool, StoreError> {
        let tables = self.tables();
        let variants: Vec<_> = product.parts().variants.iter().map(|variant| variant.id).collect();
        let stock = tables.stock.iter().filter(|(_, row)| variants.contains(&row.variant));
        let levels: Vec<_> = stock.map(|(level, _)| *level).collect();
        let moved = |movement: &Movement| {
            levels.contains(&movement.level) && movement.kind != MovementKind::Opening
        };
        let mut lines = tables.orders.values().flat_map(Order::lines);
        let is_used = lines.any(|line| line.product == product.id());
        if is_used || tables.movements.iter().any(moved) {
            return Ok(false);
        }
        let version = tables.products.get(&product.id()).map(Product::version);
        if version != Some(product.stored_version()) {
            return Err(StoreError::Conflict);
        }
        let tables = self.write();
        tables.products.remove(&product.id());
        tables.stock.retain(|level, _| !levels.contains(level));
        tables.movements.retain(|movement| !levels.contains(&movement.level));
        self.record(product.events())?;
        Ok(true)
    }

    async fn taken(&mut self, slugs: &[Slug]) -> Result<Vec<String>, StoreError> {
        let products = self.tables().products.values();
        let taken = products.map(|product| &product.parts().slug);
        Ok(taken.filter(|slug| slugs.contains(slug)).map(ToString::to_string).collect())
    }

    async fn view(&mut self, id: ProductId) -> Result<Option<ProductView>, StoreError> {
        let tables = self.tables();
        Ok(tables.products.get(&id).map(|product| product_view(tables, product)))
    }
}

fn is_called(product: &Product, key: &ProductKey) -> bool {
    match key {
        ProductKey::Id(id) => product.id() == *id,
        ProductKey::Slug(slug) => product.parts().slug.as_str() == slug,
    }
}

/// Whether everybody sees it.
pub(super) fn is_shown(tables: &Tables, product: &Product) -> bool {
    let parts = product.parts();
    let category = parts.category.and_then(|category| tables.category(category));
    let in_the_open = category.is_none_or(|category| category.state().is_shown);
    parts.status == ProductStatus::Active && product.is_priced() && in_the_open
}

impl MemoryUnitOfWork {
    fn put_product(&mut self, product: &Product) -> Result<(), StoreError> {
        let category = product.parts().category;
        if category.is_some_and(|category| self.tables().category(category).is_none()) {
            let constraint = "fk_products_category".to_owned();
            return Err(StoreError::Refused { constraint });
        }
        for other in self.tables().products.values() {
            if other.id() == product.id() {
                continue;
            }
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
        let stored = Product::restore(
            product.id(),
            product.parts().clone(),
            product.version(),
            product.created_at(),
            product.updated_at(),
        );
        self.write().products.insert(product.id(), stored);
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

/// [`CatalogueBackroom`] over a [`MemoryState`].
#[derive(Component)]
#[shaku(interface = CatalogueBackroom)]
pub struct MemoryCatalogueBackroom {
    /// The database.
    #[shaku(default)]
    state: MemoryState,
}

impl MemoryCatalogueBackroom {
    /// Reads of existing state.
    pub const fn over(state: MemoryState) -> Self {
        Self { state }
    }
}

#[async_trait]
impl CatalogueBackroom for MemoryCatalogueBackroom {
    async fn categories(&self) -> Result<Vec<CategoryView>, StoreError> {
        Ok(by_name(self.state.lock().categories.iter().map(category_view)))
    }

    async fn category(&self, key: &CategoryKey) -> Result<Option<CategoryView>, StoreError> {
        let tables = self.state.lock();
        Ok(tables.categories.iter().find(|category| is_named(category, key)).map(category_view))
    }

    async fn product(&self, key: &ProductKey) -> Result<Option<ProductView>, StoreError> {
        let tables = self.state.lock();
        let product = tables.products.values().find(|product| is_called(product, key));
        Ok(product.map(|product| product_view(&tables, product)))
    }

    async fn listing(
        &self,
        id: ProductId,
        viewer: Viewer,
    ) -> Result<Option<ProductView>, StoreError> {
        let tables = self.state.lock();
        let is_seen = |product: &&Product| {
            product.parts().owner.is_some_and(|owner| {
                product.parts().status == ProductStatus::Active || viewer.sees(owner)
            })
        };
        let listing = tables.products.get(&id).filter(is_seen);
        Ok(listing.map(|product| product_view(&tables, product)))
    }
}

fn by_name(views: impl Iterator<Item = CategoryView>) -> Vec<CategoryView> {
    let mut views: Vec<_> = views.collect();
    views.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
    views
}

pub(super) fn category_view(category: &Category) -> CategoryView {
    let state = category.state();
    CategoryView {
        id: category.id,
        parent: state.parent,
        name: state.name.clone(),
        slug: state.slug.as_str().to_owned(),
        is_active: state.is_active,
        version: state.version,
        created_at: category.created_at,
        updated_at: state.updated_at,
    }
}

pub(super) fn is_named(category: &Category, key: &CategoryKey) -> bool {
    match key {
        CategoryKey::Id(id) => category.id == *id,
        CategoryKey::Slug(slug) => category.state().slug.as_str() == slug,
    }
}

/// The category named `key` and every one below it; parents stand before children.
pub(super) fn subtree(tables: &Tables, key: &CategoryKey) -> Vec<CategoryId> {
    let mut inside = Vec::new();
    for category in &tables.categories {
        let below = category.state().parent.is_some_and(|parent| inside.contains(&parent));
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
        owner: parts.owner,
        name: parts.name.clone(),
        slug: parts.slug.as_str().to_owned(),
        description: parts.description.clone(),
        status: parts.status,
        version: product.version(),
        variants: variants.map(|variant| variant_view(tables, variant, currency)).collect(),
        created_at: product.created_at(),
        updated_at: product.updated_at(),
    }
}

#[async_trait]
impl CatalogueReads for MemoryCatalogueReads {
    async fn categories(&self) -> Result<Vec<CategoryView>, StoreError> {
        let tables = self.state.lock();
        let shown = tables.categories.iter().filter(|category| category.state().is_shown);
        Ok(by_name(shown.map(category_view)))
    }

    async fn category(&self, key: &CategoryKey) -> Result<Option<CategoryView>, StoreError> {
        let tables = self.state.lock();
        let category = tables.categories.iter().find(|category| is_named(category, key));
        Ok(category.filter(|category| category.state().is_shown).map(category_view))
    }

    async fn product(&self, key: &ProductKey) -> Result<Option<ProductView>, StoreError> {
        let tables = self.state.lock();
        let product = tables.products.values().find(|product| is_called(product, key));
        let shown = product.filter(|product| is_shown(&tables, product));
        Ok(shown.map(|product| product_view(&tables, product)))
    }

    async fn batch(&self, keys: &[ProductKey]) -> Result<Vec<ProductView>, StoreError> {
        let tables = self.state.lock();
        let is_wanted = |product: &&Product| {
            is_shown(&tables, product) && keys.iter().any(|key| is_called(product, key))
        };
        let wanted = tables.products.values().rev().filter(is_wanted);
        Ok(wanted.map(|product| product_view(&tables, product)).collect())
    }

    async fn shelves(
        &self,
        categories: &[CategoryId],
        limit: u32,
    ) -> Result<Vec<ProductView>, StoreError> {
        let tables = self.state.lock();
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut shelves = Vec::new();
        for category in categories {
            let is_wanted = |product: &&Product| {
                is_shown(&tables, product) && product.parts().category == Some(*category)
            };
            let wanted = tables.products.values().rev().filter(is_wanted).take(limit);
            shelves.extend(wanted.map(|product| product_view(&tables, product)));
        }
        shelves.sort_by_key(|product| std::cmp::Reverse(product.id));
        Ok(shelves)
    }

    async fn products(
        &self,
        filter: &ProductFilter,
        sort: ProductSort,
        window: Window<ProductPlace>,
    ) -> Result<Page<ProductView, ProductPlace>, StoreError> {
        let tables = self.state.lock();
        let page = browse::cut(browse::found(&tables, filter), sort, window);
        let items = page.items.into_iter().map(|product| product_view(&tables, product)).collect();
        Ok(Page { items, total: page.total, next: page.next })
    }

    async fn facets(&self, filter: &ProductFilter) -> Result<Vec<FacetView>, StoreError> {
        let tables = self.state.lock();
        Ok(browse::facets(&tables, &browse::found(&tables, filter)))
    }
}
