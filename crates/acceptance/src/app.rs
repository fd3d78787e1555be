use std::{
    net::TcpListener,
    path::PathBuf,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use config::{LoadOptions, Settings};
use container::{Application, SchemaChange, assemble, assemble_with, change_schema};
use domain::{
    catalogue::{
        CatalogueStore, Category, CategoryId, NewProduct, Product, ProductId, ProductStatus, Sku,
        Slug, Variant, VariantId,
    },
    identity::{
        Device, EmailAddress, IdentityStore, Locale, NewUser, PasswordHasher, Permission,
        RegisterUser, RegisterUserCommand, Role, Secret, User, UserId,
    },
    inventory::{MovementId, OpeningStock, StockLevelId},
    messaging::DeadLetters,
    operations::Doctor,
    ordering::OrderingStore,
    payments::{CheckoutChoice, MockCheckout, PaymentsStore, ReconcilePayments, WebhookRequest},
    shared::{
        bus::Subscription,
        event::Provenance,
        money::{Currency, Money},
        ports::{Clock, IdGenerator, OutboxFeed, stamp},
    },
};
use infra_sea_orm::{SeaOrderingStore, SeaPaymentsStore};
use serde_json::{Value, json};
use shaku::HasComponent;
use test_support::flaky::{Faults, FlakyOrderingStore, FlakyPaymentsStore};
use tokio::{
    runtime::Builder,
    sync::Mutex,
    task::{JoinError, JoinHandle},
};
use tokio_util::sync::CancellationToken;
use worker::{Consumer, Worker, WorkerSettings};

use crate::{Client, Stack, Surroundings};

/// How long the scaled-out stack may take to settle.
const PATIENCE: Duration = Duration::from_secs(20);

/// Longer than the work of the largest test takes: a step that is not over by then never will be.
const LONGEST: Duration = Duration::from_secs(600);

/// One API process of the system, and its worker.
pub struct TestApp {
    application: Box<Application>,
    running: Running,
    work: Work,
    url: String,
    surroundings: Option<Surroundings>,
    is_finished: bool,
}

/// An API that serves until it is told to stop.
struct Running {
    stop: CancellationToken,
    served: Option<thread::JoinHandle<std::io::Result<()>>>,
}

/// Who does the worker's part.
enum Work {
    /// The test, when it says so: an in-process bus delivers at once.
    Manual(Worker, Mutex<Vec<(Consumer, Box<dyn Subscription>)>>),
    /// The test, and for the outbox only: nothing else happens behind its back.
    Relay(Worker),
    /// A worker of its own, as in production.
    Background(CancellationToken, JoinHandle<Result<(), JoinError>>),
    /// Somebody else's.
    Elsewhere,
}

impl TestApp {
    /// A system of its own on `stack`, with an empty catalogue.
    pub async fn start(stack: Stack) -> anyhow::Result<Self> {
        Self::begin(Surroundings::make(stack).await?, true, &Faults::none()).await
    }

    /// The same over stores of orders and payments that fail as `faults` say.
    pub async fn start_faulty(
        stack: Stack,
        faults: &Faults,
        variables: &[(&str, String)],
    ) -> anyhow::Result<Self> {
        let surroundings = Surroundings::make(stack).await?.with(variables);
        Self::begin(surroundings, true, faults).await
    }

    /// The same with other variables than its stack has.
    pub async fn start_with(stack: Stack, variables: &[(&str, String)]) -> anyhow::Result<Self> {
        let surroundings = Surroundings::make(stack).await?.with(variables);
        Self::begin(surroundings, true, &Faults::none()).await
    }

    /// The same without a worker of its own, so that statements can be counted.
    pub async fn start_quiet(stack: Stack) -> anyhow::Result<Self> {
        Self::begin(Surroundings::make(stack).await?, false, &Faults::none()).await
    }

    async fn begin(
        surroundings: Surroundings,
        with_worker: bool,
        faults: &Faults,
    ) -> anyhow::Result<Self> {
        let settings = settings(&surroundings)?;
        change_schema(&settings, SchemaChange::Up).await?;
        let flaky = assemble_with(&settings, |builder, db| {
            let ordering = Arc::new(SeaOrderingStore { db: db.clone() });
            let payments = Arc::new(SeaPaymentsStore { db: db.clone() });
            let ordering = FlakyOrderingStore::new(ordering, faults.clone());
            let payments = FlakyPaymentsStore::new(payments, faults.clone());
            builder
                .with_component_override::<dyn OrderingStore>(Box::new(ordering))
                .with_component_override::<dyn PaymentsStore>(Box::new(payments))
        });
        let application = Box::new(flaky.await?);
        let (running, url) = Running::start(&application, &settings)?;
        let worker = Worker::new(
            worker::Services::resolve(&application.module),
            WorkerSettings { relay_poll: Duration::from_millis(50), ..WorkerSettings::default() },
        );
        let work = match surroundings.stack() {
            Stack::Embedded => {
                let subscriptions = worker.subscribe().await?;
                Work::Manual(worker, Mutex::new(subscriptions))
            }
            Stack::ScaledOut if !with_worker => Work::Relay(worker),
            Stack::ScaledOut => {
                let stop = CancellationToken::new();
                Work::Background(stop.clone(), tokio::spawn(worker.run(stop)))
            }
        };
        let surroundings = Some(surroundings);
        Ok(Self { application, running, work, url, surroundings, is_finished: false })
    }

    /// A second API process on the same services, without a worker.
    pub async fn another(&self) -> anyhow::Result<Self> {
        let surroundings = self.surroundings.as_ref().context("only beside the first")?;
        let settings = settings(surroundings)?;
        let application = Box::new(assemble(&settings).await?);
        let (running, url) = Running::start(&application, &settings)?;
        let work = Work::Elsewhere;
        Ok(Self { application, running, work, url, surroundings: None, is_finished: false })
    }

    /// A caller nobody knows.
    pub fn client(&self) -> Client {
        Client::anonymous(&self.url)
    }

    /// The wired components.
    pub const fn module(&self) -> &container::AppModule {
        &self.application.module
    }

    /// The database itself, for what no port tells.
    pub fn connection(&self) -> &sea_orm::DatabaseConnection {
        self.application.database.migration_connection()
    }

    /// SQL statements so far, transaction control aside.
    pub fn statements(&self) -> u64 {
        self.application.database.statements()
    }

    /// First part of its keys in Redis.
    pub fn redis_namespace(&self) -> String {
        let variables = self.surroundings.iter().flat_map(Surroundings::variables);
        let named = variables.filter(|(name, _)| name == "REDIS__NAMESPACE");
        named.map(|(_, value)| value.clone()).next().unwrap_or_default()
    }

    /// Where generated files of the system are.
    pub fn dir(&self) -> Option<PathBuf> {
        self.surroundings.as_ref().map(|surroundings| surroundings.dir().to_owned())
    }

    /// A new super admin, signed in.
    pub async fn admin(&self, email: &str) -> anyhow::Result<Client> {
        let register: &dyn RegisterUser = self.module().resolve_ref();
        let registered = register
            .execute(RegisterUserCommand {
                email: EmailAddress::parse(email).context("a bad address")?,
                username: None,
                first_name: None,
                last_name: None,
                password: Secret("correct horse battery staple".to_owned()),
                role: Role::SuperAdmin,
                locale: Locale::En,
                device: Device::default(),
                provenance: Provenance::default(),
            })
            .await?;
        Ok(self.client().with_token(&registered.tokens.access_token.0))
    }

    /// Puts one product with `units` in stock on sale for `price` kopecks; answers its id.
    pub async fn sell(&self, name: &str, price: i64, units: i64) -> anyhow::Result<String> {
        let module = self.module();
        let (clock, ids): (&dyn Clock, &dyn IdGenerator) =
            (module.resolve_ref(), module.resolve_ref());
        let slug = |text: &str| Slug::parse(text).context("a bad slug");
        let category = Category::create(
            CategoryId::new(ids.next()),
            None,
            format!("Category of {name}"),
            slug(&format!("category-of-{name}"))?,
            stamp(clock, ids),
        );
        let variant = Variant {
            id: VariantId::new(ids.next()),
            sku: Sku::parse(name).context("a bad SKU")?,
            name: name.to_owned(),
            track_stock: true,
            prices: vec![Money::new(price, Currency::parse("RUB")?)],
        };
        let stock = OpeningStock {
            level: StockLevelId::new(ids.next()),
            movement: MovementId::new(ids.next()),
            variant: variant.id,
            on_hand: units,
        };
        let parts = NewProduct {
            owner: None,
            category: Some(category.id),
            name: name.to_owned(),
            slug: slug(name)?,
            description: String::new(),
            status: ProductStatus::Active,
            variants: vec![variant],
        };
        let product = Product::create(ProductId::new(ids.next()), parts, stamp(clock, ids))?;
        let store: &dyn CatalogueStore = module.resolve_ref();
        let mut work = store.begin(&Provenance::default()).await?;
        work.categories().insert_all(std::slice::from_ref(&category)).await?;
        work.products().insert_all(std::slice::from_ref(&product), &[stock]).await?;
        work.commit().await?;
        Ok(product.id().to_string())
    }

    /// Webhooks of the mock provider that report `choice` about `payment`, as the API shows it,
    /// whatever the provider's books say.
    pub fn reports(
        &self,
        choice: CheckoutChoice,
        payment: &Value,
    ) -> anyhow::Result<Vec<WebhookRequest>> {
        let (provider, clock): (&dyn MockCheckout, &dyn Clock) =
            (self.module().resolve_ref(), self.module().resolve_ref());
        let text = |field: &str| {
            payment.get(field).and_then(Value::as_str).with_context(|| format!("no {field}"))
        };
        let amount = Money::parse(text("amount")?, Currency::parse(text("currency")?)?)?;
        Ok(provider.report(choice, text("provider_payment_id")?, amount, clock.now()))
    }

    /// Somebody new on the staff who may do `permissions`, signed in.
    pub async fn staff(&self, email: &str, permissions: &[Permission]) -> anyhow::Result<Client> {
        const PASSWORD: &str = "correct horse battery";
        let module = self.module();
        let (clock, ids): (&dyn Clock, &dyn IdGenerator) =
            (module.resolve_ref(), module.resolve_ref());
        let hasher: &dyn PasswordHasher = module.resolve_ref();
        let profile = NewUser {
            email: EmailAddress::parse(email).context("a bad address")?,
            username: None,
            first_name: None,
            last_name: None,
            role: Role::Staff,
            permissions: permissions.iter().copied().collect(),
        };
        let hash = hasher.hash(&Secret(PASSWORD.to_owned())).await?;
        let user = User::register(UserId::new(ids.next()), profile, hash, stamp(clock, ids));
        let store: &dyn IdentityStore = module.resolve_ref();
        let mut work = store.begin(&Provenance::default()).await?;
        work.users().insert(&user).await?;
        work.commit().await?;
        let body = json!({ "email": email, "password": PASSWORD });
        let (status, answer) = self.client().post("/api/v1/auth/login", &body).await?;
        ensure!(status == 200, "login: {status} {answer}");
        let token = answer.pointer("/access_token").and_then(Value::as_str);
        Ok(self.client().with_token(token.context("no access token")?))
    }

    /// Relays, handles, mails and asks payment providers until nothing is left to do.
    pub async fn run_until_idle(&self) -> anyhow::Result<()> {
        within(LONGEST, "becoming idle", self.work_until_idle()).await?
    }

    async fn work_until_idle(&self) -> anyhow::Result<()> {
        match &self.work {
            Work::Manual(worker, subscriptions) => {
                let reconcile_payments: &dyn ReconcilePayments = self.module().resolve_ref();
                loop {
                    let mut subscriptions = subscriptions.lock().await;
                    Box::pin(worker.run_until_idle(&mut subscriptions)).await?;
                    if reconcile_payments.execute(100).await? == 0 {
                        break;
                    }
                }
            }
            Work::Relay(worker) => while worker.relay().tick().await? > 0 {},
            Work::Background(..) | Work::Elsewhere => {
                let feed: &dyn OutboxFeed = self.module().resolve_ref();
                eventually(async || Ok(feed.backlog().await?.waiting == 0)).await?;
            }
        }
        Ok(())
    }

    /// Ends the system: the outbox must be empty, nothing dead-lettered, and every invariant hold.
    pub async fn finish(mut self) -> anyhow::Result<()> {
        self.is_finished = true;
        self.run_until_idle().await?;
        let letters: &dyn DeadLetters = self.module().resolve_ref();
        ensure!(letters.count().await? == 0, "there are dead letters");
        let (doctor, clock): (&dyn Doctor, &dyn Clock) =
            (self.module().resolve_ref(), self.module().resolve_ref());
        let report = doctor.examine(clock.now()).await?;
        ensure!(report.findings.is_empty(), "the doctor found {:?}", report.findings);
        if let Work::Background(stop, done) = &mut self.work {
            stop.cancel();
            within(PATIENCE, "the worker's end", done).await???;
        }
        self.running.stop.cancel();
        if let Some(served) = self.running.served.take() {
            let joining = tokio::task::spawn_blocking(|| served.join());
            let joined = within(PATIENCE, "the server's end", joining).await??;
            joined.map_err(|_panic| anyhow::anyhow!("the server panicked"))??;
        }
        within(PATIENCE, "closing the database", self.application.database.close()).await?;
        match self.surroundings.take() {
            Some(surroundings) => surroundings.clear().await,
            None => Ok(()),
        }
    }
}

impl Drop for TestApp {
    #[expect(clippy::panic, reason = "a test that forgets the last check proves too little")]
    fn drop(&mut self) {
        self.running.stop.cancel();
        if !self.is_finished && !thread::panicking() {
            panic!("the test ended without `finish`");
        }
    }
}

impl Running {
    fn start(application: &Application, settings: &Settings) -> anyhow::Result<(Self, String)> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let url = format!("http://{}", listener.local_addr()?);
        let http = web::HttpSettings {
            public_url: url.clone(),
            rate_limit_enabled: settings.rate_limit.enabled,
            registration: match settings.auth.registration {
                config::Registration::Classic => web::Registration::Classic,
                config::Registration::Quiet => web::Registration::Quiet,
                config::Registration::Staff => web::Registration::Staff,
            },
            // All callers of a test have one address.
            max_connections_per_address: 0,
            workers: Some(2),
            drain_wait: Duration::ZERO,
            ..web::HttpSettings::default()
        };
        let stop = CancellationToken::new();
        let services = web::Services::resolve(&application.module, application.health.clone());
        let stopped = stop.clone().cancelled_owned();
        // A server stays on the thread it was made on.
        let served = thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(web::serve(services, http, listener, stopped))
        });
        Ok((Self { stop, served: Some(served) }, url))
    }
}

fn settings(surroundings: &Surroundings) -> anyhow::Result<Settings> {
    let mut settings = Settings::load(LoadOptions {
        dir: surroundings.dir().to_owned(),
        env: surroundings.variables().to_vec(),
        overrides: Vec::new(),
    })?;
    settings.ensure_dev_secrets()?;
    Ok(settings)
}

/// Waits for what should be over in `limit`.
pub(crate) async fn within<T>(
    limit: Duration,
    what: &str,
    waiting: impl Future<Output = T>,
) -> anyhow::Result<T> {
    tokio::time::timeout(limit, waiting).await.with_context(|| format!("{what}: not in {limit:?}"))
}

/// Waits until `holds`, looking often; an error when it does not in time.
pub async fn eventually(holds: impl AsyncFn() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    eventually_in(PATIENCE, holds).await
}

/// The same with another limit.
pub async fn eventually_in(
    limit: Duration,
    holds: impl AsyncFn() -> anyhow::Result<bool>,
) -> anyhow::Result<()> {
    let deadline = Instant::now() + limit;
    while !holds().await? {
        ensure!(Instant::now() < deadline, "it did not happen in {limit:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}
