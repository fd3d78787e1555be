//! One event that nobody can handle, among a thousand that are.

use std::{rc::Rc, time::Duration};

use acceptance::{Stack, Surroundings};
use tokio::task::LocalSet;

use super::{Shop, crowd, shop::eventually, sized};

/// How long after it happened an event may be handled. A debug build on a busy machine is slow
/// for reasons of its own.
const LATEST: Duration = Duration::from_secs(if cfg!(feature = "proofs") { 1 } else { 5 });

/// Buyers at once.
const WIDTH: usize = 4;

#[tokio::test]
async fn poison_holds_up_nothing_in_one_process() {
    Box::pin(LocalSet::new().run_until(poison_holds_up_nothing(Stack::Embedded))).await;
}

#[cfg(feature = "services")]
#[tokio::test]
async fn poison_holds_up_nothing_on_rabbitmq() {
    Box::pin(LocalSet::new().run_until(poison_holds_up_nothing(Stack::ScaledOut))).await;
}

async fn poison_holds_up_nothing(stack: Stack) {
    let fine = sized(999, 40);
    let mut shop = Shop::open(Surroundings::make(stack).await.unwrap()).await;
    let (anybody, processes) = shop.start(1).await;
    let buyers = Rc::new(shop.buyers(&anybody, WIDTH).await);
    let shop = Rc::new(shop);
    let paid = crowd(fine, WIDTH, {
        let shop = Rc::clone(&shop);
        async move |at| {
            if at == fine / 2 {
                shop.surroundings.tamper(&poison(stack)).await.unwrap();
            }
            shop.buy(&buyers[at % buyers.len()], at).await
        }
    })
    .await;
    assert_eq!(paid.len(), fine);

    let handled = "SELECT count(*) FROM inbox JOIN outbox ON outbox.id = inbox.event_id \
        WHERE consumer = 'order_confirmation' AND type = 'ordering.order_paid.v1'";
    eventually("all the others are handled", async || {
        shop.surroundings.count(handled).await.unwrap() == i64::try_from(fine).unwrap()
    })
    .await;
    let letters = "SELECT consumer, reason FROM dead_letters";
    eventually("the poison is a dead letter", async || {
        !shop.surroundings.ask(2, letters).await.unwrap().is_empty()
    })
    .await;
    let letters = shop.surroundings.ask(2, letters).await.unwrap();
    let reason = format!("no order {ORDER}");
    assert_eq!(letters, [["order_confirmation".to_owned(), reason]]);

    let slowest = "SELECT max(inbox.created_at - occurred_at) FROM inbox \
        JOIN outbox ON outbox.id = inbox.event_id WHERE consumer = 'order_confirmation'";
    let slowest = shop.surroundings.count(slowest).await.unwrap();
    let slowest = Duration::from_micros(u64::try_from(slowest).unwrap());
    println!("{stack:?}: {fine} events and one of poison, the slowest handled after {slowest:?}");
    assert!(slowest <= LATEST, "{slowest:?}");
    for process in processes {
        process.stop().await;
    }
    Rc::into_inner(shop).unwrap().surroundings.clear().await.unwrap();
}

/// The order that the poison is about.
const ORDER: &str = "0199a000-0000-7000-8000-000000000003";

/// A failed payment of an order that never was: there is nobody to tell.
fn poison(stack: Stack) -> String {
    let id = |last: u32| match stack {
        Stack::Embedded => format!("X'0199a000000070008000{last:012}'"),
        Stack::ScaledOut => format!("'0199a000-0000-7000-8000-{last:012}'"),
    };
    let (event, payment) = (id(1), id(2));
    let data =
        format!(r#"{{"payment_id":"0199a000-0000-7000-8000-000000000002","order_id":"{ORDER}"}}"#);
    format!(
        "INSERT INTO outbox (id, type, aggregate_type, aggregate_id, aggregate_version, \
            occurred_at, data) \
        VALUES ({event}, 'payments.failed.v1', 'payment', {payment}, 1, 1, '{data}')"
    )
}
