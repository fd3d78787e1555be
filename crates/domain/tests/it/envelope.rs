use domain::{
    identity::UserId,
    ordering::{OrderId, OrderPlaced},
    shared::event::{AggregateType, DomainEvent, EventEnvelope, EventId, Provenance},
};
use serde_json::json;

use crate::fixtures::{NOW, id, roubles};

fn order_placed() -> EventEnvelope {
    let (order_id, user_id) = (OrderId::new(id(1)), UserId::new(id(2)));
    EventEnvelope {
        id: EventId::new(id(9)),
        seq: 42,
        aggregate_type: AggregateType::Order,
        aggregate_id: id(1),
        aggregate_version: 1,
        occurred_at: NOW,
        provenance: Provenance {
            correlation_id: Some("request-1".into()),
            causation_id: Some(EventId::new(id(8))),
            traceparent: None,
            network: None,
        },
        event: OrderPlaced { order_id, user_id, total: roubles(10_799) }.into(),
    }
}

#[test]
fn an_envelope_has_this_very_shape_on_the_wire() {
    let expected = json!({
        "id": "00000000-0000-0000-0000-000000000009",
        "seq": 42,
        "aggregate_type": "order",
        "aggregate_id": "00000000-0000-0000-0000-000000000001",
        "aggregate_version": 1,
        "occurred_at": "2026-01-02T03:04:05.678901Z",
        "correlation_id": "request-1",
        "causation_id": "00000000-0000-0000-0000-000000000008",
        "traceparent": null,
        "type": "ordering.order_placed.v1",
        "data": {
            "order_id": "00000000-0000-0000-0000-000000000001",
            "user_id": "00000000-0000-0000-0000-000000000002",
            "total": { "minor": 10_799, "currency": "RUB" },
        },
    });
    assert_eq!(serde_json::to_value(order_placed()).unwrap(), expected);
}

#[test]
fn an_envelope_survives_the_way_to_the_wire_and_back() {
    let text = serde_json::to_string(&order_placed()).unwrap();
    assert_eq!(serde_json::from_str::<EventEnvelope>(&text).unwrap(), order_placed());
    let bytes = text.into_bytes();
    assert_eq!(serde_json::from_slice::<EventEnvelope>(&bytes).unwrap(), order_placed());
}

#[test]
fn an_event_of_an_unknown_type_is_not_read_as_another() {
    let mut value = serde_json::to_value(order_placed()).unwrap();
    value["type"] = json!("ordering.order_teleported.v1");
    assert!(serde_json::from_value::<EventEnvelope>(value).is_err());
}

#[test]
fn every_event_has_a_name_of_its_own_with_context_and_version() {
    let mut names = DomainEvent::NAMES.to_vec();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), DomainEvent::NAMES.len());
    for name in names {
        let parts: Vec<_> = name.split('.').collect();
        let [context, event, version] = parts[..] else { panic!("{name}") };
        let is_snake = |part: &str| part.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        assert!(is_snake(context) && is_snake(event) && version == "v1", "{name}");
    }
}

#[test]
fn a_reaction_keeps_the_request_and_names_its_cause() {
    let reaction = order_placed().reaction();
    assert_eq!(reaction.correlation_id.as_deref(), Some("request-1"));
    assert_eq!(reaction.causation_id, Some(EventId::new(id(9))));
}
