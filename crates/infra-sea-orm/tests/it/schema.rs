use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};

use crate::fixture::sqlite;

/// Table, name and kind of a rule or an index.
type Named = BTreeSet<(String, String, &'static str)>;

async fn rows(connection: &DatabaseConnection, sql: &str) -> Vec<[String; 3]> {
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let rows = connection.query_all_raw(statement).await.unwrap();
    let text = |row: &sea_orm::QueryResult, column| row.try_get::<String>("", column).unwrap();
    rows.iter().map(|row| ["a", "b", "c"].map(|column| text(row, column))).collect()
}

/// What full-text search is made of differs, and is left out: its tables on SQLite, and its index,
/// named `gx_`, on PostgreSQL.
async fn named_in_sqlite(connection: &DatabaseConnection) -> Named {
    let sql = "SELECT tbl_name AS a, name AS b, sql AS c FROM sqlite_master
        WHERE sql IS NOT NULL AND type IN ('table', 'index') AND tbl_name <> 'seaql_migrations'
            AND tbl_name NOT LIKE 'sqlite_%' AND tbl_name NOT LIKE 'product_words%'";
    let mut named = Named::new();
    for [table, name, text] in rows(connection, sql).await {
        if text.starts_with("CREATE UNIQUE INDEX") {
            named.insert((table, name, "unique index"));
        } else if text.starts_with("CREATE INDEX") {
            named.insert((table, name, "index"));
        } else {
            let words: Vec<_> = text.split_whitespace().collect();
            for declared in words.windows(3).filter(|words| words[0] == "CONSTRAINT") {
                let kind = match declared[2].trim_end_matches(',') {
                    "PRIMARY" => "primary key",
                    "UNIQUE" => "unique",
                    "CHECK" => "check",
                    "REFERENCES" | "FOREIGN" => "foreign key",
                    other => panic!("{table}: {other}"),
                };
                named.insert((table.clone(), declared[1].to_owned(), kind));
            }
        }
    }
    named
}

#[tokio::test]
async fn every_rule_has_a_name_that_tells_its_kind() {
    let test = sqlite().await;
    let named = named_in_sqlite(test.db.migration_connection()).await;
    assert!(named.len() > 100, "{}", named.len());
    for (table, name, kind) in &named {
        let prefix = match *kind {
            "primary key" => "pk_",
            "unique" | "unique index" => "uq_",
            "check" => "ck_",
            "foreign key" => "fk_",
            _ => "ix_",
        };
        assert!(name.starts_with(&format!("{prefix}{table}")), "{name} of {table} is a {kind}");
    }
    let sql = "SELECT name AS a, sql AS b, '' AS c FROM sqlite_master WHERE type = 'table'
        AND name <> 'seaql_migrations' AND name NOT LIKE 'sqlite_%'
        AND name NOT LIKE 'product_words%'";
    for [table, text, _] in rows(test.db.migration_connection(), sql).await {
        let words: Vec<_> = text.split_whitespace().collect();
        for (at, word) in words.iter().enumerate() {
            let rule =
                ["UNIQUE", "CHECK", "REFERENCES", "PRIMARY"].contains(&word.trim_matches(','));
            let declared = at >= 2 && words[at - 2] == "CONSTRAINT";
            assert!(!rule || declared, "{table}: a rule without a name at word {at}");
        }
    }
}

#[cfg(feature = "services")]
#[tokio::test]
async fn both_databases_keep_the_same_rules() {
    let (sqlite, postgres) = (sqlite().await, crate::fixture::postgres().await);
    let connection = postgres.db.migration_connection();
    let mut named = Named::new();
    let sql = "SELECT conrelid::regclass::text AS a, conname::text AS b, contype::text AS c
        FROM pg_constraint WHERE connamespace = current_schema()::regnamespace AND contype IN ('c', 'f', 'p', 'u')
            AND conrelid::regclass::text <> 'seaql_migrations'";
    for [table, name, kind] in rows(connection, sql).await {
        let kind = match kind.as_str() {
            "c" => "check",
            "f" => "foreign key",
            "p" => "primary key",
            _ => "unique",
        };
        named.insert((table, name, kind));
    }
    let sql = "SELECT tablename::text AS a, indexname::text AS b, indexdef AS c FROM pg_indexes
        WHERE schemaname = current_schema() AND tablename <> 'seaql_migrations'
            AND indexname NOT LIKE 'gx_%' AND indexname::text NOT IN
            (SELECT conname::text FROM pg_constraint WHERE contype IN ('p', 'u')
                AND connamespace = current_schema()::regnamespace)";
    for [table, name, text] in rows(connection, sql).await {
        let unique = text.starts_with("CREATE UNIQUE INDEX");
        named.insert((table, name, if unique { "unique index" } else { "index" }));
    }
    let expected = named_in_sqlite(sqlite.db.migration_connection()).await;
    let both: Vec<_> = expected.symmetric_difference(&named).collect();
    assert!(both.is_empty(), "{both:?}");
}
