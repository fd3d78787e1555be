use domain::{
    ordering::{
        EditOrderError, InvalidTransition, Order, OrderCommand, OrderStatus, Parcel, ShipRefused,
    },
    payments::Takings,
};

use crate::fixtures::{order, roubles, stamp};

/// Where each command leads from each state; columns in the order of [`OrderCommand::ALL`].
#[rustfmt::skip]
const EXPECTED: &[(&str, [&str; 11])] = &[
    //                     pay     cancel       expire     reinstate start         ship_part            ship       deliver      complete     refund       edit
    ("pending",           ["paid", "cancelled", "expired", "-",      "-",          "-",                 "-",       "-",         "-",         "-", "pending"]),
    ("paid",              ["-",    "cancelled", "-",       "-",      "processing", "partially_shipped", "shipped", "-",         "-",         "-", "-"]),
    ("processing",        ["-",    "cancelled", "-",       "-",      "-",          "partially_shipped", "shipped", "-",         "-",         "-", "-"]),
    ("partially_shipped", ["-",    "-",         "-",       "-",      "-",          "partially_shipped", "shipped", "-",         "-",         "-", "-"]),
    ("shipped",           ["-",    "-",         "-",       "-",      "-",          "-",                 "-",       "delivered", "-",         "-", "-"]),
    ("delivered",         ["-",    "-",         "-",       "-",      "-",          "-",                 "-",       "-",         "completed", "delivered", "-"]),
    ("completed",         ["-",    "-",         "-",       "-",      "-",          "-",                 "-",       "-",         "-",         "completed", "-"]),
    ("cancelled",         ["-",    "-",         "-",       "paid",   "-",          "-",                 "-",       "-",         "-",         "-", "-"]),
    ("expired",           ["-",    "-",         "-",       "paid",   "-",          "-",                 "-",       "-",         "-",         "-", "-"]),
];

fn cells() -> impl Iterator<Item = (OrderStatus, OrderCommand, Option<OrderStatus>)> {
    EXPECTED.iter().flat_map(|(from, row)| {
        let from = OrderStatus::parse(from).unwrap();
        let commands = OrderCommand::ALL.iter().zip(row);
        commands.map(move |(command, to)| (from, *command, OrderStatus::parse(to)))
    })
}

#[test]
fn every_state_takes_exactly_the_commands_of_the_table() {
    assert_eq!(EXPECTED.len(), OrderStatus::ALL.len());
    assert_eq!(cells().count(), OrderStatus::ALL.len() * OrderCommand::ALL.len());
    for (from, command, to) in cells() {
        assert_eq!(from.after(command), to, "{from} {command}");
        assert_eq!(from.allowed().any(|allowed| allowed == command), to.is_some(), "{from}");
    }
}

fn give(order: &mut Order, command: OrderCommand) -> Result<(), InvalidTransition> {
    let takings = Takings { captured: roubles(10_000), ..Takings::none(roubles(0).currency) };
    let shipped = |sent: Result<Vec<_>, ShipRefused>| match sent {
        Err(ShipRefused::Transition(refused)) => Err(refused),
        sent => {
            sent.unwrap();
            Ok(())
        }
    };
    let part = [Parcel { line: order.lines().first().unwrap().id, quantity: 1 }];
    match command {
        OrderCommand::Pay => order.pay(&takings, stamp()),
        OrderCommand::Cancel => order.cancel(stamp()),
        OrderCommand::Expire => order.expire(stamp()),
        OrderCommand::Reinstate => order.reinstate(&takings, stamp()),
        OrderCommand::Start => order.start(stamp()),
        OrderCommand::ShipPart => shipped(order.ship(&part, stamp())),
        OrderCommand::Ship => shipped(order.ship(&[], stamp())),
        OrderCommand::Deliver => order.deliver(stamp()),
        OrderCommand::Complete => order.complete(stamp()),
        OrderCommand::Refund => order.may_refund(),
        OrderCommand::Edit => match order.edit(order.lines().to_vec(), None, stamp()) {
            Err(EditOrderError::Transition(refused)) => Err(refused),
            edited => {
                edited.unwrap();
                Ok(())
            }
        },
    }
}

#[test]
fn a_command_that_is_taken_records_one_step_and_a_refused_one_changes_nothing() {
    for (from, command, to) in cells() {
        let before = order(from);
        let mut after = before.clone();
        let result = give(&mut after, command);
        if let Some(to) = to {
            assert_eq!(result, Ok(()), "{from} {command}");
            if command == OrderCommand::Refund {
                // Money moves, the order does not.
                assert_eq!(after.state(), before.state());
                continue;
            }
            assert_eq!(after.state().status, to);
            assert_eq!(after.state().version, 6);
            assert_eq!(after.stored_version(), 5);
            assert_eq!(after.events().len(), 1);
            assert_eq!(after.events()[0].aggregate_version, 6);
            assert_eq!(after.timeline()[0].event, after.events()[0].event.name());
            assert_eq!(after.timeline()[0].status, to);
            assert_eq!(after.state().expires_at, None);
        } else {
            assert_eq!(result, Err(InvalidTransition { from, command }));
            assert_eq!(after.state(), before.state());
            assert!(after.events().is_empty() && after.timeline().is_empty());
        }
    }
}
