use domain::{
    inventory::StockDemand,
    ordering::{
        FulfilmentStatus, InvalidTransition, LineId, Order, OrderCommand, OrderStatus, Parcel,
        ShipRefused,
    },
    shared::event::DomainEvent,
};

use crate::fixtures::{id, order, stamp};

fn parcel(order: &Order, quantity: u32) -> Parcel {
    Parcel { line: order.lines().first().unwrap().id, quantity }
}

fn quantities(demand: &[StockDemand]) -> Vec<i64> {
    demand.iter().map(|sent| sent.quantity).collect()
}

#[test]
fn parts_leave_until_nothing_is_left() {
    let mut order = order(OrderStatus::Paid);
    let one = [parcel(&order, 1)];
    assert_eq!(quantities(&order.ship(&one, stamp()).unwrap()), [1]);
    assert_eq!(order.state().status, OrderStatus::PartiallyShipped);
    assert_eq!(order.state().fulfilment_status, FulfilmentStatus::PartiallyShipped);
    assert_eq!(quantities(&order.ship(&[], stamp()).unwrap()), [1], "only what is left");
    assert_eq!(order.state().status, OrderStatus::Shipped);
    assert_eq!(order.state().fulfilment_status, FulfilmentStatus::Shipped);
    assert_eq!(order.lines()[0].shipped, 2);
    let told: Vec<_> = order
        .events()
        .iter()
        .map(|recorded| match &recorded.event {
            DomainEvent::OrderShipped(shipped) => (shipped.lines[0].quantity, shipped.is_complete),
            other => panic!("{}", other.name()),
        })
        .collect();
    assert_eq!(told, [(1, false), (1, true)]);
    order.deliver(stamp()).unwrap();
    assert_eq!(order.state().fulfilment_status, FulfilmentStatus::Delivered);
}

#[test]
fn naming_all_units_is_shipping_all() {
    let mut order = order(OrderStatus::Processing);
    let halves = [parcel(&order, 1), parcel(&order, 1)];
    assert_eq!(quantities(&order.ship(&halves, stamp()).unwrap()), [2]);
    assert_eq!(order.state().status, OrderStatus::Shipped);
}

#[test]
fn nobody_ships_what_is_not_there() {
    let before = order(OrderStatus::Paid);
    let stranger = Parcel { line: LineId::new(id(77)), quantity: 1 };
    for (parcels, refused) in [
        (vec![parcel(&before, 3)], ShipRefused::Quantity { at: 0, left: 2 }),
        (vec![parcel(&before, 0)], ShipRefused::Quantity { at: 0, left: 2 }),
        (vec![parcel(&before, 1), parcel(&before, 2)], ShipRefused::Quantity { at: 1, left: 1 }),
        (vec![stranger], ShipRefused::UnknownLine { at: 0 }),
    ] {
        let mut after = before.clone();
        assert_eq!(after.ship(&parcels, stamp()).unwrap_err(), refused);
        assert_eq!(after.lines(), before.lines());
        assert!(after.events().is_empty());
    }
    let mut shipped = order(OrderStatus::Shipped);
    let (from, command) = (OrderStatus::Shipped, OrderCommand::Ship);
    let refused = ShipRefused::Transition(InvalidTransition { from, command });
    assert_eq!(shipped.ship(&[], stamp()).unwrap_err(), refused);
}
