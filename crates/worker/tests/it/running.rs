use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use test_support::eventually::eventually;
use tokio_util::sync::CancellationToken;

use crate::fixture::{Fixture, Scripted};

#[tokio::test]
async fn a_running_worker_does_everything_by_itself_and_stops_when_told() {
    let handler = Scripted::new(|_, _| Ok(()));
    let fixture = Fixture::new(handler.clone());
    let stop = CancellationToken::new();
    let running = tokio::spawn(fixture.worker.clone().run(stop.clone()));
    fixture.register("ann").await;
    eventually("the event is handled", async || handler.seen() == [1]).await;
    eventually("mails are looked for", async || fixture.mails.0.load(Ordering::Relaxed) > 0).await;
    eventually("jobs are looked at", async || fixture.jobs.runs.load(Ordering::Relaxed) > 1).await;
    stop.cancel();
    running.await.unwrap().unwrap();
    assert_eq!(fixture.waiting().await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_in_hand_is_finished_before_the_worker_stops() {
    let (begun, go_on) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let handler = Scripted::new({
        let (begun, go_on) = (Arc::clone(&begun), Arc::clone(&go_on));
        move |_, _| {
            begun.store(true, Ordering::SeqCst);
            while !go_on.load(Ordering::SeqCst) {
                std::thread::yield_now();
            }
            Ok(())
        }
    });
    let fixture = Fixture::new(handler.clone());
    fixture.register("ann").await;
    let stop = CancellationToken::new();
    let running = tokio::spawn(fixture.worker.clone().run(stop.clone()));
    eventually("the handler has begun", async || begun.load(Ordering::SeqCst)).await;
    stop.cancel();
    assert!(!running.is_finished());
    go_on.store(true, Ordering::SeqCst);
    running.await.unwrap().unwrap();
    assert_eq!((handler.seen(), fixture.dead().await), (vec![1], 0));
}

#[tokio::test]
async fn a_part_that_panics_ends_the_whole_worker_with_a_failure() {
    let fixture = Fixture::new(Scripted::new(|_, _| Ok(())));
    fixture.publisher.panics.store(true, Ordering::Relaxed);
    fixture.register("ann").await;
    let stop = CancellationToken::new();
    assert!(fixture.worker.clone().run(stop.clone()).await.is_err());
    assert!(stop.is_cancelled());
}

#[tokio::test]
async fn a_job_that_panics_is_run_again_and_takes_nothing_with_it() {
    let handler = Scripted::new(|_, _| Ok(()));
    let fixture = Fixture::new(handler.clone());
    fixture.jobs.panics.store(true, Ordering::Relaxed);
    let stop = CancellationToken::new();
    let running = tokio::spawn(fixture.worker.clone().run(stop.clone()));
    eventually("it is run again", async || fixture.jobs.runs.load(Ordering::Relaxed) > 2).await;
    fixture.register("ann").await;
    eventually("the event is handled", async || handler.seen() == [1]).await;
    stop.cancel();
    running.await.unwrap().unwrap();
}
