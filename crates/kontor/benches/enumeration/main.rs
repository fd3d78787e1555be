//! Whether the time of an answer tells who has an account.
//!
//! Each question is asked in turn about an account there is and about one there is not; the
//! difference of the medians has to stay within 1 ms or 5 %, whichever is more. Run it on a quiet
//! machine.
//!
//! `cargo bench -p kontor --bench enumeration [-- SAMPLES]`, 2,000 of each kind unless told.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the figures are the output, and what happens on the way is told"
)]

mod caller;

use std::{env, process::ExitCode, time::Duration};

use anyhow::Context;

use crate::caller::{Caller, Server};

const SAMPLES: usize = 2_000;
const PASSWORD: &str = "correct horse battery";

/// What is asked, and how it is answered whoever there is.
struct Question {
    name: &'static str,
    path: &'static str,
    status: u16,
    /// The body about the account number `.1`, which is there when `.0`.
    body: fn(bool, usize) -> String,
}

const QUESTIONS: &[Question] = &[
    Question {
        name: "log in, wrong password",
        path: "/api/v1/auth/login",
        status: 401,
        body: |exists, at| {
            format!(r#"{{"email":"{}","password":"wrong password"}}"#, address(exists, at))
        },
    },
    Question {
        name: "forgot password",
        path: "/api/v1/auth/forgot-password",
        status: 202,
        body: |exists, at| format!(r#"{{"email":"{}"}}"#, address(exists, at)),
    },
    Question {
        name: "request verification",
        path: "/api/v1/auth/request-verify-token",
        status: 202,
        body: |exists, at| format!(r#"{{"email":"{}"}}"#, address(exists, at)),
    },
    Question {
        name: "register, quietly",
        path: "/api/v1/auth/register",
        status: 202,
        body: |exists, at| {
            let who = if exists { address(true, 0) } else { format!("new-{at}@example.com") };
            format!(r#"{{"email":"{who}","password":"{PASSWORD}"}}"#)
        },
    },
];

fn address(exists: bool, _at: usize) -> String {
    if exists { "ann@example.com".to_owned() } else { "bob@example.com".to_owned() }
}

fn main() -> anyhow::Result<ExitCode> {
    // Cargo passes a flag of its own.
    let samples = env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let samples = samples.map_or(Ok(SAMPLES), |text| text.parse()).context("SAMPLES")?;
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let server = Server::start(dir.path())?;
    let mut caller = Caller::connect(server.address)?;
    let account = format!(r#"{{"email":"{}","password":"{PASSWORD}"}}"#, address(true, 0));
    caller.post("/api/v1/auth/register", &account, 202)?;

    let mut is_met = true;
    for question in QUESTIONS {
        let mut times = [Vec::with_capacity(samples), Vec::with_capacity(samples)];
        for at in 0..samples.saturating_add(20) {
            for (exists, times) in [true, false].into_iter().zip(&mut times) {
                let body = (question.body)(exists, at);
                let took = caller.post(question.path, &body, question.status)?;
                // The first ones warm up.
                if at >= 20 {
                    times.push(took);
                }
            }
        }
        let [there, missing] = times.map(median);
        let (there, missing) = (there.context("no samples")?, missing.context("no samples")?);
        let difference = there.abs_diff(missing);
        let allowed = Duration::from_millis(1).max(there.max(missing) / 20);
        is_met &= difference <= allowed;
        println!(
            "{}: account {there:?}, none {missing:?}; difference {difference:?}, allowed {allowed:?}",
            question.name
        );
    }
    Ok(if is_met { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn median(mut times: Vec<Duration>) -> Option<Duration> {
    times.sort_unstable();
    times.get(times.len() / 2).copied()
}
