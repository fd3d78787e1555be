use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    audit::{AuditAction, AuditEntry, AuditTargetKind},
    inventory::Shortage,
    ordering::{
        EditOrder, EditOrderCommand, EditOrderError, HoldChange, Line, LineId, Offer, Order,
        OrderReads, OrderView, PlaceOrderError, Wanted, WantedLine,
    },
    payments::{PaymentsStore, PaymentsUnitOfWork, Takings},
    shared::{
        error::StoreError,
        event::Stamp,
        money::Money,
        ports::{Clock, IdGenerator, stamp},
    },
};
use shaku::Component;

use super::drafting::{find_offer, find_sold, keys_of, new_line};
use crate::retry::retry_lost_races;

/// Implements [`EditOrder`].
#[derive(Component)]
#[shaku(interface = EditOrder)]
pub struct EditOrderUseCase {
    #[shaku(inject)]
    reads: Arc<dyn OrderReads>,
    #[shaku(inject)]
    store: Arc<dyn PaymentsStore>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    #[shaku(inject)]
    ids: Arc<dyn IdGenerator>,
}

/// Drawn once: a retried attempt is the same edit.
struct Stamps {
    edited: Stamp,
    redirected: Stamp,
    paid: Stamp,
}

#[async_trait]
impl EditOrder for EditOrderUseCase {
    #[tracing::instrument(name = "ordering.edit_order", skip_all)]
    async fn execute(&self, command: EditOrderCommand) -> Result<OrderView, EditOrderError> {
        let offers = match &command.wanted {
            Some(wanted) => {
                Order::check_quantities(wanted.iter().map(|line| line.quantity))?;
                self.reads.offers(&keys_of(wanted)).await?
            }
            None => Vec::new(),
        };
        let edited = stamp(&*self.clock, &*self.ids);
        let next = || Stamp { at: edited.at, ..stamp(&*self.clock, &*self.ids) };
        let stamps = Stamps { edited, redirected: next(), paid: next() };
        retry_lost_races(|| self.attempt(&command, &offers, &stamps)).await
    }
}

impl EditOrderUseCase {
    async fn attempt(
        &self,
        command: &EditOrderCommand,
        offers: &[Offer],
        stamps: &Stamps,
    ) -> Result<OrderView, EditOrderError> {
        let at = stamps.edited.at;
        let mut uow = self.store.begin(&command.provenance).await?;
        let active = uow.payments().active_of(command.order).await?;
        let found = uow.orders().find(command.order).await?;
        let mut order = found.ok_or(EditOrderError::NotFound)?;
        order.redirect(&command.change, stamps.redirected)?;
        let mut changes = Vec::new();
        if let Some(wanted) = &command.wanted {
            let coupon = match order.price().coupon.as_ref().map(|coupon| coupon.id) {
                Some(id) => uow.coupons().find(id).await?,
                None => None,
            };
            let lines = self.lines(wanted, offers, &order)?;
            changes = order.edit(lines, coupon.as_ref(), stamps.edited)?;
            if active.is_some() {
                return Err(EditOrderError::BeingPaid);
            }
        }
        if order.events().is_empty() {
            return Ok(OrderView::from(&order));
        }
        let is_free = command.wanted.is_some() && order.total().minor == 0;
        if is_free {
            let nothing = Takings::none(order.total().currency);
            order
                .pay(&nothing, stamps.paid)
                .map_err(|error| StoreError::Corrupt(error.to_string()))?;
        }
        // The order first: whoever lost the race for it must not touch its stock.
        uow.orders().update_edited(&order).await?;
        let shortages = hold(&mut *uow, &order, &changes, at).await?;
        if !shortages.is_empty() {
            return Err(PlaceOrderError::OutOfStock(shortages).into());
        }
        if is_free {
            uow.stock().allocate(order.id(), &order.demand(), at).await?;
        }
        let (action, kind) = (AuditAction::OrderUpdated, AuditTargetKind::Order);
        let id = order.id().raw();
        let items = command.wanted.iter().map(|_| "items");
        let fields: Vec<_> = items.chain(command.change.fields()).collect();
        uow.audit().record(AuditEntry::new(command.actor, action, kind, id, at).fields(&fields));
        uow.commit().await?;
        Ok(OrderView::from(&order))
    }

    /// What stays keeps its name and its price, also when it is not sold any more.
    fn lines(
        &self,
        wanted: &Wanted,
        offers: &[Offer],
        order: &Order,
    ) -> Result<Vec<Line>, PlaceOrderError> {
        let currency = order.total().currency;
        let line = |(at, wanted): (usize, &WantedLine)| {
            let meant = find_offer(offers, at, wanted.what)?;
            match order.lines().iter().find(|line| line.variant == meant.variant) {
                Some(known) => Ok(Line {
                    id: LineId::new(self.ids.next()),
                    quantity: wanted.quantity,
                    discount: Money::zero(currency),
                    ..known.clone()
                }),
                None => {
                    let offer = find_sold(offers, at, wanted.what)?;
                    new_line(&*self.ids, at, wanted, offer, currency)
                }
            }
        };
        wanted.iter().enumerate().map(line).collect()
    }
}

/// Level by level in ascending order, so that nobody who takes stock waits for somebody who waits.
async fn hold(
    uow: &mut dyn PaymentsUnitOfWork,
    order: &Order,
    changes: &[HoldChange],
    at: time::OffsetDateTime,
) -> Result<Vec<Shortage>, StoreError> {
    let mut shortages = Vec::new();
    for change in changes {
        match change {
            HoldChange::More(demand) => {
                shortages.extend(uow.stock().reserve(order.id(), &[*demand], at).await?);
            }
            HoldChange::Fewer(demand) => uow.stock().release(order.id(), &[*demand], at).await?,
        }
    }
    Ok(shortages)
}
