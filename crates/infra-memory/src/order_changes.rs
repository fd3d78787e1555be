//! The way from a commit to the announcement that orders changed.

use std::{sync::Arc, time::Duration};

use domain::{
    ordering::{OrderChanges, OrderId},
    shared::announcements::{Announcements, Topic},
};
use tokio::{
    sync::mpsc::{self, Receiver, Sender},
    time::sleep,
};

/// Changes that wait to be announced. What does not fit is found by the clock.
const CAPACITY: usize = 4096;

/// What happens so shortly one after the other is announced together.
const TOGETHER: Duration = Duration::from_millis(20);

/// Takes notes of the units of work of this process.
pub struct OrderChangeQueue(Sender<OrderId>);

impl OrderChangeQueue {
    /// The queue, and where it leads.
    pub fn new() -> (Self, Receiver<OrderId>) {
        let (sender, receiver) = mpsc::channel(CAPACITY);
        (Self(sender), receiver)
    }
}

impl OrderChanges for OrderChangeQueue {
    fn note(&self, orders: &[OrderId]) {
        for order in orders {
            if self.0.try_send(*order).is_err() {
                break;
            }
        }
    }
}

/// Announces what is noted, as long as there is somebody to note it.
pub async fn announce_changes(mut noted: Receiver<OrderId>, announcements: Arc<dyn Announcements>) {
    let mut orders = Vec::new();
    while noted.recv_many(&mut orders, CAPACITY).await > 0 {
        orders.sort_unstable();
        orders.dedup();
        let keys: Vec<_> = orders.drain(..).map(|order| order.to_string()).collect();
        announcements.announce(Topic::Orders, &keys).await;
        sleep(TOGETHER).await;
    }
}
