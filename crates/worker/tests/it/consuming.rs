use domain::shared::bus::HandleError;
use test_support::eventually::eventually;
use tokio_util::sync::CancellationToken;

use crate::fixture::{Fixture, Scripted};

fn not_now() -> HandleError {
    HandleError::Retry("not ready".into())
}

/// Lets the worker run until `done` events were handled for good.
async fn run_until(fixture: &Fixture, what: &str, done: impl AsyncFn() -> bool) {
    let stop = CancellationToken::new();
    let running = tokio::spawn(fixture.worker.clone().run(stop.clone()));
    eventually(what, done).await;
    stop.cancel();
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn an_event_is_handled_once() {
    let handler = Scripted::new(|_, _| Ok(()));
    let fixture = Fixture::new(handler.clone());
    let mut subscriptions = fixture.worker.subscribe().await.unwrap();
    fixture.register("ann").await;
    fixture.worker.run_until_idle(&mut subscriptions).await.unwrap();
    fixture.worker.run_until_idle(&mut subscriptions).await.unwrap();
    assert_eq!((handler.seen(), fixture.waiting().await, fixture.dead().await), (vec![1], 0, 0));
}

#[tokio::test]
async fn what_is_not_ready_is_tried_again_until_it_is() {
    let handler = Scripted::new(|_, times| if times < 3 { Err(not_now()) } else { Ok(()) });
    let fixture = Fixture::new(handler.clone());
    fixture.register("ann").await;
    run_until(&fixture, "three tries", async || handler.seen() == [3]).await;
    assert_eq!(fixture.dead().await, 0);
}

#[tokio::test]
async fn what_never_works_becomes_a_dead_letter_after_the_last_delay() {
    let handler = Scripted::new(|_, _| Err(not_now()));
    let fixture = Fixture::new(handler.clone());
    fixture.register("ann").await;
    run_until(&fixture, "a dead letter", async || fixture.dead().await == 1).await;
    assert_eq!(handler.seen(), [4], "one try and one for each delay");
}

#[tokio::test]
async fn poison_is_buried_at_once_and_holds_up_nobody() {
    let poison = Fixture::new(Scripted::new(|_, _| Ok(()))).register("ann").await;
    let handler = Scripted::new(move |event, _| {
        if event.id == poison { Err(HandleError::Poison("bad".to_owned())) } else { Ok(()) }
    });
    let fixture = Fixture::new(handler.clone());
    for name in ["ann", "bob", "eve"] {
        fixture.register(name).await;
    }
    let mut subscriptions = fixture.worker.subscribe().await.unwrap();
    fixture.worker.run_until_idle(&mut subscriptions).await.unwrap();
    assert_eq!((handler.seen(), fixture.dead().await), (vec![1, 1, 1], 1));
}

#[tokio::test]
async fn a_panic_in_a_handler_is_one_failed_try() {
    let handler = Scripted::new(|_, times| {
        assert!(times > 1, "the first time it panics");
        Ok(())
    });
    let fixture = Fixture::new(handler.clone());
    fixture.register("ann").await;
    run_until(&fixture, "a second try", async || handler.seen() == [2]).await;
    assert_eq!(fixture.dead().await, 0);
}
