//! The wiring lists. Read them to see which adapter stands behind which port.
#![expect(missing_docs, reason = "shaku::module! accepts no doc comments")]

use domain::{
    messaging::{DevMailbox, MailTransport},
    payments::{PaymentGateway, ProviderName},
    shared::{
        announcements::Announcements,
        bus::{EventHandler, EventPublisher, EventSource},
        cache::{Cache, SharedCopies},
        limiter::{FailureCounter, RateLimiter},
    },
};
use infra_mail::{
    FileDevMailbox, FileMailTransport, LogMailTransport, MinijinjaMailRenderer, NoMailbox,
};
use infra_memory::{
    announcements::MemoryAnnouncements,
    bus::{MemoryEventPublisher, MemoryEventSource},
    cache::MemoryCache,
    catalogue_changes::MemoryCatalogueChanges,
    copies::NoSharedCopies,
    failures::MemoryFailureCounter,
    known_sessions::MemoryKnownSessions,
    limiter::{MemoryLocalRateLimiter, MemoryRateLimiter},
};
use infra_payments::{ConfiguredMockAccount, MockCheckoutPage, MockGateway};
use infra_rabbitmq::{RabbitEventPublisher, RabbitEventSource};
use infra_redis::{
    RedisAnnouncements, RedisCache, RedisCopies, RedisFailureCounter, RedisRateLimiter,
};
use infra_sea_orm::{
    Database, SeaAuditReads, SeaAuditReadsParameters, SeaCatalogueBackroom,
    SeaCatalogueBackroomParameters, SeaCatalogueReads, SeaCatalogueReadsParameters,
    SeaCatalogueStore, SeaCatalogueStoreParameters, SeaDeadLetters, SeaDeadLettersParameters,
    SeaDoctor, SeaDoctorParameters, SeaIdentityReads, SeaIdentityReadsParameters, SeaIdentityStore,
    SeaIdentityStoreParameters, SeaInventoryReads, SeaInventoryReadsParameters, SeaInventoryStore,
    SeaInventoryStoreParameters, SeaMessagingStore, SeaMessagingStoreParameters, SeaOrderReads,
    SeaOrderReadsParameters, SeaOrderingStore, SeaOrderingStoreParameters, SeaOutboxFeed,
    SeaOutboxFeedParameters, SeaOutgoingMails, SeaOutgoingMailsParameters, SeaPaymentReads,
    SeaPaymentReadsParameters, SeaPaymentsStore, SeaPaymentsStoreParameters, SeaPeopleReads,
    SeaPeopleReadsParameters,
};
use infra_security::{
    Argon2PasswordHasher, HmacDeviceTokens, HmacRefreshTokens, JwtAccessTokens, ZxcvbnStrength,
};
use infra_system::{OsRandomness, SystemClock, UuidV7Ids};
use shaku::{HasComponent, ModuleBuilder, module};
use usecases::{
    AcceptPasswordUseCase, AuthenticateUseCase, CancelOrderUseCase, ChangePasswordUseCase,
    CountingLoginGuard, CreateCategoryUseCase, CreatePaymentUseCase, CreateProductUseCase, CreateUserUseCase, DeleteCategoryUseCase, DeleteProductUseCase, DeliverMailsUseCase, EditCategoryUseCase, EditProductUseCase, EditUserUseCase, EraseUserUseCase, ExecuteRefundUseCase, ExecuteScheduledRefund, ExpireOrdersUseCase, ExportPersonUseCase, FulfilOrderUseCase, LogInUseCase, LogOutUseCase, PlaceOrderUseCase, ReceiveWebhookUseCase, RefreshSessionUseCase, RefundOrderUseCase, RegisterUserUseCase, SendOrderConfirmation, CleanUpSessionsUseCase, RevokeSessionsUseCase,
    SendWelcome, SetStockUseCase, StepUpUseCase, VerifyAuditLogUseCase,
};

/// What any message bus has to provide.
pub trait MessagingModule:
    HasComponent<dyn EventPublisher> + HasComponent<dyn EventSource>
{
}

/// What any cache has to provide.
pub trait CacheModule:
    HasComponent<dyn Cache>
    + HasComponent<dyn SharedCopies>
    + HasComponent<dyn RateLimiter>
    + HasComponent<dyn FailureCounter>
    + HasComponent<dyn Announcements>
{
}

/// What any way of sending mail has to provide.
pub trait MailModule: HasComponent<dyn MailTransport> + HasComponent<dyn DevMailbox> {}

module! {
    pub MemoryMessaging: MessagingModule {
        components = [MemoryEventPublisher, MemoryEventSource],
        providers = []
    }
}

module! {
    pub RabbitMessaging: MessagingModule {
        components = [RabbitEventPublisher, RabbitEventSource],
        providers = []
    }
}

module! {
    pub MemoryCaching: CacheModule {
        components = [MemoryCache, NoSharedCopies, MemoryRateLimiter, MemoryFailureCounter, MemoryAnnouncements],
        providers = []
    }
}

module! {
    pub RedisCaching: CacheModule {
        components = [RedisCache, RedisCopies, RedisRateLimiter, RedisFailureCounter, RedisAnnouncements],
        providers = []
    }
}

module! {
    pub FileMail: MailModule {
        components = [FileMailTransport, FileDevMailbox],
        providers = []
    }
}

module! {
    pub LogMail: MailModule {
        components = [LogMailTransport, NoMailbox],
        providers = []
    }
}

module! {
    pub AppModule {
        components = [
            SystemClock,
            UuidV7Ids,
            OsRandomness,
            MemoryLocalRateLimiter,

            SeaIdentityStore,
            SeaIdentityReads,
            SeaPeopleReads,
            SeaCatalogueStore,
            SeaCatalogueReads,
            SeaCatalogueBackroom,
            SeaInventoryStore,
            SeaInventoryReads,
            MemoryCatalogueChanges,
            SeaOrderingStore,
            SeaOrderReads,
            SeaPaymentsStore,
            SeaPaymentReads,
            SeaMessagingStore,
            SeaOutgoingMails,
            SeaOutboxFeed,
            SeaDeadLetters,
            SeaDoctor,
            SeaAuditReads,

            Argon2PasswordHasher,
            ZxcvbnStrength,
            JwtAccessTokens,
            HmacRefreshTokens,
            HmacDeviceTokens,
            MemoryKnownSessions,
            MinijinjaMailRenderer,
            ConfiguredMockAccount,
            MockCheckoutPage,
            #[keyed(dyn PaymentGateway, ProviderName)] MockGateway,

            AcceptPasswordUseCase,
            RegisterUserUseCase,
            CountingLoginGuard,
            LogInUseCase,
            RefreshSessionUseCase,
            StepUpUseCase,
            LogOutUseCase,
            CreateUserUseCase,
            EditUserUseCase,
            EraseUserUseCase,
            ChangePasswordUseCase,
            ExportPersonUseCase,
            RevokeSessionsUseCase,
            CleanUpSessionsUseCase,
            AuthenticateUseCase,
            SetStockUseCase,
            CreateProductUseCase,
            EditProductUseCase,
            DeleteProductUseCase,
            CreateCategoryUseCase,
            EditCategoryUseCase,
            DeleteCategoryUseCase,
            PlaceOrderUseCase,
            CancelOrderUseCase,
            ExpireOrdersUseCase,
            FulfilOrderUseCase,
            CreatePaymentUseCase,
            ReceiveWebhookUseCase,
            ExecuteRefundUseCase,
            RefundOrderUseCase,
            DeliverMailsUseCase,
            VerifyAuditLogUseCase,

            #[ordered(dyn EventHandler)] SendWelcome,
            #[ordered(dyn EventHandler)] SendOrderConfirmation,
            #[ordered(dyn EventHandler)] ExecuteScheduledRefund
        ],
        providers = [],

        use dyn MessagingModule {
            components = [dyn EventPublisher, dyn EventSource],
            providers = []
        },

        use dyn CacheModule {
            components = [dyn Cache, dyn SharedCopies, dyn RateLimiter, dyn FailureCounter, dyn Announcements],
            providers = []
        },

        use dyn MailModule {
            components = [dyn MailTransport, dyn DevMailbox],
            providers = []
        }
    }
}

macro_rules! give_database {
    ($builder:expr, $database:expr; $($component:ident: $parameters:ident),+ $(,)?) => {
        $builder
            $(.with_component_parameters::<$component>($parameters { db: $database.clone() }))+
    };
}

/// Gives the database to every component that is an adapter over it.
pub(crate) fn with_database(
    builder: ModuleBuilder<AppModule>,
    database: &Database,
) -> ModuleBuilder<AppModule> {
    give_database!(
        builder, database;
        SeaIdentityStore: SeaIdentityStoreParameters,
        SeaIdentityReads: SeaIdentityReadsParameters,
        SeaPeopleReads: SeaPeopleReadsParameters,
        SeaCatalogueStore: SeaCatalogueStoreParameters,
        SeaCatalogueReads: SeaCatalogueReadsParameters,
        SeaCatalogueBackroom: SeaCatalogueBackroomParameters,
        SeaInventoryStore: SeaInventoryStoreParameters,
        SeaInventoryReads: SeaInventoryReadsParameters,
        SeaOrderingStore: SeaOrderingStoreParameters,
        SeaOrderReads: SeaOrderReadsParameters,
        SeaPaymentsStore: SeaPaymentsStoreParameters,
        SeaPaymentReads: SeaPaymentReadsParameters,
        SeaMessagingStore: SeaMessagingStoreParameters,
        SeaOutgoingMails: SeaOutgoingMailsParameters,
        SeaOutboxFeed: SeaOutboxFeedParameters,
        SeaDeadLetters: SeaDeadLettersParameters,
        SeaDoctor: SeaDoctorParameters,
        SeaAuditReads: SeaAuditReadsParameters,
    )
}
