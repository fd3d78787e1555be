//! One command, an empty folder.

use std::{
    fs, net::TcpStream, os::unix::fs::PermissionsExt, path::Path, process::Command, time::Instant,
};

use acceptance::Client;
use serde_json::Value;

use crate::program::{PATIENCE, Program, Running, until};

const SECRETS: [&str; 3] = ["root-secret", "webhook-secret", "demo-accounts.json"];

#[tokio::test]
async fn an_empty_folder_becomes_a_shop_to_buy_from() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::bare(folder.path()).with("HTTP__PORT", "0");
    let mut first = program.start(&["dev"]);
    let screen = screen(&first).await;
    let url = first.url().await;
    for shown in ["/api/v1/products", "/docs", "/dev/mail"] {
        assert!(screen.contains(&format!("{url}{shown}")), "{shown}: {screen}");
    }
    for account in ["admin@example.com", "test@example.com"] {
        assert!(screen.contains(account), "{screen}");
    }
    let order = buy(&screen);
    assert_eq!(order["status"], "pending", "{order}");

    let anybody = Client::anonymous(&url);
    let (_, products) = anybody.get("/api/v1/products?limit=1").await.unwrap();
    assert_eq!(products["total"], 1_000);
    let (_, categories) = anybody.get("/api/v1/categories").await.unwrap();
    assert_eq!(categories["items"].as_array().unwrap().len(), 20);
    for page in ["/docs", "/dev/mail"] {
        assert_eq!(reqwest::get(format!("{url}{page}")).await.unwrap().status(), 200, "{page}");
    }

    let data = folder.path().join("data");
    assert_eq!(mode(&data), 0o700);
    for secret in SECRETS {
        assert_eq!(mode(&data.join(secret)), 0o600, "{secret}");
    }
    let asked = Instant::now();
    first.stop().await;
    assert!(asked.elapsed().as_secs() < 5, "Ctrl-C took {:?}", asked.elapsed());

    let kept: Vec<_> = SECRETS.map(|name| fs::read(data.join(name)).unwrap()).into();
    let mut second = program.start(&["dev"]);
    let again = self::screen(&second).await;
    assert_eq!(accounts(&again), accounts(&screen));
    assert_eq!(kept, SECRETS.map(|name| fs::read(data.join(name)).unwrap()));
    let order = buy(&again);
    assert_eq!(order["status"], "pending", "{order}");
    let anybody = Client::anonymous(&second.url().await);
    let (_, products) = anybody.get("/api/v1/products?limit=1").await.unwrap();
    assert_eq!(products["total"], 1_000);
    second.stop().await;
    program.is_healthy().await;
}

#[tokio::test]
async fn given_passwords_are_used_and_nobody_outside_is_let_in() {
    let folder = tempfile::tempdir().unwrap();
    // What a shell or a form would read as something else.
    let password = "p&ss 'w%41rd' $HOME+1";
    let program = Program::bare(folder.path())
        .with("HTTP__PORT", "0")
        .with("HTTP__HOST", "0.0.0.0")
        .with("DEMO__USER_PASSWORD", password);
    let mut shop = program.start(&["dev", "--products", "20"]);
    let screen = screen(&shop).await;
    assert_eq!(buy(&screen)["status"], "pending");
    let address = shop.address().await;
    let (host, port) = address.split_once(':').unwrap();
    assert_eq!(host, "127.0.0.1");
    // Whoever listens everywhere listens here too.
    let elsewhere = TcpStream::connect(("127.0.0.2", port.parse::<u16>().unwrap()));
    assert!(elsewhere.is_err());
    shop.stop().await;
}

#[tokio::test]
async fn seeding_that_was_cut_off_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::bare(folder.path()).with("HTTP__PORT", "0");
    let arguments = ["dev", "--products", "4000"];
    let cut = program.start(&arguments);
    until("some are stored", async || cut.err().contains("done=").then_some(())).await;
    cut.kill();
    let unfinished = folder.path().join("data/seeding-unfinished");
    assert!(unfinished.exists(), "it was too fast to be cut off");

    let mut shop = program.start(&arguments);
    assert_eq!(buy(&screen(&shop).await)["status"], "pending");
    let anybody = Client::anonymous(&shop.url().await);
    let (_, products) = anybody.get("/api/v1/products?limit=1").await.unwrap();
    assert_eq!(products["total"], 4_000);
    assert!(!unfinished.exists());
    shop.stop().await;
    program.is_healthy().await;
}

async fn screen(shop: &Running) -> String {
    until("the welcome", async || {
        let out = shop.out();
        out.contains("\"quantity\":1").then_some(out)
    })
    .await
}

/// Runs what the screen says, as it stands there.
fn buy(screen: &str) -> Value {
    let (_, command) = screen.split_once("Place an order:").unwrap();
    let limited = format!("{command}\n");
    let output = Command::new("/usr/bin/timeout")
        .args([PATIENCE.as_secs().to_string().as_str(), "/bin/sh", "-c", &limited])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}"))
}

fn accounts(screen: &str) -> Vec<&str> {
    screen.lines().filter(|line| line.contains("@example.com")).take(2).collect()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}
