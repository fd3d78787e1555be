//! The catalogue: what is shown of it, and writing it.

use super::*;

fn category(at: u128) -> CategoryView {
    CategoryView {
        id: CategoryId::new(Uuid::from_u128(40 + at)),
        parent: None,
        name: format!("Tea {at}"),
        slug: format!("tea-{at}"),
        is_active: true,
        version: 1,
        created_at: NOW,
        updated_at: NOW,
    }
}

fn listing(status: ProductStatus) -> ProductView {
    ProductView { owner: Some(UserId::new(CUSTOMER)), status, ..product() }
}

fn product() -> ProductView {
    ProductView {
        id: ProductId::new(PRODUCT),
        category: None,
        owner: None,
        name: "Assam".into(),
        slug: "assam".into(),
        description: String::new(),
        status: ProductStatus::Active,
        version: 3,
        variants: vec![VariantView {
            id: VariantId::new(Uuid::from_u128(31)),
            sku: "A-1".into(),
            name: "Assam".into(),
            price: Some(rub(10_799)),
            available: Some(5),
        }],
        created_at: NOW,
        updated_at: NOW,
    }
}

impl CatalogueChanges for Stub {
    fn note(&self, _: &[CatalogueChange]) {
        self.catalogue_version.fetch_add(1, Ordering::SeqCst);
    }
    fn version_of(&self, _: CataloguePart) -> PartVersion {
        PartVersion { number: self.catalogue_version.load(Ordering::SeqCst), is_quiet: true }
    }
}

#[async_trait]
impl SharedCopies for Stub {
    async fn look_up(&self, key: &str) -> Result<LookUp, CopiesError> {
        Ok(match self.copies.lock().unwrap().get(key) {
            Some(copy) => LookUp::Found { copy: copy.clone(), remaining: Duration::from_secs(1) },
            None => LookUp::Absent { now: KeeperTime(0) },
        })
    }
    async fn keep(&self, key: &str, copy: &[u8], _: KeeperTime) -> Result<(), CopiesError> {
        self.copies.lock().unwrap().insert(key.to_owned(), copy.to_vec());
        Ok(())
    }
}

#[async_trait]
impl CatalogueReads for Stub {
    async fn categories(&self) -> Result<Vec<CategoryView>, StoreError> {
        Ok((0..3).map(category).collect())
    }
    async fn category(&self, key: &CategoryKey) -> Result<Option<CategoryView>, StoreError> {
        Ok((*key == CategoryKey::Slug("tea-0".into())).then(|| category(0)))
    }
    async fn product(&self, key: &ProductKey) -> Result<Option<ProductView>, StoreError> {
        self.products_read.fetch_add(1, Ordering::SeqCst);
        // Others come while this one reads.
        tokio::task::yield_now().await;
        if self.catalogue_down.load(Ordering::SeqCst) {
            return Err(StoreError::Unavailable(cause("secret driver text")));
        }
        match key {
            ProductKey::Slug(slug) if slug == "slow" => std::future::pending().await,
            ProductKey::Slug(slug) if slug == "down" => {
                Err(StoreError::Unavailable(cause("secret driver text")))
            }
            ProductKey::Slug(slug) => Ok((slug == "assam").then(product)),
            ProductKey::Id(id) => Ok((id.raw() == PRODUCT).then(product)),
        }
    }
    async fn batch(&self, keys: &[ProductKey]) -> Result<Vec<ProductView>, StoreError> {
        assert!(keys.len() <= 100);
        let is_known = |key: &ProductKey| match key {
            ProductKey::Id(id) => id.raw() == PRODUCT,
            ProductKey::Slug(slug) => slug == "assam",
        };
        Ok(if keys.iter().any(is_known) { vec![product()] } else { Vec::new() })
    }
    async fn shelves(
        &self,
        categories: &[CategoryId],
        _: u32,
    ) -> Result<Vec<ProductView>, StoreError> {
        let on_shelf = |id: &CategoryId| ProductView { category: Some(*id), ..product() };
        Ok(categories.iter().take(1).map(on_shelf).collect())
    }
    async fn products(
        &self,
        filter: &ProductFilter,
        sort: ProductSort,
        window: Window<ProductPlace>,
    ) -> Result<Page<ProductView, ProductPlace>, StoreError> {
        *self.filter.lock().unwrap() = Some((filter.clone(), sort, window.clone()));
        let key = match sort {
            ProductSort::Newest => PlaceKey::Newest,
            ProductSort::Cheapest | ProductSort::Dearest => {
                PlaceKey::Price(PriceLevel::of(rub(10_799)))
            }
            ProductSort::Name => PlaceKey::Name(b"assam".to_vec()),
            ProductSort::Relevance => PlaceKey::Relevance(3),
        };
        let next = Some(ProductPlace { key, id: ProductId::new(PRODUCT) });
        Ok(match window {
            Window::Offset { .. } => Page { items: vec![product()], total: Some(50), next },
            Window::After { .. } => Page { items: vec![product()], total: None, next },
        })
    }
    async fn facets(&self, _: &ProductFilter) -> Result<Vec<FacetView>, StoreError> {
        let facet = |at: Option<u128>, code, cheapest| FacetView {
            category: at.map(|at| FacetCategory {
                id: CategoryId::new(Uuid::from_u128(40 + at)),
                name: format!("Tea {at}"),
                slug: format!("tea-{at}"),
            }),
            currency: Some(Currency::parse(code).unwrap()),
            products: 2,
            cheapest: PriceLevel::new(cheapest),
            dearest: PriceLevel::new(cheapest + 10_000),
        };
        Ok(vec![
            facet(None, "RUB", 1_079_900),
            facet(Some(0), "RUB", 500_000),
            facet(Some(0), "JPY", 20_000),
            facet(Some(1), "RUB", 990_000),
        ])
    }
}

/// Besides what is shown: a draft, and a hidden category.
#[async_trait]
impl CatalogueBackroom for Stub {
    async fn categories(&self) -> Result<Vec<CategoryView>, StoreError> {
        let mut all: Vec<_> = (0..4).map(category).collect();
        all[1].parent = Some(all[0].id);
        all[3].is_active = false;
        Ok(all)
    }
    async fn category(&self, key: &CategoryKey) -> Result<Option<CategoryView>, StoreError> {
        let hidden = CategoryView { is_active: false, ..category(3) };
        Ok((*key == CategoryKey::Slug("tea-3".into())).then_some(hidden))
    }
    async fn product(&self, key: &ProductKey) -> Result<Option<ProductView>, StoreError> {
        let draft = ProductView { status: ProductStatus::Draft, slug: "draft".into(), ..product() };
        Ok((*key == ProductKey::Slug("draft".into())).then_some(draft))
    }
    async fn listing(
        &self,
        id: ProductId,
        viewer: Viewer,
    ) -> Result<Option<ProductView>, StoreError> {
        Ok(match id.raw() {
            PRODUCT => Some(listing(ProductStatus::Active)),
            DRAFT if viewer.sees(UserId::new(CUSTOMER)) => Some(listing(ProductStatus::Draft)),
            _ => None,
        })
    }
}

fn replayed() -> StoredResponse {
    let location = Some("/api/v1/before".into());
    StoredResponse { status: 201, location, body: r#"{"id":"before"}"#.into() }
}

#[async_trait]
impl CreateProduct for Stub {
    async fn execute(
        &self,
        command: CreateProductCommand,
    ) -> Result<Outcome<ProductView>, WriteProductError> {
        let key = command.idempotency.as_ref().map(|request| request.key.key.clone());
        let slug = command.slug.as_ref().map(|slug| slug.as_str().to_owned());
        let price = command.price.as_ref().map(|price| price.read(None)).transpose()?;
        let (status, side) = (command.status, command.side);
        let owner = (side == Side::Listing).then_some(command.actor.user);
        *self.product_made.lock().unwrap() = Some(command);
        match (key.as_deref(), slug.as_deref()) {
            (Some("seen"), _) => return Ok(Outcome::Replayed(replayed())),
            (Some("running"), _) => return Err(IdempotencyError::InProgress.into()),
            (_, Some("taken")) => return Err(WriteProductError::SlugTaken),
            _ => {}
        }
        if side == Side::Listing {
            return Ok(Outcome::Done(ProductView { version: 1, owner, ..product() }));
        }
        if price.is_none() && status == ProductStatus::Active {
            return Err(ProductRefused::NoPrice.into());
        }
        Ok(Outcome::Done(ProductView { version: 1, ..product() }))
    }
}

/// Every listing is the customer's.
fn is_theirs(side: Side, actor: &Actor) -> Result<(), WriteProductError> {
    let viewer = Viewer::of(Some(actor), Permission::CatalogueWrite);
    match side {
        Side::Listing if !viewer.sees(UserId::new(CUSTOMER)) => {
            Err(WriteProductError::ListingNotFound)
        }
        Side::Catalogue | Side::Listing => Ok(()),
    }
}

#[async_trait]
impl EditProduct for Stub {
    async fn execute(&self, command: EditProductCommand) -> Result<ProductView, WriteProductError> {
        is_theirs(command.side, &command.actor)?;
        command.precondition.check(product().version)?;
        let is_known = match &command.product {
            ProductKey::Id(id) => id.raw() == PRODUCT,
            ProductKey::Slug(slug) => slug == "assam",
        };
        *self.product_edited.lock().unwrap() = Some(command);
        if is_known {
            Ok(ProductView { version: 4, ..product() })
        } else {
            Err(WriteProductError::NotFound)
        }
    }
}

#[async_trait]
impl DeleteProduct for Stub {
    async fn execute(&self, command: DeleteProductCommand) -> Result<(), WriteProductError> {
        is_theirs(command.side, &command.actor)?;
        Ok(command.precondition.check(product().version)?)
    }
}

#[async_trait]
impl CreateCategory for Stub {
    async fn execute(
        &self,
        command: CreateCategoryCommand,
    ) -> Result<Outcome<CategoryView>, WriteCategoryError> {
        match command.parent {
            Some(parent) if parent.raw() == UNKNOWN => Err(WriteCategoryError::ParentNotFound),
            _ => Ok(Outcome::Done(category(0))),
        }
    }
}

#[async_trait]
impl EditCategory for Stub {
    async fn execute(
        &self,
        command: EditCategoryCommand,
    ) -> Result<CategoryView, WriteCategoryError> {
        command.precondition.check(1)?;
        let wanted = command.changes.clone();
        *self.category_edited.lock().unwrap() = Some(command.changes);
        match wanted.parent.flatten() {
            Some(parent) if parent.raw() == UNKNOWN => Err(WriteCategoryError::Cycle),
            _ => Ok(CategoryView { is_active: wanted.is_active.unwrap_or(true), ..category(0) }),
        }
    }
}

#[async_trait]
impl DeleteCategory for Stub {
    async fn execute(&self, command: DeleteCategoryCommand) -> Result<(), WriteCategoryError> {
        match command.category {
            CategoryKey::Slug(slug) if slug == "full" => Err(WriteCategoryError::InUse),
            _ => Ok(command.precondition.check(1)?),
        }
    }
}
