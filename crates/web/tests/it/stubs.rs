//! Every driving port, answering by what it is asked for.
#![expect(unreachable_pub, reason = "the fixtures of the modules beside this one")]

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use domain::{
    catalogue::*,
    identity::*,
    inventory::Shortage,
    messaging::*,
    ordering::*,
    payments::*,
    shared::{
        actor::Actor,
        error::{Cause, StoreError},
        event::Provenance,
        id::RawId,
        idempotency::{IdempotencyError, IdempotencyKey, Outcome, StoredResponse},
        limiter::{Decision, Quota, RateLimiter},
        money::{Currency, Money},
        page::{Page, Window},
        ports::{Clock, HealthCheck, IdGenerator},
    },
};
use time::{OffsetDateTime, macros::datetime};
use uuid::Uuid;
use web::Services;

pub const NOW: OffsetDateTime = datetime!(2026-11-20 12:00 UTC);
pub const CUSTOMER: Uuid = Uuid::from_u128(1);
pub const OTHER: Uuid = Uuid::from_u128(2);
pub const STAFF: Uuid = Uuid::from_u128(3);
pub const ADMIN: Uuid = Uuid::from_u128(4);
pub const ORDER: Uuid = Uuid::from_u128(10);
pub const PAID_ORDER: Uuid = Uuid::from_u128(11);
pub const PAYMENT: Uuid = Uuid::from_u128(20);
pub const PRODUCT: Uuid = Uuid::from_u128(30);
pub const UNKNOWN: Uuid = Uuid::from_u128(99);

fn rub(minor: i64) -> Money {
    Money::new(minor, Currency::parse("RUB").unwrap())
}

fn cause(text: &str) -> Cause {
    text.into()
}

/// What the store was asked for, and what it shall say.
#[derive(Default)]
pub struct Stub {
    pub registered: Mutex<Option<RegisterUserCommand>>,
    pub logged_in: Mutex<Option<LogInCommand>>,
    pub wanted: Mutex<Option<(Wanted, Option<IdempotencyKey>)>>,
    pub webhooks: Mutex<Vec<ReceiveWebhookCommand>>,
    pub filter: Mutex<Option<(ProductFilter, Window)>>,
    pub throttled: AtomicBool,
    pub mails_leave: AtomicBool,
    pub broker_down: AtomicBool,
    pub database_down: AtomicBool,
    ids: AtomicU64,
}

impl Stub {
    pub fn services(self: &Arc<Self>) -> Services {
        Services {
            register_user: self.clone(),
            log_in: self.clone(),
            refresh_session: self.clone(),
            log_out: self.clone(),
            authenticate: self.clone(),
            identity: self.clone(),
            catalogue: self.clone(),
            place_order: self.clone(),
            cancel_order: self.clone(),
            orders: self.clone(),
            create_payment: self.clone(),
            payments: self.clone(),
            receive_webhook: self.clone(),
            mock_checkout: self.clone(),
            mailbox: self.clone(),
            limiter: self.clone(),
            clock: self.clone(),
            ids: self.clone(),
            health: vec![
                Arc::new(Check { stub: self.clone(), service: "database" }),
                Arc::new(Check { stub: self.clone(), service: "broker" }),
            ],
        }
    }
}

struct Check {
    stub: Arc<Stub>,
    service: &'static str,
}

#[async_trait]
impl HealthCheck for Check {
    fn service(&self) -> &'static str {
        self.service
    }
    fn is_essential(&self) -> bool {
        self.service == "database"
    }
    async fn check(&self) -> Result<(), Cause> {
        let down = match self.service {
            "database" => &self.stub.database_down,
            _ => &self.stub.broker_down,
        };
        match (down.load(Ordering::SeqCst), self.service) {
            (false, _) => Ok(()),
            (true, "database") => Err(cause("refused")),
            // A service that does not even say no.
            (true, _) => std::future::pending().await,
        }
    }
}

impl Clock for Stub {
    fn now(&self) -> OffsetDateTime {
        NOW
    }
}

impl IdGenerator for Stub {
    fn next(&self) -> RawId {
        Uuid::from_u128(1_000 + u128::from(self.ids.fetch_add(1, Ordering::SeqCst)))
    }
}

#[async_trait]
impl RateLimiter for Stub {
    async fn check(&self, quota: &Quota, key: &str) -> Decision {
        assert!(!key.contains('@'), "{} counts by an address in plain", quota.name);
        if self.throttled.load(Ordering::SeqCst) {
            Decision::RetryAfter(Duration::from_millis(5_500))
        } else {
            Decision::Allowed
        }
    }
}

pub fn tokens() -> SignedIn {
    SignedIn {
        access_token: Secret("access".into()),
        refresh_token: RefreshToken("refresh".into()),
        expires_in: 900,
    }
}

fn user_view(id: Uuid, role: Role) -> UserView {
    UserView {
        id: UserId::new(id),
        email: "ann@example.com".into(),
        username: None,
        first_name: Some("Ann".into()),
        last_name: None,
        role,
        is_active: true,
        is_verified: false,
        created_at: NOW,
        updated_at: NOW,
    }
}

#[async_trait]
impl RegisterUser for Stub {
    async fn execute(&self, command: RegisterUserCommand) -> Result<Registered, RegisterError> {
        match command.email.as_str() {
            "taken@example.com" => return Err(RegisterError::EmailTaken),
            "panic@example.com" => panic!("a bug"),
            "busy@example.com" => return Err(HashError::Busy.into()),
            "lost@example.com" => {
                return Err(StoreError::OutcomeUnknown(cause("secret driver text")).into());
            }
            "corrupt@example.com" => {
                return Err(StoreError::Corrupt("secret driver text".into()).into());
            }
            _ => {}
        }
        PasswordPolicy::default().check(&command.password.0, command.email.as_str())?;
        let role = command.role;
        *self.registered.lock().unwrap() = Some(command);
        Ok(Registered { user: user_view(CUSTOMER, role), tokens: tokens() })
    }
}

#[async_trait]
impl LogIn for Stub {
    async fn execute(&self, command: LogInCommand) -> Result<SignedIn, LogInError> {
        let wrong = command.password.0 == "wrong";
        let off = command.login == "off@example.com";
        *self.logged_in.lock().unwrap() = Some(command);
        match (wrong, off) {
            (true, _) => Err(LogInError::BadCredentials),
            (_, true) => Err(LogInError::Deactivated),
            _ => Ok(tokens()),
        }
    }
}

#[async_trait]
impl RefreshSession for Stub {
    async fn execute(&self, token: RefreshToken, _: Provenance) -> Result<SignedIn, RefreshError> {
        match token.0.as_str() {
            "good" => Ok(tokens()),
            "spent" => Err(RefreshError::SessionRevoked),
            _ => Err(RefreshError::BadToken),
        }
    }
}

#[async_trait]
impl LogOut for Stub {
    async fn execute(&self, _: LogOutCommand) -> Result<(), LogOutError> {
        Ok(())
    }
}

#[async_trait]
impl Authenticate for Stub {
    async fn execute(&self, token: &str) -> Result<Actor, AuthenticateError> {
        let (user, role) = match token {
            "customer" => (CUSTOMER, Role::User),
            "other" => (OTHER, Role::User),
            "staff" => (STAFF, Role::Staff),
            "admin" => (ADMIN, Role::SuperAdmin),
            "revoked" => return Err(AuthenticateError::SessionRevoked),
            "stalled" => return Err(StoreError::Unavailable(cause("timeout")).into()),
            _ => return Err(AuthenticateError::BadToken),
        };
        Ok(Actor { user: UserId::new(user), role, session: SessionId::new(Uuid::nil()) })
    }
}

#[async_trait]
impl IdentityReads for Stub {
    async fn user(&self, id: UserId) -> Result<Option<UserView>, StoreError> {
        Ok(Some(user_view(id.raw(), Role::User)))
    }
    async fn credentials(&self, _: &str) -> Result<Option<Credentials>, StoreError> {
        Ok(None)
    }
    async fn session_state(&self, _: SessionId) -> Result<SessionState, StoreError> {
        Ok(SessionState::Live)
    }
}

fn category(at: u128) -> CategoryView {
    CategoryView {
        id: CategoryId::new(Uuid::from_u128(40 + at)),
        parent: None,
        name: format!("Tea {at}"),
        slug: format!("tea-{at}"),
        is_active: true,
        created_at: NOW,
        updated_at: NOW,
    }
}

fn product() -> ProductView {
    ProductView {
        id: ProductId::new(PRODUCT),
        category: None,
        name: "Assam".into(),
        slug: "assam".into(),
        description: String::new(),
        status: ProductStatus::Active,
        version: 3,
        variants: vec![VariantView {
            id: VariantId::new(Uuid::from_u128(31)),
            sku: "A-1".into(),
            name: "Assam".into(),
            price: Some(rub(10_799)),
            available: Some(5),
        }],
        created_at: NOW,
        updated_at: NOW,
    }
}

#[async_trait]
impl CatalogueReads for Stub {
    async fn categories(&self) -> Result<Vec<CategoryView>, StoreError> {
        Ok((0..3).map(category).collect())
    }
    async fn category(&self, key: &CategoryKey) -> Result<Option<CategoryView>, StoreError> {
        Ok((*key == CategoryKey::Slug("tea-0".into())).then(|| category(0)))
    }
    async fn product(&self, key: &ProductKey) -> Result<Option<ProductView>, StoreError> {
        match key {
            ProductKey::Slug(slug) if slug == "slow" => std::future::pending().await,
            ProductKey::Slug(slug) if slug == "down" => {
                Err(StoreError::Unavailable(cause("secret driver text")))
            }
            ProductKey::Slug(slug) => Ok((slug == "assam").then(product)),
            ProductKey::Id(id) => Ok((id.raw() == PRODUCT).then(product)),
        }
    }
    async fn products(
        &self,
        filter: &ProductFilter,
        window: Window,
    ) -> Result<Page<ProductView>, StoreError> {
        *self.filter.lock().unwrap() = Some((filter.clone(), window));
        let next = Some(PRODUCT);
        Ok(match window {
            Window::Offset { .. } => Page { items: vec![product()], total: Some(50), next },
            Window::After { .. } => Page { items: vec![product()], total: None, next },
        })
    }
}

fn order(id: Uuid, status: OrderStatus) -> OrderView {
    OrderView {
        id: OrderId::new(id),
        number: "K-00000001".into(),
        user: UserId::new(CUSTOMER),
        status,
        payment_status: PaymentStatus::None,
        fulfilment_status: FulfilmentStatus::Unfulfilled,
        total: rub(21_598),
        lines: vec![LineView {
            id: LineId::new(Uuid::from_u128(50)),
            product: ProductId::new(PRODUCT),
            variant: VariantId::new(Uuid::from_u128(31)),
            name: "Assam".into(),
            sku: "A-1".into(),
            quantity: 2,
            unit_price: rub(10_799),
        }],
        created_at: NOW,
        updated_at: NOW,
        expires_at: Some(NOW),
    }
}

#[async_trait]
impl PlaceOrder for Stub {
    async fn execute(
        &self,
        command: PlaceOrderCommand,
    ) -> Result<Outcome<OrderView>, PlaceOrderError> {
        let key = command.idempotency.as_ref().map(|request| request.key.clone());
        *self.wanted.lock().unwrap() = Some((command.wanted.clone(), key.clone()));
        match key.as_ref().map(|key| key.key.as_str()) {
            Some("seen") => {
                return Ok(Outcome::Replayed(StoredResponse {
                    status: 201,
                    location: Some("/api/v1/orders/before".into()),
                    body: r#"{"id":"before"}"#.into(),
                }));
            }
            Some("other") => return Err(IdempotencyError::Mismatch.into()),
            Some("running") => return Err(IdempotencyError::InProgress.into()),
            _ => {}
        }
        if command.wanted.is_empty() {
            return Err(PlaceOrderError::LineCount);
        }
        for (line, wanted) in command.wanted.iter().enumerate() {
            if wanted.quantity == 0 || wanted.quantity > MAX_QUANTITY {
                return Err(PlaceOrderError::Quantity { line });
            }
            if wanted.what == OfferKey::Product(ProductId::new(UNKNOWN)) {
                return Err(PlaceOrderError::UnknownProduct { line, id: UNKNOWN });
            }
        }
        if command.wanted.iter().any(|wanted| wanted.quantity == 999) {
            let short = |id, left| Shortage { variant: VariantId::new(id), wanted: 999, left };
            return Err(PlaceOrderError::OutOfStock(vec![short(PRODUCT, 5), short(UNKNOWN, 0)]));
        }
        Ok(Outcome::Done(order(ORDER, OrderStatus::Pending)))
    }
}

fn owned(id: OrderId, owner: Option<UserId>) -> Option<OrderView> {
    let status = match id.raw() {
        ORDER => OrderStatus::Pending,
        PAID_ORDER => OrderStatus::Shipped,
        _ => return None,
    };
    owner.is_none_or(|owner| owner.raw() == CUSTOMER).then(|| order(id.raw(), status))
}

#[async_trait]
impl CancelOrder for Stub {
    async fn execute(&self, command: CancelOrderCommand) -> Result<OrderView, CancelOrderError> {
        let order =
            owned(command.order, command.actor.scope()).ok_or(CancelOrderError::NotFound)?;
        match order.status.after(OrderCommand::Cancel) {
            Some(status) => Ok(OrderView { status, ..order }),
            None => {
                Err(InvalidTransition { from: order.status, command: OrderCommand::Cancel }.into())
            }
        }
    }
}

#[async_trait]
impl OrderReads for Stub {
    async fn offers(&self, _: &[OfferKey]) -> Result<Vec<Offer>, StoreError> {
        Ok(Vec::new())
    }
    async fn order(
        &self,
        id: OrderId,
        owner: Option<UserId>,
    ) -> Result<Option<OrderView>, StoreError> {
        Ok(owned(id, owner))
    }
    async fn timeline(&self, _: OrderId) -> Result<Vec<TimelineView>, StoreError> {
        Ok(vec![TimelineView {
            version: 1,
            event: "ordering.order_placed.v1".into(),
            status: OrderStatus::Pending,
            at: NOW,
        }])
    }
    async fn orders(
        &self,
        owner: Option<UserId>,
        _: Window,
    ) -> Result<Page<OrderView>, StoreError> {
        let items: Vec<_> = owned(OrderId::new(ORDER), owner).into_iter().collect();
        Ok(Page { total: u64::try_from(items.len()).ok(), items, next: None })
    }
    async fn due_to_expire(&self, _: OffsetDateTime, _: u32) -> Result<Vec<OrderId>, StoreError> {
        Ok(Vec::new())
    }
}

fn payment() -> PaymentView {
    PaymentView {
        id: PaymentId::new(PAYMENT),
        order: OrderId::new(ORDER),
        amount: rub(21_598),
        provider: ProviderName::Mock,
        status: AttemptStatus::Pending,
        provider_payment_id: Some("mock_<script>".into()),
        checkout_url: Some(format!("http://127.0.0.1:8000/mock-pay/{PAYMENT}")),
        fail_reason: Some("<script>alert(1)</script>".into()),
        captured: rub(0),
        refunded: rub(0),
        created_at: NOW,
        updated_at: NOW,
    }
}

#[async_trait]
impl CreatePayment for Stub {
    async fn execute(
        &self,
        command: CreatePaymentCommand,
    ) -> Result<Outcome<PaymentView>, CreatePaymentError> {
        match owned(command.order, command.actor.scope()) {
            None => Err(CreatePaymentError::OrderNotFound),
            Some(order) if order.status != OrderStatus::Pending => {
                Err(CreatePaymentError::AlreadyActive(Box::new(payment())))
            }
            Some(_) => Ok(Outcome::Done(payment())),
        }
    }
}

#[async_trait]
impl PaymentReads for Stub {
    async fn payment(
        &self,
        id: PaymentId,
        owner: Option<UserId>,
    ) -> Result<Option<PaymentView>, StoreError> {
        let visible = owner.is_none_or(|owner| owner.raw() == CUSTOMER);
        Ok((visible && id.raw() == PAYMENT).then(payment))
    }
    async fn payments_of(
        &self,
        _: OrderId,
        _: Option<UserId>,
    ) -> Result<Vec<PaymentView>, StoreError> {
        Ok(vec![payment()])
    }
}

#[async_trait]
impl ReceiveWebhook for Stub {
    async fn execute(
        &self,
        command: ReceiveWebhookCommand,
    ) -> Result<WebhookReceipt, WebhookError> {
        if command.provider != "mock" {
            return Err(WebhookError::UnknownProvider);
        }
        if command.request.header("webhook-signature").is_none() {
            return Err(SignatureError::Missing.into());
        }
        let body = command.request.body.clone();
        let mut seen = self.webhooks.lock().unwrap();
        let before = seen.iter().any(|earlier| earlier.request == command.request);
        seen.push(command);
        match body.as_slice() {
            b"garbage" => Err(MalformedNotice(cause("not JSON")).into()),
            b"unknown" => Err(WebhookError::UnknownPayment),
            _ if before => Ok(WebhookReceipt::Duplicate),
            _ => Ok(WebhookReceipt::Noted),
        }
    }
}

impl MockCheckout for Stub {
    fn report(
        &self,
        choice: CheckoutChoice,
        provider_payment_id: &str,
        _: Money,
        _: OffsetDateTime,
    ) -> Vec<WebhookRequest> {
        let report = WebhookRequest {
            headers: vec![("webhook-signature".into(), "v1,x".into())],
            body: format!("{choice} {provider_payment_id}").into_bytes(),
        };
        let times = if choice == CheckoutChoice::Duplicate { 2 } else { 1 };
        vec![report; times]
    }
}

#[async_trait]
impl DevMailbox for Stub {
    async fn list(&self, _: usize) -> Result<Option<Vec<SentMail>>, MailError> {
        if self.mails_leave.load(Ordering::SeqCst) {
            return Ok(None);
        }
        Ok(Some(vec![SentMail {
            id: MailId::new(Uuid::from_u128(60)),
            to: "ann@example.com".into(),
            subject: "<b>Paid</b>".into(),
            text: "Thank you".into(),
            html: "<p>Thank you</p>".into(),
            created_at: NOW,
        }]))
    }
}
