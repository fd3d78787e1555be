//! The broker keeps the promises of every bus, and survives what brokers do.
//! Needs RabbitMQ: `TEST_RABBITMQ_URL`, or the default one on this machine.
#![expect(clippy::unwrap_used, reason = "fixtures may panic")]

mod broker;
mod faults;
mod proxy;

use std::time::Duration;

use test_support::contracts::bus::Fixture;

use crate::broker::Broker;

#[expect(clippy::unused_async, reason = "the contract awaits its fixture")]
async fn fixture() -> Fixture {
    let broker = Broker::new();
    let mut settings = broker.settings();
    settings.retry_delays = vec![Duration::from_millis(300)];
    let bus = broker::bus(&settings, &[]);
    Fixture {
        publisher: broker::publisher(&bus),
        source: broker::source(&bus),
        keep: Box::new(broker),
    }
}

test_support::bus_contract!(fixture());
