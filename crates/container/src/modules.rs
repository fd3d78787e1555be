//! The wiring lists. Read them to see which adapter stands behind which port.
#![expect(missing_docs, reason = "shaku::module! accepts no doc comments")]

use std::{collections::HashMap, sync::Arc};

use domain::{
    audit::*,
    catalogue::*,
    content::*,
    identity::*,
    inventory::*,
    messaging::*,
    operations::*,
    ordering::*,
    payments::*,
    shared::{announcements::*, bus::*, cache::*, limiter::*, ports::*},
};
use infra_content::MarkdownRenderer;
use infra_mail::{
    FileDevMailbox, FileMailTransport, LogMailTransport, MinijinjaMailRenderer, NoMailbox,
    SmtpMailTransport,
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
    order_feed::MemoryOrderFeed,
};
use infra_payments::{ConfiguredMockAccount, MockAccount, MockCheckoutPage, MockGateway};
use infra_rabbitmq::{RabbitEventPublisher, RabbitEventSource};
use infra_redis::{
    RedisAnnouncements, RedisCache, RedisCopies, RedisFailureCounter, RedisRateLimiter,
};
use infra_sea_orm::*;
use infra_security::*;
use infra_system::{OsRandomness, SystemClock, UuidV7Ids};
use shaku::{
    HasComponent, HasComponentMap, HasComponents, Keyed, Module, ModuleBuildContext, ModuleBuilder,
    module,
};
use usecases::*;

use crate::wiring::wire;

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
    pub SmtpMail: MailModule {
        components = [SmtpMailTransport, NoMailbox],
        providers = []
    }
}

module! {
    pub LogMail: MailModule {
        components = [LogMailTransport, NoMailbox],
        providers = []
    }
}

wire! {
    components {
        clock: SystemClock => dyn Clock,
        id_generator: UuidV7Ids => dyn IdGenerator,
        randomness: OsRandomness => dyn Randomness,
        local_rate_limiter: MemoryLocalRateLimiter => dyn LocalRateLimiter,

        identity_store: SeaIdentityStore => dyn IdentityStore,
        identity_reads: SeaIdentityReads => dyn IdentityReads,
        people_reads: SeaPeopleReads => dyn PeopleReads,
        api_key_reads: SeaApiKeyReads => dyn ApiKeyReads,
        email_token_reads: SeaEmailTokenReads => dyn EmailTokenReads,
        catalogue_store: SeaCatalogueStore => dyn CatalogueStore,
        catalogue_reads: SeaCatalogueReads => dyn CatalogueReads,
        catalogue_backroom: SeaCatalogueBackroom => dyn CatalogueBackroom,
        content_store: SeaContentStore => dyn ContentStore,
        post_reads: SeaPostReads => dyn PostReads,
        inventory_store: SeaInventoryStore => dyn InventoryStore,
        inventory_reads: SeaInventoryReads => dyn InventoryReads,
        catalogue_changes: MemoryCatalogueChanges => dyn CatalogueChanges,
        ordering_store: SeaOrderingStore => dyn OrderingStore,
        order_reads: SeaOrderReads => dyn OrderReads,
        order_feed: MemoryOrderFeed => dyn OrderFeed,
        coupon_reads: SeaCouponReads => dyn CouponReads,
        payments_store: SeaPaymentsStore => dyn PaymentsStore,
        payment_reads: SeaPaymentReads => dyn PaymentReads,
        unresolved_payments: SeaUnresolvedPayments => dyn UnresolvedPayments,
        mock_books: SeaMockBooks => dyn MockBooks,
        messaging_store: SeaMessagingStore => dyn MessagingStore,
        outgoing_mail_queue: SeaOutgoingMails => dyn OutgoingMailQueue,
        outbox_feed: SeaOutboxFeed => dyn OutboxFeed,
        dead_letters: SeaDeadLetters => dyn DeadLetters,
        task_reads: SeaTaskReads => dyn TaskReads,
        doctor: SeaDoctor => dyn Doctor,
        repairs: SeaRepairs => dyn RepairCounters,
        job_board: SeaJobBoard => dyn JobBoard,
        housekeeping: SeaHousekeeping => dyn Housekeeping,
        audit_reads: SeaAuditReads => dyn AuditReads,

        password_hasher: Argon2PasswordHasher => dyn PasswordHasher,
        password_strength: ZxcvbnStrength => dyn PasswordStrength,
        access_tokens: JwtAccessTokens => dyn AccessTokens,
        refresh_tokens: HmacRefreshTokens => dyn RefreshTokens,
        device_tokens: HmacDeviceTokens => dyn DeviceTokens,
        api_key_tokens: PrefixedApiKeyTokens => dyn ApiKeyTokens,
        email_tokens: HmacEmailTokens => dyn EmailTokens,
        csrf_tokens: HmacCsrfTokens => dyn CsrfTokens,
        mail_renderer: MinijinjaMailRenderer => dyn MailRenderer,
        content_renderer: MarkdownRenderer => dyn ContentRenderer,
        mock_account: ConfiguredMockAccount => dyn MockAccount,
        mock_checkout: MockCheckoutPage => dyn MockCheckout,

        accept_password: AcceptPasswordUseCase => dyn AcceptPassword,
        register_user: RegisterUserUseCase => dyn RegisterUser,
        register_quietly: RegisterQuietlyUseCase => dyn RegisterQuietly,
        request_email_token: RequestEmailTokenUseCase => dyn RequestEmailToken,
        verify_email: VerifyEmailUseCase => dyn VerifyEmail,
        reset_password: ResetPasswordUseCase => dyn ResetPassword,
        login_guard: CountingLoginGuard => dyn LoginGuard,
        log_in: LogInUseCase => dyn LogIn,
        refresh_session: RefreshSessionUseCase => dyn RefreshSession,
        step_up: StepUpUseCase => dyn StepUp,
        create_api_key: CreateApiKeyUseCase => dyn CreateApiKey,
        revoke_api_key: RevokeApiKeyUseCase => dyn RevokeApiKey,
        log_out: LogOutUseCase => dyn LogOut,
        create_user: CreateUserUseCase => dyn CreateUser,
        edit_user: EditUserUseCase => dyn EditUser,
        erase_user: EraseUserUseCase => dyn EraseUser,
        change_email: ChangeEmailUseCase => dyn ChangeEmail,
        change_password: ChangePasswordUseCase => dyn ChangePassword,
        export_person: ExportPersonUseCase => dyn ExportPerson,
        authenticate: AuthenticateUseCase => dyn Authenticate,
        set_stock: SetStockUseCase => dyn SetStock,
        place_order: PlaceOrderUseCase => dyn PlaceOrder,
        create_coupon: CreateCouponUseCase => dyn CreateCoupon,
        edit_coupon: EditCouponUseCase => dyn EditCoupon,
        edit_order: EditOrderUseCase => dyn EditOrder,
        cancel_order: CancelOrderUseCase => dyn CancelOrder,
        expire_orders: ExpireOrdersUseCase => dyn ExpireOrders,
        fulfil_order: FulfilOrderUseCase => dyn FulfilOrder,
        create_payment: CreatePaymentUseCase => dyn CreatePayment,
        receive_webhook: ReceiveWebhookUseCase => dyn ReceiveWebhook,
        operate_payment: OperatePaymentUseCase => dyn OperatePayment,
        execute_operation: ExecuteOperationUseCase => dyn ExecuteOperation,
        check_payment: CheckPaymentUseCase => dyn CheckPayment,
        reconcile_payments: ReconcilePaymentsUseCase => dyn ReconcilePayments,
        execute_refund: ExecuteRefundUseCase => dyn ExecuteRefund,
        refund_order: RefundOrderUseCase => dyn RefundOrder,
        deliver_mails: DeliverMailsUseCase => dyn DeliverMails,
        push_task: PushTaskUseCase => dyn PushTask,
        settle_dead_letter: SettleDeadLetterUseCase => dyn SettleDeadLetter,
        verify_audit_log: VerifyAuditLogUseCase => dyn VerifyAuditLog,
        create_product: CreateProductUseCase => dyn CreateProduct,
        edit_product: EditProductUseCase => dyn EditProduct,
        delete_product: DeleteProductUseCase => dyn DeleteProduct,
        create_category: CreateCategoryUseCase => dyn CreateCategory,
        edit_category: EditCategoryUseCase => dyn EditCategory,
        delete_category: DeleteCategoryUseCase => dyn DeleteCategory,
        create_post: CreatePostUseCase => dyn CreatePost,
        edit_post: EditPostUseCase => dyn EditPost,
        delete_post: DeletePostUseCase => dyn DeletePost,
        unblock_login: UnblockLoginUseCase => dyn UnblockLogin,
        known_sessions: MemoryKnownSessions => dyn KnownSessions,
        revoke_sessions: RevokeSessionsUseCase => dyn RevokeSessions,
        clean_up_sessions: CleanUpSessionsUseCase => dyn CleanUpSessions,
        run_jobs: RunJobsUseCase => dyn RunJobs,
    }
    gateways { MockGateway }
    handlers {
        WithdrawListings, DropDrafts, SendWelcome, SendEmailToken, SendOrderConfirmation, ForgetAddresses, ExecuteScheduledRefund, LogTask,
    }
    jobs {
        ExpireOrdersJob, ReconcilePaymentsJob, CleanUpSessionsJob, PurgeEventsJob, PurgeHandledJob, PurgeIdempotentAnswersJob, PurgeParkedWebhooksJob, PurgeProviderEventsJob, PurgeTasksJob,
    }
    messaging: dyn MessagingModule { EventPublisher, EventSource }
    caching: dyn CacheModule { Cache, SharedCopies, RateLimiter, FailureCounter, Announcements }
    mail: dyn MailModule { MailTransport, DevMailbox }
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
        SeaApiKeyReads: SeaApiKeyReadsParameters,
        SeaEmailTokenReads: SeaEmailTokenReadsParameters,
        SeaCatalogueStore: SeaCatalogueStoreParameters,
        SeaCatalogueReads: SeaCatalogueReadsParameters,
        SeaCatalogueBackroom: SeaCatalogueBackroomParameters,
        SeaContentStore: SeaContentStoreParameters,
        SeaPostReads: SeaPostReadsParameters,
        SeaInventoryStore: SeaInventoryStoreParameters,
        SeaInventoryReads: SeaInventoryReadsParameters,
        SeaOrderingStore: SeaOrderingStoreParameters,
        SeaOrderReads: SeaOrderReadsParameters,
        SeaCouponReads: SeaCouponReadsParameters,
        SeaPaymentsStore: SeaPaymentsStoreParameters,
        SeaPaymentReads: SeaPaymentReadsParameters,
        SeaUnresolvedPayments: SeaUnresolvedPaymentsParameters,
        SeaMockBooks: SeaMockBooksParameters,
        SeaMessagingStore: SeaMessagingStoreParameters,
        SeaOutgoingMails: SeaOutgoingMailsParameters,
        SeaOutboxFeed: SeaOutboxFeedParameters,
        SeaDeadLetters: SeaDeadLettersParameters,
        SeaTaskReads: SeaTaskReadsParameters,
        SeaDoctor: SeaDoctorParameters,
        SeaRepairs: SeaRepairsParameters,
        SeaJobBoard: SeaJobBoardParameters,
        SeaHousekeeping: SeaHousekeepingParameters,
        SeaAuditReads: SeaAuditReadsParameters,
    )
}
