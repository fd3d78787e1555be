use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use actix_web::{HttpRequest, web::Data};
use domain::{
    catalogue::CatalogueReads,
    identity::{Authenticate, IdentityReads, LogIn, LogOut, RefreshSession, RegisterUser},
    messaging::DevMailbox,
    ordering::{CancelOrder, OrderReads, PlaceOrder},
    payments::{CreatePayment, MockCheckout, PaymentReads, ReceiveWebhook},
    shared::{
        limiter::RateLimiter,
        ports::{Clock, HealthCheck, IdGenerator},
    },
};
use shaku::HasComponent;

use crate::settings::HttpSettings;

/// What requests are answered with.
#[derive(Clone)]
pub struct Services {
    /// Makes accounts.
    pub register_user: Arc<dyn RegisterUser>,
    /// Opens sessions.
    pub log_in: Arc<dyn LogIn>,
    /// Exchanges refresh tokens.
    pub refresh_session: Arc<dyn RefreshSession>,
    /// Ends sessions.
    pub log_out: Arc<dyn LogOut>,
    /// Finds out who asks.
    pub authenticate: Arc<dyn Authenticate>,
    /// Reads people.
    pub identity: Arc<dyn IdentityReads>,
    /// Reads the catalogue.
    pub catalogue: Arc<dyn CatalogueReads>,
    /// Places orders.
    pub place_order: Arc<dyn PlaceOrder>,
    /// Calls orders off.
    pub cancel_order: Arc<dyn CancelOrder>,
    /// Reads orders.
    pub orders: Arc<dyn OrderReads>,
    /// Begins attempts to pay.
    pub create_payment: Arc<dyn CreatePayment>,
    /// Reads attempts to pay.
    pub payments: Arc<dyn PaymentReads>,
    /// Takes providers' reports.
    pub receive_webhook: Arc<dyn ReceiveWebhook>,
    /// The provider's side of the mock.
    pub mock_checkout: Arc<dyn MockCheckout>,
    /// Mails kept for the developer.
    pub mailbox: Arc<dyn DevMailbox>,
    /// Counts calls.
    pub limiter: Arc<dyn RateLimiter>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Request ids.
    pub ids: Arc<dyn IdGenerator>,
    /// What readiness depends on.
    pub health: Vec<Arc<dyn HealthCheck>>,
}

impl Services {
    /// Takes every service from a container; `health` is what readiness depends on.
    pub fn resolve<M>(module: &M, health: Vec<Arc<dyn HealthCheck>>) -> Self
    where
        M: HasComponent<dyn RegisterUser>
            + HasComponent<dyn LogIn>
            + HasComponent<dyn RefreshSession>
            + HasComponent<dyn LogOut>
            + HasComponent<dyn Authenticate>
            + HasComponent<dyn IdentityReads>
            + HasComponent<dyn CatalogueReads>
            + HasComponent<dyn PlaceOrder>
            + HasComponent<dyn CancelOrder>
            + HasComponent<dyn OrderReads>
            + HasComponent<dyn CreatePayment>
            + HasComponent<dyn PaymentReads>
            + HasComponent<dyn ReceiveWebhook>
            + HasComponent<dyn MockCheckout>
            + HasComponent<dyn DevMailbox>
            + HasComponent<dyn RateLimiter>
            + HasComponent<dyn Clock>
            + HasComponent<dyn IdGenerator>,
    {
        Self {
            register_user: module.resolve(),
            log_in: module.resolve(),
            refresh_session: module.resolve(),
            log_out: module.resolve(),
            authenticate: module.resolve(),
            identity: module.resolve(),
            catalogue: module.resolve(),
            place_order: module.resolve(),
            cancel_order: module.resolve(),
            orders: module.resolve(),
            create_payment: module.resolve(),
            payments: module.resolve(),
            receive_webhook: module.resolve(),
            mock_checkout: module.resolve(),
            mailbox: module.resolve(),
            limiter: module.resolve(),
            clock: module.resolve(),
            ids: module.resolve(),
            health,
        }
    }
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
}

/// The state as handlers take it.
pub(crate) type App = Data<State>;

/// The state of the application `request` belongs to.
pub(crate) fn state_of(request: &HttpRequest) -> Option<&App> {
    request.app_data::<App>()
}
