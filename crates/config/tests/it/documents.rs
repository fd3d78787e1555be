use crate::support::given;

#[test]
fn the_example_switched_on_is_the_default() {
    let example = config::example_env();
    let switched_on: String = example
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(setting) if !setting.starts_with(' ') => format!("{setting}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    assert!(switched_on.contains("\nHTTP__PORT=8000\n"));
    let (plain, filled) = (given(), given().file(".env", &switched_on));
    let mut from_example = filled.good();
    from_example.app.data_dir = plain.good().app.data_dir;
    assert_eq!(from_example, plain.good());
}

#[test]
fn the_table_has_a_row_for_each_setting() {
    let rows = config::settings_table().lines().filter(|line| line.starts_with("| `")).count();
    let settings = config::example_env().lines().filter(|line| line.contains("__")).count();
    assert!(rows > 40 && settings >= rows, "{rows} {settings}");
    assert!(config::settings_table().contains("| `DB__URL` | `db.url` |"));
    assert!(config::settings_table().contains("`DATABASE_URL`"));
}
