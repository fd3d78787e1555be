use domain::{
    identity::UserId,
    ordering::{
        Coupon, CouponId, CouponInHand, CouponRefused, CouponTerms, Discount, NewLine, NewOrder,
        Order, OrderId, Particulars, PlaceOrderError, PricedLine, PromoCode, TermsRefused, quote,
    },
    shared::money::{Currency, MAX_MINOR_UNITS, Money, MoneyError},
};
use proptest::prelude::*;
use time::Duration;

use crate::fixtures::{NOW, id, line, roubles, stamp};

fn lines(of: &[(i64, u32)]) -> Vec<PricedLine> {
    let line = |(minor, quantity): &(i64, u32)| PricedLine {
        unit_price: roubles(*minor),
        quantity: *quantity,
    };
    of.iter().map(line).collect()
}

fn terms(discount: Discount) -> CouponTerms {
    CouponTerms {
        discount,
        minimum: None,
        starts_at: None,
        ends_at: None,
        total_limit: None,
        user_limit: None,
        is_active: true,
    }
}

fn coupon(terms: CouponTerms) -> Result<Coupon, TermsRefused> {
    Coupon::create(CouponId::new(id(7)), PromoCode::parse("tea-10").unwrap(), terms, NOW)
}

#[test]
fn a_percentage_is_rounded_half_up_once_and_spread_by_largest_remainder() {
    // 10 % of 0.35 is 3.5 kopecks.
    let of = [(5, 1), (10, 1), (20, 1)];
    let quoted = quote(roubles(0).currency, &lines(&of), Some(Discount::Percent(1_000))).unwrap();
    assert_eq!(
        (quoted.subtotal, quoted.discount, quoted.total),
        (roubles(35), roubles(4), roubles(31))
    );
    // Exactly 0.57, 1.14 and 2.29: the unit that is left goes to the first, which lost most.
    let shares: Vec<_> = quoted.lines.iter().map(|line| line.discount.minor).collect();
    assert_eq!(shares, [1, 1, 2]);
}

#[test]
fn an_amount_takes_off_no_more_than_there_is() {
    let off = Some(Discount::Amount(roubles(50_000)));
    let quoted = quote(roubles(0).currency, &lines(&[(10_000, 2), (1, 1)]), off).unwrap();
    assert_eq!((quoted.discount, quoted.total), (roubles(20_001), roubles(0)));
    let usd = Money::new(100, Currency::parse("USD").unwrap());
    let refused = quote(roubles(0).currency, &lines(&[(1, 1)]), Some(Discount::Amount(usd)));
    assert_eq!(refused, Err(MoneyError::CurrencyMismatch));
    let refused = quote(roubles(0).currency, &lines(&[(MAX_MINOR_UNITS, 2)]), None);
    assert_eq!(refused, Err(MoneyError::Overflow));
}

prop_compose! {
    fn any_lines()(of in prop::collection::vec((0..2_000_000_i64, 1..=1_000_u32), 1..20)) -> Vec<PricedLine> {
        lines(&of)
    }
}

fn any_discount() -> impl Strategy<Value = Discount> {
    prop_oneof![
        (1..=10_000_u32).prop_map(Discount::Percent),
        (1..=MAX_MINOR_UNITS).prop_map(|minor| Discount::Amount(roubles(minor))),
    ]
}

proptest! {
    #[test]
    fn no_minor_unit_is_lost_or_made(lines in any_lines(), discount in any_discount()) {
        let quoted = quote(roubles(0).currency, &lines, Some(discount)).unwrap();
        let sum = |part: fn(&domain::ordering::QuotedLine) -> Money| -> i64 {
            quoted.lines.iter().map(|line| part(line).minor).sum()
        };
        prop_assert_eq!(sum(|line| line.subtotal), quoted.subtotal.minor);
        prop_assert_eq!(sum(|line| line.discount), quoted.discount.minor);
        prop_assert_eq!(quoted.total.minor, quoted.subtotal.minor - quoted.discount.minor);
        prop_assert!(quoted.total.minor >= 0 && quoted.discount.minor >= 0);
        for line in &quoted.lines {
            prop_assert!((0..=line.subtotal.minor).contains(&line.discount.minor));
            // Each line's share is its own to within one minor unit.
            let exact = i128::from(line.subtotal.minor) * i128::from(quoted.discount.minor);
            let given = i128::from(line.discount.minor) * i128::from(quoted.subtotal.minor);
            prop_assert!((exact - given).abs() < i128::from(quoted.subtotal.minor.max(1)));
        }
    }

    #[test]
    fn a_larger_percentage_never_costs_more(lines in any_lines(), a in 1..=10_000_u32, b in 1..=10_000_u32) {
        let total = |points| quote(roubles(0).currency, &lines, Some(Discount::Percent(points))).unwrap().total.minor;
        prop_assert!(total(a.max(b)) <= total(a.min(b)));
        prop_assert_eq!(total(10_000), 0);
    }
}

#[test]
fn codes_are_told_apart_without_regard_to_case() {
    assert_eq!(PromoCode::parse(" tea-10 ").unwrap().as_str(), "TEA-10");
    assert_eq!(PromoCode::parse("TEA-10"), PromoCode::parse("Tea-10"));
    for text in ["", "ab", "a b c", "чай-10", "a/b/c", &"x".repeat(41)] {
        assert_eq!(PromoCode::parse(text), None, "{text}");
    }
}

#[test]
fn terms_that_make_no_coupon_are_refused() {
    let percent = terms(Discount::Percent(1_000));
    let usd = Money::new(1, Currency::parse("USD").unwrap());
    let amount = terms(Discount::Amount(roubles(100)));
    for (terms, refused) in [
        (terms(Discount::Percent(0)), TermsRefused::Percent),
        (terms(Discount::Percent(10_001)), TermsRefused::Percent),
        (terms(Discount::Amount(roubles(0))), TermsRefused::Amount),
        (CouponTerms { minimum: Some(usd), ..amount }, TermsRefused::Minimum),
        (CouponTerms { minimum: Some(roubles(-1)), ..amount }, TermsRefused::Minimum),
        (CouponTerms { starts_at: Some(NOW), ends_at: Some(NOW), ..percent }, TermsRefused::Window),
        (CouponTerms { total_limit: Some(0), ..percent }, TermsRefused::Limit),
        (CouponTerms { user_limit: Some(0), ..percent }, TermsRefused::Limit),
    ] {
        assert_eq!(coupon(terms), Err(refused), "{terms:?}");
    }
    let mut used = coupon(percent).unwrap();
    used.used = 3;
    let lower = CouponTerms { total_limit: Some(2), ..percent };
    assert_eq!(used.edit(lower, NOW), Err(TermsRefused::Used { used: 3 }));
    used.edit(percent, NOW).unwrap();
    assert_eq!(used.version, 1);
    used.edit(CouponTerms { total_limit: Some(3), ..percent }, NOW).unwrap();
    assert_eq!(used.version, 2);
}

fn place(lines: Vec<NewLine>, terms: CouponTerms, used: u32) -> Result<Order, PlaceOrderError> {
    let coupon =
        CouponInHand { coupon: Coupon { used, ..coupon(terms).unwrap() }, used_by_customer: used };
    let new = NewOrder {
        id: OrderId::new(id(1)),
        customer: UserId::new(id(2)),
        currency: roubles(0).currency,
        lines,
        coupon: Some(coupon),
        particulars: Particulars::default(),
        reserve_for: Duration::minutes(30),
    };
    Order::place(new, stamp())
}

#[test]
fn an_order_notes_what_is_taken_off_of_each_line_and_by_what() {
    let bought = vec![line(1, 2, roubles(10_000)), line(2, 1, roubles(5_000))];
    let order = place(bought, terms(Discount::Amount(roubles(1_000))), 0).unwrap();
    let price = order.price();
    assert_eq!((price.subtotal, price.discount), (roubles(25_000), roubles(1_000)));
    assert_eq!(order.total(), roubles(24_000));
    assert_eq!(price.coupon.as_ref().unwrap().code.as_str(), "TEA-10");
    let shares: Vec<_> = order.lines().iter().map(|line| line.discount).collect();
    assert_eq!(shares, [roubles(800), roubles(200)]);
}

#[test]
fn each_term_refuses_what_it_is_not_for() {
    let open = terms(Discount::Percent(1_000));
    let dollars = terms(Discount::Amount(Money::new(1, Currency::parse("USD").unwrap())));
    let minute = Duration::minutes(1);
    for (terms, used, refused) in [
        (CouponTerms { is_active: false, ..open }, 0, CouponRefused::Inactive),
        (CouponTerms { starts_at: Some(NOW + minute), ..open }, 0, CouponRefused::NotStarted),
        (CouponTerms { ends_at: Some(NOW), ..open }, 0, CouponRefused::Expired),
        (dollars, 0, CouponRefused::Currency),
        (
            CouponTerms { minimum: Some(roubles(10_001)), ..open },
            0,
            CouponRefused::Minimum { minimum: roubles(10_001) },
        ),
        (CouponTerms { total_limit: Some(2), ..open }, 2, CouponRefused::Exhausted),
        (CouponTerms { user_limit: Some(2), ..open }, 2, CouponRefused::UsedUp),
    ] {
        let placed = place(vec![line(1, 1, roubles(10_000))], terms, used);
        let Err(PlaceOrderError::Coupon(why)) = placed else { panic!("{terms:?}: {placed:?}") };
        assert_eq!(why, refused);
    }
    let just_right = CouponTerms {
        starts_at: Some(NOW),
        ends_at: Some(NOW + minute),
        minimum: Some(roubles(10_000)),
        total_limit: Some(2),
        user_limit: Some(2),
        ..open
    };
    place(vec![line(1, 1, roubles(10_000))], just_right, 1).unwrap();
}
