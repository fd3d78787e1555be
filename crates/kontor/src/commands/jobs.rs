use anyhow::bail;
use comfy_table::{Table, presets::UTF8_BORDERS_ONLY};
use config::Settings;
use container::Application;
use domain::operations::{JobBoard, JobError, JobOutcome, JobRun, JobState, RunJobs, Schedule};
use serde_json::{Value, json};
use shaku::HasComponent;

use super::{Ending, Misuse, look_at_store, moment};
use crate::{cli::JobsCommand, print::line};

pub(super) async fn run(command: &JobsCommand, settings: Settings) -> anyhow::Result<Ending> {
    match command {
        JobsCommand::List(output) => {
            let application = look_at_store(settings).await?;
            let text = list(&application, output.json).await?;
            application.close().await;
            line(text)?;
            Ok(Ending::Done)
        }
        JobsCommand::Run { name, output } => {
            let application = container::assemble(&settings).await?;
            let jobs: &dyn RunJobs = application.module.resolve_ref();
            let ran = jobs.execute(name, true).await;
            let names: Vec<_> = jobs.jobs().into_iter().map(|(name, _)| name).collect();
            application.close().await;
            match ran {
                Ok(JobRun::Ran(outcome, due_at)) => {
                    line(match output.json {
                        true => {
                            json!({ "last": told(&outcome), "due_at": moment(due_at) }).to_string()
                        }
                        false => format!("{name}: {}", in_words(&outcome)),
                    })?;
                    match outcome {
                        JobOutcome::Done(_) => Ok(Ending::Done),
                        JobOutcome::Failed(reason) => bail!("{name} failed: {reason}"),
                    }
                }
                Ok(JobRun::NotBefore(at)) => {
                    bail!("{name} is running on another instance, until {} at most", moment(at))
                }
                Err(JobError::Unknown) => {
                    bail!(Misuse(format!(
                        "no job is called {name}: there are {}",
                        names.join(", ")
                    )))
                }
                Err(error) => Err(error.into()),
            }
        }
    }
}

async fn list(application: &Application, as_json: bool) -> anyhow::Result<String> {
    let jobs: &dyn RunJobs = application.module.resolve_ref();
    let board: &dyn JobBoard = application.module.resolve_ref();
    let known = board.list().await?;
    let mut rows = Vec::new();
    for (name, schedule) in jobs.jobs() {
        rows.push((name, in_cron(schedule), known.iter().find(|state| state.name == name)));
    }
    Ok(if as_json {
        let items: Vec<_> = rows.into_iter().map(|row| as_value(row.0, &row.1, row.2)).collect();
        json!({ "items": items }).to_string()
    } else {
        as_table(rows)
    })
}

fn as_value(name: &str, schedule: &str, state: Option<&JobState>) -> Value {
    let last = state.and_then(|state| state.last.as_ref());
    json!({
        "name": name,
        "schedule": schedule,
        "due_at": state.map(|state| moment(state.due_at)),
        "leased_until": state.and_then(|state| state.leased_until).map(moment),
        "runs": state.map_or(0, |state| state.runs),
        "finished_at": last.map(|(at, _)| moment(*at)),
        "last": last.map(|(_, outcome)| told(outcome)),
    })
}

fn as_table(rows: Vec<(&str, String, Option<&JobState>)>) -> String {
    let mut table = Table::new();
    table.load_preset(UTF8_BORDERS_ONLY);
    table.set_header(["job", "schedule (UTC)", "due", "runs", "last run", "how it went"]);
    for (name, schedule, state) in rows {
        let last = state.and_then(|state| state.last.as_ref());
        table.add_row([
            name.to_owned(),
            schedule,
            state.map_or("at once".to_owned(), |state| moment(state.due_at)),
            state.map_or(0, |state| state.runs).to_string(),
            last.map_or("never".to_owned(), |(at, _)| moment(*at)),
            last.map(|(_, outcome)| in_words(outcome)).unwrap_or_default(),
        ]);
    }
    table.to_string()
}

fn in_cron(schedule: Schedule) -> String {
    match schedule {
        Schedule::Every(pause) => format!("every {} s", pause.as_secs()),
        Schedule::Cron(pattern) => pattern.to_owned(),
    }
}

fn told(outcome: &JobOutcome) -> Value {
    match outcome {
        JobOutcome::Done(count) => json!({ "outcome": "done", "count": count }),
        JobOutcome::Failed(reason) => json!({ "outcome": "failed", "reason": reason }),
    }
}

fn in_words(outcome: &JobOutcome) -> String {
    match outcome {
        JobOutcome::Done(count) => format!("done: {count}"),
        JobOutcome::Failed(reason) => format!("failed: {reason}"),
    }
}
