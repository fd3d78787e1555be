use std::{fs, time::Duration};

use anyhow::Context;
use comfy_table::{Table, presets::UTF8_BORDERS_ONLY};
use config::Settings;
use container::{Application, SchemaChange, change_schema};
use domain::{
    catalogue::{CatalogueReads, ProductSort},
    shared::{page::Window, ports::Randomness},
};
use shaku::HasComponent;
use telemetry::Metrics;
use web::HttpSettings;

use super::{
    seed,
    serve::{self, Face, Parts, Watched},
};
use crate::{
    cli::DevArgs,
    commands::Ending,
    parts,
    print::line,
    seed::{AccountPorts, DemoAccounts, seed_accounts},
};

/// From an empty folder to a store somebody can buy from.
pub(super) async fn run(
    args: DevArgs,
    mut settings: Settings,
    metrics: Option<Metrics>,
) -> anyhow::Result<Ending> {
    let listener = serve::listen(&mut settings)?;
    let watched = Watched::listen(&settings, Parts::Both, metrics)?;
    change_schema(&settings, SchemaChange::Up).await?;
    let application = container::assemble(&settings).await?;
    let catalogue: &dyn CatalogueReads = application.module.resolve_ref();
    let unfinished = settings.data_file("seeding-unfinished");
    if catalogue.categories().await?.is_empty() || unfinished.exists() {
        fs::write(&unfinished, "").context("the data directory cannot be written")?;
        seed::fill(&application, args.products).await?;
        fs::remove_file(&unfinished)?;
    }
    let accounts = accounts(&application, &settings).await?;
    welcome(&application, &settings, &accounts).await?;
    // No balancer has to notice: Ctrl-C ends it at once.
    let http = HttpSettings { drain_wait: Duration::ZERO, ..parts::http(&settings)? };
    let face = Some(Face { listener, http });
    serve::until_stopped(application, &settings, face, true, watched).await
}

async fn accounts(application: &Application, settings: &Settings) -> anyhow::Result<DemoAccounts> {
    let randomness: &dyn Randomness = application.module.resolve_ref();
    let generate =
        || randomness.secret().iter().take(9).map(|byte| format!("{byte:02x}")).collect::<String>();
    let file = settings.data_file("demo-accounts.json");
    let demo = &settings.demo;
    let accounts = DemoAccounts::load_or_make(
        &file,
        demo.admin_password.as_ref().map(config::Secret::expose),
        demo.user_password.as_ref().map(config::Secret::expose),
        generate,
    )?;
    let module = &application.module;
    let ports = AccountPorts {
        store: module.resolve_ref(),
        hasher: module.resolve_ref(),
        clock: module.resolve_ref(),
        ids: module.resolve_ref(),
    };
    seed_accounts(ports, &accounts).await?;
    Ok(accounts)
}

/// Tells a newcomer where everything is, and how to buy something.
async fn welcome(
    application: &Application,
    settings: &Settings,
    accounts: &DemoAccounts,
) -> anyhow::Result<()> {
    let url = settings.public_url();
    let catalogue: &dyn CatalogueReads = application.module.resolve_ref();
    let first = Window::Offset { limit: 1, offset: 0 };
    let page = catalogue.products(&Default::default(), ProductSort::Newest, first).await?;

    let mut table = Table::new();
    table.load_preset(UTF8_BORDERS_ONLY);
    table.add_row(["shop", url.as_str()]);
    table.add_row(["API", &format!("{url}/api/v1/products")]);
    table.add_row(["docs", &format!("{url}/docs")]);
    table.add_row(["mails", &format!("{url}/dev/mail")]);
    table.add_row(["health", &format!("{url}/health/ready")]);
    if settings.metrics.enabled && settings.metrics.port == 0 {
        table.add_row(["metrics", &format!("{url}/metrics")]);
    }
    for (role, (email, password)) in [("admin", &accounts.admin), ("customer", &accounts.customer)]
    {
        table.add_row([role, &format!("{email}  password {password}")]);
    }
    table.add_row(["data", &settings.app.data_dir.display().to_string()]);
    line(table.to_string())?;
    let Some(product) = page.items.first() else { return Ok(()) };
    let (email, password) = &accounts.customer;
    let password = quoted(&format!("password={password}"));
    line(format!(
        r#"
Place an order:

curl -s {url}/api/v1/orders \
  -H "Authorization: Bearer $(curl -s {url}/api/v1/auth/login -d username={email} --data-urlencode {password} | sed 's/.*"access_token":"\([^"]*\)".*/\1/')" \
  -H 'Content-Type: application/json' \
  -d '{{"items":[{{"product_id":"{}","quantity":1}}]}}'
"#,
        product.id
    ))?;
    Ok(())
}

/// One word for a shell, whatever is in it.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "=-_.@".contains(c);
    if text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}
