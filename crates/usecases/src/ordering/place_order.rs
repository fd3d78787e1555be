use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    ordering::{
        CouponInHand, CouponReads, CouponRefused, NewOrder, Offer, Order, OrderId, OrderReads,
        OrderView, OrderingStore, PlaceOrder, PlaceOrderCommand, PlaceOrderError, WantedLine,
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

use super::drafting::{find_sold, keys_of, new_line, no_price};
use crate::retry::retry_lost_races;

/// How often an order is drawn up again when its coupon changed, or its number was taken, meanwhile.
const MAX_DRAFTS: u32 = 3;

/// Implements [`PlaceOrder`].
#[derive(Component)]
#[shaku(interface = PlaceOrder)]
pub struct PlaceOrderUseCase {
    #[shaku(inject)]
    reads: Arc<dyn OrderReads>,
    #[shaku(inject)]
    coupons: Arc<dyn CouponReads>,
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
        let offers = self.reads.offers(&keys_of(&command.wanted)).await?;

        let mut drafts = 1;
        loop {
            match self.place(&command, &offers).await {
                // The short number collided with another order's; the next one is drawn afresh.
                Err(PlaceOrderError::Store(StoreError::AlreadyExists { constraint }))
                    if constraint == "uq_orders_number" && drafts < MAX_DRAFTS => {}
                // Somebody took the last use, or changed the terms; what is left now decides.
                Err(PlaceOrderError::Coupon(CouponRefused::Changed)) if drafts < MAX_DRAFTS => {}
                outcome => return outcome,
            }
            drafts += 1;
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
        let drafted = match self.in_hand(command).await {
            Ok(coupon) => self.draft(command, offers, coupon.as_ref()).map(|order| (order, coupon)),
            Err(refused) => Err(refused),
        };
        let (order, coupon) = match drafted {
            Ok(drafted) => drafted,
            Err(refused) => return self.earlier_answer(command, refused).await,
        };
        retry_lost_races(|| self.attempt(command, &order, coupon.as_ref())).await
    }

    /// The coupon that is wanted, as it is now.
    async fn in_hand(
        &self,
        command: &PlaceOrderCommand,
    ) -> Result<Option<CouponInHand>, PlaceOrderError> {
        let Some(code) = &command.promo_code else { return Ok(None) };
        let found = self.coupons.in_hand(code, command.customer).await?;
        Ok(Some(found.ok_or(CouponRefused::Unknown)?))
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
        coupon: Option<&CouponInHand>,
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
        // Last of all that is locked: everybody who has this coupon waits for it.
        if let Some(CouponInHand { coupon, .. }) = coupon
            && !uow.coupons().redeem(coupon, order.customer()).await?
        {
            return Err(CouponRefused::Changed.into());
        }
        uow.orders().insert(order).await?;
        uow.commit().await?;
        Ok(Outcome::Done(view))
    }

    fn draft(
        &self,
        command: &PlaceOrderCommand,
        offers: &[Offer],
        coupon: Option<&CouponInHand>,
    ) -> Result<Order, PlaceOrderError> {
        let mut chosen = Vec::with_capacity(command.wanted.len());
        for (at, wanted) in command.wanted.iter().enumerate() {
            chosen.push((wanted, find_sold(offers, at, wanted.what)?));
        }
        let currency = match command.currency {
            Some(currency) => currency,
            None => own_currency(&chosen)?,
        };
        let mut lines = Vec::with_capacity(chosen.len());
        for (at, (wanted, offer)) in chosen.into_iter().enumerate() {
            lines.push(new_line(&*self.ids, at, wanted, offer, currency)?);
        }
        let (id, customer) = (OrderId::new(self.ids.next()), command.customer);
        let (coupon, reserve_for) = (coupon.cloned(), self.reserve_for);
        let particulars = command.particulars.clone();
        let new = NewOrder { id, customer, currency, lines, coupon, particulars, reserve_for };
        let mut order = Order::place(new, stamp(&*self.clock, &*self.ids))?;
        if order.total().minor == 0 {
            order
                .pay(&Takings::none(currency), stamp(&*self.clock, &*self.ids))
                .map_err(|error| StoreError::Corrupt(error.to_string()))?;
        }
        Ok(order)
    }
}

/// The first currency of what is named first.
fn own_currency(chosen: &[(&WantedLine, &Offer)]) -> Result<Currency, PlaceOrderError> {
    let (wanted, offer) = chosen.first().ok_or(PlaceOrderError::LineCount)?;
    let price = offer.prices.first().ok_or_else(|| no_price(0, wanted.what))?;
    Ok(price.currency)
}
