//! Stores that fail at a chosen step, to prove that a use case is all or nothing at each of them.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU32, Ordering},
};

use async_trait::async_trait;
use domain::{
    audit::AuditLog,
    catalogue::{
        CatalogueStore, CatalogueUnitOfWork, Category, CategoryId, CategoryKey, CategoryRepository,
        CategoryView, Product, ProductId, ProductKey, ProductRepository, ProductView, Slug,
    },
    content::{ContentStore, ContentUnitOfWork, Post, PostId, PostKey, PostRepository},
    identity::{
        ApiKey, ApiKeyId, ApiKeyRepository, EmailAddress, EmailRequest, EmailRequestId, EmailToken,
        EmailTokenId, EmailTokenPurpose, EmailTokenRepository, IdentityStore, IdentityUnitOfWork,
        Role, Session, SessionId, SessionRepository, User, UserId, UserRepository,
    },
    inventory::{
        InventoryUnitOfWork, OpeningStock, Recount, RecountRepository, Shortage, StockCounters,
        StockDemand, StockKey, StockRepository, VariantStock,
    },
    messaging::{Mail, MailQueue},
    ordering::{
        Coupon, CouponId, CouponRepository, Order, OrderId, OrderRepository, OrderingStore,
        OrderingUnitOfWork,
    },
    payments::{
        Operation, OperationId, OperationKind, OperationRepository, Payment, PaymentId,
        PaymentRepository, PaymentsStore, PaymentsUnitOfWork, ProviderName, ProviderNotice, Refund,
        RefundId, RefundRepository, Takings,
    },
    shared::{
        error::{Cause, StoreError},
        event::{EventId, NewEvent, Provenance, Stamp},
        id::RawId,
        idempotency::{Claim, ClaimError, IdempotencyKey, IdempotencyRepository, StoredResponse},
        money::Money,
        ports::{Inbox, Outbox, UnitOfWork},
    },
};
use time::OffsetDateTime;

/// How a step fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// It has no effect, and says so.
    Before,
    /// It has its effect, and says that it failed: nobody knows.
    After,
    /// Whoever takes it ends there and then.
    Crash,
}

/// Counts steps and fails one of them. Opening a unit of work, each call of a repository and
/// committing are a step each. Clones share the count.
#[derive(Clone, Debug)]
pub struct Faults {
    plan: Arc<Mutex<Option<(u32, Mishap)>>>,
    steps: Arc<AtomicU32>,
}

/// A step that was begun.
#[must_use]
struct Begun(Option<u32>);

impl Begun {
    /// What becomes of it, now that its effect is there.
    fn done<T, E>(self, outcome: Result<T, E>, unknown: impl FnOnce(Cause) -> E) -> Result<T, E> {
        match self.0 {
            Some(step) => Err(unknown(format!("injected after step {step}").into())),
            None => outcome,
        }
    }
}

impl Faults {
    /// Fails nothing; for counting.
    pub fn none() -> Self {
        Self { plan: Arc::default(), steps: Arc::default() }
    }

    /// Fails step `step`, once and before its effect; the first is 1.
    pub fn at(step: u32) -> Self {
        let faults = Self::none();
        faults.arm(step, Mishap::Before);
        faults
    }

    /// Begins to count anew, and fails step `step`, once.
    pub fn arm(&self, step: u32, mishap: Mishap) {
        *self.plan() = Some((step, mishap));
        self.steps.store(0, Ordering::SeqCst);
    }

    /// Begins to count anew, and fails nothing.
    pub fn disarm(&self) {
        *self.plan() = None;
        self.steps.store(0, Ordering::SeqCst);
    }

    /// Whether the fault that was armed has not come yet.
    pub fn is_armed(&self) -> bool {
        self.plan().is_some()
    }

    /// Steps taken so far.
    pub fn steps(&self) -> u32 {
        self.steps.load(Ordering::SeqCst)
    }

    fn plan(&self) -> MutexGuard<'_, Option<(u32, Mishap)>> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[expect(clippy::panic, reason = "a crash is what was asked for")]
    fn step(&self) -> Result<Begun, StoreError> {
        let step = self.steps.fetch_add(1, Ordering::SeqCst) + 1;
        let planned = self.plan().take_if(|(at, _)| *at == step);
        match planned.map(|(_, mishap)| mishap) {
            None => Ok(Begun(None)),
            Some(Mishap::After) => Ok(Begun(Some(step))),
            Some(Mishap::Before) => {
                Err(StoreError::Unavailable(format!("injected at step {step}").into()))
            }
            Some(Mishap::Crash) => panic!("injected at step {step}"),
        }
    }
}

/// An [`OrderingStore`] that fails as its [`Faults`] say.
pub struct FlakyOrderingStore {
    inner: Arc<dyn OrderingStore>,
    faults: Faults,
}

impl FlakyOrderingStore {
    /// Lets `inner` fail.
    pub fn new(inner: Arc<dyn OrderingStore>, faults: Faults) -> Self {
        Self { inner, faults }
    }
}

#[async_trait]
impl OrderingStore for FlakyOrderingStore {
    async fn begin(
        &self,
        provenance: &Provenance,
    ) -> Result<Box<dyn OrderingUnitOfWork>, StoreError> {
        let step = self.faults.step()?;
        let inner = step.done(self.inner.begin(provenance).await, StoreError::Unavailable)?;
        Ok(Box::new(FlakyUnitOfWork { inner, faults: self.faults.clone() }))
    }
}

/// An [`IdentityStore`] that fails as its [`Faults`] say.
pub struct FlakyIdentityStore {
    inner: Arc<dyn IdentityStore>,
    faults: Faults,
}

impl FlakyIdentityStore {
    /// Lets `inner` fail.
    pub fn new(inner: Arc<dyn IdentityStore>, faults: Faults) -> Self {
        Self { inner, faults }
    }
}

#[async_trait]
impl IdentityStore for FlakyIdentityStore {
    async fn begin(
        &self,
        provenance: &Provenance,
    ) -> Result<Box<dyn IdentityUnitOfWork>, StoreError> {
        let step = self.faults.step()?;
        let inner = step.done(self.inner.begin(provenance).await, StoreError::Unavailable)?;
        Ok(Box::new(FlakyUnitOfWork { inner, faults: self.faults.clone() }))
    }
}

/// A [`PaymentsStore`] that fails as its [`Faults`] say.
pub struct FlakyPaymentsStore {
    inner: Arc<dyn PaymentsStore>,
    faults: Faults,
}

impl FlakyPaymentsStore {
    /// Lets `inner` fail.
    pub fn new(inner: Arc<dyn PaymentsStore>, faults: Faults) -> Self {
        Self { inner, faults }
    }
}

#[async_trait]
impl PaymentsStore for FlakyPaymentsStore {
    async fn begin(
        &self,
        provenance: &Provenance,
    ) -> Result<Box<dyn PaymentsUnitOfWork>, StoreError> {
        let step = self.faults.step()?;
        let inner = step.done(self.inner.begin(provenance).await, StoreError::Unavailable)?;
        Ok(Box::new(FlakyUnitOfWork { inner, faults: self.faults.clone() }))
    }
}

/// A [`CatalogueStore`] that fails as its [`Faults`] say.
pub struct FlakyCatalogueStore {
    inner: Arc<dyn CatalogueStore>,
    faults: Faults,
}

impl FlakyCatalogueStore {
    /// Lets `inner` fail.
    pub fn new(inner: Arc<dyn CatalogueStore>, faults: Faults) -> Self {
        Self { inner, faults }
    }
}

#[async_trait]
impl CatalogueStore for FlakyCatalogueStore {
    async fn begin(
        &self,
        provenance: &Provenance,
    ) -> Result<Box<dyn CatalogueUnitOfWork>, StoreError> {
        let step = self.faults.step()?;
        let inner = step.done(self.inner.begin(provenance).await, StoreError::Unavailable)?;
        Ok(Box::new(FlakyUnitOfWork { inner, faults: self.faults.clone() }))
    }
}

/// A [`ContentStore`] that fails as its [`Faults`] say.
pub struct FlakyContentStore {
    inner: Arc<dyn ContentStore>,
    faults: Faults,
}

impl FlakyContentStore {
    /// Lets `inner` fail.
    pub fn new(inner: Arc<dyn ContentStore>, faults: Faults) -> Self {
        Self { inner, faults }
    }
}

#[async_trait]
impl ContentStore for FlakyContentStore {
    async fn begin(
        &self,
        provenance: &Provenance,
    ) -> Result<Box<dyn ContentUnitOfWork>, StoreError> {
        let step = self.faults.step()?;
        let inner = step.done(self.inner.begin(provenance).await, StoreError::Unavailable)?;
        Ok(Box::new(FlakyUnitOfWork { inner, faults: self.faults.clone() }))
    }
}

struct FlakyUnitOfWork<U: ?Sized> {
    inner: Box<U>,
    faults: Faults,
}

#[async_trait]
impl<U: UnitOfWork + ?Sized> UnitOfWork for FlakyUnitOfWork<U> {
    fn outbox(&mut self) -> &mut dyn Outbox {
        self
    }

    fn inbox(&mut self) -> &mut dyn Inbox {
        self
    }

    fn idempotency(&mut self) -> &mut dyn IdempotencyRepository {
        self
    }

    fn audit(&mut self) -> &mut dyn AuditLog {
        self.inner.audit()
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        let step = self.faults.step()?;
        step.done(self.inner.commit().await, StoreError::OutcomeUnknown)
    }
}

impl<U: OrderingUnitOfWork + ?Sized> OrderingUnitOfWork for FlakyUnitOfWork<U> {
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

impl<U: IdentityUnitOfWork + ?Sized> IdentityUnitOfWork for FlakyUnitOfWork<U> {
    fn users(&mut self) -> &mut dyn UserRepository {
        self
    }

    fn sessions(&mut self) -> &mut dyn SessionRepository {
        self
    }

    fn api_keys(&mut self) -> &mut dyn ApiKeyRepository {
        self
    }

    fn email_tokens(&mut self) -> &mut dyn EmailTokenRepository {
        self
    }

    fn mails(&mut self) -> &mut dyn MailQueue {
        self
    }
}

impl<U: PaymentsUnitOfWork + ?Sized> PaymentsUnitOfWork for FlakyUnitOfWork<U> {
    fn payments(&mut self) -> &mut dyn PaymentRepository {
        self
    }

    fn operations(&mut self) -> &mut dyn OperationRepository {
        self
    }

    fn refunds(&mut self) -> &mut dyn RefundRepository {
        self
    }
}

impl<U: InventoryUnitOfWork + ?Sized> InventoryUnitOfWork for FlakyUnitOfWork<U> {
    fn recounts(&mut self) -> &mut dyn RecountRepository {
        self
    }
}

impl<U: CatalogueUnitOfWork + ?Sized> CatalogueUnitOfWork for FlakyUnitOfWork<U> {
    fn categories(&mut self) -> &mut dyn CategoryRepository {
        self
    }

    fn products(&mut self) -> &mut dyn ProductRepository {
        self
    }
}

impl<U: ContentUnitOfWork + ?Sized> ContentUnitOfWork for FlakyUnitOfWork<U> {
    fn posts(&mut self) -> &mut dyn PostRepository {
        self
    }
}

macro_rules! flaky {
    ($bound:ident: $port:ident through $access:ident; $(
        fn $method:ident($($argument:ident: $kind:ty),*) -> Result<$done:ty, $error:ty>;
    )+) => {
        #[async_trait]
        impl<U: $bound + ?Sized> $port for FlakyUnitOfWork<U> {
            $(
                async fn $method(&mut self, $($argument: $kind),*) -> Result<$done, $error> {
                    let step = self.faults.step()?;
                    let outcome = self.inner.$access().$method($($argument),*).await;
                    step.done(outcome, |cause| StoreError::Unavailable(cause).into())
                }
            )+
        }
    };
}

flaky! { IdentityUnitOfWork: ApiKeyRepository through api_keys;
    fn insert(key: &ApiKey, secret_hash: [u8; 32], most: u64) -> Result<bool, StoreError>;
    fn revoke(owner: UserId, key: ApiKeyId, now: OffsetDateTime) -> Result<bool, StoreError>;
}

flaky! { UnitOfWork: Outbox through outbox;
    fn append(events: &[NewEvent]) -> Result<(), StoreError>;
}

flaky! { UnitOfWork: Inbox through inbox;
    fn first_time(consumer: &'static str, event: EventId, now: OffsetDateTime)
        -> Result<bool, StoreError>;
}

flaky! { UnitOfWork: IdempotencyRepository through idempotency;
    fn claim(
        key: &IdempotencyKey,
        resource: RawId,
        answer: Option<&StoredResponse>,
        now: OffsetDateTime
    ) -> Result<Claim, ClaimError>;
    fn answer(key: &IdempotencyKey, answer: &StoredResponse) -> Result<(), StoreError>;
    fn forget(scope: &str) -> Result<(), StoreError>;
}

flaky! { OrderingUnitOfWork: OrderRepository through orders;
    fn insert(order: &Order) -> Result<(), StoreError>;
    fn find(id: OrderId) -> Result<Option<Order>, StoreError>;
    fn update(order: &Order) -> Result<(), StoreError>;
    fn update_edited(order: &Order) -> Result<(), StoreError>;
    fn update_expired(order: &Order, now: OffsetDateTime) -> Result<(), StoreError>;
    fn forget_particulars(customer: UserId) -> Result<(), StoreError>;
}

flaky! { OrderingUnitOfWork: CouponRepository through coupons;
    fn insert(coupon: &Coupon) -> Result<(), StoreError>;
    fn find(id: CouponId) -> Result<Option<Coupon>, StoreError>;
    fn update(coupon: &Coupon) -> Result<(), StoreError>;
    fn redeem(coupon: &Coupon, customer: UserId) -> Result<bool, StoreError>;
    fn release(order: &Order, now: OffsetDateTime) -> Result<(), StoreError>;
    fn take_again(order: &Order) -> Result<(), StoreError>;
}

flaky! { OrderingUnitOfWork: StockRepository through stock;
    fn reserve(order: OrderId, demand: &[StockDemand], now: OffsetDateTime)
        -> Result<Vec<Shortage>, StoreError>;
    fn allocate(order: OrderId, demand: &[StockDemand], now: OffsetDateTime)
        -> Result<(), StoreError>;
    fn allocate_again(order: OrderId, demand: &[StockDemand], now: OffsetDateTime)
        -> Result<bool, StoreError>;
    fn deallocate(order: OrderId, demand: &[StockDemand], now: OffsetDateTime)
        -> Result<(), StoreError>;
    fn ship(order: OrderId, demand: &[StockDemand], now: OffsetDateTime)
        -> Result<Vec<Shortage>, StoreError>;
    fn release(order: OrderId, demand: &[StockDemand], now: OffsetDateTime)
        -> Result<(), StoreError>;
}

flaky! { CatalogueUnitOfWork: CategoryRepository through categories;
    fn insert_all(categories: &[Category]) -> Result<(), StoreError>;
    fn lock_tree() -> Result<(), StoreError>;
    fn find(key: &CategoryKey) -> Result<Option<Category>, StoreError>;
    fn named(name: &str) -> Result<Vec<CategoryId>, StoreError>;
    fn lineage(id: CategoryId) -> Result<Vec<CategoryId>, StoreError>;
    fn height(id: CategoryId) -> Result<usize, StoreError>;
    fn update(category: &Category) -> Result<(), StoreError>;
    fn delete(category: &Category) -> Result<bool, StoreError>;
    fn taken(slugs: &[Slug]) -> Result<Vec<String>, StoreError>;
    fn view(id: CategoryId) -> Result<Option<CategoryView>, StoreError>;
}

flaky! { CatalogueUnitOfWork: ProductRepository through products;
    fn insert_all(products: &[Product], stock: &[OpeningStock]) -> Result<(), StoreError>;
    fn find(key: &ProductKey) -> Result<Option<Product>, StoreError>;
    fn find_listing(key: &ProductKey, owner: Option<UserId>) -> Result<Option<Product>, StoreError>;
    fn listings_of(owner: UserId, limit: u32) -> Result<Vec<ProductId>, StoreError>;
    fn update(product: &Product) -> Result<(), StoreError>;
    fn begin_counting(stock: &OpeningStock) -> Result<(), StoreError>;
    fn delete(product: &Product) -> Result<bool, StoreError>;
    fn taken(slugs: &[Slug]) -> Result<Vec<String>, StoreError>;
    fn view(id: ProductId) -> Result<Option<ProductView>, StoreError>;
}

flaky! { ContentUnitOfWork: PostRepository through posts;
    fn insert(post: &Post) -> Result<(), StoreError>;
    fn find(key: &PostKey, author: Option<UserId>) -> Result<Option<Post>, StoreError>;
    fn update(post: &Post) -> Result<(), StoreError>;
    fn delete(post: &Post) -> Result<(), StoreError>;
    fn taken(slugs: &[Slug]) -> Result<Vec<String>, StoreError>;
    fn drafts_of(author: UserId, limit: u32) -> Result<Vec<PostId>, StoreError>;
}

flaky! { PaymentsUnitOfWork: PaymentRepository through payments;
    fn insert(payment: &Payment) -> Result<(), StoreError>;
    fn find(id: PaymentId) -> Result<Option<Payment>, StoreError>;
    fn find_at_provider(provider: ProviderName, provider_payment_id: &str)
        -> Result<Option<(Payment, Takings)>, StoreError>;
    fn active_of(order: OrderId) -> Result<Option<Payment>, StoreError>;
    fn taken_for(order: OrderId) -> Result<Vec<(Payment, Money)>, StoreError>;
    fn update(payment: &Payment) -> Result<(), StoreError>;
    fn note_provider_event(
        provider: ProviderName,
        event_id: &str,
        payment: PaymentId,
        now: OffsetDateTime
    ) -> Result<bool, StoreError>;
    fn park(provider: ProviderName, notice: &ProviderNotice, now: OffsetDateTime)
        -> Result<bool, StoreError>;
    fn unpark(provider: ProviderName, provider_payment_id: &str)
        -> Result<Vec<ProviderNotice>, StoreError>;
    fn drop_parked(before: OffsetDateTime, limit: u32)
        -> Result<Vec<(ProviderName, ProviderNotice)>, StoreError>;
}

flaky! { InventoryUnitOfWork: RecountRepository through recounts;
    fn find(key: StockKey) -> Result<Option<VariantStock>, StoreError>;
    fn store(recount: &Recount) -> Result<StockCounters, StoreError>;
}

flaky! { PaymentsUnitOfWork: OperationRepository through operations;
    fn insert(operation: &Operation) -> Result<(), StoreError>;
    fn find(id: OperationId) -> Result<Option<Operation>, StoreError>;
    fn scheduled(payment: PaymentId, kind: OperationKind) -> Result<Option<Operation>, StoreError>;
    fn update(operation: &Operation, now: OffsetDateTime) -> Result<(), StoreError>;
}

flaky! { PaymentsUnitOfWork: RefundRepository through refunds;
    fn insert(refund: &Refund) -> Result<(), StoreError>;
    fn find(id: RefundId) -> Result<Option<Refund>, StoreError>;
    fn update(refund: &Refund, now: OffsetDateTime) -> Result<(), StoreError>;
}

flaky! { IdentityUnitOfWork: UserRepository through users;
    fn insert(user: &User) -> Result<(), StoreError>;
    fn rehash(user: UserId, from: &str, to: &str) -> Result<bool, StoreError>;
    fn find(id: UserId) -> Result<Option<User>, StoreError>;
    fn find_by_email(email_key: &str) -> Result<Option<User>, StoreError>;
    fn update(user: &User) -> Result<(), StoreError>;
    fn super_admins() -> Result<Vec<UserId>, StoreError>;
}

flaky! { IdentityUnitOfWork: EmailTokenRepository through email_tokens;
    fn request(request: &EmailRequest, stamp: Stamp) -> Result<(), StoreError>;
    fn take_request(id: EmailRequestId) -> Result<Option<EmailRequest>, StoreError>;
    fn issue(token: &EmailToken) -> Result<bool, StoreError>;
    fn find(id: EmailTokenId) -> Result<Option<EmailToken>, StoreError>;
    fn spend(id: EmailTokenId, replaced: Option<&EmailAddress>, now: OffsetDateTime)
        -> Result<bool, StoreError>;
    fn spend_all(user: UserId, purpose: EmailTokenPurpose, now: OffsetDateTime)
        -> Result<(), StoreError>;
    fn remove_old(before: OffsetDateTime, limit: u32) -> Result<u32, StoreError>;
}

flaky! { IdentityUnitOfWork: MailQueue through mails;
    fn enqueue(mail: &Mail) -> Result<bool, StoreError>;
}

flaky! { IdentityUnitOfWork: SessionRepository through sessions;
    fn open(session: &Session, keep: u32) -> Result<(), StoreError>;
    fn remove_over(before: OffsetDateTime, limit: u32) -> Result<u32, StoreError>;
    fn find(id: SessionId) -> Result<Option<(Session, Role, bool)>, StoreError>;
    fn rotate(session: &Session, next_hash: [u8; 32], now: OffsetDateTime, expires_at: OffsetDateTime)
        -> Result<bool, StoreError>;
    fn authenticated(user: UserId, id: SessionId, now: OffsetDateTime) -> Result<bool, StoreError>;
    fn revoke_family(session: &Session, stamp: Stamp) -> Result<(), StoreError>;
    fn revoke(user: UserId, only: Option<SessionId>, now: OffsetDateTime)
        -> Result<Vec<SessionId>, StoreError>;
    fn revoke_others(user: UserId, keep: SessionId, now: OffsetDateTime)
        -> Result<Vec<SessionId>, StoreError>;
}
