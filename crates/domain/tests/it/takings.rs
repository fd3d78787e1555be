use domain::{
    ordering::PaymentStatus,
    payments::{FactKind, Takings},
};

use crate::fixtures::{fact, payment, roubles, stamp};

#[test]
fn the_payment_status_follows_from_the_sums() {
    let total = roubles(100);
    #[rustfmt::skip]
    let table = [
        // authorized, captured, refunded, voided, disputed
        (0,   0,   0,   false, false, PaymentStatus::None),
        (100, 0,   0,   false, false, PaymentStatus::Authorized),
        (100, 0,   0,   true,  false, PaymentStatus::Authorized),
        (0,   0,   0,   true,  false, PaymentStatus::Voided),
        (0,   40,  0,   false, false, PaymentStatus::PartiallyPaid),
        (0,   100, 0,   false, false, PaymentStatus::Paid),
        (0,   200, 0,   false, false, PaymentStatus::Overpaid),
        (0,   200, 100, false, false, PaymentStatus::Paid),
        (0,   100, 30,  false, false, PaymentStatus::PartiallyRefunded),
        (0,   100, 100, false, false, PaymentStatus::Refunded),
        (0,   200, 150, false, false, PaymentStatus::PartiallyRefunded),
        (0,   100, 0,   false, true,  PaymentStatus::Disputed),
        (0,   100, 100, false, true,  PaymentStatus::Disputed),
    ];
    for (authorized, captured, refunded, voided, disputed, expected) in table {
        let takings = Takings {
            authorized: roubles(authorized),
            captured: roubles(captured),
            refunded: roubles(refunded),
            refunding: roubles(0),
            voided,
            disputed,
        };
        assert_eq!(takings.status(total), expected, "{takings:?}");
    }
}

#[test]
fn an_order_that_costs_nothing_is_paid_without_money() {
    let nothing = Takings::none(roubles(0).currency);
    assert_eq!(nothing.status(roubles(0)), PaymentStatus::Paid);
}

#[test]
fn money_on_its_way_back_is_not_held_any_more() {
    let takings = Takings {
        captured: roubles(100),
        refunded: roubles(30),
        refunding: roubles(50),
        ..Takings::none(roubles(0).currency)
    };
    assert_eq!(takings.held(), Ok(roubles(20)));
}

#[test]
fn an_attempt_adds_what_its_facts_say() {
    let none = Takings::none(roubles(0).currency);
    let mut paid = payment();
    paid.learn(fact("a", FactKind::Authorized, roubles(10_000)), stamp());
    assert_eq!(none.with(&paid).unwrap().authorized, roubles(10_000));

    paid.learn(fact("c", FactKind::Captured, roubles(10_000)), stamp());
    paid.learn(fact("r", FactKind::Refunded, roubles(4_000)), stamp());
    let takings = none.with(&paid).unwrap();
    assert_eq!(takings.authorized, roubles(0));
    assert_eq!(takings.captured, roubles(10_000));
    assert_eq!(takings.refunded, roubles(4_000));
    assert_eq!(takings.with(&paid).unwrap().captured, roubles(20_000));

    let mut let_go = payment();
    let_go.learn(fact("a", FactKind::Authorized, roubles(10_000)), stamp());
    let_go.learn(fact("x", FactKind::Canceled, roubles(10_000)), stamp());
    assert_eq!(none.with(&let_go).unwrap(), Takings { voided: true, ..none });
}
