//! Copies that processes share are as old as they say, whenever Redis carries a write out.

use std::{sync::Arc, time::Duration};

use domain::shared::copies::{KeeperTime, LookUp, SharedCopies};
use test_support::eventually::eventually;

use crate::server::{self, Namespace};

const LIFE: Duration = Duration::from_millis(900);

async fn absent(copies: &dyn SharedCopies) -> KeeperTime {
    match copies.look_up("key").await.unwrap() {
        LookUp::Absent { now } => now,
        LookUp::Found { .. } => panic!("there is a copy"),
    }
}

fn two(namespace: &Namespace) -> [Arc<dyn SharedCopies>; 2] {
    [server::copies(&namespace.pool()), server::copies(&namespace.pool())]
}

#[tokio::test]
async fn a_copy_is_seen_by_all_and_lives_from_before_it_was_read() {
    let namespace = Namespace::new();
    let [one, other] = two(&namespace);
    let asked = absent(&*one).await;
    // What is read now takes a while.
    eventually("time passes", async || absent(&*other).await >= asked.after(LIFE / 3)).await;
    one.keep("key", b"copy\0\n", asked.after(LIFE)).await.unwrap();
    let LookUp::Found { copy, remaining } = other.look_up("key").await.unwrap() else {
        panic!("there is no copy")
    };
    assert_eq!(copy, b"copy\0\n");
    assert!(remaining <= LIFE * 2 / 3, "{remaining:?}");
    eventually("the copy ends", async || {
        matches!(other.look_up("key").await.unwrap(), LookUp::Absent { now } if now >= asked.after(LIFE))
    })
    .await;
}

#[tokio::test]
async fn a_copy_that_comes_too_late_is_not_kept() {
    let namespace = Namespace::new();
    let [one, other] = two(&namespace);
    let asked = absent(&*one).await;
    let past = KeeperTime(asked.0 - 1);
    one.keep("key", b"old", past).await.unwrap();
    absent(&*other).await;
    one.keep("key", b"fresh", asked.after(LIFE)).await.unwrap();
    assert!(matches!(other.look_up("key").await.unwrap(), LookUp::Found { .. }));
    // And it takes away what it finds, which costs a read.
    one.keep("key", b"old", past).await.unwrap();
    absent(&*other).await;
}
