//! `docs/asvs.md`: every requirement has a row, and every test it names is there.

use std::{collections::BTreeSet, fs};

use crate::workspace::{root, rust_files};

/// Sections of chapters 6 to 10 of ASVS 5.0 and their requirements up to level 2.
const REQUIREMENTS: &[(&str, &[u8])] = &[
    ("6.1", &[1, 2, 3]),
    ("6.2", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
    ("6.3", &[1, 2, 3, 4]),
    ("6.4", &[1, 2, 3, 4]),
    ("6.5", &[1, 2, 3, 4, 5]),
    ("6.6", &[1, 2, 3]),
    ("6.8", &[1, 2, 3, 4]),
    ("7.1", &[1, 2, 3]),
    ("7.2", &[1, 2, 3, 4]),
    ("7.3", &[1, 2]),
    ("7.4", &[1, 2, 3, 4, 5]),
    ("7.5", &[1, 2]),
    ("7.6", &[1, 2]),
    ("8.1", &[1, 2]),
    ("8.2", &[1, 2, 3]),
    ("8.3", &[1]),
    ("8.4", &[1]),
    ("9.1", &[1, 2, 3]),
    ("9.2", &[1, 2, 3, 4]),
    ("10.1", &[1, 2]),
    ("10.2", &[1, 2]),
    ("10.3", &[1, 2, 3, 4]),
    ("10.4", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
    ("10.5", &[1, 2, 3, 4, 5]),
    ("10.6", &[1, 2]),
    ("10.7", &[1, 2, 3]),
];

/// Fails unless `docs/asvs.md` has a row for every requirement and no other, each with a test that
/// is there or a reason.
pub(crate) fn check() -> Result<(), String> {
    let text = fs::read_to_string(root().join("docs/asvs.md"))
        .map_err(|error| format!("docs/asvs.md: {error}"))?;
    let tests = tests().map_err(|error| error.to_string())?;
    let faults = faults(&text, &tests);
    if faults.is_empty() { Ok(()) } else { Err(format!("docs/asvs.md: {}", faults.join("; "))) }
}

fn faults(text: &str, tests: &BTreeSet<String>) -> Vec<String> {
    let mut faults = Vec::new();
    let mut wanted: Vec<String> = REQUIREMENTS
        .iter()
        .flat_map(|(section, numbers)| numbers.iter().map(move |n| format!("{section}.{n}")))
        .collect();
    for line in text.lines().filter(|line| line.starts_with("| 6.") || is_row(line)) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [id, _, proof, why] = cells[..] else {
            faults.push(format!("not four cells: {line}"));
            continue;
        };
        match wanted.iter().position(|known| known == id) {
            Some(at) => drop(wanted.remove(at)),
            None => faults.push(format!("{id} is there twice, or is no requirement of level 2")),
        }
        let named: Vec<&str> = proof.split('`').skip(1).step_by(2).collect();
        faults.extend(
            named
                .iter()
                .filter(|name| !tests.contains(**name))
                .map(|name| format!("{id} names {name}, which is no test")),
        );
        if named.is_empty() && why.is_empty() {
            faults.push(format!("{id} has neither a test nor a reason"));
        }
    }
    faults.extend(wanted.into_iter().map(|id| format!("{id} has no row")));
    faults
}

fn is_row(line: &str) -> bool {
    ["| 7.", "| 8.", "| 9.", "| 10."].iter().any(|start| line.starts_with(start))
}

/// Names of test functions: those with an attribute of a test, and scenarios and clauses, which
/// macros make tests of.
fn tests() -> std::io::Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for path in rust_files(&root().join("crates"))? {
        names.extend(tests_in(&fs::read_to_string(path)?));
    }
    Ok(names)
}

fn tests_in(source: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut is_test = false;
    for line in source.lines().map(str::trim) {
        if line.starts_with("#[test]") || (line.starts_with("#[") && line.contains("::test")) {
            is_test = true;
        } else if let Some((_, after)) = line.split_once("fn ") {
            let name = after.split(|c: char| !c.is_alphanumeric() && c != '_').next();
            if std::mem::take(&mut is_test) {
                names.extend(name.map(str::to_owned));
            }
        }
    }
    for start in ["on_both_stacks!(", "contract_tests!("] {
        for list in source.split(start).skip(1) {
            let list = list.split(')').next().unwrap_or_default();
            let list = list.rsplit(';').next().unwrap_or_default();
            names.extend(list.split(',').map(|name| name.trim().to_owned()));
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{REQUIREMENTS, faults, tests_in};

    #[test]
    fn tests_are_found_however_they_are_made() {
        let source = "#[test]\nfn one() {}\n#[tokio::test(flavor = \"x\")]\n  async fn two() {}\n\
                      fn helper() {}\non_both_stacks!(three, four,\n);\n\
                      contract_tests!(cache, $fixture;\n five,\n six,\n);";
        assert_eq!(tests_in(source), ["one", "two", "three", "four", "", "five", "six", ""]);
    }

    #[test]
    fn a_missing_row_a_lost_test_and_an_empty_row_are_told() {
        let all: String = REQUIREMENTS
            .iter()
            .flat_map(|(section, numbers)| numbers.iter().map(move |n| (section, n)))
            .map(|(section, n)| format!("| {section}.{n} | what | `a_test` | |\n"))
            .collect();
        let tests = BTreeSet::from(["a_test".to_owned()]);
        assert!(faults(&all, &tests).is_empty());
        assert_eq!(faults(&all, &BTreeSet::new()).len(), all.lines().count());
        let told = |from: &str, to: &str| faults(&all.replacen(from, to, 1), &tests).join("; ");
        assert_eq!(told("| 8.4.1 | what | `a_test` | |\n", ""), "8.4.1 has no row");
        assert!(told("| 8.4.1 | what | `a_test`", "| 8.4.1 | what | ").contains("neither"));
        assert!(told("| 8.4.1 |", "| 8.4.9 |").contains("8.4.9 is there twice, or is no"));
    }
}
