use domain::{
    identity::UserId,
    ordering::{
        MAX_LINES, MAX_QUANTITY, NewLine, NewOrder, Order, OrderId, OrderStatus, Particulars,
        PaymentStatus, PlaceOrderError,
    },
    payments::Takings,
    shared::money::{Currency, MAX_MINOR_UNITS, Money, MoneyError},
};
use time::Duration;

use crate::fixtures::{NOW, id, line, roubles, stamp};

fn place(lines: Vec<NewLine>) -> Result<Order, PlaceOrderError> {
    let new = NewOrder {
        id: OrderId::new(id(1)),
        customer: UserId::new(id(2)),
        currency: roubles(0).currency,
        lines,
        coupon: None,
        particulars: Particulars::default(),
        reserve_for: Duration::minutes(30),
    };
    Order::place(new, stamp())
}

#[test]
fn the_total_is_the_sum_of_the_lines() {
    let order = place(vec![line(1, 2, roubles(10_799)), line(2, 3, roubles(1))]).unwrap();
    assert_eq!(order.total(), roubles(21_601));
    assert_eq!(order.state().status, OrderStatus::Pending);
    assert_eq!(order.state().payment_status, PaymentStatus::None);
    assert_eq!(order.state().expires_at, Some(NOW + Duration::minutes(30)));
    assert_eq!(order.state().version, 1);
    assert_eq!(order.stored_version(), 0);
    assert_eq!(order.events()[0].event.name(), "ordering.order_placed.v1");
}

#[test]
fn lines_and_quantities_have_limits() {
    let many = |count: usize| vec![line(1, 1, roubles(1)); count];
    assert!(matches!(place(many(0)), Err(PlaceOrderError::LineCount)));
    assert!(matches!(place(many(MAX_LINES + 1)), Err(PlaceOrderError::LineCount)));
    assert!(place(many(MAX_LINES)).is_ok());
    for (quantity, is_good) in [(0, false), (1, true), (MAX_QUANTITY, true), (1_001, false)] {
        let placed = place(vec![line(1, 1, roubles(1)), line(2, quantity, roubles(1))]);
        assert_eq!(placed.is_ok(), is_good, "{quantity}");
        if let Err(error) = placed {
            assert!(matches!(error, PlaceOrderError::Quantity { line: 1 }));
        }
    }
}

#[test]
fn a_total_that_does_not_fit_is_refused() {
    assert!(place(vec![line(1, 1, roubles(MAX_MINOR_UNITS))]).is_ok());
    for lines in [
        vec![line(1, 1, roubles(MAX_MINOR_UNITS)), line(2, 1, roubles(1))],
        vec![line(1, 1_000, roubles(i64::MAX))],
        vec![line(1, 1, roubles(i64::MAX)), line(2, 1, roubles(i64::MAX))],
    ] {
        let refused = place(lines);
        assert!(matches!(refused, Err(PlaceOrderError::Money(MoneyError::Overflow))));
    }
}

#[test]
fn prices_of_two_currencies_do_not_make_an_order() {
    let dollars = Money::new(1, Currency::parse("USD").unwrap());
    let refused = place(vec![line(1, 1, roubles(1)), line(2, 1, dollars)]);
    assert!(matches!(refused, Err(PlaceOrderError::Money(MoneyError::CurrencyMismatch))));
}

#[test]
fn demand_leaves_out_what_is_not_counted_and_merges_what_is() {
    let uncounted = NewLine { level: None, ..line(3, 5, roubles(1)) };
    let order = place(vec![
        line(2, 1, roubles(1)),
        uncounted,
        line(1, 2, roubles(1)),
        line(2, 4, roubles(1)),
    ])
    .unwrap();
    let demand: Vec<_> =
        order.demand().iter().map(|d| (d.level.raw().as_u128(), d.quantity)).collect();
    assert_eq!(demand, [(1, 2), (2, 5)]);
}

#[test]
fn an_order_that_costs_nothing_can_be_paid_at_once() {
    let mut order = place(vec![line(1, 1, roubles(0))]).unwrap();
    order.pay(&Takings::none(order.total().currency), stamp()).unwrap();
    assert_eq!(order.state().payment_status, PaymentStatus::Paid);
    let versions: Vec<_> = order.events().iter().map(|event| event.aggregate_version).collect();
    assert_eq!(versions, [1, 2]);
}
