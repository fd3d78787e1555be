//! A shop with something to sell, and the steps of its use cases, through the ports alone.

use std::sync::Arc;

use domain::{
    identity::UserId,
    ordering::{OfferKey, Order, Settlement},
    payments::{FactKind, Payment, ProviderName, RefundId},
    shared::{
        error::StoreError,
        event::Provenance,
        idempotency::{Claim, IdempotencyKey, StoredResponse},
        ports::IdGenerator,
    },
};
use infra_sea_orm::{
    Database, SeaAuditReads, SeaCatalogueBackroom, SeaCatalogueReads, SeaCatalogueStore,
    SeaContentStore, SeaCouponReads, SeaDeadLetters, SeaEmailTokenReads, SeaIdentityReads,
    SeaIdentityStore, SeaInventoryReads, SeaInventoryStore, SeaJobBoard, SeaMessagingStore,
    SeaMockBooks, SeaOrderReads, SeaOrderingStore, SeaOutboxFeed, SeaOutgoingMails,
    SeaPaymentReads, SeaPaymentsStore, SeaPeopleReads, SeaPostReads, SeaTaskReads,
    SeaUnresolvedPayments,
};
use test_support::{
    builders::{self, fact, stamp_at},
    clock::FrozenClock,
    contracts::StoreFixture,
    ids::CountingIds,
};
use time::{Duration, OffsetDateTime};

use crate::fixture::TestDatabase;

/// The ports over a database, as the contracts want them.
pub(crate) async fn contract_fixture(test: impl Future<Output = TestDatabase>) -> StoreFixture {
    let test = test.await;
    let db = || test.db.clone();
    StoreFixture {
        identity: Arc::new(SeaIdentityStore { db: db() }),
        identity_reads: Arc::new(SeaIdentityReads { db: db() }),
        email_tokens: Arc::new(SeaEmailTokenReads { db: db() }),
        people: Arc::new(SeaPeopleReads { db: db() }),
        catalogue: Arc::new(SeaCatalogueStore { db: db() }),
        catalogue_reads: Arc::new(SeaCatalogueReads { db: db() }),
        backroom: Arc::new(SeaCatalogueBackroom { db: db() }),
        content: Arc::new(SeaContentStore { db: db() }),
        post_reads: Arc::new(SeaPostReads { db: db() }),
        inventory: Arc::new(SeaInventoryStore { db: db() }),
        inventory_reads: Arc::new(SeaInventoryReads { db: db() }),
        ordering: Arc::new(SeaOrderingStore { db: db() }),
        order_reads: Arc::new(SeaOrderReads { db: db() }),
        coupon_reads: Arc::new(SeaCouponReads { db: db() }),
        payments: Arc::new(SeaPaymentsStore { db: db() }),
        payment_reads: Arc::new(SeaPaymentReads { db: db() }),
        unresolved: Arc::new(SeaUnresolvedPayments { db: db() }),
        mock_books: Arc::new(SeaMockBooks { db: db() }),
        messaging: Arc::new(SeaMessagingStore { db: db() }),
        outbox: Arc::new(SeaOutboxFeed { db: db() }),
        dead_letters: Arc::new(SeaDeadLetters { db: db() }),
        mails: Arc::new(SeaOutgoingMails { db: db() }),
        tasks: Arc::new(SeaTaskReads { db: db() }),
        jobs: Arc::new(SeaJobBoard { db: db() }),
        audit: Arc::new(SeaAuditReads { db: db() }),
        ids: CountingIds::default(),
        keep: Box::new(test),
    }
}

pub(crate) fn at(seconds: i64) -> OffsetDateTime {
    FrozenClock::START + Duration::seconds(seconds)
}

pub(crate) struct Shop {
    pub(crate) db: Database,
    pub(crate) ports: StoreFixture,
    pub(crate) is_sqlite: bool,
}

impl Shop {
    pub(crate) async fn open(test: TestDatabase) -> Self {
        let (db, is_sqlite) = (test.db.clone(), test.settings.url.starts_with("sqlite"));
        let ports = contract_fixture(std::future::ready(test)).await;
        Self { db, ports, is_sqlite }
    }

    pub(crate) async fn user(&self, name: &str) -> UserId {
        let user = builders::user(&self.ports.ids, name);
        let mut uow = self.ports.identity.begin(&Provenance::default()).await.unwrap();
        uow.users().insert(&user).await.unwrap();
        let session = builders::session(&self.ports.ids, user.id, at(0));
        uow.sessions().open(&session, 5).await.unwrap();
        uow.commit().await.unwrap();
        user.id
    }

    /// What the product `slug` is bought by.
    pub(crate) async fn stock_up(&self, slug: &str, on_hand: i64) -> OfferKey {
        let (product, stock) = builders::product(slug).on_hand(on_hand).build(&self.ports.ids);
        let mut uow = self.ports.catalogue.begin(&Provenance::default()).await.unwrap();
        uow.products().insert_all(std::slice::from_ref(&product), &stock).await.unwrap();
        uow.commit().await.unwrap();
        OfferKey::Product(product.id())
    }

    /// Places an order the way the use case does; `None` when it is short.
    pub(crate) async fn place(
        &self,
        customer: UserId,
        keys: &[OfferKey],
    ) -> Result<Option<Order>, StoreError> {
        let ids = &self.ports.ids;
        let offers = self.ports.order_reads.offers(keys).await?;
        let lines = offers.iter().map(|offer| builders::line(ids, offer, 1)).collect();
        let order = builders::order(ids, customer, lines, at(0));
        let key = IdempotencyKey {
            scope: "place_order".to_owned(),
            key: order.id().to_string(),
            fingerprint: [1; 32],
        };
        let answer = StoredResponse { status: 201, location: None, body: "{}".to_owned() };
        let mut uow = self.ports.ordering.begin(&Provenance::default()).await?;
        let claim = uow.idempotency().claim(&key, order.id().raw(), Some(&answer), at(0)).await;
        assert_eq!(claim.unwrap(), Claim::Fresh);
        if !uow.stock().reserve(order.id(), &order.demand(), at(0)).await?.is_empty() {
            return Ok(None);
        }
        uow.orders().insert(&order).await?;
        uow.commit().await?;
        Ok(Some(order))
    }

    pub(crate) async fn expire(&self, order: &Order) {
        let mut uow = self.ports.ordering.begin(&Provenance::default()).await.unwrap();
        let mut order = uow.orders().find(order.id()).await.unwrap().unwrap();
        order.expire(stamp_at(&self.ports.ids, at(1800))).unwrap();
        uow.orders().update_expired(&order, at(1800)).await.unwrap();
        uow.stock().release(order.id(), &order.demand(), at(1800)).await.unwrap();
        uow.commit().await.unwrap();
    }

    /// Begins to pay; the provider knows it as `name`.
    pub(crate) async fn request(&self, order: &Order, name: &str) -> Payment {
        let mut payment = builders::payment(&self.ports.ids, order, at(1));
        payment.note_created(name.to_owned(), None);
        let mut uow = self.ports.payments.begin(&Provenance::default()).await.unwrap();
        uow.payments().insert(&payment).await.unwrap();
        uow.commit().await.unwrap();
        payment
    }

    /// The provider reports that the money of `name` was taken. Settles the order the way the use
    /// case does, refunding what cannot be sold any more.
    pub(crate) async fn capture(&self, name: &str) -> Result<(), StoreError> {
        let ids = &self.ports.ids;
        let stamp = || stamp_at(ids, at(2));
        let mut uow = self.ports.payments.begin(&Provenance::default()).await?;
        let mock = ProviderName::Mock;
        let found = uow.payments().find_at_provider(mock, name).await?;
        let (mut payment, others) = found.unwrap();
        assert!(uow.payments().note_provider_event(mock, name, payment.id(), at(2)).await?);
        payment.learn(fact(FactKind::Captured, payment.amount(), at(2)), stamp());
        let takings = others.with(&payment).unwrap();
        let mut order = uow.orders().find(payment.order()).await?.unwrap();
        let (id, demand) = (order.id(), order.demand());
        let back = match order.settlement(&takings).unwrap() {
            Settlement::Nothing => None,
            Settlement::Pay => {
                uow.stock().allocate(id, &demand, at(2)).await?;
                order.pay(&takings, stamp()).unwrap();
                None
            }
            Settlement::Late if uow.stock().allocate_again(id, &demand, at(2)).await? => {
                order.reinstate(&takings, stamp()).unwrap();
                None
            }
            Settlement::Late => Some(takings.held().unwrap()),
            Settlement::Refund(back) => Some(back),
        };
        if let Some(back) = back {
            let refund = payment.schedule_refund(RefundId::new(ids.next()), back, stamp());
            uow.refunds().insert(&refund).await?;
        }
        order.note_takings(&takings, stamp());
        uow.orders().update(&order).await?;
        uow.payments().update(&payment).await?;
        uow.commit().await
    }

    /// Runs `work` and answers how many statements it took.
    pub(crate) async fn counted<T>(&self, work: impl Future<Output = T>) -> (u64, T) {
        let before = self.db.statements();
        let done = work.await;
        (self.db.statements() - before, done)
    }
}
