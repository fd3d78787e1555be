use async_trait::async_trait;
use domain::{
    catalogue::{Product, ProductStatus, Variant},
    identity::UserId,
    inventory::StockRepository,
    ordering::{
        CouponRepository, Offer, OfferKey, Order, OrderFilter, OrderId, OrderReads,
        OrderRepository, OrderStatus, OrderView, OrderingUnitOfWork, Particulars, TimelineView,
    },
    shared::{
        error::StoreError,
        page::{Page, Window},
    },
};
use shaku::Component;
use time::OffsetDateTime;

use super::{
    MemoryState, MemoryUnitOfWork, RedemptionRow, page, state::Tables, unit_of_work::already_exists,
};

impl OrderingUnitOfWork for MemoryUnitOfWork {
    fn orders(&mut self) -> &mut dyn OrderRepository {
        self
    }

    fn stock(&mut self) -> &mut dyn StockRepository {
        self
    }

    fn coupons(&mut self) -> &mut dyn CouponRepository {
        self
    }
}

/// The order without the events it recorded, as reading it back gives it.
fn stored(order: &Order) -> Order {
    Order::restore(
        order.id(),
        order.number().clone(),
        order.customer(),
        order.price().clone(),
        order.lines().to_vec(),
        order.created_at(),
        order.state().clone(),
    )
    .with_particulars(order.particulars().clone())
}

impl MemoryUnitOfWork {
    fn put_order(&mut self, order: &Order) -> Result<(), StoreError> {
        let tables = self.write();
        tables.orders.insert(order.id(), stored(order));
        let steps = order.timeline().iter().map(|step| TimelineView {
            version: step.version,
            event: step.event.to_owned(),
            status: step.status,
            at: step.at,
        });
        tables.timelines.entry(order.id()).or_default().extend(steps);
        self.record(order.events())
    }
}

#[async_trait]
impl OrderRepository for MemoryUnitOfWork {
    async fn insert(&mut self, order: &Order) -> Result<(), StoreError> {
        if self.tables().orders.contains_key(&order.id()) {
            return Err(already_exists("pk_orders"));
        }
        if self.tables().orders.values().any(|other| other.number() == order.number()) {
            return Err(already_exists("uq_orders_number"));
        }
        if let Some(coupon) = &order.price().coupon {
            let (coupon, customer) = (coupon.id, order.customer());
            let row = RedemptionRow { coupon, customer, released_at: None };
            self.write().redemptions.insert(order.id(), row);
        }
        self.put_order(order)
    }

    async fn find(&mut self, id: OrderId) -> Result<Option<Order>, StoreError> {
        Ok(self.tables().orders.get(&id).cloned())
    }

    async fn update(&mut self, order: &Order) -> Result<(), StoreError> {
        let version = self.tables().orders.get(&order.id()).map(|order| order.state().version);
        if version != Some(order.stored_version()) {
            return Err(StoreError::Conflict);
        }
        self.put_order(order)
    }

    async fn update_edited(&mut self, order: &Order) -> Result<(), StoreError> {
        OrderRepository::update(self, order).await
    }

    async fn update_expired(
        &mut self,
        order: &Order,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let tables = self.tables();
        let is_due = tables.orders.get(&order.id()).is_some_and(|order| is_due(tables, order, now));
        if !is_due {
            return Err(StoreError::Conflict);
        }
        OrderRepository::update(self, order).await
    }

    async fn forget_particulars(&mut self, customer: UserId) -> Result<(), StoreError> {
        for order in self.write().orders.values_mut() {
            if order.customer() == customer {
                *order = order.clone().with_particulars(Particulars::default());
            }
        }
        Ok(())
    }
}

fn is_due(tables: &Tables, order: &Order, now: OffsetDateTime) -> bool {
    let state = order.state();
    state.status == OrderStatus::Pending
        && state.expires_at.is_some_and(|at| at <= now)
        && !tables.has_payment_in_flight(order.id(), now)
}

/// [`OrderReads`] over a [`MemoryState`].
#[derive(Component)]
#[shaku(interface = OrderReads)]
pub struct MemoryOrderReads {
    /// The database.
    #[shaku(default)]
    state: MemoryState,
}

impl MemoryOrderReads {
    /// Reads of existing state.
    pub const fn over(state: MemoryState) -> Self {
        Self { state }
    }
}

fn offer(tables: &Tables, product: &Product, variant: &Variant) -> Offer {
    let parts = product.parts();
    let is_default = parts.variants.first().is_some_and(|default| default.id == variant.id);
    let category = parts.category.and_then(|category| tables.category(category));
    let in_the_open = category.is_none_or(|category| category.state().is_shown);
    let counted = variant.track_stock.then(|| tables.level_of(variant.id)).flatten();
    let name =
        if is_default { parts.name.clone() } else { format!("{} ({})", parts.name, variant.name) };
    Offer {
        product: product.id(),
        variant: variant.id,
        sku: variant.sku.as_str().to_owned(),
        name,
        is_sold: parts.status == ProductStatus::Active && in_the_open,
        level: counted.map(|(level, _)| level),
        is_default,
        prices: variant.prices.clone(),
    }
}

#[async_trait]
impl OrderReads for MemoryOrderReads {
    async fn offers(&self, keys: &[OfferKey]) -> Result<Vec<Offer>, StoreError> {
        let tables = self.state.lock();
        let mut offers = Vec::new();
        for product in tables.products.values() {
            for (at, variant) in product.parts().variants.iter().enumerate() {
                let by_product = at == 0 && keys.contains(&OfferKey::Product(product.id()));
                if by_product || keys.contains(&OfferKey::Variant(variant.id)) {
                    offers.push(offer(&tables, product, variant));
                }
            }
        }
        Ok(offers)
    }

    async fn order(
        &self,
        id: OrderId,
        owner: Option<UserId>,
    ) -> Result<Option<OrderView>, StoreError> {
        let tables = self.state.lock();
        let order = tables.orders.get(&id);
        Ok(order.filter(|order| is_of(order, owner)).map(OrderView::from))
    }

    async fn timeline(&self, id: OrderId) -> Result<Vec<TimelineView>, StoreError> {
        Ok(self.state.lock().timelines.get(&id).cloned().unwrap_or_default())
    }

    async fn steps_after(
        &self,
        known: &[(OrderId, i64)],
    ) -> Result<Vec<(OrderId, TimelineView)>, StoreError> {
        let tables = self.state.lock();
        let mut found = Vec::new();
        for (order, version) in known {
            let steps = tables.timelines.get(order).into_iter().flatten();
            let steps = steps.filter(|step| step.version > *version);
            found.extend(steps.map(|step| (*order, step.clone())));
        }
        Ok(found)
    }

    async fn orders(
        &self,
        owner: Option<UserId>,
        window: Window,
    ) -> Result<Page<OrderView>, StoreError> {
        let tables = self.state.lock();
        let orders = tables.orders.values().filter(|order| is_of(order, owner));
        let mut views: Vec<_> = orders.map(OrderView::from).collect();
        views.sort_by_key(|order| std::cmp::Reverse((order.created_at, order.id)));
        Ok(page::cut(views, |order| order.id.raw(), window))
    }

    async fn search(
        &self,
        filter: &OrderFilter,
        window: Window,
    ) -> Result<Page<OrderView>, StoreError> {
        let tables = self.state.lock();
        let orders = tables.orders.values().filter(|order| is_wanted(order, filter));
        let mut views: Vec<_> = orders.map(OrderView::from).collect();
        views.sort_by_key(|order| std::cmp::Reverse(order.id));
        Ok(page::cut(views, |order| order.id.raw(), window))
    }

    async fn recent(&self, customers: &[UserId], each: u32) -> Result<Vec<OrderView>, StoreError> {
        let tables = self.state.lock();
        let each = usize::try_from(each).unwrap_or(usize::MAX);
        let mut recent = Vec::new();
        for customer in customers {
            let theirs = tables.orders.values().rev().filter(|order| order.customer() == *customer);
            recent.extend(theirs.take(each).map(OrderView::from));
        }
        recent.sort_by_key(|order| std::cmp::Reverse(order.id));
        Ok(recent)
    }

    async fn due_to_expire(
        &self,
        now: OffsetDateTime,
        limit: u32,
    ) -> Result<Vec<OrderId>, StoreError> {
        let tables = self.state.lock();
        let mut due: Vec<_> =
            tables.orders.values().filter(|order| is_due(&tables, order, now)).collect();
        due.sort_by_key(|order| (order.state().expires_at, order.id()));
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(due.into_iter().take(limit).map(Order::id).collect())
    }
}

fn is_wanted(order: &Order, filter: &OrderFilter) -> bool {
    let (state, placed) = (order.state(), order.created_at());
    is_of(order, filter.owner)
        && filter.status.is_none_or(|status| state.status == status)
        && filter.payment_status.is_none_or(|status| state.payment_status == status)
        && filter.number.as_deref().is_none_or(|number| order.number().as_str() == number)
        && filter.created_from.is_none_or(|from| placed >= from)
        && filter.created_before.is_none_or(|before| placed < before)
}

fn is_of(order: &Order, owner: Option<UserId>) -> bool {
    owner.is_none_or(|owner| order.customer() == owner)
}
