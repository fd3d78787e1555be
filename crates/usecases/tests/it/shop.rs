//! A whole shop in memory: every use case over one state, one clock, one count of ids.

use std::sync::{Arc, Mutex, atomic::AtomicU32};

use domain::{
    catalogue::{CatalogueReads, CatalogueStore, ProductId, VariantId},
    content::{ContentStore, PostReads},
    identity::{
        ApiKeyReads, Device, EmailAddress, EmailTokenReads, IdentityReads, IdentityStore,
        KnownSessions, Locale, LoginLimits, PasswordPolicy, PeopleReads, Permissions, RegisterUser,
        RegisterUserCommand, Registered, Role, Secret, SessionId, UserId,
    },
    inventory::{InventoryStore, StockLevelId},
    messaging::{MailTransport, MessagingStore, OutgoingMailQueue},
    operations::Job,
    ordering::{
        CouponReads, OfferKey, OrderId, OrderReads, OrderStatus, OrderView, OrderingStore,
        Particulars, PaymentStatus, PlaceOrder, PlaceOrderCommand, WantedLine,
    },
    payments::{
        CaptureMode, CreatePayment, CreatePaymentCommand, FactKind, PaymentGateway, PaymentReads,
        PaymentView, PaymentsStore, ProviderName, ProviderNotice, ReceiveWebhook,
        ReceiveWebhookCommand, UnresolvedPayments, WebhookError, WebhookReceipt,
    },
    shared::{
        actor::Actor,
        announcements::{Announcements, Topic},
        bus::EventHandler,
        event::{EventEnvelope, Provenance},
        idempotency::{IdempotencyKey, IdempotentRequest, Outcome, StoredResponse},
        ports::{Clock, IdGenerator},
    },
};
use infra_memory::{
    announcements::MemoryAnnouncements,
    failures::MemoryFailureCounter,
    known_sessions::{KnownSessionEntries, MemoryKnownSessions, MemoryKnownSessionsParameters},
    limiter::MemoryRateLimiter,
    store::{
        MemoryApiKeyReads, MemoryCatalogueReads, MemoryCatalogueStore, MemoryContentStore,
        MemoryCouponReads, MemoryEmailTokenReads, MemoryIdentityReads, MemoryIdentityStore,
        MemoryInventoryStore, MemoryMessagingStore, MemoryOrderReads, MemoryOrderingStore,
        MemoryOutgoingMails, MemoryPaymentReads, MemoryPaymentsStore, MemoryPeopleReads,
        MemoryPostReads, MemoryState, MemoryUnresolvedPayments, StockLevelRow,
    },
};
use shaku::{HasComponent, module};
use test_support::{
    builders::{self, ProductBuilder},
    clock::FrozenClock,
    gateway::ScriptedGateway,
    ids::CountingIds,
};
use time::Duration;
use usecases::{
    AcceptPasswordUseCase, AcceptPasswordUseCaseParameters, AuthenticateUseCase,
    CancelOrderUseCase, ChangeEmailUseCase, ChangePasswordUseCase, CheckPaymentUseCase,
    CleanUpSessionsUseCase, CleanUpSessionsUseCaseParameters, CountingLoginGuard,
    CountingLoginGuardParameters, CreateApiKeyUseCase, CreateCouponUseCase, CreatePaymentUseCase,
    CreatePaymentUseCaseParameters, CreateUserUseCase, DeliverMailsUseCase, DropDrafts,
    EditCouponUseCase, EditOrderUseCase, EditUserUseCase, EraseUserUseCase,
    ExecuteOperationUseCase, ExecuteRefundUseCase, ExecuteScheduledRefund, ExpireOrdersUseCase,
    ExportPersonUseCase, ForgetAddresses, FulfilOrderUseCase, LogInUseCase, LogInUseCaseParameters,
    LogOutUseCase, LogTask, OperatePaymentUseCase, PlaceOrderUseCase, PlaceOrderUseCaseParameters,
    PurgeParkedWebhooksJob, ReceiveWebhookUseCase, ReconcilePaymentsUseCase, RefreshSessionUseCase,
    RefundOrderUseCase, RegisterQuietlyUseCase, RegisterUserUseCase, RequestEmailTokenUseCase,
    ResetPasswordUseCase, RevokeApiKeyUseCase, RevokeSessionsUseCase, SendEmailToken,
    SendOrderConfirmation, SendWelcome, SetStockUseCase, StepUpUseCase, UnblockLoginUseCase,
    VerifyEmailUseCase, WithdrawListings,
};

use crate::fakes::{
    KeepingTransport, KnownWords, OneLineRenderer, PlainHasher, PlainHasherParameters,
    ReadableAccessTokens, ReadableApiKeyTokens, ReadableDeviceTokens, ReadableEmailTokens,
    ReadableRefreshTokens, TestClock, TestClockParameters, TestGateway, TestIds, TestIdsParameters,
    TestRandomness, TestScript, TestScriptParameters,
};

module! {
    pub(crate) App {
        components = [
            MemoryIdentityStore,
            MemoryIdentityReads,
    MemoryInventoryStore,
    MemoryApiKeyReads,
            MemoryEmailTokenReads,
            ReadableEmailTokens,
            RequestEmailTokenUseCase,
            VerifyEmailUseCase,
            ChangeEmailUseCase,
            RegisterQuietlyUseCase,
            MemoryPeopleReads,
            ResetPasswordUseCase,
            MemoryOrderingStore,
            MemoryOrderReads,
            MemoryCouponReads,
            MemoryPaymentsStore,
            MemoryPaymentReads,
            MemoryPostReads,
            MemoryCatalogueReads,
            MemoryMessagingStore,
            MemoryOutgoingMails,
            TestClock,
            TestIds,
            TestRandomness,
            TestScript,
            PlainHasher,
            KnownWords,
            AcceptPasswordUseCase,
            ReadableAccessTokens,
            ReadableRefreshTokens,
            MemoryKnownSessions,
            MemoryAnnouncements,
            OneLineRenderer,
            KeepingTransport,
            RegisterUserUseCase,
            MemoryRateLimiter,
            MemoryFailureCounter,
            ReadableDeviceTokens,
            CountingLoginGuard,
            UnblockLoginUseCase,
            LogInUseCase,
            RefreshSessionUseCase,
            LogOutUseCase,
    StepUpUseCase,
    CreateUserUseCase,
    EditUserUseCase,
    EraseUserUseCase,
    ChangePasswordUseCase,
    ExportPersonUseCase,
    CreateApiKeyUseCase,
    RevokeApiKeyUseCase,
    ReadableApiKeyTokens,
    RevokeSessionsUseCase,
    CleanUpSessionsUseCase,
            AuthenticateUseCase,
            SetStockUseCase,
            PlaceOrderUseCase,
            CreateCouponUseCase,
            EditCouponUseCase,
            EditOrderUseCase,
            CancelOrderUseCase,
            ExpireOrdersUseCase,
            CreatePaymentUseCase,
            MemoryUnresolvedPayments,
            OperatePaymentUseCase,
            ExecuteOperationUseCase,
            CheckPaymentUseCase,
            ReconcilePaymentsUseCase,
            ReceiveWebhookUseCase,
            ExecuteRefundUseCase,
            FulfilOrderUseCase,
            RefundOrderUseCase,
            DeliverMailsUseCase,
            #[keyed(dyn PaymentGateway, ProviderName)] TestGateway,
            MemoryCatalogueStore,
            MemoryContentStore,
            #[ordered(dyn EventHandler)] WithdrawListings,
            #[ordered(dyn EventHandler)] DropDrafts,
            #[ordered(dyn EventHandler)] SendWelcome,
            #[ordered(dyn EventHandler)] SendEmailToken,
            #[ordered(dyn EventHandler)] SendOrderConfirmation,
            #[ordered(dyn EventHandler)] ForgetAddresses,
            #[ordered(dyn EventHandler)] ExecuteScheduledRefund,
            #[ordered(dyn EventHandler)] LogTask,
            #[ordered(dyn Job)] PurgeParkedWebhooksJob
        ],
        providers = []
    }
}

/// How long an order of the shop waits for money.
pub(crate) const RESERVED_FOR: Duration = Duration::minutes(30);

/// A product with one counted variant at 100.00 RUB.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Goods {
    pub(crate) product: ProductId,
    pub(crate) variant: VariantId,
    pub(crate) level: StockLevelId,
}

pub(crate) struct Shop {
    pub(crate) state: MemoryState,
    pub(crate) clock: FrozenClock,
    pub(crate) ids: CountingIds,
    pub(crate) gateway: ScriptedGateway,
    pub(crate) known: KnownSessionEntries,
    pub(crate) transport: KeepingTransport,
    pub(crate) verifications: Arc<AtomicU32>,
    /// Whether only those come in whose address was proven.
    pub(crate) only_proven: bool,
    /// What the provider says of the state of a payment it was asked for.
    pub(crate) says: Mutex<Option<FactKind>>,
}

impl Shop {
    pub(crate) fn open() -> Self {
        let clock = FrozenClock::default();
        Self {
            known: KnownSessionEntries::default(),
            clock,
            state: MemoryState::default(),
            ids: CountingIds::default(),
            gateway: ScriptedGateway::default(),
            transport: KeepingTransport::default(),
            verifications: Arc::default(),
            only_proven: false,
            says: Mutex::new(Some(FactKind::Pending)),
        }
    }

    /// The use cases over the shop's own stores.
    pub(crate) fn app(&self) -> App {
        self.app_over(
            MemoryOrderingStore::over(self.state.clone()),
            MemoryPaymentsStore::over(self.state.clone()),
        )
    }

    /// The use cases over stores that misbehave.
    pub(crate) fn app_over(
        &self,
        ordering: impl OrderingStore,
        payments: impl PaymentsStore,
    ) -> App {
        self.app_with(MemoryIdentityStore::over(self.state.clone()), ordering, payments)
    }

    /// The use cases over a store of people that misbehaves.
    pub(crate) fn app_over_people(&self, identity: impl IdentityStore) -> App {
        let ordering = MemoryOrderingStore::over(self.state.clone());
        self.app_with(identity, ordering, MemoryPaymentsStore::over(self.state.clone()))
    }

    fn app_with(
        &self,
        identity: impl IdentityStore,
        ordering: impl OrderingStore,
        payments: impl PaymentsStore,
    ) -> App {
        let state = || self.state.clone();
        let (clock, ids) = (self.clock.clone(), self.ids.clone());
        let (gateway, says) = (self.gateway.clone(), *self.says.lock().unwrap());
        let verifications = Arc::clone(&self.verifications);
        let app = App::builder()
            .with_component_override::<dyn IdentityStore>(Box::new(identity))
            .with_component_override::<dyn PaymentReads>(Box::new(
                MemoryPaymentReads::over(state()),
            ))
            .with_component_override::<dyn UnresolvedPayments>(Box::new(
                MemoryUnresolvedPayments::over(state()),
            ))
            .with_component_override::<dyn CatalogueReads>(Box::new(MemoryCatalogueReads::over(
                state(),
            )))
            .with_component_override::<dyn CatalogueStore>(Box::new(MemoryCatalogueStore::over(
                state(),
            )))
            .with_component_override::<dyn ContentStore>(Box::new(
                MemoryContentStore::over(state()),
            ))
            .with_component_override::<dyn PostReads>(Box::new(MemoryPostReads::over(state())))
            .with_component_override::<dyn IdentityReads>(Box::new(MemoryIdentityReads::over(
                state(),
            )))
            .with_component_override::<dyn InventoryStore>(Box::new(MemoryInventoryStore::over(
                state(),
            )))
            .with_component_override::<dyn ApiKeyReads>(Box::new(MemoryApiKeyReads::over(state())))
            .with_component_override::<dyn EmailTokenReads>(Box::new(MemoryEmailTokenReads::over(
                state(),
            )))
            .with_component_override::<dyn OrderReads>(Box::new(MemoryOrderReads::over(state())))
            .with_component_override::<dyn CouponReads>(Box::new(MemoryCouponReads::over(state())))
            .with_component_override::<dyn OrderingStore>(Box::new(ordering))
            .with_component_override::<dyn PaymentsStore>(Box::new(payments))
            .with_component_override::<dyn MessagingStore>(Box::new(MemoryMessagingStore::over(
                state(),
            )))
            .with_component_override::<dyn OutgoingMailQueue>(Box::new(MemoryOutgoingMails::over(
                state(),
            )))
            .with_component_override::<dyn MailTransport>(Box::new(self.transport.clone()))
            .with_component_override::<dyn PeopleReads>(Box::new(MemoryPeopleReads::over(state())))
            .with_component_parameters::<LogInUseCase>(LogInUseCaseParameters {
                only_proven: self.only_proven,
            })
            .with_component_parameters::<TestClock>(TestClockParameters { clock })
            .with_component_parameters::<CleanUpSessionsUseCase>(CleanUpSessionsUseCaseParameters {
                keep_for: std::time::Duration::from_secs(30 * 24 * 60 * 60),
            })
            .with_component_parameters::<TestIds>(TestIdsParameters { ids })
            .with_component_parameters::<TestScript>(TestScriptParameters { gateway, says })
            .with_component_parameters::<PlainHasher>(PlainHasherParameters { verifications })
            .with_component_parameters::<CountingLoginGuard>(CountingLoginGuardParameters {
                limits: Some(LoginLimits::default()),
            })
            .with_component_parameters::<AcceptPasswordUseCase>(AcceptPasswordUseCaseParameters {
                policy: PasswordPolicy::default(),
            })
            .with_component_parameters::<PlaceOrderUseCase>(PlaceOrderUseCaseParameters {
                reserve_for: RESERVED_FOR,
            })
            .with_component_parameters::<CreatePaymentUseCase>(CreatePaymentUseCaseParameters {
                default_provider: ProviderName::Mock,
                capture: CaptureMode::Automatic,
            })
            .with_component_parameters::<MemoryKnownSessions>(MemoryKnownSessionsParameters {
                entries: self.known.clone(),
                ..Default::default()
            })
            .build();
        let announcements: &dyn Announcements = app.resolve_ref();
        let known: Arc<dyn KnownSessions> = app.resolve();
        announcements.observe(Topic::Sessions, known);
        app
    }

    /// Everything that is stored, as text.
    pub(crate) fn snapshot(&self) -> String {
        let mut tables = self.state.lock().clone();
        tables.version = 0;
        format!("{tables:#?}")
    }

    /// Names of everything in the audit log, oldest first.
    pub(crate) fn audited(&self) -> Vec<String> {
        self.state.lock().audit.iter().map(|entry| entry.action.clone()).collect()
    }

    /// Wire names of everything that was recorded, oldest first.
    pub(crate) fn events(&self) -> Vec<&'static str> {
        self.state.lock().outbox.values().map(|row| row.event.event.name()).collect()
    }

    /// The last event of this name.
    pub(crate) fn event(&self, name: &str) -> EventEnvelope {
        let tables = self.state.lock();
        let mut newest = tables.outbox.values().rev();
        newest.find(|row| row.event.event.name() == name).unwrap().event.clone()
    }

    pub(crate) fn stock(&self, goods: Goods) -> StockLevelRow {
        self.state.lock().stock[&goods.level]
    }

    pub(crate) fn status(&self, order: OrderId) -> (OrderStatus, PaymentStatus) {
        let tables = self.state.lock();
        let state = tables.orders[&order].state();
        (state.status, state.payment_status)
    }

    /// Somebody with an account, without registering.
    pub(crate) async fn customer(&self, name: &str) -> Actor {
        let user = builders::user(&self.ids, name);
        let store = MemoryIdentityStore::over(self.state.clone());
        let mut uow = store.begin(&Provenance::default()).await.unwrap();
        uow.users().insert(&user).await.unwrap();
        uow.commit().await.unwrap();
        self.actor(user.id, Role::User)
    }

    pub(crate) fn staff(&self) -> Actor {
        self.actor(UserId::new(self.ids.next()), Role::Staff)
    }

    fn actor(&self, user: UserId, role: Role) -> Actor {
        let permissions = match role {
            Role::Staff => Permissions::of_new_staff(),
            Role::User | Role::SuperAdmin => Permissions::NONE,
        };
        let session = SessionId::new(self.ids.next());
        let session = Some(session);
        Actor { user, role, permissions, session, authenticated_at: self.clock.now() }
    }

    pub(crate) async fn register(&self, name: &str) -> Registered {
        let app = self.app();
        let register: &dyn RegisterUser = app.resolve_ref();
        register.execute(registration(name)).await.unwrap()
    }

    pub(crate) async fn goods(&self, slug: &str, on_hand: i64) -> Goods {
        self.stock_up(builders::product(slug).on_hand(on_hand)).await
    }

    pub(crate) async fn stock_up(&self, builder: ProductBuilder) -> Goods {
        let (product, stock) = builder.build(&self.ids);
        let store = MemoryCatalogueStore::over(self.state.clone());
        let mut uow = store.begin(&Provenance::default()).await.unwrap();
        uow.products().insert_all(std::slice::from_ref(&product), &stock).await.unwrap();
        uow.commit().await.unwrap();
        Goods { product: product.id(), variant: stock[0].variant, level: stock[0].level }
    }

    pub(crate) async fn place(&self, customer: Actor, goods: Goods, quantity: u32) -> OrderView {
        let app = self.app();
        let place_order: &dyn PlaceOrder = app.resolve_ref();
        done(place_order.execute(wants(customer, &[(goods, quantity)])).await.unwrap())
    }

    /// Begins to pay, and learns what the provider calls it.
    pub(crate) async fn begin_to_pay(&self, customer: Actor, order: OrderId) -> PaymentView {
        let app = self.app();
        let create_payment: &dyn CreatePayment = app.resolve_ref();
        done(create_payment.execute(pays(customer, order)).await.unwrap())
    }

    /// The provider reports `kind` about the whole amount.
    pub(crate) async fn report(
        &self,
        payment: &PaymentView,
        kind: FactKind,
    ) -> Result<WebhookReceipt, WebhookError> {
        self.receive(notice(payment, kind)).await
    }

    pub(crate) async fn receive(
        &self,
        notice: ProviderNotice,
    ) -> Result<WebhookReceipt, WebhookError> {
        let app = self.app();
        let receive_webhook: &dyn ReceiveWebhook = app.resolve_ref();
        receive_webhook.execute(self.webhook(notice)).await
    }

    pub(crate) fn webhook(&self, notice: ProviderNotice) -> ReceiveWebhookCommand {
        ReceiveWebhookCommand {
            provider: "mock".into(),
            request: self.gateway.webhook(notice),
            provenance: Provenance::default(),
        }
    }
}

/// What the provider says when `kind` happened to `payment`.
pub(crate) fn notice(payment: &PaymentView, kind: FactKind) -> ProviderNotice {
    let provider_payment_id = payment.provider_payment_id.clone().unwrap();
    ProviderNotice {
        event_id: format!("{kind} of {provider_payment_id}"),
        provider_payment_id,
        fact: Some((kind.to_string(), kind)),
        amount: payment.amount,
        reason: None,
    }
}

pub(crate) fn registration(name: &str) -> RegisterUserCommand {
    RegisterUserCommand {
        email: EmailAddress::parse(&format!("{name}@example.com")).unwrap(),
        username: None,
        first_name: None,
        last_name: None,
        password: Secret("correct horse".into()),
        role: Role::User,
        locale: Locale::En,
        device: Device::default(),
        provenance: Provenance::default(),
    }
}

pub(crate) fn wants(customer: Actor, wanted: &[(Goods, u32)]) -> PlaceOrderCommand {
    let line = |(goods, quantity): &(Goods, u32)| WantedLine {
        what: OfferKey::Product(goods.product),
        quantity: *quantity,
    };
    PlaceOrderCommand {
        customer: customer.user,
        wanted: wanted.iter().map(line).collect(),
        currency: None,
        promo_code: None,
        particulars: Particulars::default(),
        idempotency: None,
        provenance: Provenance::default(),
    }
}

pub(crate) fn pays(actor: Actor, order: OrderId) -> CreatePaymentCommand {
    let provenance = Provenance::default();
    CreatePaymentCommand {
        actor,
        order,
        provider: None,
        capture: None,
        idempotency: None,
        provenance,
    }
}

/// A key for a request whose body is `body`.
pub(crate) fn key<T>(
    key: &str,
    body: u8,
    render: fn(&T) -> StoredResponse,
) -> Option<IdempotentRequest<T>> {
    let (scope, key) = ("test".into(), key.into());
    Some(IdempotentRequest { key: IdempotencyKey { scope, key, fingerprint: [body; 32] }, render })
}

pub(crate) fn rendered_order(order: &OrderView) -> StoredResponse {
    StoredResponse { status: 201, location: None, body: format!("order {}", order.id) }
}

pub(crate) fn rendered_payment(payment: &PaymentView) -> StoredResponse {
    let body = format!("payment {} {}", payment.id, payment.status);
    StoredResponse { status: 201, location: None, body }
}

#[track_caller]
pub(crate) fn done<T: std::fmt::Debug>(outcome: Outcome<T>) -> T {
    match outcome {
        Outcome::Done(done) => done,
        Outcome::Replayed(answer) => panic!("replayed {answer:?}"),
    }
}
