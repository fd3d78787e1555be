//! Every driving port, answering by what it is asked for.
#![expect(unreachable_pub, reason = "the fixtures of the modules beside this one")]

mod coupons;
mod feed;
mod keys;
mod mailed;
mod messages;
mod people;
mod posts;
mod shop;
mod stock;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use domain::{
    audit::*,
    catalogue::*,
    content::*,
    identity::*,
    inventory::*,
    messaging::*,
    ordering::*,
    payments::*,
    shared::{
        actor::{Actor, Viewer},
        cache::{CacheError, KeeperTime, LookUp, SharedCopies},
        error::{Cause, StoreError},
        event::Provenance,
        id::RawId,
        idempotency::{IdempotencyError, IdempotencyKey, Outcome, StoredResponse},
        limiter::{Decision, LocalRateLimiter, Quota, RateLimiter},
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
/// A listing that is not shown.
pub const DRAFT: Uuid = Uuid::from_u128(32);
pub const POST: Uuid = Uuid::from_u128(35);
pub const SESSION: Uuid = Uuid::from_u128(40);
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
    pub registered_quietly: Mutex<Vec<String>>,
    pub moved: Mutex<Option<ChangeEmailCommand>>,
    pub logged_in: Mutex<Option<LogInCommand>>,
    pub mail_asked: Mutex<Vec<(EmailRequestKind, String)>>,
    pub reset: Mutex<Option<ResetPasswordCommand>>,
    pub created: Mutex<Option<CreateUserCommand>>,
    pub edited: Mutex<Option<EditUserCommand>>,
    pub erased: Mutex<Option<EraseUserCommand>>,
    pub ended: Mutex<Option<RevokeSessionsCommand>>,
    pub password: Mutex<Option<ChangePasswordCommand>>,
    pub sought: Mutex<Option<(PeopleFilter, PeopleSort, Window)>>,
    pub recent: Mutex<Vec<(Vec<UserId>, u32)>>,
    pub wanted: Mutex<Option<(Wanted, Option<IdempotencyKey>)>>,
    pub webhooks: Mutex<Vec<ReceiveWebhookCommand>>,
    pub filter: Mutex<Option<(ProductFilter, ProductSort, Window<ProductPlace>)>>,
    pub settled: Mutex<Vec<(DeadLetterId, Disposal)>>,
    pub audit_filter: Mutex<Option<AuditFilter>>,
    pub counted: Mutex<Option<(StockKey, Counted)>>,
    pub product_made: Mutex<Option<CreateProductCommand>>,
    pub order_edited: Mutex<Option<EditOrderCommand>>,
    /// What came with the last order that was placed.
    pub particulars: Mutex<Option<Particulars>>,
    pub product_edited: Mutex<Option<EditProductCommand>>,
    pub post_made: Mutex<Option<CreatePostCommand>>,
    pub post_edited: Mutex<Option<EditPostCommand>>,
    pub posts_sought: Mutex<Option<(PostFilter, Viewer, Window)>>,
    pub category_edited: Mutex<Option<CategoryChanges>>,
    pub throttled: AtomicBool,
    /// Whether calls use up what is left of a limit.
    pub counts: AtomicBool,
    /// Calls of each key that are still let through.
    pub left: Mutex<HashMap<String, u32>>,
    pub mails_leave: AtomicBool,
    pub broker_down: AtomicBool,
    pub database_down: AtomicBool,
    ids: AtomicU64,
    pub catalogue_down: AtomicBool,
    pub catalogue_version: AtomicU64,
    pub products_read: AtomicU64,
    pub copies: Mutex<HashMap<String, Vec<u8>>>,
    pub order_filter: Mutex<Option<OrderFilter>>,
    pub promo_code: Mutex<Option<PromoCode>>,
    pub followed: Mutex<Option<Following>>,
    /// Whether nothing ends what is followed.
    pub goes_on: AtomicBool,
    /// Whether the sessions of all tokens have ended.
    pub signed_out: AtomicBool,
}

impl Stub {
    pub fn services(self: &Arc<Self>) -> Services {
        Services {
            register_user: self.clone(),
            register_quietly: self.clone(),
            log_in: self.clone(),
            refresh_session: self.clone(),
            request_email_token: self.clone(),
            verify_email: self.clone(),
            reset_password: self.clone(),
            step_up: self.clone(),
            log_out: self.clone(),
            revoke_sessions: self.clone(),
            unblock_login: self.clone(),
            authenticate: self.clone(),
            identity: self.clone(),
            people: self.clone(),
            create_user: self.clone(),
            edit_user: self.clone(),
            change_email: self.clone(),
            erase_user: self.clone(),
            change_password: self.clone(),
            export_person: self.clone(),
            access_tokens: self.clone(),
            csrf: self.clone(),
            create_api_key: self.clone(),
            revoke_api_key: self.clone(),
            api_keys: self.clone(),
            catalogue: self.clone(),
            inventory: self.clone(),
            set_stock: self.clone(),
            catalogue_changes: self.clone(),
            copies: self.clone(),
            backroom: self.clone(),
            create_product: self.clone(),
            edit_product: self.clone(),
            delete_product: self.clone(),
            create_category: self.clone(),
            edit_category: self.clone(),
            delete_category: self.clone(),
            posts: self.clone(),
            create_post: self.clone(),
            edit_post: self.clone(),
            delete_post: self.clone(),
            place_order: self.clone(),
            edit_order: self.clone(),
            create_coupon: self.clone(),
            edit_coupon: self.clone(),
            coupons: self.clone(),
            cancel_order: self.clone(),
            fulfil_order: self.clone(),
            orders: self.clone(),
            order_feed: self.clone(),
            create_payment: self.clone(),
            operate_payment: self.clone(),
            payments: self.clone(),
            receive_webhook: self.clone(),
            refund_order: self.clone(),
            mock_checkout: self.clone(),
            audit: self.clone(),
            outbox: self.clone(),
            dead_letters: self.clone(),
            settle_dead_letter: self.clone(),
            push_task: self.clone(),
            tasks: self.clone(),
            mailbox: self.clone(),
            limiter: self.clone(),
            local_limiter: self.clone(),
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
        let wait = Duration::from_millis(5_500);
        let retry_after = self.throttled.load(Ordering::SeqCst).then_some(wait);
        let remaining = if retry_after.is_some() { 0 } else { quota.burst - 1 };
        Decision { remaining, reset: wait, retry_after }
    }
}

impl LocalRateLimiter for Stub {
    fn count(&self, quota: &Quota, key: &str) -> Decision {
        let mut all = self.left.lock().unwrap();
        let left = all.entry(format!("{} {key}", quota.name)).or_insert(quota.burst);
        let used_up = *left == 0 && self.counts.load(Ordering::SeqCst);
        let retry_after = used_up.then_some(Duration::from_millis(200));
        *left = left.saturating_sub(1);
        Decision { remaining: *left, reset: Duration::from_millis(200), retry_after }
    }
}

pub fn tokens() -> SignedIn {
    SignedIn {
        access_token: Secret("access".into()),
        refresh_token: RefreshToken("refresh".into()),
        expires_in: 900,
    }
}

pub fn device() -> KnownDevice {
    KnownDevice { token: Secret("known".into()), lifetime: time::Duration::days(180) }
}

fn user_view(id: Uuid, role: Role) -> UserView {
    UserView {
        id: UserId::new(id),
        email: "ann@example.com".into(),
        username: None,
        first_name: Some("Ann".into()),
        last_name: None,
        role,
        permissions: Permissions::NONE,
        is_active: true,
        is_verified: false,
        locale: Locale::En,
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
        let owner =
            PasswordOwner { role: command.role, email: command.email.as_str(), username: None };
        PasswordPolicy { staff_min_chars: 8, ..PasswordPolicy::default() }
            .check(&command.password.0, &owner)?;
        let role = command.role;
        *self.registered.lock().unwrap() = Some(command);
        Ok(Registered { user: user_view(CUSTOMER, role), tokens: tokens() })
    }
}

#[async_trait]
impl LogIn for Stub {
    async fn execute(&self, command: LogInCommand) -> Result<LoggedIn, LogInError> {
        let wrong = command.password.0 == "wrong";
        let off = command.login == "off@example.com";
        let blocked = command.login == "blocked@example.com";
        let slowed = command.login == "slowed@example.com";
        *self.logged_in.lock().unwrap() = Some(command);
        match (wrong, off) {
            _ if blocked => Err(TooManyTries::Stopped.into()),
            _ if slowed => Err(TooManyTries::Wait(Duration::from_millis(1_500)).into()),
            (true, _) => Err(LogInError::BadCredentials),
            (_, true) => Err(LogInError::Deactivated),
            _ => Ok(LoggedIn { tokens: tokens(), device: Some(device()) }),
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
impl StepUp for Stub {
    async fn execute(&self, command: StepUpCommand) -> Result<AccessToken, StepUpError> {
        match command.password.0.as_str() {
            "wrong" => Err(StepUpError::BadPassword),
            _ => Ok(AccessToken { token: Secret("fresh".into()), expires_in: 900 }),
        }
    }
}

#[async_trait]
impl LogOut for Stub {
    async fn execute(&self, command: LogOutCommand) -> Result<(), LogOutError> {
        match command.which {
            OwnSessions::One(id) if (id.raw(), command.actor.user.raw()) != (SESSION, CUSTOMER) => {
                Err(LogOutError::NotFound)
            }
            _ => Ok(()),
        }
    }
}

#[async_trait]
impl UnblockLogin for Stub {
    async fn execute(&self, command: UnblockLoginCommand) -> Result<(), UserError> {
        let known = [CUSTOMER, ORDER].contains(&command.user.raw());
        if known { Ok(()) } else { Err(UserError::NotFound) }
    }
}

#[async_trait]
impl Authenticate for Stub {
    async fn execute(&self, token: &str) -> Result<Actor, AuthenticateError> {
        let (user, role) = match token {
            _ if self.signed_out.load(Ordering::SeqCst) => {
                return Err(AuthenticateError::SessionRevoked);
            }
            "trainee" => (STAFF, Role::Staff),
            "customer" | "access" => (CUSTOMER, Role::User),
            "other" => (OTHER, Role::User),
            "staff" | "clerk" => (STAFF, Role::Staff),
            "admin" | "old-admin" => (ADMIN, Role::SuperAdmin),
            "revoked" => return Err(AuthenticateError::SessionRevoked),
            "stalled" => return Err(StoreError::Unavailable(cause("timeout")).into()),
            _ => return Err(AuthenticateError::BadToken),
        };
        let permissions = match token {
            "staff" => Permissions::ALL,
            "clerk" => [Permission::UsersRead].into_iter().collect(),
            _ => Permissions::NONE,
        };
        let session = SessionId::new(SESSION);
        let authenticated_at = match token {
            "old-admin" => NOW - time::Duration::seconds(601),
            _ => NOW - time::Duration::seconds(600),
        };
        let session = Some(session);
        Ok(Actor { user: UserId::new(user), role, permissions, session, authenticated_at })
    }
}

#[async_trait]
impl IdentityReads for Stub {
    async fn user(&self, id: UserId) -> Result<Option<UserView>, StoreError> {
        Ok((id.raw() != UNKNOWN).then(|| user_view(id.raw(), Role::User)))
    }
    async fn credentials(&self, _: &str) -> Result<Option<Credentials>, StoreError> {
        Ok(None)
    }
    async fn credentials_of(&self, _: UserId) -> Result<Option<Credentials>, StoreError> {
        Ok(None)
    }
    async fn sessions(&self, _: UserId, _: OffsetDateTime) -> Result<Vec<SessionView>, StoreError> {
        let view = |id| SessionView {
            id: SessionId::new(id),
            device: Device { name: Some("curl".into()), network: Some("203.0.113.0/24".into()) },
            created_at: NOW,
            last_used_at: NOW,
            expires_at: NOW + time::Duration::days(30),
        };
        Ok(vec![view(UNKNOWN), view(SESSION)])
    }
    async fn live_among(
        &self,
        sessions: &[SessionId],
        _: OffsetDateTime,
    ) -> Result<Vec<SessionId>, StoreError> {
        Ok(sessions.to_vec())
    }
    async fn session_state(
        &self,
        _: SessionId,
        _: OffsetDateTime,
    ) -> Result<SessionState, StoreError> {
        Ok(SessionState::Live(Standing { role: Role::User, permissions: Permissions::NONE }))
    }
}

#[async_trait]
impl AuditReads for Stub {
    async fn list(&self, filter: &AuditFilter, _: Window) -> Result<Page<AuditRecord>, StoreError> {
        *self.audit_filter.lock().unwrap() = Some(*filter);
        let by = AuditActor::System;
        let kind = AuditTargetKind::Product;
        let entry = AuditEntry::new(by, AuditAction::ProductUpdated, kind, PRODUCT, NOW)
            .fields(&["name", "price"])
            .with("to", "active");
        let record = AuditRecord::following(&AuditHead::default(), &entry, &Provenance::default());
        Ok(Page { items: vec![record], total: Some(1), next: None })
    }
    async fn following(&self, _: i64, _: u32) -> Result<Vec<StoredRecord>, StoreError> {
        Ok(Vec::new())
    }
    async fn head(&self) -> Result<AuditHead, StoreError> {
        Ok(AuditHead::default())
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

#[async_trait]
impl RevokeSessions for Stub {
    async fn execute(&self, command: RevokeSessionsCommand) -> Result<Vec<SessionId>, StoreError> {
        let ended = vec![command.only.unwrap_or(SessionId::new(SESSION))];
        *self.ended.lock().unwrap() = Some(command);
        Ok(ended)
    }
}
