//! One statement for each invariant; a row is a violation.

use domain::{operations::Check, shared::error::StoreError};
use uuid::Uuid;

use crate::{row::get, sql::Row};

pub(super) struct Probe {
    pub(super) check: Check,
    pub(super) sql: &'static str,
    pub(super) tell: fn(&Row) -> Result<String, StoreError>,
}

fn id(row: &Row) -> Result<Uuid, StoreError> {
    get(row, "id")
}

fn number(row: &Row, column: &str) -> Result<i64, StoreError> {
    get(row, column)
}

/// All but the outbox, which depends on the time.
pub(super) const PROBES: &[Probe] = &[
    Probe {
        check: Check::StockMatchesMovements,
        sql: "SELECT s.id, s.on_hand, s.reserved, s.allocated, \
            COALESCE(m.on_hand, 0) AS moved_on_hand, COALESCE(m.reserved, 0) AS moved_reserved, \
            COALESCE(m.allocated, 0) AS moved_allocated \
            FROM stock_levels s LEFT JOIN (SELECT level_id, \
             CAST(SUM(on_hand_change) AS bigint) AS on_hand, \
             CAST(SUM(reserved_change) AS bigint) AS reserved, \
             CAST(SUM(allocated_change) AS bigint) AS allocated \
             FROM stock_movements GROUP BY level_id) m ON m.level_id = s.id \
            WHERE s.on_hand <> COALESCE(m.on_hand, 0) OR s.reserved <> COALESCE(m.reserved, 0) \
            OR s.allocated <> COALESCE(m.allocated, 0) ORDER BY s.id LIMIT 20",
        tell: |row| {
            Ok(format!(
                "stock level {} has on hand {}, reserved {}, allocated {}; its movements add up to \
                 {}, {}, {}",
                id(row)?,
                number(row, "on_hand")?,
                number(row, "reserved")?,
                number(row, "allocated")?,
                number(row, "moved_on_hand")?,
                number(row, "moved_reserved")?,
                number(row, "moved_allocated")?,
            ))
        },
    },
    Probe {
        check: Check::StockNotShort,
        sql: "SELECT id, on_hand - reserved - allocated AS free, backorder_limit \
            FROM stock_levels WHERE on_hand - reserved - allocated < -backorder_limit \
            ORDER BY id LIMIT 20",
        tell: |row| {
            let (free, limit) = (number(row, "free")?, number(row, "backorder_limit")?);
            Ok(format!("stock level {} has {free} free, below -{limit}", id(row)?))
        },
    },
    Probe {
        check: Check::ReservedMatchesPending,
        sql: "SELECT s.id, s.reserved, COALESCE(w.quantity, 0) AS wanted FROM stock_levels s \
            LEFT JOIN (SELECT l.level_id, CAST(SUM(l.quantity) AS bigint) AS quantity \
             FROM orders o JOIN order_lines l ON l.order_id = o.id \
             WHERE o.status = 'pending' AND l.level_id IS NOT NULL GROUP BY l.level_id) w \
            ON w.level_id = s.id WHERE s.reserved <> COALESCE(w.quantity, 0) \
            ORDER BY s.id LIMIT 20",
        tell: |row| {
            let (reserved, wanted) = (number(row, "reserved")?, number(row, "wanted")?);
            let id = id(row)?;
            Ok(format!("stock level {id} has {reserved} reserved; pending orders hold {wanted}"))
        },
    },
    Probe {
        check: Check::TotalsAddUp,
        sql: "SELECT o.id, o.total, o.lines_total, COALESCE(l.lines, 0) AS lines, \
            o.discount_total, COALESCE(l.discounts, 0) AS discounts, \
            o.lines_total + o.shipping_total + o.tax_total - o.discount_total AS parts \
            FROM orders o LEFT JOIN (SELECT order_id, \
             CAST(SUM(quantity * unit_price) AS bigint) AS lines, \
             CAST(SUM(discount) AS bigint) AS discounts \
             FROM order_lines GROUP BY order_id) l ON l.order_id = o.id \
            WHERE o.lines_total <> COALESCE(l.lines, 0) \
            OR o.discount_total <> COALESCE(l.discounts, 0) \
            OR o.total <> o.lines_total + o.shipping_total + o.tax_total - o.discount_total \
            ORDER BY o.id LIMIT 20",
        tell: |row| {
            Ok(format!(
                "order {} has total {} of parts {}, lines total {} of lines {}, and discount {} \
                 of lines {}",
                id(row)?,
                number(row, "total")?,
                number(row, "parts")?,
                number(row, "lines_total")?,
                number(row, "lines")?,
                number(row, "discount_total")?,
                number(row, "discounts")?,
            ))
        },
    },
    Probe {
        check: Check::MoneyIsConserved,
        sql: "SELECT o.id, o.status, o.total, COALESCE(p.captured, 0) AS captured, \
            COALESCE(p.refunded, 0) + COALESCE(r.scheduled, 0) AS back FROM orders o \
            LEFT JOIN (SELECT order_id, CAST(SUM(captured) AS bigint) AS captured, \
             CAST(SUM(refunded) AS bigint) AS refunded FROM payments GROUP BY order_id) p \
            ON p.order_id = o.id \
            LEFT JOIN (SELECT order_id, CAST(SUM(amount) AS bigint) AS scheduled FROM refunds \
             WHERE status = 'scheduled' GROUP BY order_id) r ON r.order_id = o.id \
            WHERE (o.status NOT IN ('pending', 'cancelled', 'expired') \
             AND COALESCE(p.captured, 0) < o.total) \
            OR (o.status IN ('cancelled', 'expired') \
             AND COALESCE(p.captured, 0) > COALESCE(p.refunded, 0) + COALESCE(r.scheduled, 0)) \
            ORDER BY o.id LIMIT 20",
        tell: |row| {
            let (captured, total) = (number(row, "captured")?, number(row, "total")?);
            let (id, status) = (id(row)?, get::<String>(row, "status")?);
            let back = number(row, "back")?;
            Ok(format!(
                "order {id} is {status} with total {total}, captured {captured}, refunds {back}"
            ))
        },
    },
    Probe {
        check: Check::RefundsWithinCaptures,
        sql: "SELECT p.id, p.captured, p.refunded, COALESCE(r.done, 0) AS done FROM payments p \
            LEFT JOIN (SELECT payment_id, CAST(SUM(amount) AS bigint) AS done FROM refunds \
             WHERE status = 'succeeded' GROUP BY payment_id) r ON r.payment_id = p.id \
            WHERE p.refunded > p.captured OR COALESCE(r.done, 0) > p.captured \
            ORDER BY p.id LIMIT 20",
        tell: |row| {
            let (captured, refunded) = (number(row, "captured")?, number(row, "refunded")?);
            let (id, done) = (id(row)?, number(row, "done")?);
            Ok(format!("payment {id} captured {captured}, refunded {refunded}, by refunds {done}"))
        },
    },
    Probe {
        check: Check::OneActiveAttempt,
        sql: "SELECT order_id AS id, COUNT(*) AS attempts FROM payments \
            WHERE status IN ('created', 'pending', 'requires_action', 'authorized') \
            GROUP BY order_id HAVING COUNT(*) > 1 ORDER BY order_id LIMIT 20",
        tell: |row| {
            Ok(format!("order {} has {} active attempts", id(row)?, number(row, "attempts")?))
        },
    },
    Probe {
        check: Check::EventsWithoutGaps,
        // The outbox forgets events after some days, oldest first; what is left has no gaps and
        // ends with the row's own version, or with the end of the thing itself. Of orders the
        // timeline keeps every step.
        sql: "SELECT * FROM (SELECT h.aggregate_type AS kind, h.aggregate_id AS id, \
             h.first_version, h.last_version, h.steps, CASE h.aggregate_type \
              WHEN 'user' THEN (SELECT version FROM users WHERE id = h.aggregate_id) \
              WHEN 'session' THEN (SELECT version FROM sessions WHERE id = h.aggregate_id) \
              WHEN 'category' THEN (SELECT version FROM categories WHERE id = h.aggregate_id) \
              WHEN 'product' THEN (SELECT version FROM products WHERE id = h.aggregate_id) \
              WHEN 'post' THEN (SELECT version FROM posts WHERE id = h.aggregate_id) \
              WHEN 'stock_level' THEN COALESCE((SELECT event_version FROM stock_levels \
               WHERE id = h.aggregate_id), h.last_version) \
              WHEN 'order' THEN (SELECT version FROM orders WHERE id = h.aggregate_id) \
              WHEN 'payment' THEN (SELECT version FROM payments WHERE id = h.aggregate_id) \
              ELSE h.last_version END AS version \
             FROM (SELECT aggregate_type, aggregate_id, MIN(aggregate_version) AS first_version, \
              MAX(aggregate_version) AS last_version, COUNT(*) AS steps FROM outbox \
              GROUP BY aggregate_type, aggregate_id) h \
             UNION ALL SELECT 'order', o.id, 1, COALESCE(t.last_version, 0), \
              COALESCE(t.steps, 0), o.version FROM orders o \
              LEFT JOIN (SELECT order_id, MAX(version) AS last_version, COUNT(*) AS steps \
              FROM order_timeline GROUP BY order_id) t ON t.order_id = o.id) history \
            WHERE version <> last_version OR (version IS NULL AND NOT EXISTS (SELECT 1 FROM outbox e \
             WHERE e.aggregate_type = kind AND e.aggregate_id = history.id \
             AND e.aggregate_version = last_version AND e.type IN \
             ('catalogue.category_deleted.v1', 'catalogue.product_deleted.v1', \
              'content.post_deleted.v1'))) \
            OR steps <> last_version - first_version + 1 ORDER BY kind, id LIMIT 20",
        tell: |row| {
            let version = get::<Option<i64>>(row, "version")?;
            let version = version.map_or("none".to_owned(), |version| version.to_string());
            Ok(format!(
                "{} {} has version {version}; its history has {} steps, {} to {}",
                get::<String>(row, "kind")?,
                id(row)?,
                number(row, "steps")?,
                number(row, "first_version")?,
                number(row, "last_version")?,
            ))
        },
    },
    Probe {
        check: Check::InboxUnique,
        sql: "SELECT consumer, event_id AS id, COUNT(*) AS times FROM inbox \
            GROUP BY consumer, event_id HAVING COUNT(*) > 1 ORDER BY consumer, event_id LIMIT 20",
        tell: |row| {
            let (consumer, times) = (get::<String>(row, "consumer")?, number(row, "times")?);
            Ok(format!("event {} was handled {times} times by {consumer}", id(row)?))
        },
    },
    Probe {
        check: Check::OneRefreshToken,
        sql: "SELECT s.id, s.generation, (SELECT COUNT(*) FROM sessions t \
             WHERE t.current_hash = s.current_hash) AS holders FROM sessions s \
            WHERE s.revoked_at IS NULL AND (length(s.current_hash) <> 32 \
            OR s.previous_hash = s.current_hash \
            OR (s.generation = 1) <> (s.previous_hash IS NULL) \
            OR (SELECT COUNT(*) FROM sessions t WHERE t.current_hash = s.current_hash) > 1) \
            ORDER BY s.id LIMIT 20",
        tell: |row| {
            let (generation, holders) = (number(row, "generation")?, number(row, "holders")?);
            let id = id(row)?;
            Ok(format!(
                "session {id} is live at generation {generation}; {holders} sessions have its token"
            ))
        },
    },
    Probe {
        check: Check::CouponsMatchRedemptions,
        sql: "SELECT c.id, c.used, COALESCE(r.held, 0) AS held FROM coupons c \
            LEFT JOIN (SELECT coupon_id, COUNT(*) AS held FROM coupon_redemptions \
             WHERE released_at IS NULL GROUP BY coupon_id) r ON r.coupon_id = c.id \
            WHERE c.used <> COALESCE(r.held, 0) ORDER BY c.id LIMIT 20",
        tell: |row| {
            let (used, held) = (number(row, "used")?, number(row, "held")?);
            Ok(format!("coupon {} is used {used} times; {held} orders hold it", id(row)?))
        },
    },
];

pub(super) const OUTBOX_DRAINS: &str = "SELECT COUNT(*) AS waiting, MIN(occurred_at) AS oldest \
    FROM outbox WHERE published_at IS NULL AND occurred_at < $1";
