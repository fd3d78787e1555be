use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use actix_web::{HttpRequest, web::Data};
use domain::{
    audit::AuditReads,
    catalogue::{
        CatalogueBackroom, CatalogueChanges, CatalogueReads, CreateCategory, CreateProduct,
        DeleteCategory, DeleteProduct, EditCategory, EditProduct,
    },
    identity::{
        ApiKeyReads, Authenticate, ChangePassword, CreateApiKey, CreateUser, CsrfTokens, EditUser,
        EraseUser, ExportPerson, IdentityReads, LogIn, LogOut, PeopleReads, RefreshSession,
        RegisterUser, RevokeApiKey, StepUp, UnblockLogin,
    },
    inventory::{InventoryReads, SetStock},
    messaging::DevMailbox,
    ordering::{CancelOrder, FulfilOrder, OrderReads, PlaceOrder},
    payments::{CreatePayment, MockCheckout, PaymentReads, ReceiveWebhook, RefundOrder},
    shared::{
        cache::SharedCopies,
        limiter::{LocalRateLimiter, RateLimiter},
        ports::{Clock, HealthCheck, IdGenerator},
    },
};
use shaku::HasComponent;

use crate::{catalogue::Shelf, settings::HttpSettings};

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
    /// Opens sessions.
    log_in: LogIn,
    /// Exchanges refresh tokens.
    refresh_session: RefreshSession,
    /// Proves passwords again.
    step_up: StepUp,
    /// Ends sessions.
    log_out: LogOut,
    /// Forgets wrong passwords.
    unblock_login: UnblockLogin,
    /// Finds out who asks.
    authenticate: Authenticate,
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
    /// Places orders.
    place_order: PlaceOrder,
    /// Calls orders off.
    cancel_order: CancelOrder,
    /// Sends paid orders.
    fulfil_order: FulfilOrder,
    /// Reads orders.
    orders: OrderReads,
    /// Begins attempts to pay.
    create_payment: CreatePayment,
    /// Reads attempts to pay.
    payments: PaymentReads,
    /// Gives money back.
    refund_order: RefundOrder,
    /// Takes providers' reports.
    receive_webhook: ReceiveWebhook,
    /// The provider's side of the mock.
    mock_checkout: MockCheckout,
    /// Reads the audit log.
    audit: AuditReads,
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
pub(crate) struct Readiness(Arc<AtomicBool>);

impl Readiness {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicBool::new(true)))
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    pub(crate) fn withdraw(&self) {
        self.0.store(false, Ordering::Release);
    }
}

/// What every handler can reach.
pub(crate) struct State {
    pub(crate) services: Services,
    pub(crate) settings: HttpSettings,
    pub(crate) readiness: Readiness,
    pub(crate) shelf: Shelf,
}

/// The state as handlers take it.
pub(crate) type App = Data<State>;

/// The state of the application `request` belongs to.
pub(crate) fn state_of(request: &HttpRequest) -> Option<&App> {
    request.app_data::<App>()
}
