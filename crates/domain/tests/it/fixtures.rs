use domain::{
    catalogue::{ProductId, VariantId},
    identity::UserId,
    inventory::StockLevelId,
    ordering::{
        FulfilmentStatus, LineId, NewLine, Order, OrderId, OrderNumber, OrderPrice, OrderState,
        OrderStatus, PaymentStatus,
    },
    payments::{CaptureMode, Fact, FactKind, NewPayment, Payment, PaymentId, ProviderName},
    shared::{
        event::{EventId, Stamp},
        id::RawId,
        money::{Currency, Money},
    },
};
use time::{OffsetDateTime, macros::datetime};

pub(crate) const NOW: OffsetDateTime = datetime!(2026-01-02 03:04:05.678901 UTC);

pub(crate) fn id(number: u128) -> RawId {
    RawId::from_u128(number)
}

pub(crate) fn stamp() -> Stamp {
    Stamp { event: EventId::new(id(99)), at: NOW }
}

pub(crate) fn roubles(minor: i64) -> Money {
    Money::new(minor, Currency::parse("RUB").unwrap())
}

pub(crate) fn line(number: u128, quantity: u32, unit_price: Money) -> NewLine {
    NewLine {
        id: LineId::new(id(number)),
        product: ProductId::new(id(number)),
        variant: VariantId::new(id(number)),
        level: Some(StockLevelId::new(id(number))),
        name: "Tea".into(),
        sku: "TEA".into(),
        quantity,
        unit_price,
        discount: roubles(0),
        shipped: 0,
    }
}

/// An order of two things for 100.00 RUB that is in `status`, at version 5.
pub(crate) fn order(status: OrderStatus) -> Order {
    let state = OrderState {
        status,
        payment_status: PaymentStatus::None,
        fulfilment_status: FulfilmentStatus::Unfulfilled,
        version: 5,
        updated_at: OffsetDateTime::UNIX_EPOCH,
        expires_at: None,
    };
    let (number, customer) = (OrderNumber::stored("K-1".into()), UserId::new(id(2)));
    let lines = vec![line(1, 2, roubles(5_000))];
    let total = roubles(10_000);
    let price = OrderPrice { subtotal: total, discount: roubles(0), total, coupon: None };
    Order::restore(OrderId::new(id(1)), number, customer, price, lines, NOW, state)
}

/// A new attempt to pay 100.00 RUB.
pub(crate) fn payment() -> Payment {
    let new = NewPayment {
        id: PaymentId::new(id(3)),
        order: OrderId::new(id(1)),
        provider: ProviderName::Mock,
        amount: roubles(10_000),
        capture: CaptureMode::Automatic,
    };
    Payment::request(new, stamp())
}

pub(crate) fn fact(key: &str, kind: FactKind, amount: Money) -> Fact {
    Fact { key: key.into(), kind, amount, reason: None, at: NOW }
}
