use std::sync::Arc;

use actix_web::{HttpRequest, web::Data};
use domain::{
    audit::AuditReads,
    catalogue::{
        CatalogueBackroom, CatalogueChanges, CatalogueReads, CreateCategory, CreateProduct,
        DeleteCategory, DeleteProduct, EditCategory, EditProduct,
    },
    content::{CreatePost, DeletePost, EditPost, PostReads},
    identity::{
        AccessTokens, ApiKeyReads, Authenticate, ChangeEmail, ChangePassword, CreateApiKey,
        CreateUser, CsrfTokens, EditUser, EraseUser, ExportPerson, IdentityReads, LogIn, LogOut,
        PeopleReads, RefreshSession, RegisterQuietly, RegisterUser, RequestEmailToken,
        ResetPassword, RevokeApiKey, RevokeSessions, StepUp, UnblockLogin, VerifyEmail,
    },
    inventory::{InventoryReads, SetStock},
    messaging::{DeadLetters, DevMailbox, PushTask, SettleDeadLetter, TaskReads},
    ordering::{
        CancelOrder, CouponReads, CreateCoupon, EditCoupon, EditOrder, FulfilOrder, OrderFeed,
        OrderReads, PlaceOrder,
    },
    payments::{
        CreatePayment, MockCheckout, OperatePayment, PaymentReads, ReceiveWebhook, RefundOrder,
    },
    shared::{
        copies::SharedCopies,
        limiter::{LocalRateLimiter, RateLimiter},
        ports::{Clock, HealthCheck, IdGenerator, OutboxFeed},
    },
};
use shaku::HasComponent;
use tokio::sync::watch;

use crate::{
    catalogue::Shelf, counted::Requests, load::Load, settings::HttpSettings, streams::Streams,
};

macro_rules! services {
    ($($(#[$doc:meta])* $field:ident: $port:ident),+ $(,)?) => {
        /// What requests are answered with.
        #[derive(Clone)]
        pub struct Services {
            $($(#[$doc])* pub $field: Arc<dyn $port>,)+
            /// What readiness depends on.
            pub health: Vec<Arc<dyn HealthCheck>>,
        }

        impl Services {
            /// Takes every service from a container; `health` is what readiness depends on.
            pub fn resolve<M>(module: &M, health: Vec<Arc<dyn HealthCheck>>) -> Self
            where
                M: $(HasComponent<dyn $port> +)+
            {
                Self { $($field: module.resolve(),)+ health }
            }
        }
    };
}

services! {
    /// Makes accounts.
    register_user: RegisterUser,
    /// Makes accounts, and says nothing about those there are.
    register_quietly: RegisterQuietly,
    /// Opens sessions.
    log_in: LogIn,
    /// Exchanges refresh tokens.
    refresh_session: RefreshSession,
    /// Takes requests for mails with tokens.
    request_email_token: RequestEmailToken,
    /// Takes proofs of addresses.
    verify_email: VerifyEmail,
    /// Sets new passwords by mailed tokens.
    reset_password: ResetPassword,
    /// Proves passwords again.
    step_up: StepUp,
    /// Ends sessions.
    log_out: LogOut,
    /// Ends sessions of others.
    revoke_sessions: RevokeSessions,
    /// Forgets wrong passwords.
    unblock_login: UnblockLogin,
    /// Finds out who asks.
    authenticate: Authenticate,
    /// Knows what access tokens are checked with.
    access_tokens: AccessTokens,
    /// Tells our pages from those of others.
    csrf: CsrfTokens,
    /// Makes keys for programs.
    create_api_key: CreateApiKey,
    /// Ends keys for programs.
    revoke_api_key: RevokeApiKey,
    /// Reads keys for programs.
    api_keys: ApiKeyReads,
    /// Reads people.
    identity: IdentityReads,
    /// Looks for people.
    people: PeopleReads,
    /// Makes accounts for others.
    create_user: CreateUser,
    /// Changes accounts.
    edit_user: EditUser,
    /// Moves accounts to other addresses.
    change_email: ChangeEmail,
    /// Forgets people.
    erase_user: EraseUser,
    /// Changes passwords.
    change_password: ChangePassword,
    /// Hands out what is kept about a person.
    export_person: ExportPerson,
    /// Reads the catalogue.
    catalogue: CatalogueReads,
    /// Reads stock.
    inventory: InventoryReads,
    /// Puts counts on record.
    set_stock: SetStock,
    /// Knows what of the catalogue changed.
    catalogue_changes: CatalogueChanges,
    /// Keeps what is shown to everybody, for other processes too.
    copies: SharedCopies,
    /// Reads what is not shown to everybody.
    backroom: CatalogueBackroom,
    /// Makes products.
    create_product: CreateProduct,
    /// Changes products.
    edit_product: EditProduct,
    /// Takes products away.
    delete_product: DeleteProduct,
    /// Makes categories.
    create_category: CreateCategory,
    /// Changes categories.
    edit_category: EditCategory,
    /// Takes categories away.
    delete_category: DeleteCategory,
    /// Reads posts.
    posts: PostReads,
    /// Writes posts.
    create_post: CreatePost,
    /// Changes posts.
    edit_post: EditPost,
    /// Takes posts away.
    delete_post: DeletePost,
    /// Places orders.
    place_order: PlaceOrder,
    /// Calls orders off.
    cancel_order: CancelOrder,
    /// Sends paid orders.
    fulfil_order: FulfilOrder,
    /// Reads orders.
    orders: OrderReads,
    /// Lets orders be followed.
    order_feed: OrderFeed,
    /// Changes orders.
    edit_order: EditOrder,
    /// Makes promo codes.
    create_coupon: CreateCoupon,
    /// Changes promo codes.
    edit_coupon: EditCoupon,
    /// Reads promo codes.
    coupons: CouponReads,
    /// Begins attempts to pay.
    create_payment: CreatePayment,
    /// Reads attempts to pay.
    payments: PaymentReads,
    /// Takes money that was set aside, or lets go of it.
    operate_payment: OperatePayment,
    /// Gives money back.
    refund_order: RefundOrder,
    /// Takes providers' reports.
    receive_webhook: ReceiveWebhook,
    /// The provider's side of the mock.
    mock_checkout: MockCheckout,
    /// Reads the audit log.
    audit: AuditReads,
    /// What waits for the bus.
    outbox: OutboxFeed,
    /// Events nobody could handle.
    dead_letters: DeadLetters,
    /// Replays and drops them.
    settle_dead_letter: SettleDeadLetter,
    /// Pushes tasks.
    push_task: PushTask,
    /// Shows them.
    tasks: TaskReads,
    /// Mails kept for the developer.
    mailbox: DevMailbox,
    /// Counts calls, all processes together.
    limiter: RateLimiter,
    /// Counts calls of this process.
    local_limiter: LocalRateLimiter,
    /// The time.
    clock: Clock,
    /// Request ids.
    ids: IdGenerator,
}

/// Whether new requests are wanted; turned off once, at shutdown.
#[derive(Clone)]
pub(crate) struct Readiness(Arc<watch::Sender<bool>>);

impl Readiness {
    pub(crate) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(true)))
    }

    pub(crate) fn is_ready(&self) -> bool {
        *self.0.borrow()
    }

    pub(crate) fn withdraw(&self) {
        self.0.send_replace(false);
    }

    /// Resolves once no new requests are wanted.
    pub(crate) async fn withdrawn(self) {
        let mut ready = self.0.subscribe();
        // The sender is ours: there is no other end to wait for.
        if ready.wait_for(|is_ready| !is_ready).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// What every handler can reach.
pub(crate) struct State {
    pub(crate) services: Services,
    pub(crate) settings: HttpSettings,
    pub(crate) readiness: Readiness,
    pub(crate) shelf: Shelf,
    pub(crate) load: Load,
    pub(crate) requests: Requests,
    pub(crate) streams: Streams,
}

/// The state as handlers take it.
pub(crate) type App = Data<State>;

/// The state of the application `request` belongs to.
pub(crate) fn state_of(request: &HttpRequest) -> Option<&App> {
    request.app_data::<App>()
}
