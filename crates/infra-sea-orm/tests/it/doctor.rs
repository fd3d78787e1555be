use domain::{
    operations::{Check, Doctor, Finding, RepairCounters},
    ordering::Order,
};
use infra_sea_orm::{SeaDoctor, SeaRepairs};
use sea_orm::ConnectionTrait;

use crate::{
    fixture::TestDatabase,
    shop::{Shop, at},
};

/// A shop with a pending order, a paid one, a reinstated one, and one whose late money goes back.
async fn busy_shop(test: TestDatabase) -> (Shop, [Order; 4]) {
    let shop = Shop::open(test).await;
    let ann = shop.user("ann").await;
    let (tea, rum) = (shop.stock_up("tea", 9).await, shop.stock_up("rum", 1).await);
    let place = async |keys: &[_]| shop.place(ann, keys).await.unwrap().unwrap();
    let paid = place(&[tea]).await;
    shop.request(&paid, "paid").await;
    shop.capture("paid").await.unwrap();
    let reinstated = place(&[tea]).await;
    shop.expire(&reinstated).await;
    shop.request(&reinstated, "reinstated").await;
    shop.capture("reinstated").await.unwrap();
    let late = place(&[tea, rum]).await;
    shop.expire(&late).await;
    let pending = place(&[tea, rum]).await;
    shop.request(&late, "late").await;
    shop.capture("late").await.unwrap();
    (shop, [pending, paid, reinstated, late])
}

async fn findings(shop: &Shop, seconds: i64) -> Vec<Finding> {
    SeaDoctor { db: shop.db.clone() }.examine(at(seconds)).await.unwrap().findings
}

async fn a_busy_shop_is_healthy(test: TestDatabase) {
    let (shop, orders) = busy_shop(test).await;
    let report = SeaDoctor { db: shop.db.clone() }.examine(at(10)).await.unwrap();
    assert_eq!(report.findings, []);
    assert_eq!(report.checked, Check::ALL);
    let mut statuses = Vec::new();
    for order in &orders {
        let view = shop.ports.order_reads.order(order.id(), None).await.unwrap().unwrap();
        statuses.push(view.status.as_str());
    }
    assert_eq!(statuses, ["pending", "paid", "paid", "expired"]);
}

async fn every_planted_violation_is_found(test: TestDatabase) {
    let (shop, [pending, paid, ..]) = busy_shop(test).await;
    let id = |order: &Order| {
        let id = order.id().raw().simple();
        if shop.is_sqlite { format!("x'{id}'") } else { format!("'{id}'") }
    };
    let (pending, paid) = (id(&pending), id(&paid));
    let unchecked = |rule: &str| {
        if shop.is_sqlite {
            "PRAGMA ignore_check_constraints = ON".to_owned()
        } else {
            format!("ALTER TABLE stock_levels DROP CONSTRAINT {rule}")
        }
    };
    let plants = [
        (
            Check::StockMatchesMovements,
            "UPDATE stock_movements SET on_hand_change = 5 WHERE kind = 'reserve'".to_owned(),
        ),
        (
            Check::StockNotShort,
            format!(
                "{}; UPDATE stock_levels SET on_hand = 0",
                unchecked("ck_stock_levels_not_short")
            ),
        ),
        (
            Check::TotalsAddUp,
            format!(
                "UPDATE orders SET lines_total = lines_total + 1, total = total + 1 \
                 WHERE id = {pending}"
            ),
        ),
        (
            Check::ReservedMatchesPending,
            format!("UPDATE order_lines SET quantity = 7 WHERE order_id = {pending}"),
        ),
        (
            Check::MoneyIsConserved,
            format!("UPDATE payments SET captured = captured - 1 WHERE order_id = {paid}"),
        ),
        (
            Check::RefundsWithinCaptures,
            "UPDATE refunds SET status = 'succeeded', amount = 99999999".to_owned(),
        ),
        (
            Check::EventsWithoutGaps,
            format!("DELETE FROM order_timeline WHERE version = 1 AND order_id = {paid}"),
        ),
        (
            Check::OneActiveAttempt,
            format!(
                "DROP INDEX uq_payments_active_order; \
                 UPDATE payments SET status = 'pending', order_id = {pending}"
            ),
        ),
        (
            Check::InboxUnique,
            "DROP TABLE inbox; CREATE TABLE inbox (consumer text, event_id uuid); \
             INSERT INTO inbox SELECT 'mailer', id FROM users; \
             INSERT INTO inbox SELECT 'mailer', id FROM users"
                .to_owned(),
        ),
        (
            Check::CouponsMatchRedemptions,
            "INSERT INTO coupons (id, code, percent, is_active, used, version, created_at, \
             updated_at) SELECT id, 'TEA-10', 1000, true, 1, 1, 0, 0 FROM users"
                .to_owned(),
        ),
        (Check::OneRefreshToken, "UPDATE sessions SET previous_hash = current_hash".to_owned()),
    ];
    for (check, plant) in plants {
        let has = |found: &[Finding]| found.iter().any(|finding| finding.check == check);
        assert!(!has(&findings(&shop, 10).await), "{check} before");
        shop.db.migration_connection().execute_unprepared(&plant).await.unwrap();
        assert!(has(&findings(&shop, 10).await), "{check}");
    }
    let found = findings(&shop, 10).await;
    let money = found.iter().find(|finding| finding.check == Check::MoneyIsConserved).unwrap();
    assert!(money.detail.contains("captured"), "{}", money.detail);
}

async fn lost_and_late_events_are_found(test: TestDatabase) {
    let (shop, _) = busy_shop(test).await;
    let late = findings(&shop, 3600).await;
    let [late] = late.as_slice() else { panic!("{late:?}") };
    assert_eq!(late.check, Check::OutboxDrains);
    assert!(late.detail.contains("events wait") && late.detail.contains("3600 s"), "{late:?}");
    for (lost, rows) in [
        ("UPDATE users SET version = version + 1", 1),
        ("DELETE FROM outbox WHERE aggregate_type = 'payment' AND aggregate_version = 2", 4),
    ] {
        shop.db.migration_connection().execute_unprepared(lost).await.unwrap();
        let found = findings(&shop, 10).await;
        assert_eq!(found.len(), rows, "{lost}: {found:?}");
        assert!(found.iter().all(|finding| finding.check == Check::EventsWithoutGaps));
    }
}

async fn wrong_counters_are_computed_anew_and_nothing_else(test: TestDatabase) {
    let (shop, _) = busy_shop(test).await;
    let repairs = SeaRepairs { db: shop.db.clone() };
    assert_eq!(repairs.repair(at(10)).await.unwrap(), [], "nothing is wrong");
    for wrong in [
        "UPDATE stock_levels SET on_hand = on_hand + 3, reserved = reserved + 1",
        "INSERT INTO coupons (id, code, percent, is_active, used, version, created_at, \
         updated_at) SELECT id, 'TEA-10', 1000, true, 5, 1, 0, 0 FROM users",
        "UPDATE order_timeline SET event = event",
    ] {
        shop.db.migration_connection().execute_unprepared(wrong).await.unwrap();
    }
    assert!(!findings(&shop, 10).await.is_empty());
    let done = repairs.repair(at(10)).await.unwrap();
    let checks: Vec<_> = done.iter().map(|repair| (repair.check, repair.is_done)).collect();
    let (stock, coupons) = (Check::StockMatchesMovements, Check::CouponsMatchRedemptions);
    assert_eq!(checks, [(stock, true), (stock, true), (coupons, true)]);
    assert!(done[2].detail.ends_with("used:5..0"), "{}", done[2].detail);
    assert_eq!(findings(&shop, 10).await, []);
    assert_eq!(repairs.repair(at(10)).await.unwrap(), [], "once is enough");
    let audited = shop.ports.audit.head().await.unwrap();
    assert_eq!(audited.seq, 3);
}

async fn what_the_schema_forbids_is_left_to_a_person(test: TestDatabase) {
    let (shop, _) = busy_shop(test).await;
    let wrong = "UPDATE stock_movements SET on_hand_change = -500 WHERE kind = 'opening'";
    shop.db.migration_connection().execute_unprepared(wrong).await.unwrap();
    let done = SeaRepairs { db: shop.db.clone() }.repair(at(10)).await.unwrap();
    assert!(!done.is_empty() && done.iter().all(|repair| !repair.is_done), "{done:?}");
    assert!(done[0].detail.contains("refused by ck_stock_levels"), "{}", done[0].detail);
    assert!(!findings(&shop, 10).await.is_empty());
}

on_each_database!(
    wrong_counters_are_computed_anew_and_nothing_else,
    what_the_schema_forbids_is_left_to_a_person,
    a_busy_shop_is_healthy,
    every_planted_violation_is_found,
    lost_and_late_events_are_found,
);
