//! What the first pages promise is there, in either language.

use std::{fs, process::Command};

use acceptance::Client;
use serde_json::{Value, json};

use crate::program::{PATIENCE, Program, until};

const PAGES: [(&str, &str); 2] = [
    ("README.md", include_str!("../../../../README.md")),
    ("README.ru.md", include_str!("../../../../README.ru.md")),
];
const MAKEFILE: &str = include_str!("../../../../Makefile");
const SHELL: &str = "```sh\n";

/// The blocks of commands on a page, in order.
fn shells(page: &str) -> Vec<&str> {
    page.split(SHELL).skip(1).map(|block| block.split("```").next().unwrap()).collect()
}

/// What stands between backticks in the lines of text.
fn quoted(page: &str) -> Vec<&str> {
    let lines = page.lines().filter(|line| !line.starts_with("```"));
    lines.flat_map(|line| line.split('`').skip(1).step_by(2)).collect()
}

#[test]
fn every_target_that_is_named_is_in_the_makefile() {
    for (name, page) in PAGES {
        let lines = shells(page).into_iter().flat_map(str::lines);
        let mut named = 0;
        for said in quoted(page).into_iter().chain(lines) {
            let Some(rest) = said.strip_prefix("make ") else { continue };
            let target = rest.split_whitespace().next().unwrap();
            assert!(MAKEFILE.contains(&format!("\n{target}:")), "{name}: make {target}");
            named += 1;
        }
        assert!(named >= 4, "{name}");
    }
}

#[tokio::test]
async fn every_command_that_is_named_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::bare(folder.path());
    let mut of_each = Vec::new();
    for (name, page) in PAGES {
        let rows = page.lines().filter(|line| line.starts_with("| `kontor "));
        let mut known = 0;
        for row in rows {
            let mut parent = String::new();
            for said in quoted(row.split('|').nth(1).unwrap()) {
                let is_word =
                    |word: &&str| word.chars().all(|c| c.is_ascii_lowercase() || c == '-');
                let words = said.strip_prefix("kontor ").unwrap_or(said).split(' ');
                let words: Vec<_> =
                    words.take_while(is_word).take_while(|w| !w.starts_with('-')).collect();
                // `migrate up`, `down`: the second is one of `migrate` too.
                let mut found = None;
                for command in [words.clone(), [&[parent.as_str()], &*words].concat()] {
                    let asked = [&*command, &["--help"]].concat();
                    if found.is_none() && program.run(&asked).await.code == Some(0) {
                        found = Some(command[0].to_owned());
                    }
                }
                parent = found.unwrap_or_else(|| panic!("{name}: kontor {said}"));
                known += 1;
            }
        }
        of_each.push(known);
    }
    assert!(of_each[0] > 20 && of_each[0] == of_each[1], "{of_each:?}");
}

#[test]
fn both_pages_say_the_same() {
    let [(_, english), (_, russian)] = PAGES;
    let outline = |page: &str| {
        let marks = ["#", "|", "```", "- ", "!["];
        let mark = |line: &str| marks.into_iter().find(|mark| line.starts_with(mark));
        page.lines().filter_map(mark).collect::<Vec<_>>()
    };
    assert_eq!(outline(english), outline(russian));
    assert_eq!(shells(english), shells(russian), "commands are not translated");
}

#[tokio::test]
async fn the_quick_start_ends_with_a_paid_order() {
    let folder = tempfile::tempdir().unwrap();
    let mut shop = Program::bare(folder.path()).with("HTTP__PORT", "0").start(&["dev"]);
    let url = shop.url().await;
    until("the welcome", async || shop.out().contains("Place an order:").then_some(())).await;

    let [(_, page), _] = PAGES;
    let script = shells(page)[1].replace("http://127.0.0.1:8000", &url);
    assert!(script.contains(&url) && script.contains("/payments/orders/"), "{script}");
    let script = format!("{script}\nprintf '\\n%s' \"$token\"\n");
    let file = folder.path().join("start.sh");
    fs::write(&file, script).unwrap();
    let output = Command::new("/usr/bin/timeout")
        .args([PATIENCE.as_secs().to_string().as_str(), "/bin/sh"])
        .arg(&file)
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let (payment, token) = said.rsplit_once('\n').unwrap();
    let payment: Value = serde_json::from_str(payment.trim()).unwrap_or_else(|_| panic!("{said}"));

    // As somebody who opens the address and presses Pay.
    let checkout = payment["checkout_url"].as_str().unwrap();
    let browser = reqwest::Client::new();
    let shown = browser.get(checkout).send().await.unwrap().text().await.unwrap();
    assert!(shown.contains("value=\"pay\""), "{shown}");
    let pressed = browser
        .post(checkout)
        .header("content-type", "application/x-www-form-urlencoded")
        .body("choice=pay")
        .send();
    assert_eq!(pressed.await.unwrap().status(), 200);

    let ann = Client::anonymous(&url).with_token(token);
    let order = format!("/api/v1/orders/{}", payment["order_id"].as_str().unwrap());
    until("the order is paid", async || {
        let (_, order) = ann.get(&order).await.unwrap();
        (order["status"] == "paid" && order["payment_status"] == "paid").then_some(())
    })
    .await;
    until("the confirmation is in the mailbox", async || {
        let (_, mails) = ann.get("/dev/mail?format=json").await.unwrap();
        let to_ann = json!("ann@example.com");
        let items = mails["items"].as_array().unwrap();
        let number = items
            .iter()
            .any(|mail| mail["to"] == to_ann && mail["text"].as_str().unwrap().contains("K-"));
        number.then_some(())
    })
    .await;
    shop.stop().await;
    Program::bare(folder.path()).is_healthy().await;
}
