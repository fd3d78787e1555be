//! The store in a process of its own, with a constant beside its routes.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::{Ipv4Addr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    sync::LazyLock,
    thread,
    time::Duration,
};

use actix_web::{App, HttpResponse, HttpServer, web::Bytes};
use anyhow::{Context, ensure};
use config::{LoadOptions, Settings};
use serde_json::Value;
use web::{HttpSettings, Operation};

use crate::load::{self, Answer};

/// Tells this binary to be the server.
pub(crate) const SERVE: &str = "--serve";
/// Where the constant is.
pub(crate) const CONSTANT: &str = "/bench/constant";
/// Holds what the constant answers.
const BODY: &str = "constant.json";
/// Ticks of `/proc/<pid>/stat` in a second, on every Linux there is.
const TICKS: f64 = 100.0;

const MORE: &[Operation] =
    &[Operation::page("GET", CONSTANT, "getConstant", |route| route.to(constant))];

static ANSWER: LazyLock<Bytes> = LazyLock::new(|| fs::read(BODY).unwrap_or_default().into());

async fn constant() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(ANSWER.clone())
}

/// Serves the store in `dir` on two ports that are printed first: the store with the constant, and
/// the constant alone.
pub(crate) fn serve(dir: &Path) -> anyhow::Result<()> {
    std::env::set_current_dir(dir)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut settings = Settings::load(LoadOptions {
            dir: dir.to_owned(),
            env: config::environment(),
            overrides: Vec::new(),
        })?;
        settings.ensure_dev_secrets()?;
        let _sending = telemetry::init(telemetry::Format::Json, "warn", None)?;
        let application = container::assemble(&settings).await?;
        let (listener, bare) = (listen()?, listen()?);
        println!("{} {}", listener.local_addr()?.port(), bare.local_addr()?.port());
        let bare =
            HttpServer::new(|| App::new().route(CONSTANT, actix_web::web::get().to(constant)))
                .workers(1)
                .listen(bare)?
                .run();
        tokio::spawn(bare);
        let http = HttpSettings {
            rate_limit_enabled: false,
            // All of the load comes from one address.
            max_connections_per_address: 0,
            workers: Some(1),
            more: MORE,
            ..HttpSettings::default()
        };
        let services = web::Services::resolve(&application.module, application.health.clone());
        web::serve(services, http, listener, std::future::pending()).await?;
        Ok(())
    })
}

fn listen() -> std::io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
}

/// A running server, killed when dropped.
pub(crate) struct Store {
    child: Child,
    pub(crate) port: u16,
    pub(crate) bare_port: u16,
}

impl Store {
    /// A store of `products`, and a constant as long as the first of them.
    pub(crate) fn start(dir: &Path, products: usize) -> anyhow::Result<Self> {
        let mut seed = Command::new(env!("CARGO_BIN_EXE_kontor"));
        let count = products.to_string();
        let status = surroundings(&mut seed, dir)
            .args(["seed", "--products", &count])
            .stdout(Stdio::null())
            .status()?;
        ensure!(status.success(), "seed: {status}");
        // Once to learn how long a product is, and once to serve a constant of that length.
        let first = Self::launch(dir)?;
        let ids = first.products(1)?;
        let product =
            first.get(&format!("/api/v1/products/{}", ids.first().context("no product")?))?;
        drop(first);
        fs::write(dir.join(BODY), product.body)?;
        Self::launch(dir)
    }

    fn launch(dir: &Path) -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        let mut child =
            surroundings(&mut command, dir).arg(SERVE).arg(dir).stdout(Stdio::piped()).spawn()?;
        let mut ports = String::new();
        BufReader::new(child.stdout.take().context("no output")?).read_line(&mut ports)?;
        let (port, bare_port) = ports.trim().split_once(' ').context("the server did not start")?;
        let store = Self { child, port: port.parse()?, bare_port: bare_port.parse()? };
        while store.get("/health/ready").is_err() {
            thread::sleep(Duration::from_millis(10));
        }
        Ok(store)
    }

    pub(crate) fn get(&self, path: &str) -> anyhow::Result<Answer> {
        load::get(self.port, path)
    }

    /// Ids of `count` products, newest first.
    pub(crate) fn products(&self, count: usize) -> anyhow::Result<Vec<String>> {
        const PAGE: usize = 100;
        let mut ids = Vec::with_capacity(count);
        while ids.len() < count {
            let path = format!("/api/v1/products?limit={PAGE}&offset={}", ids.len());
            let page: Value = serde_json::from_slice(&self.get(&path)?.body)?;
            let items = page.pointer("/items").and_then(Value::as_array).context("no items")?;
            ensure!(!items.is_empty(), "too few products");
            let more = items.iter().filter_map(|item| item.get("id").and_then(Value::as_str));
            ids.extend(more.map(str::to_owned));
        }
        Ok(ids)
    }

    /// Processor time used so far, seconds.
    pub(crate) fn cpu_seconds(&self) -> anyhow::Result<f64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let (_, fields) = stat.rsplit_once(')').context("no such process")?;
        // utime and stime are fields 14 and 15; the text begins with field 3.
        let ticks = fields.split_whitespace().skip(11).take(2);
        let ticks = ticks.map(str::parse::<f64>).sum::<Result<f64, _>>()?;
        Ok(ticks / TICKS)
    }
}

fn surroundings<'a>(command: &'a mut Command, dir: &Path) -> &'a mut Command {
    command
        .env_clear()
        .current_dir(dir)
        .env("APP__DATA_DIR", dir)
        .env("LOG__LEVEL", "warn")
        .env("MAIL__TRANSPORT", "log")
}

impl Drop for Store {
    fn drop(&mut self) {
        let killed = self.child.kill().and_then(|()| self.child.wait());
        if let Err(error) = killed {
            eprintln!("the server could not be killed: {error}");
        }
    }
}
