//! RabbitMQ without a store around it, for comparison.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use futures_util::{StreamExt, stream::FuturesUnordered};
use lapin::{
    BasicProperties, Channel, Connection, ConnectionProperties,
    options::{
        BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions,
        ConfirmSelectOptions, QueueDeclareOptions, QueueDeleteOptions,
    },
    types::{AMQPValue, FieldTable},
};

use crate::{app::within, services::unique_name};

const PATIENCE: Duration = Duration::from_secs(120);

/// Confirms waited for at once.
const WINDOW: usize = 1_000;

/// How long `count` messages of `bytes` take through a replicated queue of the broker at `url`.
///
/// They are published with pipelined confirms on one connection, and consumed on another that holds
/// `prefetch` of them and acknowledges each.
pub async fn bare_messages(
    url: &str,
    count: usize,
    bytes: usize,
    prefetch: u16,
) -> anyhow::Result<Duration> {
    let queue = unique_name();
    let (sender, sending) = channel(url).await?;
    let (_receiver, receiving) = channel(url).await?;
    let options = QueueDeclareOptions { durable: true, ..Default::default() };
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
    sending.queue_declare(queue.as_str().into(), options, arguments).await?;
    receiving.basic_qos(prefetch, BasicQosOptions::default()).await?;
    let began = Instant::now();
    let both = futures_util::future::try_join(
        publish(&sending, &queue, count, bytes),
        consume(&receiving, &queue, count),
    );
    let done = within(PATIENCE, "bare messages", both).await?.map(|_| began.elapsed());
    sending.queue_delete(queue.as_str().into(), QueueDeleteOptions::default()).await?;
    sender.close(200, "done".into()).await?;
    done
}

async fn channel(url: &str) -> anyhow::Result<(Connection, Channel)> {
    let connecting = Connection::connect(url, ConnectionProperties::default());
    let broker = within(PATIENCE, "connecting", connecting).await??;
    let channel = broker.create_channel().await?;
    Ok((broker, channel))
}

async fn publish(channel: &Channel, queue: &str, count: usize, bytes: usize) -> anyhow::Result<()> {
    channel.confirm_select(ConfirmSelectOptions::default()).await?;
    let body = vec![b'x'; bytes];
    let mut unconfirmed = FuturesUnordered::new();
    for _ in 0..count {
        let properties = BasicProperties::default().with_delivery_mode(2);
        let options = BasicPublishOptions::default();
        let sent = channel.basic_publish("".into(), queue.into(), options, &body, properties);
        unconfirmed.push(sent.await?);
        if unconfirmed.len() >= WINDOW {
            ensure!(unconfirmed.next().await.context("no confirm")??.is_ack(), "not confirmed");
        }
    }
    while let Some(confirm) = unconfirmed.next().await {
        ensure!(confirm?.is_ack(), "not confirmed");
    }
    Ok(())
}

async fn consume(channel: &Channel, queue: &str, count: usize) -> anyhow::Result<()> {
    let (options, arguments) = (BasicConsumeOptions::default(), FieldTable::default());
    let mut stream = channel.basic_consume(queue.into(), "bare".into(), options, arguments).await?;
    for _ in 0..count {
        let delivery = stream.next().await.context("the stream ended")??;
        delivery.acker.ack(BasicAckOptions::default()).await?;
    }
    Ok(())
}
