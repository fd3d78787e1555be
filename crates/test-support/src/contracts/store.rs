use std::{any::Any, sync::Arc};

use domain::{
    audit::AuditReads,
    catalogue::{
        CatalogueBackroom, CatalogueReads, CatalogueStore, ProductId, ProductKey, VariantId,
    },
    content::{ContentStore, PostReads},
    identity::{EmailTokenReads, IdentityReads, IdentityStore, PeopleReads, UserId},
    inventory::{InventoryReads, InventoryStore, StockLevelId},
    messaging::{DeadLetters, MessagingStore, OutgoingMailQueue, TaskReads},
    operations::JobBoard,
    ordering::{
        CouponReads, NewLine, Offer, OfferKey, Order, OrderReads, OrderView, OrderingStore,
    },
    payments::{MockBooks, Payment, PaymentReads, PaymentsStore, UnresolvedPayments},
    shared::{
        event::{EventEnvelope, Provenance, Stamp},
        ports::OutboxFeed,
    },
};
use time::{Duration, OffsetDateTime};

use crate::{
    builders::{self, ProductBuilder, stamp_at},
    clock::FrozenClock,
    ids::CountingIds,
};

/// Every port of one empty, migrated database.
pub struct StoreFixture {
    /// Writes of the identity context.
    pub identity: Arc<dyn IdentityStore>,
    /// Reads of the identity context.
    pub identity_reads: Arc<dyn IdentityReads>,
    /// Reads mailed tokens.
    pub email_tokens: Arc<dyn EmailTokenReads>,
    /// Looks for people.
    pub people: Arc<dyn PeopleReads>,
    /// Writes of the catalogue.
    pub catalogue: Arc<dyn CatalogueStore>,
    /// Reads of the catalogue.
    pub catalogue_reads: Arc<dyn CatalogueReads>,
    /// Reads of what is not shown to everybody.
    pub backroom: Arc<dyn CatalogueBackroom>,
    /// Writes of the content context.
    pub content: Arc<dyn ContentStore>,
    /// Reads of the content context.
    pub post_reads: Arc<dyn PostReads>,
    /// Writes of the inventory context.
    pub inventory: Arc<dyn InventoryStore>,
    /// Reads of the inventory context.
    pub inventory_reads: Arc<dyn InventoryReads>,
    /// Writes of the ordering context.
    pub ordering: Arc<dyn OrderingStore>,
    /// Reads of the ordering context.
    pub order_reads: Arc<dyn OrderReads>,
    /// Reads of coupons.
    pub coupon_reads: Arc<dyn CouponReads>,
    /// Writes of the payments context.
    pub payments: Arc<dyn PaymentsStore>,
    /// Reads of the payments context.
    pub payment_reads: Arc<dyn PaymentReads>,
    /// What is unresolved at providers.
    pub unresolved: Arc<dyn UnresolvedPayments>,
    /// The books of the mock provider.
    pub mock_books: Arc<dyn MockBooks>,
    /// Writes of reactions.
    pub messaging: Arc<dyn MessagingStore>,
    /// The outbox as the relay sees it.
    pub outbox: Arc<dyn OutboxFeed>,
    /// Events nobody could handle.
    pub dead_letters: Arc<dyn DeadLetters>,
    /// Messages to see that messages arrive.
    pub tasks: Arc<dyn TaskReads>,
    /// Mails as the sender sees them.
    pub mails: Arc<dyn OutgoingMailQueue>,
    /// What every instance knows of the jobs.
    pub jobs: Arc<dyn JobBoard>,
    /// Reads of the audit log.
    pub audit: Arc<dyn AuditReads>,
    /// Identifiers of rows the clauses make.
    pub ids: CountingIds,
    /// Whatever must live as long as the adapters, such as a temporary directory.
    pub keep: Box<dyn Any + Send + Sync>,
}

/// A product with one counted variant, as a clause made it.
#[derive(Clone, Debug)]
pub struct Goods {
    /// The product.
    pub product: ProductId,
    /// Its variant.
    pub variant: VariantId,
    /// Where its stock lies.
    pub level: StockLevelId,
    /// What can be bought.
    pub offer: Offer,
}

pub(super) fn at(seconds: i64) -> OffsetDateTime {
    FrozenClock::START + Duration::seconds(seconds)
}

impl StoreFixture {
    pub(super) fn provenance() -> Provenance {
        Provenance { correlation_id: Some("request-1".to_owned()), ..Provenance::default() }
    }

    pub(super) fn stamp(&self, seconds: i64) -> Stamp {
        stamp_at(&self.ids, at(seconds))
    }

    pub(super) async fn user(&self, name: &str) -> UserId {
        let user = builders::user(&self.ids, name);
        let mut uow = self.identity.begin(&Self::provenance()).await.unwrap();
        uow.users().insert(&user).await.unwrap();
        uow.commit().await.unwrap();
        user.id
    }

    pub(super) async fn stock_up(&self, builder: ProductBuilder) -> ProductId {
        let (product, stock) = builder.build(&self.ids);
        let mut uow = self.catalogue.begin(&Self::provenance()).await.unwrap();
        uow.products().insert_all(std::slice::from_ref(&product), &stock).await.unwrap();
        uow.commit().await.unwrap();
        product.id()
    }

    pub(super) async fn goods(&self, slug: &str, on_hand: i64) -> Goods {
        let product = self.stock_up(builders::product(slug).on_hand(on_hand)).await;
        let offers = self.order_reads.offers(&[OfferKey::Product(product)]).await.unwrap();
        let [offer] = <[Offer; 1]>::try_from(offers).unwrap();
        let (variant, level) = (offer.variant, offer.level.unwrap());
        Goods { product, variant, level, offer }
    }

    pub(super) async fn available(&self, goods: &Goods) -> i64 {
        let key = ProductKey::Id(goods.product);
        let product = self.catalogue_reads.product(&key).await.unwrap().unwrap();
        product.variants.first().unwrap().available.unwrap()
    }

    pub(super) fn line(&self, goods: &Goods, quantity: u32) -> NewLine {
        builders::line(&self.ids, &goods.offer, quantity)
    }

    pub(super) fn order(&self, customer: UserId, goods: &Goods, quantity: u32) -> Order {
        builders::order(&self.ids, customer, vec![self.line(goods, quantity)], at(0))
    }

    pub(super) async fn place(&self, order: &Order) {
        let mut uow = self.ordering.begin(&Self::provenance()).await.unwrap();
        let demand = order.demand();
        let short = uow.stock().reserve(order.id(), &demand, order.created_at()).await.unwrap();
        assert_eq!(short, []);
        uow.orders().insert(order).await.unwrap();
        uow.commit().await.unwrap();
    }

    pub(super) async fn placed(&self, customer: UserId, goods: &Goods, quantity: u32) -> Order {
        let order = self.order(customer, goods, quantity);
        self.place(&order).await;
        order
    }

    pub(super) async fn find_order(&self, order: &Order) -> Option<Order> {
        let mut uow = self.ordering.begin(&Self::provenance()).await.unwrap();
        uow.orders().find(order.id()).await.unwrap()
    }

    pub(super) async fn order_view(&self, order: &Order) -> Option<OrderView> {
        self.order_reads.order(order.id(), None).await.unwrap()
    }

    pub(super) async fn store_payment(&self, payment: &Payment) {
        let mut uow = self.payments.begin(&Self::provenance()).await.unwrap();
        uow.payments().insert(payment).await.unwrap();
        uow.commit().await.unwrap();
    }

    /// Publishes whatever waits, so that a clause sees only its own events.
    pub(super) async fn drain_outbox(&self) -> Vec<EventEnvelope> {
        let mut drained = Vec::new();
        loop {
            let batch = self.outbox.claim(100, at(0), at(60)).await.unwrap();
            if batch.is_empty() {
                return drained;
            }
            let seqs: Vec<_> = batch.iter().map(|event| event.seq).collect();
            self.outbox.mark_published(&seqs, at(0)).await.unwrap();
            drained.extend(batch);
        }
    }
}
