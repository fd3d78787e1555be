//! The doctor is quick enough to be asked, however much the shop has sold.

use std::time::{Duration, Instant};

use acceptance::Stack;
use domain::{operations::Doctor, shared::ports::Clock};
use sea_orm::{ConnectionTrait, DbBackend, TransactionTrait};
use shaku::HasComponent;

use super::{Chain, sized};

crate::on_both_stacks!(a_busy_shop_is_examined_within_ten_seconds);

const ORDERS: usize = sized(100_000, 1_000);
const PEOPLE: usize = sized(20_000, 200);
const LONGEST: Duration = Duration::from_secs(10);

/// 100,000 orders of two lines, with their money, stock, steps and messages.
async fn a_busy_shop_is_examined_within_ten_seconds(stack: Stack) -> anyhow::Result<()> {
    let chain = Chain::open(stack).await?;
    for number in 0..sized(100, 10) {
        chain.app.sell(&format!("goods-{number}"), 500, 10_000_000).await?;
    }
    chain.app.run_until_idle().await?;
    let connection = chain.app.connection();
    let texts = Texts(connection.get_database_backend());
    let work = connection.begin().await?;
    if texts.0 == DbBackend::Postgres {
        work.execute_unprepared("SET LOCAL statement_timeout = 0").await?;
    }
    for statement in texts.statements() {
        work.execute_unprepared(&statement).await?;
    }
    work.commit().await?;
    if texts.0 == DbBackend::Postgres {
        connection.execute_unprepared("ANALYZE").await?;
    }

    let (doctor, clock): (&dyn Doctor, &dyn Clock) =
        (chain.app.module().resolve_ref(), chain.app.module().resolve_ref());
    let began = Instant::now();
    let report = doctor.examine(clock.now()).await?;
    let took = began.elapsed();
    super::tell(&format!("{ORDERS} orders on {stack:?} examined in {took:?}"));
    assert_eq!(report.findings, []);
    assert!(took < LONGEST, "{took:?}");

    // It did look: one order in all of them is short of a step.
    let cut = format!(
        "DELETE FROM order_timeline WHERE version = 4 AND order_id = {}",
        texts.id('c', "3")
    );
    connection.execute_unprepared(&cut).await?;
    assert_eq!(doctor.examine(clock.now()).await?.findings.len(), 1);
    connection.execute_unprepared(&texts.step(4, "WHERE i = 3")).await?;
    chain.close().await
}

/// The SQL of one database.
struct Texts(DbBackend);

impl Texts {
    /// A UUID of its own for each kind and number.
    fn id(&self, kind: char, number: &str) -> String {
        match self.0 {
            DbBackend::Sqlite => format!("CAST(printf('{kind}%015d', {number}) AS BLOB)"),
            _ => format!("CAST('{kind}' || lpad(to_hex({number}), 31, '0') AS uuid)"),
        }
    }

    fn hash(&self, number: &str) -> String {
        match self.0 {
            DbBackend::Sqlite => format!("CAST(printf('%032d', {number}) AS BLOB)"),
            _ => format!("decode(lpad(to_hex({number}), 64, '0'), 'hex')"),
        }
    }

    /// `INSERT`, once for each number `i` below `count`.
    fn each(count: usize, into: &str, select: &str) -> String {
        format!(
            "INSERT INTO {into} WITH RECURSIVE numbers (i) AS (SELECT 0 UNION ALL SELECT i + 1 \
             FROM numbers WHERE i < {count} - 1), goods AS (SELECT row_number() OVER (ORDER BY l.id) - 1 \
             AS place, l.id AS level, v.id AS variant, v.product_id AS product, v.sku AS sku \
             FROM stock_levels l JOIN variants v ON v.id = l.variant_id) {select}"
        )
    }

    /// Step `version` of the orders that have one.
    fn step(&self, version: u32, which: &str) -> String {
        let name = "CASE {version} WHEN 1 THEN 'placed' WHEN 3 THEN 'shipped' WHEN 4 THEN \
            'delivered' ELSE CASE i % 10 WHEN 1 THEN 'cancelled' WHEN 2 THEN 'expired' ELSE 'paid' END END"
            .replace("{version}", &version.to_string());
        Self::each(
            ORDERS,
            "order_timeline (order_id, version, event, status, created_at)",
            &format!(
                "SELECT {}, {version}, 'ordering.order_' || {name} || '.v1', \
                 CASE {version} WHEN 1 THEN 'pending' ELSE {name} END, {version} FROM numbers {which}",
                self.id('c', "i")
            ),
        )
    }

    /// Of ten orders one is pending, one cancelled, one expired, and seven are delivered, of which
    /// one was refunded. Each has two lines of one to three units at 5.00.
    fn statements(&self) -> Vec<String> {
        let (person, order) = (self.id('a', "i"), self.id('c', "i"));
        let (closed, paid) = ("WHERE i % 10 > 0", "WHERE i % 10 > 2");
        let total = "(1 + i % 3) * 1000";
        let mut all = vec![
            Self::each(
                PEOPLE,
                "users (id, email, email_key, password_hash, role, is_active, is_verified, \
                 version, created_at, updated_at)",
                &format!(
                    "SELECT {person}, 'u' || i || '@example.com', 'u' || i || '@example.com', 'x', \
                     'user', true, true, 1, 1, 1 FROM numbers"
                ),
            ),
            Self::each(
                PEOPLE,
                "sessions (id, user_id, generation, current_hash, rotated_at, created_at, \
                 expires_at, version)",
                &format!(
                    "SELECT {}, {person}, 1, {}, 1, 1, 9000000000000000, 0 FROM numbers",
                    self.id('b', "i"),
                    self.hash("i")
                ),
            ),
            Self::each(
                ORDERS,
                "orders (id, number, user_id, status, payment_status, fulfilment_status, currency, \
                 lines_total, discount_total, shipping_total, tax_total, total, version, \
                 created_at, updated_at, expires_at)",
                &format!(
                    "SELECT {order}, 'N-' || i, {}, CASE i % 10 WHEN 0 THEN 'pending' WHEN 1 THEN \
                     'cancelled' WHEN 2 THEN 'expired' ELSE 'delivered' END, CASE i % 10 WHEN 0 THEN \
                     'none' WHEN 1 THEN 'none' WHEN 2 THEN 'none' WHEN 3 THEN 'refunded' ELSE 'paid' \
                     END, CASE WHEN i % 10 > 2 THEN 'delivered' ELSE 'unfulfilled' END, 'RUB', \
                     {total}, 0, 0, 0, {total}, CASE i % 10 WHEN 0 THEN 1 WHEN 1 THEN 2 WHEN 2 THEN 2 \
                     ELSE 4 END, 1, 1, CASE WHEN i % 10 = 0 THEN 9000000000000000 END FROM numbers",
                    self.id('a', &format!("i % {PEOPLE}"))
                ),
            ),
        ];
        for position in 0..2 {
            let place = format!("(i + {position}) % (SELECT COUNT(*) FROM goods)");
            let delivered = "CASE WHEN i % 10 > 2 THEN 1 + i % 3 ELSE 0 END";
            all.push(Self::each(
                ORDERS,
                "order_lines (id, order_id, position, product_id, variant_id, level_id, name, sku, \
                 quantity, unit_price, shipped)",
                &format!(
                    "SELECT {}, {order}, {position}, product, variant, level, sku, sku, 1 + i % 3, \
                     500, {delivered} FROM numbers JOIN goods ON place = {place}",
                    self.id('d', &format!("i * 2 + {position}"))
                ),
            ));
            for (at, (kind, [on_hand, reserved, allocated], which)) in [
                ("reserve", [0, 1, 0], ""),
                ("release", [0, -1, 0], "WHERE i % 10 IN (1, 2)"),
                ("allocate", [0, -1, 1], paid),
                ("ship", [-1, 0, -1], paid),
            ]
            .into_iter()
            .enumerate()
            {
                all.push(Self::each(
                    ORDERS,
                    "stock_movements (id, level_id, kind, on_hand_change, reserved_change, \
                     allocated_change, order_id, created_at)",
                    &format!(
                        "SELECT {}, level, '{kind}', {on_hand} * (1 + i % 3), {reserved} * (1 + i % 3), \
                         {allocated} * (1 + i % 3), {order}, 1 FROM numbers JOIN goods ON place = {place} \
                         {which}",
                        self.id('e', &format!("i * 8 + {position} * 4 + {at}"))
                    ),
                ));
            }
        }
        all.push(
            "UPDATE stock_levels SET (on_hand, reserved, allocated) = (SELECT \
             CAST(SUM(on_hand_change) AS bigint), CAST(SUM(reserved_change) AS bigint), \
             CAST(SUM(allocated_change) AS bigint) FROM stock_movements m WHERE m.level_id = stock_levels.id)"
                .to_owned(),
        );
        all.extend(
            [(1, ""), (2, closed), (3, paid), (4, paid)]
                .map(|(version, which)| self.step(version, which)),
        );
        all.push(Self::each(
            ORDERS,
            "payments (id, order_id, provider, provider_payment_id, status, amount, currency, \
             authorized, captured, refunded, version, created_at, updated_at)",
            &format!(
                "SELECT {}, {order}, 'mock', 'bulk_' || i, 'succeeded', {total}, 'RUB', {total}, {total}, \
                 CASE WHEN i % 10 = 3 THEN {total} ELSE 0 END, 1, 1, 1 FROM numbers {paid}",
                self.id('f', "i")
            ),
        ));
        all.push(Self::each(
            ORDERS,
            "refunds (id, payment_id, order_id, amount, currency, status, created_at, updated_at)",
            &format!(
                "SELECT {order}, {}, {order}, {total}, 'RUB', 'succeeded', 1, 1 FROM numbers \
                 WHERE i % 10 = 3",
                self.id('f', "i")
            ),
        ));
        let event = self.id('0', "seq");
        all.push(format!(
            "INSERT INTO outbox (id, type, aggregate_type, aggregate_id, aggregate_version, \
             occurred_at, data, published_at) SELECT {}, event, 'order', order_id, version, 1, '{{}}', 1 \
             FROM (SELECT t.*, row_number() OVER (ORDER BY order_id, version) AS place FROM order_timeline t) numbered",
            self.id('0', "place")
        ));
        all.push(format!(
            "INSERT INTO inbox (consumer, event_id, created_at) SELECT 'bulk', {event}, 1 FROM outbox"
        ));
        all
    }
}
