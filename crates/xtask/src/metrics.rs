//! Metrics are public: the list of `telemetry` names what the code counts, and dashboard and alerts
//! ask for nothing else.

use std::{collections::BTreeSet, fs, io, path::Path};

use telemetry::{Kind, METRICS, Metric};

use crate::workspace::{root, rust_files};

/// What asks for metrics by name.
const ASKING: &[&str] =
    &["deploy/grafana/kontor.json", "deploy/prometheus/alerts.yml", "deploy/prometheus/tests.yml"];

/// Fails unless every metric in the code is on the list as it is, and every other place asks for
/// what is on the list.
pub(crate) fn check() -> Result<(), String> {
    let counted = counted_in_code().map_err(|error| error.to_string())?;
    let mut wrong = Vec::new();
    for found in &counted {
        match METRICS.iter().find(|metric| metric.name == found.name) {
            None => wrong.push(format!("{} is counted and not on the list", found.name)),
            Some(metric) if macro_of(metric.kind) != found.made_by => {
                wrong.push(format!("{} is no {}", found.name, found.made_by));
            }
            Some(metric) => {
                let listed: BTreeSet<_> = metric.labels.iter().copied().collect();
                let labels: BTreeSet<_> = found.labels.iter().map(String::as_str).collect();
                if listed != labels {
                    wrong.push(format!("{} has the labels {labels:?} in the code", found.name));
                }
            }
        }
    }
    let gone = |metric: &&Metric| !counted.iter().any(|found| found.name == metric.name);
    wrong.extend(METRICS.iter().filter(gone).map(|one| format!("{} is never counted", one.name)));
    for path in ASKING {
        let text = fs::read_to_string(root().join(path)).map_err(|e| format!("{path}: {e}"))?;
        let asked = asked_for(&text);
        if asked.is_empty() {
            wrong.push(format!("{path} asks for nothing"));
        }
        let unknown = asked.into_iter().filter(|name| !is_told(name));
        wrong.extend(unknown.map(|name| format!("{path} asks for {name}, which there is not")));
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

/// One place where something is counted.
struct Found {
    name: String,
    made_by: &'static str,
    labels: Vec<String>,
}

const fn macro_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Counter => "counter",
        Kind::Gauge => "gauge",
        Kind::Histogram(_) => "histogram",
    }
}

fn counted_in_code() -> io::Result<Vec<Found>> {
    let mut found = Vec::new();
    for path in rust_files(&root().join("crates"))? {
        let is_source = path.components().any(|part| part.as_os_str() == "src");
        let is_ours = path.starts_with(root().join("crates/xtask"));
        if is_source && !is_ours && !is_about_tests(&path) {
            // What stands in tests at the end of a file counts nothing.
            let text = fs::read_to_string(path)?;
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            for made_by in ["counter", "gauge", "histogram"] {
                found.extend(counted_by(made_by, code));
            }
        }
    }
    Ok(found)
}

fn is_about_tests(path: &Path) -> bool {
    path.file_stem().is_some_and(|stem| stem == "tests")
}

/// Uses of the macro `made_by` in `code`.
fn counted_by(made_by: &'static str, code: &str) -> Vec<Found> {
    let opening = format!("{made_by}!(");
    let mut found = Vec::new();
    for (before, after) in code.match_indices(&opening).map(|(at, _)| code.split_at(at)) {
        // `describe_counter!(` is not one.
        if before.ends_with('_') {
            continue;
        }
        let Some((_, arguments)) = after.split_once('(') else { continue };
        let mut words = literals(closed(arguments)).into_iter();
        let Some((name, false)) = words.next() else { continue };
        let labels = words.filter(|(_, is_label)| *is_label).map(|(label, _)| label).collect();
        found.push(Found { name, made_by, labels });
    }
    found
}

/// Up to the parenthesis that closes what was open before.
fn closed(arguments: &str) -> &str {
    let mut depth = 1_usize;
    for (at, c) in arguments.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return arguments.split_at(at).0;
        }
    }
    arguments
}

/// Texts in quotes, and whether `=>` follows each.
fn literals(arguments: &str) -> Vec<(String, bool)> {
    let parts: Vec<_> = arguments.split('"').collect();
    let pairs = parts.iter().skip(1).step_by(2).zip(parts.iter().skip(2).step_by(2));
    pairs.map(|(text, after)| ((*text).to_owned(), after.trim_start().starts_with("=>"))).collect()
}

/// Names of metrics in a text.
fn asked_for(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| word.starts_with("kontor_") || word.starts_with("process_"))
        .collect()
}

fn is_told(name: &str) -> bool {
    METRICS.iter().any(|metric| match metric.kind {
        Kind::Counter | Kind::Gauge => metric.name == name,
        Kind::Histogram(_) => name
            .strip_prefix(metric.name)
            .is_some_and(|rest| ["_bucket", "_sum", "_count"].contains(&rest)),
    })
}

#[cfg(test)]
mod tests {
    use super::{asked_for, check, counted_by, is_told};

    #[test]
    fn the_list_the_code_the_dashboard_and_the_alerts_agree() {
        check().unwrap();
    }

    #[test]
    fn names_and_labels_are_found_however_they_are_written() {
        let code = "describe_counter!(\"no\", x); counter!(\n    \"kontor_a_total\",\n    \"to\" => f(x),\n    \"by\" => \"us\"\n)\
                    .increment(1); counter!(name)";
        let found = counted_by("counter", code);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].name.as_str(), &found[0].labels[..]),
            ("kontor_a_total", &["to".to_owned(), "by".to_owned()][..])
        );
    }

    #[test]
    fn a_histogram_is_asked_for_by_its_parts() {
        let text = "sum(rate(kontor_relay_lag_seconds_bucket[5m])) by (le) > process_open_fds";
        let asked: Vec<_> = asked_for(text).into_iter().collect();
        assert_eq!(asked, ["kontor_relay_lag_seconds_bucket", "process_open_fds"]);
        assert!(asked.iter().all(|name| is_told(name)));
        assert!(!is_told("kontor_relay_lag_seconds") && !is_told("kontor_nothing"));
    }
}
