use domain::payments::{AttemptStatus, Fact, FactKind, Payment, RefundId, RefundStatus};
use proptest::{prelude::*, sample::Index};

use crate::fixtures::{fact, id, payment, roubles, stamp};

/// What is observed of an attempt, whatever the way it got there.
fn observed(payment: &Payment) -> (AttemptStatus, i64, i64, i64, bool, bool, Option<String>) {
    let state = payment.state();
    (
        payment.status(),
        state.authorized.minor,
        state.captured.minor,
        state.refunded.minor,
        payment.is_disputed(),
        payment.was_voided(),
        payment.fail_reason().map(str::to_owned),
    )
}

fn told<'a>(facts: impl IntoIterator<Item = &'a Fact>) -> Payment {
    let mut payment = payment();
    for fact in facts {
        payment.learn(fact.clone(), stamp());
    }
    payment
}

prop_compose! {
    /// A set of facts: each key once, some of them about another amount than asked for.
    fn facts()(kinds in prop::collection::vec((0..FactKind::ALL.len(), prop::bool::weighted(0.2)), 0..9)) -> Vec<Fact> {
        kinds.iter().enumerate().map(|(at, (kind, is_wrong))| {
            let kind = *FactKind::ALL.get(*kind).unwrap();
            let amount = if *is_wrong { roubles(9_999) } else { roubles(10_000) };
            let reason = Some(format!("reason {at}"));
            Fact { reason, ..fact(&format!("fact {at}"), kind, amount) }
        }).collect()
    }
}

proptest! {
    #[test]
    fn neither_order_nor_repetition_of_facts_matters(
        (facts, shuffled) in facts().prop_flat_map(|facts| {
            (Just(facts.clone()), Just(facts).prop_shuffle())
        }),
        repeated in prop::collection::vec(any::<(Index, Index)>(), 0..9),
    ) {
        let mut arrived = shuffled;
        for (what, at) in repeated {
            if !facts.is_empty() {
                arrived.insert(at.index(arrived.len() + 1), facts[what.index(facts.len())].clone());
            }
        }
        let (once, again) = (told(&facts), told(&arrived));
        prop_assert_eq!(observed(&once), observed(&again));
        prop_assert_eq!(again.fresh_facts().len(), facts.len());
    }

    #[test]
    fn an_attempt_never_becomes_active_again_and_taken_money_never_disappears(facts in facts()) {
        let mut payment = payment();
        for fact in facts {
            let (was_active, taken) = (payment.status().is_active(), payment.state().captured.minor);
            payment.learn(fact, stamp());
            prop_assert!(was_active || !payment.status().is_active());
            prop_assert!(payment.state().captured.minor >= taken);
            prop_assert!(payment.state().authorized.minor >= payment.state().captured.minor);
        }
        let versions: Vec<_> = payment.events().iter().map(|event| event.aggregate_version).collect();
        let expected: Vec<_> = (1..).take(versions.len()).collect();
        prop_assert_eq!(versions, expected);
    }
}

#[test]
fn a_report_of_another_amount_or_currency_moves_no_money() {
    let dollars = domain::shared::money::Currency::parse("USD").unwrap();
    for amount in [roubles(9_999), domain::shared::money::Money::new(10_000, dollars)] {
        let payment = told(&[fact("captured", FactKind::Captured, amount)]);
        assert_eq!(payment.status(), AttemptStatus::Conflicted);
        assert_eq!(payment.state().captured, roubles(0));
        assert_eq!(payment.fresh_facts()[0].key, "mismatch:captured");
        assert!(payment.fail_reason().unwrap().contains("captured"));
    }
}

#[test]
fn a_late_capture_outweighs_a_failure() {
    let failed = fact("failed", FactKind::Failed, roubles(10_000));
    let captured = fact("captured", FactKind::Captured, roubles(10_000));
    assert_eq!(told([&failed, &captured]).status(), AttemptStatus::Succeeded);
    assert_eq!(told([&captured, &failed]).status(), AttemptStatus::Succeeded);
}

#[test]
fn a_refund_is_settled_once() {
    let mut payment = told(&[fact("captured", FactKind::Captured, roubles(10_000))]);
    let mut refund = payment.schedule_refund(RefundId::new(id(7)), roubles(4_000), stamp());
    assert_eq!(refund.status, RefundStatus::Scheduled);
    for status in [RefundStatus::Succeeded, RefundStatus::Succeeded, RefundStatus::Failed] {
        payment.settle_refund(&mut refund, status, stamp());
    }
    assert_eq!(refund.status, RefundStatus::Succeeded);
    assert_eq!(payment.state().refunded, roubles(4_000));
    let names: Vec<_> = payment.events().iter().map(|event| event.event.name()).collect();
    assert_eq!(
        names,
        [
            "payments.payment_requested.v1",
            "payments.succeeded.v1",
            "payments.refund_scheduled.v1",
            "payments.refund_succeeded.v1",
        ]
    );
}
