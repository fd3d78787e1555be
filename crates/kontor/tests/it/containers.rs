//! What the composition sets is what Kontor takes.

use crate::program::Program;

const COMPOSITION: &str = include_str!("../../../../docker-compose.yml");

/// Settings of the composition, as they are when nothing else is set.
fn settings() -> Vec<(String, String)> {
    let lines = COMPOSITION.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let all = lines.filter_map(|line| line.split_once(": "));
    all.filter(|(name, _)| name.contains("__") && !name.contains(' '))
        .map(|(name, value)| (name.to_owned(), by_default(value.trim_matches('"'))))
        .collect()
}

/// `${NAME:-default}` as its default, from the inside out.
fn by_default(value: &str) -> String {
    let mut value = value.to_owned();
    while let Some((before, rest)) = value.rsplit_once("${") {
        let (variable, after) = rest.split_once('}').unwrap();
        let (_, default) = variable.split_once(":-").unwrap();
        value = format!("{before}{default}{after}");
    }
    value
}

#[tokio::test]
async fn the_composition_sets_what_there_is_to_set() {
    let settings = settings();
    let of = |name: &str| settings.iter().find(|(known, _)| known == name).unwrap().1.as_str();
    assert_eq!(of("APP__PUBLIC_URL"), "http://127.0.0.1:8000");
    assert_eq!((of("DB__URL"), of("DB__HOST")), ("", "db"));
    let folder = tempfile::tempdir().unwrap();
    let mut program = Program::bare(folder.path());
    for (name, value) in &settings {
        program = program.with(name, value);
    }
    assert!(program.done(&["config", "check"]).await.contains("good"));
    let misspelt = program.with("RABBITMQ__HOTS", "rabbitmq").run(&["config", "check"]).await;
    assert_eq!(misspelt.code, Some(2), "{}", misspelt.out);
}
