use std::{path::Path, pin::Pin, sync::Arc, time::Duration};

use config::{MailTransportKind, Registration, Settings, TokenAlgorithm};
use domain::{
    identity::{KnownSessions, LoginLimits, PasswordPolicy, SessionLimits},
    payments::{CaptureMode, ProviderName},
    shared::{
        announcements::{Announcements, Topic},
        error::Cause,
        limiter::{FailureCounter, RateLimiter},
        ports::HealthCheck,
    },
};
use infra_mail::{
    FileDevMailbox, FileDevMailboxParameters, FileMailTransport, FileMailTransportParameters,
    MailTemplates, MailTexts, MinijinjaMailRenderer, MinijinjaMailRendererParameters,
    SmtpMailTransport, SmtpMailTransportParameters, SmtpServer, SmtpSettings,
};
use infra_memory::{
    announcements::MemoryAnnouncements,
    bus::{
        MemoryBus, MemoryEventPublisher, MemoryEventPublisherParameters, MemoryEventSource,
        MemoryEventSourceParameters,
    },
    catalogue_changes::{
        CatalogueLedger, MemoryCatalogueChanges, MemoryCatalogueChangesParameters,
    },
    failures::MemoryFailureCounter,
    limiter::MemoryRateLimiter,
    order_changes::{OrderChangeQueue, announce_changes},
    order_feed::{MemoryOrderFeed, MemoryOrderFeedParameters, OrderFollowers, tell_followers},
};
use infra_payments::{
    ConfiguredMockAccount, ConfiguredMockAccountParameters, MockProvider, MockScenario,
    MockSettings,
};
use infra_rabbitmq::{
    RabbitBus, RabbitEventPublisher, RabbitEventPublisherParameters, RabbitEventSource,
    RabbitEventSourceParameters, RabbitHealth, RabbitSettings,
};
use infra_redis::{
    RedisAnnouncements, RedisAnnouncementsParameters, RedisCopies, RedisCopiesParameters,
    RedisFailureCounter, RedisFailureCounterParameters, RedisHealth, RedisPool, RedisRateLimiter,
    RedisRateLimiterParameters, RedisSettings, pass_on,
};
use infra_sea_orm::{Database, DatabaseSettings, SeaDatabaseHealth};
use infra_security::{
    Argon2Engine, Argon2PasswordHasher, Argon2PasswordHasherParameters, Argon2Settings,
    CheckingKey, DeviceKey, HmacCsrfTokens, HmacCsrfTokensParameters, HmacDeviceTokens,
    HmacDeviceTokensParameters, HmacEmailTokens, HmacEmailTokensParameters, HmacRefreshTokens,
    HmacRefreshTokensParameters, InvalidKey, JwtAccessTokens, JwtAccessTokensParameters, JwtKeys,
    JwtSettings, RefreshKeys, SigningKey, ZxcvbnStrength, ZxcvbnStrengthParameters, derive_key,
};
use shaku::{HasComponent, ModuleBuilder};
use tokio_util::task::AbortOnDropHandle;
use usecases::{
    AcceptPasswordUseCase, AcceptPasswordUseCaseParameters, CleanUpSessionsUseCase,
    CleanUpSessionsUseCaseParameters, CountingLoginGuard, CountingLoginGuardParameters,
    CreatePaymentUseCase, CreatePaymentUseCaseParameters, LogInUseCase, LogInUseCaseParameters,
    PlaceOrderUseCase, PlaceOrderUseCaseParameters,
};

use crate::{
    AssembleError, CacheModule, MailModule, MessagingModule,
    modules::{
        AppModule, FileMail, LogMail, MemoryCaching, MemoryMessaging, RabbitMessaging,
        RedisCaching, SmtpMail, with_database,
    },
    schema,
};

/// How long a password may wait for its turn to be hashed.
const HASH_QUEUE_WAIT: Duration = Duration::from_secs(1);

/// How long a mail server may take for each step.
const MAIL_SERVER_WAIT: Duration = Duration::from_secs(10);

/// The connected application.
pub struct Application {
    /// Every component, wired.
    pub module: AppModule,
    /// The store behind it.
    pub database: Database,
    /// The services outside of this process, and how to ask whether they are well.
    pub health: Vec<Arc<dyn HealthCheck>>,
    /// Tells what changed and hears what other processes announce, as long as they are kept.
    told: Vec<AbortOnDropHandle<()>>,
}

impl Application {
    /// Lets go of the database, after everything that uses it has ended.
    pub async fn close(self) {
        drop((self.module, self.health));
        for task in self.told {
            task.abort();
            // It has let go of the database once it has ended, which is an error to whoever waits.
            drop(task.await);
        }
        self.database.close().await;
    }
}

/// Connects to what the settings name and wires the components.
///
/// shaku builds synchronously, so everything that has to await happens here first and enters the
/// module as component parameters. A SQLite file is migrated on the way; on PostgreSQL, which
/// several processes share, migrating is a step of its own.
///
/// # Errors
/// [`AssembleError`] when the database does not answer, its schema is behind, or a setting does
/// not work.
pub async fn assemble(settings: &Settings) -> Result<Application, AssembleError> {
    assemble_with(settings, |builder, _| builder).await
}

/// The same, with components exchanged for others: what proofs put between use cases and store.
///
/// # Errors
/// As [`assemble`].
pub async fn assemble_with(
    settings: &Settings,
    exchange: impl FnOnce(ModuleBuilder<AppModule>, &Database) -> ModuleBuilder<AppModule>,
) -> Result<Application, AssembleError> {
    let database = schema::connect(settings).await?;
    schema::make_ready(&database, settings).await?;
    wire(settings, database, exchange)
}

/// The same over a store that is only looked at, which may be in use by another process.
///
/// # Errors
/// As [`assemble`].
pub async fn open_read_only(settings: &Settings) -> Result<Application, AssembleError> {
    let read_only = DatabaseSettings { read_only: true, ..database_settings(settings) };
    let database = schema::open(settings, &read_only).await?;
    schema::must_be_current(&database).await?;
    wire(settings, database, |builder, _| builder)
}

pub(crate) fn database_settings(settings: &Settings) -> DatabaseSettings {
    DatabaseSettings {
        pool_size: settings.db.pool_size,
        group_commit: settings.db.group_commit,
        ..DatabaseSettings::new(settings.db_url().expose())
    }
}

fn wire(
    settings: &Settings,
    database: Database,
    exchange: impl FnOnce(ModuleBuilder<AppModule>, &Database) -> ModuleBuilder<AppModule>,
) -> Result<Application, AssembleError> {
    let root = settings.auth.secret.expose().as_bytes();
    if root.is_empty() {
        return Err(AssembleError::NoSecret);
    }
    let (messaging, broker) = messaging(settings)?;
    let caching = caching(settings)?;
    let mock = MockProvider::new(MockSettings {
        public_url: settings.public_url(),
        webhook_secret: settings.payments.mock.webhook_secret.expose().to_owned(),
        scenario: MockScenario::parse(&settings.payments.mock.scenario)
            .unwrap_or(MockScenario::None),
    })
    .map_err(AssembleError::settings("the mock payment provider"))?;
    let texts =
        MailTexts { shop_name: settings.mail.shop_name.clone(), public_url: settings.public_url() };
    let own_templates = Some(Path::new(&settings.mail.templates));
    let own_templates = own_templates.filter(|dir| !dir.as_os_str().is_empty());
    let templates =
        MailTemplates::new(texts, own_templates).map_err(AssembleError::settings("mail"))?;
    let engine = Argon2Engine::new(Argon2Settings {
        memory_kib: settings.password.memory_kib,
        iterations: settings.password.iterations,
        parallelism: settings.password.parallelism,
        concurrent: settings.concurrent_hashes(),
        queue_wait: HASH_QUEUE_WAIT,
    })
    .map_err(AssembleError::settings("password hashing"))?;
    let keys = access_keys(settings)
        .map_err(AssembleError::settings("the keys of access tokens (AUTH__*_KEY)"))?;
    let previous_root = Some(settings.auth.previous_secret.expose().as_bytes());
    let previous_root = previous_root.filter(|previous| !previous.is_empty());
    let mut refresh_keys = RefreshKeys::derive(root);
    if let Some(previous) = previous_root {
        refresh_keys = refresh_keys.accepting(previous);
    }
    let default_provider =
        ProviderName::parse(&settings.payments.default_provider).unwrap_or(ProviderName::Mock);

    let ledger = CatalogueLedger::default();
    let database = database.telling(Arc::new(MemoryCatalogueChanges { ledger: ledger.clone() }));
    let (changed_orders, to_announce) = OrderChangeQueue::new();
    let database = database.telling_of_orders(Arc::new(changed_orders));
    let followers = OrderFollowers::default();
    let builder = AppModule::builder(messaging, caching.module, mail(settings)?)
        .with_component_parameters::<MemoryCatalogueChanges>(MemoryCatalogueChangesParameters {
            ledger,
        })
        .with_component_parameters::<MemoryOrderFeed>(MemoryOrderFeedParameters {
            followers: followers.clone(),
        })
        .with_component_parameters::<AcceptPasswordUseCase>(AcceptPasswordUseCaseParameters {
            policy: PasswordPolicy {
                min_chars: settings.password.min_length,
                staff_min_chars: settings.password.staff_min_length,
                min_kinds: settings.password.require_classes,
                min_guesses: settings.password.min_strength,
            },
        })
        .with_component_parameters::<CleanUpSessionsUseCase>(CleanUpSessionsUseCaseParameters {
            keep_for: keep_ended_sessions(settings),
        })
        .with_component_parameters::<HmacCsrfTokens>(HmacCsrfTokensParameters {
            key: derive_key(root, "csrf-token"),
            other: previous_root.map(|previous| derive_key(previous, "csrf-token")),
        })
        .with_component_parameters::<HmacEmailTokens>(HmacEmailTokensParameters {
            key: derive_key(root, "email-token"),
        })
        .with_component_parameters::<LogInUseCase>(LogInUseCaseParameters {
            only_proven: settings.auth.registration == Registration::Quiet,
        })
        .with_component_parameters::<ZxcvbnStrength>(ZxcvbnStrengthParameters {
            engine: engine.clone(),
        })
        .with_component_parameters::<PlaceOrderUseCase>(PlaceOrderUseCaseParameters {
            reserve_for: time::Duration::minutes(i64::from(settings.orders.pending_minutes)),
        })
        .with_component_parameters::<CreatePaymentUseCase>(CreatePaymentUseCaseParameters {
            default_provider,
            capture: CaptureMode::parse(&settings.payments.capture)
                .unwrap_or(CaptureMode::Automatic),
        })
        .with_component_parameters::<Argon2PasswordHasher>(Argon2PasswordHasherParameters {
            engine,
        })
        .with_component_parameters::<JwtAccessTokens>(JwtAccessTokensParameters { keys })
        .with_component_parameters::<HmacDeviceTokens>(HmacDeviceTokensParameters {
            key: DeviceKey::derive(root),
        })
        .with_component_parameters::<CountingLoginGuard>(CountingLoginGuardParameters {
            limits: login_limits(settings),
        })
        .with_component_parameters::<HmacRefreshTokens>(HmacRefreshTokensParameters {
            keys: refresh_keys,
            limits: SessionLimits {
                idle: time::Duration::days(i64::from(settings.auth.refresh_token_days)),
                whole: time::Duration::days(i64::from(settings.auth.session_days)),
            },
        })
        .with_component_parameters::<MinijinjaMailRenderer>(MinijinjaMailRendererParameters {
            templates,
        })
        .with_component_parameters::<ConfiguredMockAccount>(ConfiguredMockAccountParameters {
            provider: mock,
        });
    let module = exchange(with_database(builder, &database), &database).build();
    let own: Arc<dyn HealthCheck> = Arc::new(SeaDatabaseHealth { db: database.clone() });
    let health = [Some(own), broker, caching.health].into_iter().flatten().collect();
    let announcements: Arc<dyn Announcements> = module.resolve();
    let known: Arc<dyn KnownSessions> = module.resolve();
    announcements.observe(Topic::Sessions, known);
    announcements.observe(Topic::Sessions, followers.sessions());
    announcements.observe(Topic::Orders, followers.orders());
    let mut told = vec![
        AbortOnDropHandle::new(tokio::spawn(announce_changes(to_announce, announcements))),
        AbortOnDropHandle::new(tokio::spawn(tell_followers(
            followers,
            module.resolve(),
            module.resolve(),
            module.resolve(),
        ))),
    ];
    told.extend(caching.hearing.map(|hearing| AbortOnDropHandle::new(tokio::spawn(hearing))));
    Ok(Application { module, database, health, told })
}

/// What access tokens are signed and checked with.
fn access_keys(settings: &Settings) -> Result<JwtKeys, InvalidKey> {
    let auth = &settings.auth;
    let of_root = |root: &config::Secret| match auth.algorithm {
        TokenAlgorithm::Hs256 => Ok(SigningKey::hmac(root.expose().as_bytes())),
        TokenAlgorithm::EdDsa => SigningKey::ed25519(root.expose().as_bytes()),
    };
    let key = if auth.private_key.is_empty() {
        of_root(&auth.secret)?
    } else {
        SigningKey::ed25519_pem(auth.private_key.expose())?
    };
    let mut others = Vec::new();
    if !auth.previous_secret.is_empty() {
        others.push(of_root(&auth.previous_secret)?.into_checking());
    }
    if !auth.previous_public_key.is_empty() {
        others.push(CheckingKey::ed25519_pem(auth.previous_public_key.expose())?);
    }
    Ok(JwtKeys::new(JwtSettings {
        key,
        others,
        // Not the address: instances on several ports accept the tokens of each other.
        issuer: "kontor".to_owned(),
        audience: "kontor".to_owned(),
        minutes: auth.access_token_minutes,
    }))
}

/// How long sessions are kept after they are over.
fn keep_ended_sessions(settings: &Settings) -> Duration {
    Duration::from_secs(u64::from(settings.auth.keep_ended_sessions_days) * 24 * 60 * 60)
}

/// How often passwords may be tried; `None` when nobody is slowed down.
fn login_limits(settings: &Settings) -> Option<LoginLimits> {
    let limits = &settings.rate_limit;
    limits.enabled.then(|| {
        LoginLimits::new(
            limits.login_per_minute,
            limits.login_per_hour,
            limits.login_free_failures,
            limits.login_max_failures,
        )
    })
}

/// A part of the application, and who asks whether it is well, when it is not in this process.
type WithHealth<M> = (Arc<M>, Option<Arc<dyn HealthCheck>>);

fn messaging(settings: &Settings) -> Result<WithHealth<dyn MessagingModule>, AssembleError> {
    let Some(bus) = broker(settings)? else {
        let bus = MemoryBus::default();
        let module = MemoryMessaging::builder()
            .with_component_parameters::<MemoryEventPublisher>(MemoryEventPublisherParameters {
                bus: bus.clone(),
            })
            .with_component_parameters::<MemoryEventSource>(MemoryEventSourceParameters { bus })
            .build();
        return Ok((Arc::new(module), None));
    };
    let module = RabbitMessaging::builder()
        .with_component_parameters::<RabbitEventPublisher>(RabbitEventPublisherParameters {
            bus: bus.clone(),
        })
        .with_component_parameters::<RabbitEventSource>(RabbitEventSourceParameters {
            bus: bus.clone(),
        })
        .build();
    Ok((Arc::new(module), Some(Arc::new(RabbitHealth { bus }))))
}

/// The broker the settings name; it is not asked.
pub(crate) fn broker(settings: &Settings) -> Result<Option<RabbitBus>, AssembleError> {
    let Some(url) = settings.rabbitmq_url() else { return Ok(None) };
    let rabbit = RabbitSettings {
        url: url.expose().to_owned(),
        prefix: settings.rabbitmq.prefix.clone(),
        ..RabbitSettings::default()
    };
    let bus = RabbitBus::new(&rabbit, usecases::subscribers());
    bus.map(Some).map_err(AssembleError::settings("RabbitMQ"))
}

/// What is shared with other processes in passing, and what this takes.
struct Caching {
    module: Arc<dyn CacheModule>,
    health: Option<Arc<dyn HealthCheck>>,
    /// Passes on what other processes announce.
    hearing: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

/// The Redis the settings name; it is not asked.
pub(crate) fn redis(settings: &Settings) -> Result<Option<RedisPool>, AssembleError> {
    let Some(url) = settings.redis_url() else { return Ok(None) };
    let pool = RedisPool::connect(RedisSettings {
        url: url.expose().to_owned(),
        namespace: settings.redis.namespace.clone(),
        ..RedisSettings::default()
    });
    pool.map(Some).map_err(AssembleError::settings("Redis"))
}

fn caching(settings: &Settings) -> Result<Caching, AssembleError> {
    let Some(pool) = redis(settings)? else {
        let module = MemoryCaching::builder().build();
        return Ok(Caching { module: Arc::new(module), health: None, hearing: None });
    };
    // Counts in this process while Redis does not answer.
    let local: Arc<dyn RateLimiter> = Arc::new(MemoryRateLimiter::default());
    let local_failures: Arc<dyn FailureCounter> = Arc::new(MemoryFailureCounter::default());
    let observers: Arc<dyn Announcements> = Arc::new(MemoryAnnouncements::default());
    let module = RedisCaching::builder()
        .with_component_parameters::<RedisCopies>(RedisCopiesParameters { pool: pool.clone() })
        .with_component_parameters::<RedisRateLimiter>(RedisRateLimiterParameters {
            pool: pool.clone(),
            local,
        })
        .with_component_parameters::<RedisFailureCounter>(RedisFailureCounterParameters {
            pool: pool.clone(),
            local: local_failures,
        })
        .with_component_parameters::<RedisAnnouncements>(RedisAnnouncementsParameters {
            pool: pool.clone(),
            local: Arc::clone(&observers),
        })
        .build();
    Ok(Caching {
        module: Arc::new(module),
        hearing: Some(Box::pin(pass_on(pool.clone(), observers))),
        health: Some(Arc::new(RedisHealth { pool })),
    })
}

fn mail(settings: &Settings) -> Result<Arc<dyn MailModule>, AssembleError> {
    let dir = settings.mail_dir();
    Ok(match settings.mail.transport {
        MailTransportKind::File => Arc::new(
            FileMail::builder()
                .with_component_parameters::<FileMailTransport>(FileMailTransportParameters {
                    dir: dir.clone(),
                })
                .with_component_parameters::<FileDevMailbox>(FileDevMailboxParameters { dir })
                .build(),
        ),
        MailTransportKind::Log => Arc::new(LogMail::builder().build()),
        MailTransportKind::Smtp => {
            let parameters = SmtpMailTransportParameters { server: mail_server(settings)? };
            Arc::new(
                SmtpMail::builder()
                    .with_component_parameters::<SmtpMailTransport>(parameters)
                    .build(),
            )
        }
    })
}

/// The mail server the settings name; it is not asked.
pub(crate) fn mail_server(settings: &Settings) -> Result<SmtpServer, AssembleError> {
    SmtpServer::new(&SmtpSettings {
        url: settings.smtp_url().expose().to_owned(),
        from: settings.mail.from.clone(),
        from_name: settings.mail.shop_name.clone(),
        timeout: MAIL_SERVER_WAIT,
    })
    .map_err(AssembleError::settings("mail"))
}

impl AssembleError {
    /// Wraps a failure of the schema's own tools.
    pub(crate) fn schema(cause: impl Into<Cause>) -> Self {
        Self::Schema(cause.into())
    }
}
