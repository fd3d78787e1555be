use config::{LoadOptions, explain};

#[test]
fn each_setting_is_told_with_the_layer_that_said_so_and_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("kontor.toml"), "[http]\nport = 9000\nhost = \"::1\"\n")
        .unwrap();
    std::fs::write(folder.path().join(".env"), "HTTP__PORT=9001\nREDIS_PORT=7000\n").unwrap();
    let secret = "hunter2-hunter2-hunter2-hunter2-hunter2";
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let told = explain(LoadOptions {
        dir: folder.path().to_owned(),
        env: vec![pair("SECRET_KEY", secret), pair("DB__URL", "postgres://u:hunter2@h/d")],
        overrides: vec![pair("worker.prefetch", "7")],
    })
    .unwrap();
    assert!(!format!("{told:?}").contains("hunter2"));
    for (key, value, layer) in [
        ("http.port", "9001", ".env"),
        ("http.host", "::1", "kontor.toml"),
        ("redis.port", "7000", ".env"),
        ("auth.secret", "********", "environment"),
        ("db.url", "********", "environment"),
        ("worker.prefetch", "7", "command line"),
        ("rate_limit.enabled", "true", "defaults"),
        ("redis.password", "", "defaults"),
    ] {
        let one = told.iter().find(|one| one.key == key).unwrap();
        assert_eq!((one.value.as_str(), one.layer.as_str()), (value, layer), "{key}");
    }
}
