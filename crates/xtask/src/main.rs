//! Developer commands: what must agree with the code, and what is written from it.
#![expect(clippy::print_stderr, reason = "this is a command-line tool")]

mod arch;
mod asvs;
mod docs;
mod errors;
mod metrics;
mod revision;
mod workspace;

use std::process::ExitCode;

const USAGE: &str =
    "usage: cargo xtask arch                 who may depend on whom, and docs/asvs.md
       cargo xtask asvs                 docs/asvs.md names tests that are there
       cargo xtask docs [--check]       write or compare the generated documents
       cargo xtask errors               docs/errors.md names every error code, and no other
       cargo xtask metrics              docs/metrics.md, dashboard and alerts name what is counted
       cargo xtask revision <name>      start a migration";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match *words {
        ["arch"] => arch::check().and_then(|()| asvs::check()),
        ["asvs"] => asvs::check(),
        ["docs"] => docs::write(),
        ["docs", "--check"] => {
            docs::check().and_then(|()| errors::check()).and_then(|()| metrics::check())
        }
        ["errors"] => errors::check(),
        ["metrics"] => metrics::check(),
        ["revision", name] => revision::start(name),
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
