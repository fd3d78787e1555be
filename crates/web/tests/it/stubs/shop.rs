//! Catalogue, orders and payments.

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
    async fn look_up(&self, key: &str) -> Result<LookUp, CacheError> {
        Ok(match self.copies.lock().unwrap().get(key) {
            Some(copy) => LookUp::Found { copy: copy.clone(), remaining: Duration::from_secs(1) },
            None => LookUp::Absent { now: KeeperTime(0) },
        })
    }
    async fn keep(&self, key: &str, copy: &[u8], _: KeeperTime) -> Result<(), CacheError> {
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

fn order(id: Uuid, status: OrderStatus) -> OrderView {
    OrderView {
        id: OrderId::new(id),
        number: "K-00000001".into(),
        user: UserId::new(CUSTOMER),
        status,
        payment_status: PaymentStatus::None,
        fulfilment_status: FulfilmentStatus::Unfulfilled,
        subtotal: rub(21_598),
        discount: rub(0),
        total: rub(21_598),
        promo_code: None,
        lines: vec![LineView {
            id: LineId::new(Uuid::from_u128(50)),
            product: ProductId::new(PRODUCT),
            variant: VariantId::new(Uuid::from_u128(31)),
            name: "Assam".into(),
            sku: "A-1".into(),
            quantity: 2,
            unit_price: rub(10_799),
            discount: rub(0),
            shipped: 0,
        }],
        particulars: Particulars {
            shipping_address: Some(PostalAddress {
                name: "Ann Lee".into(),
                company: None,
                line1: "1 Long Street".into(),
                line2: None,
                city: "Berlin".into(),
                region: None,
                postal_code: "10115".into(),
                country: Country::parse("DE").unwrap(),
                phone: None,
            }),
            ..Particulars::default()
        },
        created_at: NOW,
        updated_at: NOW,
        expires_at: Some(NOW),
    }
}

#[async_trait]
impl PlaceOrder for Stub {
    async fn execute(
        &self,
        command: PlaceOrderCommand,
    ) -> Result<Outcome<OrderView>, PlaceOrderError> {
        let key = command.idempotency.as_ref().map(|request| request.key.clone());
        *self.wanted.lock().unwrap() = Some((command.wanted.clone(), key.clone()));
        *self.particulars.lock().unwrap() = Some(command.particulars.clone());
        match key.as_ref().map(|key| key.key.as_str()) {
            Some("seen") => {
                return Ok(Outcome::Replayed(StoredResponse {
                    status: 201,
                    location: Some("/api/v1/orders/before".into()),
                    body: r#"{"id":"before"}"#.into(),
                }));
            }
            Some("other") => return Err(IdempotencyError::Mismatch.into()),
            Some("running") => return Err(IdempotencyError::InProgress.into()),
            _ => {}
        }
        match command.promo_code.as_ref().map(PromoCode::as_str) {
            Some("GONE") => return Err(CouponRefused::Exhausted.into()),
            Some("SMALL") => return Err(CouponRefused::Minimum { minimum: rub(50_000) }.into()),
            _ => (*self.promo_code.lock().unwrap()).clone_from(&command.promo_code),
        }
        if command.wanted.is_empty() {
            return Err(PlaceOrderError::LineCount);
        }
        for (line, wanted) in command.wanted.iter().enumerate() {
            if wanted.quantity == 0 || wanted.quantity > MAX_QUANTITY {
                return Err(PlaceOrderError::Quantity { line });
            }
            if wanted.what == OfferKey::Product(ProductId::new(UNKNOWN)) {
                return Err(PlaceOrderError::UnknownProduct { line, id: UNKNOWN });
            }
        }
        if command.wanted.iter().any(|wanted| wanted.quantity == 999) {
            let short = |id, left| Shortage { variant: VariantId::new(id), wanted: 999, left };
            return Err(PlaceOrderError::OutOfStock(vec![short(PRODUCT, 5), short(UNKNOWN, 0)]));
        }
        Ok(Outcome::Done(order(ORDER, OrderStatus::Pending)))
    }
}

fn owned(id: OrderId, owner: Option<UserId>) -> Option<OrderView> {
    let status = match id.raw() {
        ORDER => OrderStatus::Pending,
        PAID_ORDER => OrderStatus::Shipped,
        _ => return None,
    };
    owner.is_none_or(|owner| owner.raw() == CUSTOMER).then(|| order(id.raw(), status))
}

#[async_trait]
impl EditOrder for Stub {
    async fn execute(&self, command: EditOrderCommand) -> Result<OrderView, EditOrderError> {
        let order = owned(command.order, None).ok_or(EditOrderError::NotFound)?;
        *self.order_edited.lock().unwrap() = Some(command.clone());
        let quantity = |wanted: &Wanted| wanted.first().map(|line| line.quantity);
        match command.wanted.as_ref().map_or(Some(1), quantity) {
            None => Err(PlaceOrderError::LineCount.into()),
            Some(999) => Err(EditOrderError::BeingPaid),
            _ => match order.status.after(OrderCommand::Edit) {
                Some(_) => Ok(order),
                None => {
                    let (from, command) = (order.status, OrderCommand::Edit);
                    Err(InvalidTransition { from, command }.into())
                }
            },
        }
    }
}

#[async_trait]
impl CancelOrder for Stub {
    async fn execute(&self, command: CancelOrderCommand) -> Result<OrderView, CancelOrderError> {
        let order = owned(command.order, command.actor.scope(Permission::OrdersWrite))
            .ok_or(CancelOrderError::NotFound)?;
        match order.status.after(OrderCommand::Cancel) {
            Some(status) => Ok(OrderView { status, ..order }),
            None => {
                Err(InvalidTransition { from: order.status, command: OrderCommand::Cancel }.into())
            }
        }
    }
}

#[async_trait]
impl FulfilOrder for Stub {
    async fn execute(&self, command: FulfilOrderCommand) -> Result<OrderView, FulfilOrderError> {
        let order = owned(command.order, None).ok_or(FulfilOrderError::NotFound)?;
        let command = match command.step {
            FulfilmentStep::Start => OrderCommand::Start,
            FulfilmentStep::Deliver => OrderCommand::Deliver,
            FulfilmentStep::Complete => OrderCommand::Complete,
            FulfilmentStep::Ship(parcels) => match parcels.first() {
                None => OrderCommand::Ship,
                Some(parcel) if parcel.line.raw() == UNKNOWN => {
                    return Err(ShipRefused::UnknownLine { at: 0 }.into());
                }
                Some(parcel) => {
                    let variant = VariantId::new(PRODUCT);
                    let wanted = i64::from(parcel.quantity);
                    let short = Shortage { variant, wanted, left: 0 };
                    return Err(FulfilOrderError::NotOnHand(vec![short]));
                }
            },
        };
        match order.status.after(command) {
            Some(status) => Ok(OrderView { status, ..order }),
            None => Err(InvalidTransition { from: order.status, command }.into()),
        }
    }
}

#[async_trait]
impl RefundOrder for Stub {
    async fn execute(
        &self,
        command: RefundOrderCommand,
    ) -> Result<Outcome<OrderView>, RefundOrderError> {
        match command.amount {
            Some(amount) if amount.minor > 21_598 => {
                Err(RefundOrderError::Amount { left: rub(21_598) })
            }
            _ => Ok(Outcome::Done(order(PAID_ORDER, OrderStatus::Delivered))),
        }
    }
}

#[async_trait]
impl OrderReads for Stub {
    async fn offers(&self, _: &[OfferKey]) -> Result<Vec<Offer>, StoreError> {
        Ok(Vec::new())
    }
    async fn order(
        &self,
        id: OrderId,
        owner: Option<UserId>,
    ) -> Result<Option<OrderView>, StoreError> {
        Ok(owned(id, owner))
    }
    async fn timeline(&self, _: OrderId) -> Result<Vec<TimelineView>, StoreError> {
        Ok(vec![TimelineView {
            version: 1,
            event: "ordering.order_placed.v1".into(),
            status: OrderStatus::Pending,
            at: NOW,
        }])
    }
    async fn steps_after(
        &self,
        _: &[(OrderId, i64)],
    ) -> Result<Vec<(OrderId, TimelineView)>, StoreError> {
        Ok(Vec::new())
    }
    async fn search(
        &self,
        filter: &OrderFilter,
        window: Window,
    ) -> Result<Page<OrderView>, StoreError> {
        *self.order_filter.lock().unwrap() = Some(filter.clone());
        self.orders(filter.owner, window).await
    }
    async fn orders(
        &self,
        owner: Option<UserId>,
        _: Window,
    ) -> Result<Page<OrderView>, StoreError> {
        let items: Vec<_> = owned(OrderId::new(ORDER), owner).into_iter().collect();
        Ok(Page { total: u64::try_from(items.len()).ok(), items, next: None })
    }
    async fn recent(&self, customers: &[UserId], each: u32) -> Result<Vec<OrderView>, StoreError> {
        self.recent.lock().unwrap().push((customers.to_vec(), each));
        Ok(vec![order(PAID_ORDER, OrderStatus::Shipped), order(ORDER, OrderStatus::Pending)])
    }
    async fn due_to_expire(&self, _: OffsetDateTime, _: u32) -> Result<Vec<OrderId>, StoreError> {
        Ok(Vec::new())
    }
}

fn payment() -> PaymentView {
    PaymentView {
        id: PaymentId::new(PAYMENT),
        order: OrderId::new(ORDER),
        amount: rub(21_598),
        provider: ProviderName::Mock,
        capture: CaptureMode::Automatic,
        status: AttemptStatus::Pending,
        provider_payment_id: Some("mock_<script>".into()),
        checkout_url: Some(format!("http://127.0.0.1:8000/mock-pay/{PAYMENT}")),
        fail_reason: Some("<script>alert(1)</script>".into()),
        captured: rub(0),
        refunded: rub(0),
        created_at: NOW,
        updated_at: NOW,
    }
}

#[async_trait]
impl CreatePayment for Stub {
    async fn execute(
        &self,
        command: CreatePaymentCommand,
    ) -> Result<Outcome<PaymentView>, CreatePaymentError> {
        match owned(command.order, command.actor.scope(Permission::OrdersWrite)) {
            None => Err(CreatePaymentError::OrderNotFound),
            Some(order) if order.status != OrderStatus::Pending => {
                Err(CreatePaymentError::AlreadyActive(Box::new(payment())))
            }
            Some(_) => Ok(Outcome::Done(payment())),
        }
    }
}

#[async_trait]
impl PaymentReads for Stub {
    async fn payment(
        &self,
        id: PaymentId,
        owner: Option<UserId>,
    ) -> Result<Option<PaymentView>, StoreError> {
        let visible = owner.is_none_or(|owner| owner.raw() == CUSTOMER);
        Ok((visible && id.raw() == PAYMENT).then(payment))
    }
    async fn payments_of(
        &self,
        _: OrderId,
        _: Option<UserId>,
    ) -> Result<Vec<PaymentView>, StoreError> {
        Ok(vec![payment()])
    }
    async fn payments_by(&self, _: UserId) -> Result<Vec<PaymentView>, StoreError> {
        Ok(vec![payment()])
    }
}

#[async_trait]
impl ReceiveWebhook for Stub {
    async fn execute(
        &self,
        command: ReceiveWebhookCommand,
    ) -> Result<WebhookReceipt, WebhookError> {
        if command.provider != "mock" {
            return Err(WebhookError::UnknownProvider);
        }
        if command.request.header("webhook-signature").is_none() {
            return Err(SignatureError::Missing.into());
        }
        let body = command.request.body.clone();
        let mut seen = self.webhooks.lock().unwrap();
        let before = seen.iter().any(|earlier| earlier.request == command.request);
        seen.push(command);
        match body.as_slice() {
            b"garbage" => Err(MalformedNotice(cause("not JSON")).into()),
            b"unknown" => Err(WebhookError::UnknownPayment),
            _ if before => Ok(WebhookReceipt::Duplicate),
            _ => Ok(WebhookReceipt::Noted),
        }
    }
}

#[async_trait]
impl OperatePayment for Stub {
    async fn execute(
        &self,
        command: OperatePaymentCommand,
    ) -> Result<Outcome<PaymentView>, OperatePaymentError> {
        if command.payment.raw() != PAYMENT {
            return Err(OperatePaymentError::NotFound);
        }
        let status = match command.kind {
            OperationKind::Capture => AttemptStatus::Succeeded,
            OperationKind::Void => AttemptStatus::Canceled,
        };
        Ok(Outcome::Done(PaymentView { status, ..payment() }))
    }
}

#[async_trait]
impl MockCheckout for Stub {
    async fn choose(
        &self,
        choice: CheckoutChoice,
        payment: &PaymentView,
        now: OffsetDateTime,
    ) -> Result<Vec<WebhookRequest>, GatewayError> {
        let name = payment.provider_payment_id.as_deref().unwrap();
        Ok(self.report(choice, name, payment.amount, now))
    }
    fn report(
        &self,
        choice: CheckoutChoice,
        provider_payment_id: &str,
        _: Money,
        _: OffsetDateTime,
    ) -> Vec<WebhookRequest> {
        let report = WebhookRequest {
            headers: vec![("webhook-signature".into(), "v1,x".into())],
            body: format!("{choice} {provider_payment_id}").into_bytes(),
        };
        let times = if choice == CheckoutChoice::Duplicate { 2 } else { 1 };
        vec![report; times]
    }
}
