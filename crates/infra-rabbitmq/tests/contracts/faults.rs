//! What brokers and networks do to a bus.

use std::time::{Duration, Instant};

use domain::shared::{
    bus::{BusError, EventSource, Subscriber, Subscription},
    event::EventEnvelope,
};
use infra_rabbitmq::RabbitSettings;
use lapin::{
    BasicProperties,
    options::{BasicGetOptions, BasicPublishOptions},
};
use test_support::{
    builders::{order_placed, user_registered},
    eventually::{PATIENCE, eventually},
    ids::CountingIds,
};
use tokio::time::timeout;

use crate::{
    broker::{self, Broker},
    proxy::Proxy,
};

const PEOPLE: Subscriber =
    Subscriber { consumer: "people", events: &["identity.user_registered.v1"] };

async fn proxied(broker: &Broker) -> (Proxy, RabbitSettings) {
    let mut settings = broker.settings();
    let upstream = settings.url.split('@').nth(1).unwrap().split('/').next().unwrap().to_owned();
    let proxy = Proxy::to(upstream.clone()).await;
    settings.url = settings.url.replace(&upstream, &format!("127.0.0.1:{}", proxy.port()));
    settings.connect_timeout = Duration::from_secs(2);
    settings.heartbeat = Duration::from_secs(1);
    (proxy, settings)
}

async fn subscribe_again(source: &dyn EventSource) -> Box<dyn Subscription> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match source.subscribe(&PEOPLE, 1).await {
            Ok(subscription) => return subscription,
            Err(error) => assert!(Instant::now() < deadline, "{error}"),
        }
        tokio::task::yield_now().await;
    }
}

async fn next_event(subscription: &mut dyn Subscription) -> EventEnvelope {
    let delivery = timeout(PATIENCE, subscription.next()).await.unwrap().unwrap();
    let event = delivery.event().clone();
    delivery.ack().await.unwrap();
    event
}

#[tokio::test]
async fn a_wanted_event_that_no_queue_takes_is_not_confirmed_and_its_neighbours_are() {
    let broker = Broker::new();
    let bus = broker::bus(&broker.settings(), &[PEOPLE]);
    let publisher = broker::publisher(&bus);
    let ids = CountingIds::default();
    let event = user_registered(&ids);
    publisher.publish(std::slice::from_ref(&event)).await.remove(0).unwrap();

    broker.delete_queue("people").await;
    let mut batch: Vec<_> = (0..20).map(|_| order_placed(&ids)).collect();
    batch.insert(10, event.clone());
    let outcomes = publisher.publish(&batch).await;
    for (index, outcome) in outcomes.iter().enumerate() {
        if index == 10 {
            assert!(matches!(outcome, Err(BusError::NotConfirmed(_))), "{outcome:?}");
        } else {
            assert!(outcome.is_ok(), "{index}: {outcome:?}");
        }
    }

    eventually("the queue is declared again", async || {
        publisher.publish(std::slice::from_ref(&event)).await.remove(0).is_ok()
    })
    .await;
    let mut people = broker::source(&bus).subscribe(&PEOPLE, 1).await.unwrap();
    assert_eq!(next_event(&mut *people).await, event);
}

#[tokio::test]
async fn an_event_published_before_anybody_consumes_waits_in_its_queue() {
    let broker = Broker::new();
    let bus = broker::bus(&broker.settings(), &[PEOPLE]);
    let event = user_registered(&CountingIds::default());
    let outcomes = broker::publisher(&bus).publish(std::slice::from_ref(&event)).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    let other_process = broker::bus(&broker.settings(), &[PEOPLE]);
    let mut people = broker::source(&other_process).subscribe(&PEOPLE, 1).await.unwrap();
    assert_eq!(next_event(&mut *people).await, event);
}

#[tokio::test]
async fn after_a_cut_connection_publishing_and_consuming_go_on() {
    let broker = Broker::new();
    let (proxy, settings) = proxied(&broker).await;
    let bus = broker::bus(&settings, &[PEOPLE]);
    let (publisher, source) = (broker::publisher(&bus), broker::source(&bus));
    let ids = CountingIds::default();
    let event = user_registered(&ids);
    let mut people = source.subscribe(&PEOPLE, 1).await.unwrap();
    publisher.publish(std::slice::from_ref(&event)).await.remove(0).unwrap();
    let in_flight = timeout(PATIENCE, people.next()).await.unwrap().unwrap();

    proxy.cut();
    assert!(timeout(PATIENCE, people.next()).await.unwrap().is_none());
    assert!(in_flight.ack().await.is_err());

    let mut people = subscribe_again(&*source).await;
    assert_eq!(next_event(&mut *people).await, event);
    let later = user_registered(&ids);
    eventually("publishing works again", async || {
        publisher.publish(std::slice::from_ref(&later)).await.remove(0).is_ok()
    })
    .await;
    assert_eq!(next_event(&mut *people).await, later);
}

#[tokio::test]
async fn a_silent_broker_fails_a_publish_in_time_and_ends_idle_streams() {
    let broker = Broker::new();
    let (proxy, settings) = proxied(&broker).await;
    let settings = RabbitSettings { confirm_timeout: Duration::from_secs(2), ..settings };
    let bus = broker::bus(&settings, &[PEOPLE]);
    let (publisher, source) = (broker::publisher(&bus), broker::source(&bus));
    let event = user_registered(&CountingIds::default());
    publisher.publish(std::slice::from_ref(&event)).await.remove(0).unwrap();
    let mut people = source.subscribe(&PEOPLE, 1).await.unwrap();
    assert_eq!(next_event(&mut *people).await, event);

    proxy.set_silent(true);
    let asked = Instant::now();
    let outcome = publisher.publish(std::slice::from_ref(&event)).await.remove(0);
    assert!(outcome.is_err());
    assert!(asked.elapsed() < Duration::from_secs(4), "{:?}", asked.elapsed());
    let next = timeout(Duration::from_secs(20), people.next()).await.unwrap();
    assert!(next.is_none());

    proxy.set_silent(false);
    eventually("publishing works again", async || {
        publisher.publish(std::slice::from_ref(&event)).await.remove(0).is_ok()
    })
    .await;
}

#[tokio::test]
async fn a_broker_that_is_down_is_an_error_at_once() {
    let broker = Broker::new();
    let settings =
        RabbitSettings { url: "amqp://guest:guest@127.0.0.1:1/%2f".into(), ..broker.settings() };
    let bus = broker::bus(&settings, &[PEOPLE]);
    let event = user_registered(&CountingIds::default());
    let asked = Instant::now();
    for _ in 0..50 {
        let outcome = broker::publisher(&bus).publish(std::slice::from_ref(&event)).await.remove(0);
        assert!(matches!(outcome, Err(BusError::Unavailable(_))), "{outcome:?}");
    }
    assert!(broker::source(&bus).subscribe(&PEOPLE, 1).await.is_err());
    assert!(broker::health(&bus).check().await.is_err());
    assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
}

#[tokio::test]
async fn a_body_that_is_no_event_becomes_a_dead_letter_and_holds_up_nothing() {
    let broker = Broker::new();
    let bus = broker::bus(&broker.settings(), &[PEOPLE]);
    let mut people = broker::source(&bus).subscribe(&PEOPLE, 1).await.unwrap();
    let (_connection, channel) = broker::behind().await;
    let exchange = broker.name("events").into();
    let options = BasicPublishOptions::default();
    let properties = BasicProperties::default().with_delivery_mode(2);
    channel
        .basic_publish(exchange, PEOPLE.events[0].into(), options, b"{poison", properties)
        .await
        .unwrap()
        .await
        .unwrap();
    let event = user_registered(&CountingIds::default());
    broker::publisher(&bus).publish(std::slice::from_ref(&event)).await.remove(0).unwrap();
    assert_eq!(next_event(&mut *people).await, event);

    let dead = broker.name("dead-letters");
    eventually("the dead letter is kept", async || {
        let options = BasicGetOptions { no_ack: true };
        let letter = channel.basic_get(dead.as_str().into(), options).await.unwrap();
        letter.is_some_and(|letter| letter.delivery.data == b"{poison")
    })
    .await;
}

#[tokio::test]
async fn a_retry_that_no_queue_takes_comes_again_no_sooner_than_it_should() {
    let broker = Broker::new();
    let bus = broker::bus(&broker.settings(), &[PEOPLE]);
    let event = user_registered(&CountingIds::default());
    broker::publisher(&bus).publish(std::slice::from_ref(&event)).await.remove(0).unwrap();
    let mut people = broker::source(&bus).subscribe(&PEOPLE, 1).await.unwrap();
    let delivery = timeout(PATIENCE, people.next()).await.unwrap().unwrap();
    broker.delete_queue("people.retry.100").await;
    let (asked, delay) = (Instant::now(), Duration::from_millis(500));
    assert!(delivery.retry_after(delay).await.is_err());
    assert_eq!(next_event(&mut *people).await, event);
    assert!(asked.elapsed() >= delay, "{:?}", asked.elapsed());
}

#[tokio::test]
async fn an_event_handed_back_too_often_becomes_a_dead_letter() {
    let broker = Broker::new();
    let bus = broker::bus(&broker.settings(), &[PEOPLE]);
    let ids = CountingIds::default();
    let (cursed, fine) = (user_registered(&ids), user_registered(&ids));
    let outcomes = broker::publisher(&bus).publish(&[cursed.clone(), fine.clone()]).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    let mut people = broker::source(&bus).subscribe(&PEOPLE, 1).await.unwrap();
    let mut deliveries = 0;
    loop {
        let delivery = timeout(PATIENCE, people.next()).await.unwrap().unwrap();
        if delivery.event().id == fine.id {
            delivery.ack().await.unwrap();
            break;
        }
        deliveries += 1;
    }
    assert_eq!(deliveries, 21);
    let (_connection, channel) = broker::behind().await;
    eventually("the dead letter is kept", async || {
        let (queue, options) = (broker.name("dead-letters").into(), BasicGetOptions::default());
        let letter = channel.basic_get(queue, options).await.unwrap();
        letter.is_some_and(|letter| {
            serde_json::from_slice::<EventEnvelope>(&letter.delivery.data).unwrap() == cursed
        })
    })
    .await;
}

#[tokio::test]
async fn a_broker_that_answers_is_healthy() {
    let broker = Broker::new();
    let health = broker::health(&broker::bus(&broker.settings(), &[]));
    assert_eq!((health.service(), health.is_essential()), ("broker", false));
    health.check().await.unwrap();
}
