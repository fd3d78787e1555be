//! Every use case over one state: how a shop in memory is wired.

use std::sync::Arc;

use domain::{
    catalogue::{CatalogueReads, CatalogueStore},
    content::{ContentStore, PostReads},
    identity::{
        ApiKeyReads, EmailTokenReads, IdentityReads, IdentityStore, KnownSessions, LoginLimits,
        PasswordPolicy, PeopleReads,
    },
    inventory::InventoryStore,
    messaging::{MailTransport, MessagingStore, OutgoingMailQueue},
    operations::Job,
    ordering::{CouponReads, OrderReads, OrderingStore},
    payments::{
        CaptureMode, PaymentGateway, PaymentReads, PaymentsStore, ProviderName, UnresolvedPayments,
    },
    shared::{
        announcements::{Announcements, Topic},
        bus::EventHandler,
    },
};
use infra_memory::{
    announcements::MemoryAnnouncements,
    failures::MemoryFailureCounter,
    known_sessions::{MemoryKnownSessions, MemoryKnownSessionsParameters},
    limiter::MemoryRateLimiter,
    store::{
        MemoryApiKeyReads, MemoryCatalogueReads, MemoryCatalogueStore, MemoryContentStore,
        MemoryCouponReads, MemoryEmailTokenReads, MemoryIdentityReads, MemoryIdentityStore,
        MemoryInventoryStore, MemoryMessagingStore, MemoryOrderReads, MemoryOrderingStore,
        MemoryOutgoingMails, MemoryPaymentReads, MemoryPaymentsStore, MemoryPeopleReads,
        MemoryPostReads, MemoryUnresolvedPayments,
    },
};
use shaku::{HasComponent, module};
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

use crate::{
    fakes::{
        KeepingTransport, KnownWords, OneLineRenderer, PlainHasher, PlainHasherParameters,
        ReadableAccessTokens, ReadableApiKeyTokens, ReadableDeviceTokens, ReadableEmailTokens,
        ReadableRefreshTokens, TestClock, TestClockParameters, TestGateway, TestIds,
        TestIdsParameters, TestRandomness, TestScript, TestScriptParameters,
    },
    shop::{RESERVED_FOR, Shop},
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

impl Shop {
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
}
