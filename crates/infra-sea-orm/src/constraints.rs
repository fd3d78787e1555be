//! SQLite names the columns of a broken uniqueness rule; this table names the rule, as the
//! migration declares it. A test compares it with the schema.

/// Columns, as SQLite writes them, and the rule over them.
pub(crate) const UNIQUE: &[(&str, &str)] = &[
    ("audit_head.id", "pk_audit_head"),
    ("audit_log.previous_hash", "uq_audit_log_previous_hash"),
    ("audit_log.seq", "pk_audit_log"),
    ("api_keys.id", "pk_api_keys"),
    ("api_keys.secret_hash", "uq_api_keys_secret_hash"),
    ("categories.id", "pk_categories"),
    ("categories.slug", "uq_categories_slug"),
    ("coupon_redemptions.order_id", "pk_coupon_redemptions"),
    ("coupons.code", "uq_coupons_code"),
    ("coupons.id", "pk_coupons"),
    ("dead_letters.consumer, dead_letters.event_id", "uq_dead_letters_consumer_event"),
    ("dead_letters.id", "pk_dead_letters"),
    ("email_requests.id", "pk_email_requests"),
    ("email_tokens.id", "pk_email_tokens"),
    ("idempotency_records.scope, idempotency_records.key", "pk_idempotency_records"),
    ("inbox.consumer, inbox.event_id", "pk_inbox"),
    ("jobs.name", "pk_jobs"),
    ("ledger_entries.payment_id, ledger_entries.fact_key", "pk_ledger_entries"),
    ("locations.id", "pk_locations"),
    ("locations.is_default", "uq_locations_default"),
    ("mails.event_id, mails.template", "uq_mails_event_template"),
    ("mails.id", "pk_mails"),
    ("mock_entries.name", "pk_mock_entries"),
    ("order_lines.id", "pk_order_lines"),
    ("order_lines.order_id, order_lines.position", "uq_order_lines_position"),
    ("order_timeline.order_id, order_timeline.version", "pk_order_timeline"),
    ("orders.id", "pk_orders"),
    ("orders.number", "uq_orders_number"),
    (
        "outbox.aggregate_type, outbox.aggregate_id, outbox.aggregate_version",
        "uq_outbox_aggregate_version",
    ),
    ("outbox.id", "uq_outbox_id"),
    ("outbox.seq", "pk_outbox"),
    ("parked_events.provider, parked_events.event_id", "pk_parked_events"),
    ("payment_operations.id", "pk_payment_operations"),
    ("payment_operations.payment_id, payment_operations.kind", "uq_payment_operations_open"),
    ("payments.id", "pk_payments"),
    ("payments.order_id", "uq_payments_active_order"),
    ("payments.provider, payments.provider_payment_id", "uq_payments_provider_payment"),
    ("posts.id", "pk_posts"),
    ("posts.slug", "uq_posts_slug"),
    ("product_texts.number", "pk_product_texts"),
    ("product_texts.product_id", "uq_product_texts_product"),
    ("products.id", "pk_products"),
    ("products.slug", "uq_products_slug"),
    ("provider_events.provider, provider_events.event_id", "pk_provider_events"),
    ("refunds.id", "pk_refunds"),
    ("search_words.remainder, search_words.word", "pk_search_words"),
    ("sessions.current_hash", "uq_sessions_current_hash"),
    ("sessions.id", "pk_sessions"),
    ("stock_levels.id", "pk_stock_levels"),
    ("stock_levels.variant_id, stock_levels.location_id", "uq_stock_levels_variant_location"),
    ("stock_movements.id", "pk_stock_movements"),
    ("tasks.id", "pk_tasks"),
    ("users.email_key", "uq_users_email_key"),
    ("users.id", "pk_users"),
    ("users.username_key", "uq_users_username_key"),
    ("variant_prices.variant_id, variant_prices.currency", "pk_variant_prices"),
    ("variants.id", "pk_variants"),
    ("variants.product_id, variants.position", "uq_variants_position"),
    ("variants.sku", "uq_variants_sku"),
];

/// The rule over `columns`.
pub(crate) fn unique(columns: &str) -> Option<&'static str> {
    UNIQUE.iter().find(|(over, _)| *over == columns).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::UNIQUE;
    use crate::{Database, DatabaseSettings, sql::Sql};

    async fn texts(db: &Database, sql: &str) -> Vec<String> {
        let rows = db.fetch(sql, Vec::new()).await.unwrap();
        rows.iter().map(|row| row.try_get("", "value").unwrap()).collect()
    }

    #[tokio::test]
    async fn every_uniqueness_rule_of_the_schema_is_listed() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("store.db");
        let url = format!("sqlite://{}", file.display());
        let db = Database::connect(&DatabaseSettings::new(url)).await.unwrap();
        migration::up(db.migration_connection()).await.unwrap();

        let sql = "SELECT group_concat(t.name || '.' || c.name, ', ') AS value
            FROM sqlite_master AS t, pragma_index_list(t.name) AS i, pragma_index_info(i.name) AS c
            WHERE t.type = 'table' AND t.name <> 'seaql_migrations'
                AND t.name NOT LIKE 'product_words_%' AND i.\"unique\"
            GROUP BY t.name, i.name ORDER BY t.name, i.name, c.seqno";
        let mut over: BTreeSet<String> = texts(&db, sql).await.into_iter().collect();
        // The row id itself, which has no index.
        over.extend(["outbox.seq", "product_texts.number"].map(str::to_owned));
        let listed: BTreeSet<String> = UNIQUE.iter().map(|(over, _)| (*over).to_owned()).collect();
        assert_eq!(over, listed);

        let sql = "SELECT sql AS value FROM sqlite_master WHERE sql IS NOT NULL";
        let schema = texts(&db, sql).await;
        for (over, name) in UNIQUE {
            let table = over.split('.').next().unwrap();
            let declares = |sql: &&String| sql.split_whitespace().any(|word| word == *name);
            let declared: Vec<_> = schema.iter().filter(declares).collect();
            assert_eq!(declared.len(), 1, "{name}");
            assert!(declared[0].contains(table), "{name} is not about {table}");
        }
    }
}
