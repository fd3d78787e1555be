use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    ordering::{
        LineId, NewLine, NewOrder, Offer, OfferKey, Order, OrderId, OrderReads, OrderView,
        OrderingStore, PlaceOrder, PlaceOrderCommand, PlaceOrderError, WantedLine,
    },
    payments::Takings,
    shared::{
        error::StoreError,
        idempotency::{Claim, IdempotencyError, Outcome},
        money::Currency,
        ports::{Clock, IdGenerator, stamp},
    },
};
use shaku::Component;
use time::Duration;

use crate::retry::retry_lost_races;

/// Implements [`PlaceOrder`].
#[derive(Component)]
#[shaku(interface = PlaceOrder)]
pub struct PlaceOrderUseCase {
    #[shaku(inject)]
    reads: Arc<dyn OrderReads>,
    #[shaku(inject)]
    store: Arc<dyn OrderingStore>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    #[shaku(inject)]
    ids: Arc<dyn IdGenerator>,
    /// How long stock stays reserved without payment.
    reserve_for: Duration,
}

#[async_trait]
impl PlaceOrder for PlaceOrderUseCase {
    #[tracing::instrument(name = "ordering.place_order", skip_all)]
    async fn execute(
        &self,
        command: PlaceOrderCommand,
    ) -> Result<Outcome<OrderView>, PlaceOrderError> {
        Order::check_quantities(command.wanted.iter().map(|line| line.quantity))?;
        let mut keys: Vec<_> = command.wanted.iter().map(|line| line.what).collect();
        keys.sort_unstable();
        keys.dedup();
        let offers = self.reads.offers(&keys).await?;

        match self.place(&command, &offers).await {
            // The short number collided with another order's; the next one is drawn afresh.
            Err(PlaceOrderError::Store(StoreError::AlreadyExists { constraint }))
                if constraint == "uq_orders_number" =>
            {
                self.place(&command, &offers).await
            }
            outcome => outcome,
        }
    }
}

impl PlaceOrderUseCase {
    async fn place(
        &self,
        command: &PlaceOrderCommand,
        offers: &[Offer],
    ) -> Result<Outcome<OrderView>, PlaceOrderError> {
        // Identity and time are drawn once: a retried attempt is the same order.
        let order = match self.draft(command, offers) {
            Ok(order) => order,
            Err(refused) => return self.earlier_answer(command, refused).await,
        };
        retry_lost_races(|| self.attempt(command, &order)).await
    }

    /// The shop may have changed since the key was first used, and the answer must not.
    async fn earlier_answer(
        &self,
        command: &PlaceOrderCommand,
        refused: PlaceOrderError,
    ) -> Result<Outcome<OrderView>, PlaceOrderError> {
        let Some(request) = &command.idempotency else { return Err(refused) };
        let mut uow = self.store.begin(&command.provenance).await?;
        match uow.idempotency().claim(&request.key, self.ids.next(), None, self.clock.now()).await?
        {
            Claim::Answered(answer) => Ok(Outcome::Replayed(answer)),
            Claim::Fresh | Claim::Started { .. } => Err(refused),
        }
    }

    async fn attempt(
        &self,
        command: &PlaceOrderCommand,
        order: &Order,
    ) -> Result<Outcome<OrderView>, PlaceOrderError> {
        let view = OrderView::from(order);
        let now = order.created_at();
        let mut uow = self.store.begin(&command.provenance).await?;
        if let Some(request) = &command.idempotency {
            let answer = (request.render)(&view);
            let resource = order.id().raw();
            match uow.idempotency().claim(&request.key, resource, Some(&answer), now).await? {
                Claim::Fresh => {}
                Claim::Answered(answer) => return Ok(Outcome::Replayed(answer)),
                Claim::Started { .. } => return Err(IdempotencyError::InProgress.into()),
            }
        }
        let demand = order.demand();
        let shortages = uow.stock().reserve(order.id(), &demand, now).await?;
        if !shortages.is_empty() {
            return Err(PlaceOrderError::OutOfStock(shortages));
        }
        if order.total().minor == 0 {
            uow.stock().allocate(order.id(), &demand, now).await?;
        }
        uow.orders().insert(order).await?;
        uow.commit().await?;
        Ok(Outcome::Done(view))
    }

    fn draft(
        &self,
        command: &PlaceOrderCommand,
        offers: &[Offer],
    ) -> Result<Order, PlaceOrderError> {
        let mut chosen = Vec::with_capacity(command.wanted.len());
        for (at, wanted) in command.wanted.iter().enumerate() {
            chosen.push((wanted, find_offer(offers, at, wanted.what)?));
        }
        let currency = match command.currency {
            Some(currency) => currency,
            None => own_currency(&chosen)?,
        };
        let mut lines = Vec::with_capacity(chosen.len());
        for (at, (wanted, offer)) in chosen.into_iter().enumerate() {
            lines.push(self.line(at, wanted, offer, currency)?);
        }
        let (id, customer) = (OrderId::new(self.ids.next()), command.customer);
        let new = NewOrder { id, customer, currency, lines, reserve_for: self.reserve_for };
        let mut order = Order::place(new, stamp(&*self.clock, &*self.ids))?;
        if order.total().minor == 0 {
            order
                .pay(&Takings::none(currency), stamp(&*self.clock, &*self.ids))
                .map_err(|error| StoreError::Corrupt(error.to_string()))?;
        }
        Ok(order)
    }

    fn line(
        &self,
        at: usize,
        wanted: &WantedLine,
        offer: &Offer,
        currency: Currency,
    ) -> Result<NewLine, PlaceOrderError> {
        let price = offer.prices.iter().find(|price| price.currency == currency);
        let unit_price = price.copied().ok_or_else(|| no_price(at, wanted.what))?;
        Ok(NewLine {
            id: LineId::new(self.ids.next()),
            product: offer.product,
            variant: offer.variant,
            level: offer.level,
            name: offer.name.clone(),
            sku: offer.sku.clone(),
            quantity: wanted.quantity,
            unit_price,
            shipped: 0,
        })
    }
}

fn find_offer(offers: &[Offer], line: usize, what: OfferKey) -> Result<&Offer, PlaceOrderError> {
    let id = raw(what);
    let offer = offers
        .iter()
        .find(|offer| match what {
            OfferKey::Product(product) => offer.product == product && offer.is_default,
            OfferKey::Variant(variant) => offer.variant == variant,
        })
        .ok_or(PlaceOrderError::UnknownProduct { line, id })?;
    if offer.is_sold { Ok(offer) } else { Err(PlaceOrderError::NotSold { line, id }) }
}

/// The first currency of what is named first.
fn own_currency(chosen: &[(&WantedLine, &Offer)]) -> Result<Currency, PlaceOrderError> {
    let (wanted, offer) = chosen.first().ok_or(PlaceOrderError::LineCount)?;
    let price = offer.prices.first().ok_or_else(|| no_price(0, wanted.what))?;
    Ok(price.currency)
}

const fn no_price(line: usize, what: OfferKey) -> PlaceOrderError {
    PlaceOrderError::NoPrice { line, id: raw(what) }
}

const fn raw(what: OfferKey) -> domain::shared::id::RawId {
    match what {
        OfferKey::Product(product) => product.raw(),
        OfferKey::Variant(variant) => variant.raw(),
    }
}
