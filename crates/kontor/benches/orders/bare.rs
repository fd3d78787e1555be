//! One thread that does nothing but write orders into a SQLite store, as many in each commit as
//! there are customers beside it: what the disk and SQLite give without a store around them.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use rusqlite::{Connection, TransactionBehavior, params};
use uuid::Uuid;

const WARM_UP: Duration = Duration::from_secs(2);
const DEFAULT_LOCATION: Uuid = Uuid::from_u128(0x7000_8000_0000_0000_0001);

/// Orders a second, each of one unit of one product after another, over `window`.
///
/// # Errors
/// When the store in `dir` is not as the product fills it.
pub(crate) fn orders_per_second(dir: &Path, group: usize, window: Duration) -> anyhow::Result<f64> {
    let mut store = Connection::open(dir.join("kontor.db"))?;
    store.set_prepared_statement_cache_capacity(32);
    store.execute_batch("PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL")?;
    let customer = Uuid::from_u128(1);
    store.execute(CUSTOMER, params![customer])?;
    store.execute("UPDATE stock_levels SET on_hand = 1000000", [])?;
    let products: Vec<Uuid> = store
        .prepare("SELECT id FROM products WHERE status = 'active' AND is_priced")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let began = Instant::now();
    let (mut placed, mut counted_from) = (0_u32, None);
    while began.elapsed() < WARM_UP + window {
        if counted_from.is_none() && began.elapsed() >= WARM_UP {
            counted_from = Some((Instant::now(), placed));
        }
        let commit = store.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for _ in 0..group {
            let product = products.get(usize::try_from(placed)? % products.len());
            place(&commit, placed, customer, *product.context("no product")?)?;
            placed += 1;
        }
        commit.commit()?;
    }
    let (from, before) = counted_from.context("no commit was in time")?;
    Ok(f64::from(placed - before) / from.elapsed().as_secs_f64())
}

/// The statements of placing an order of one line, in the order of the store.
fn place(store: &Connection, number: u32, customer: Uuid, product: Uuid) -> anyhow::Result<()> {
    let now = 1_790_000_000_000_000 + i64::from(number);
    // As they are in the store: they grow with time, and their ends are drawn.
    let mixed = u128::from(number).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835) >> 66;
    let id = |of: u128| Uuid::from_u128((u128::from(number) << 80) | (of << 64) | mixed);
    let (level, variant, name, sku, amount): (Uuid, Uuid, String, String, i64) =
        store.prepare_cached(OFFERS)?.query_row(params![DEFAULT_LOCATION, product], |row| {
            Ok((
                row.get("level_id")?,
                row.get("variant_id")?,
                row.get("name")?,
                row.get("sku")?,
                row.get("amount")?,
            ))
        })?;
    let taken = store.prepare_cached(RESERVE)?.query(params![1, level])?.next()?.is_some();
    ensure!(taken, "{sku} is sold out");
    let order = id(1);
    store.prepare_cached(MOVEMENT)?.execute(params![id(2), level, order, now])?;
    let until = now + 1_800_000_000;
    let shown = format!("{number:010}");
    store.prepare_cached(ORDER)?.execute(params![order, shown, customer, amount, now, until])?;
    let line = params![id(3), order, product, variant, level, name, sku, amount];
    store.prepare_cached(LINE)?.execute(line)?;
    store.prepare_cached(TIMELINE)?.execute(params![order, now])?;
    let told = format!(
        r#"{{"order_id":"{order}","total":{{"currency":"RUB","minor":{amount}}},"user_id":"{customer}"}}"#
    );
    let correlation = id(4).to_string();
    store.prepare_cached(EVENT)?.execute(params![id(5), order, now, correlation, told])?;
    Ok(())
}

const CUSTOMER: &str = "INSERT INTO users (id, email, email_key, password_hash, role, is_active, \
    is_verified, version, created_at, updated_at) \
    VALUES (?, 'bare', 'bare', '-', 'user', true, true, 1, 0, 0)";

const OFFERS: &str = "WITH wanted AS (SELECT id FROM variants WHERE position = 0 \
    AND product_id IN (?2)) \
    SELECT v.id AS variant_id, v.product_id, v.sku, v.position, v.track_stock, \
    v.name AS variant_name, p.name, s.id AS level_id, vp.currency, vp.amount, \
    p.status = 'active' AND COALESCE(c.is_shown, true) AS is_sold \
    FROM wanted JOIN variants v ON v.id = wanted.id JOIN products p ON p.id = v.product_id \
    LEFT JOIN categories c ON c.id = p.category_id \
    LEFT JOIN stock_levels s ON s.variant_id = v.id AND s.location_id = ?1 \
    LEFT JOIN variant_prices vp ON vp.variant_id = v.id ORDER BY v.id, vp.position";

const RESERVE: &str = "UPDATE stock_levels SET reserved = reserved + ?1, version = version + 1, \
    event_version = event_version \
    + CASE WHEN on_hand - reserved - allocated > low_stock_threshold \
    AND on_hand - reserved - allocated - ?1 <= low_stock_threshold THEN 1 ELSE 0 END \
    + CASE WHEN on_hand - reserved - allocated + backorder_limit > 0 \
    AND on_hand - reserved - allocated - ?1 + backorder_limit <= 0 THEN 1 ELSE 0 END \
    WHERE id = ?2 AND on_hand - reserved - allocated + backorder_limit >= ?1 \
    RETURNING event_version, on_hand, reserved, allocated, backorder_limit, low_stock_threshold";

const MOVEMENT: &str = "INSERT INTO stock_movements (id, level_id, kind, on_hand_change, \
    reserved_change, allocated_change, order_id, reason, created_at) \
    VALUES (?1, ?2, 'reserve', 0, 1, 0, ?3, NULL, ?4)";

const ORDER: &str = "INSERT INTO orders (id, number, user_id, status, payment_status, \
    fulfilment_status, currency, lines_total, discount_total, shipping_total, tax_total, total, \
    version, created_at, updated_at, expires_at, coupon_id, promo_code, shipping_address, \
    billing_address, note) VALUES (?1, ?2, ?3, 'pending', 'none', 'unfulfilled', 'RUB', ?4, 0, 0, 0, \
    ?4, 1, ?5, ?5, ?6, NULL, NULL, NULL, NULL, NULL)";

const LINE: &str = "INSERT INTO order_lines (id, order_id, position, product_id, variant_id, \
    level_id, name, sku, quantity, unit_price, discount) \
    VALUES (?1, ?2, 0, ?3, ?4, ?5, ?6, ?7, 1, ?8, 0)";

const TIMELINE: &str = "INSERT INTO order_timeline (order_id, version, event, status, created_at) \
    VALUES (?1, 1, 'ordering.order_placed.v1', 'pending', ?2)";

const EVENT: &str = "INSERT INTO outbox (id, type, aggregate_type, aggregate_id, \
    aggregate_version, occurred_at, correlation_id, causation_id, traceparent, data) \
    VALUES (?1, 'ordering.order_placed.v1', 'order', ?2, 1, ?3, ?4, NULL, NULL, ?5)";
