use domain::{
    ordering::{OrderStatus, PaymentStatus, Settlement},
    payments::Takings,
};

use crate::fixtures::{order, roubles, stamp};

#[test]
fn what_the_money_asks_for_depends_on_the_state_and_on_what_is_held() {
    use OrderStatus as S;
    let refund = |minor| Settlement::Refund(roubles(minor));
    #[rustfmt::skip]
    let table = [
        // captured, refunding
        (S::Pending,   0,      0,      Settlement::Nothing),
        (S::Pending,   4_000,  0,      Settlement::Nothing),
        (S::Pending,   10_000, 0,      Settlement::Pay),
        (S::Pending,   20_000, 0,      Settlement::Pay),
        (S::Cancelled, 0,      0,      Settlement::Nothing),
        (S::Cancelled, 10_000, 0,      Settlement::Late),
        (S::Cancelled, 4_000,  0,      refund(4_000)),
        (S::Cancelled, 10_000, 10_000, Settlement::Nothing),
        (S::Expired,   10_000, 0,      Settlement::Late),
        (S::Expired,   20_000, 10_000, Settlement::Late),
        (S::Paid,      10_000, 0,      Settlement::Nothing),
        (S::Paid,      20_000, 0,      refund(10_000)),
        (S::Paid,      20_000, 10_000, Settlement::Nothing),
        (S::Shipped,   15_000, 0,      refund(5_000)),
        (S::Completed, 10_000, 0,      Settlement::Nothing),
    ];
    for (status, captured, refunding, expected) in table {
        let takings = Takings {
            captured: roubles(captured),
            refunding: roubles(refunding),
            ..Takings::none(roubles(0).currency)
        };
        let settlement = order(status).settlement(&takings).unwrap();
        assert_eq!(settlement, expected, "{status} {captured} {refunding}");
    }
}

#[test]
fn takings_are_recorded_only_when_they_change_the_payment_status() {
    let mut order = order(OrderStatus::Paid);
    order.note_takings(&Takings::none(roubles(0).currency), stamp());
    assert!(order.events().is_empty());

    let takings = Takings { captured: roubles(10_000), ..Takings::none(roubles(0).currency) };
    order.note_takings(&takings, stamp());
    order.note_takings(&takings, stamp());
    assert_eq!(order.events().len(), 1);
    assert_eq!(order.state().payment_status, PaymentStatus::Paid);
    assert_eq!(order.state().status, OrderStatus::Paid);
}
