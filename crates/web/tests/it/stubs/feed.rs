use std::sync::atomic::Ordering;

use async_trait::async_trait;
use domain::ordering::{Following, OrderFeed, OrderStatus, OrderSteps, TimelineView};

use super::{NOW, Stub};

/// An order is paid, and then nothing happens, or nothing any more.
struct Steps {
    left: Vec<TimelineView>,
    goes_on: bool,
}

#[async_trait]
impl OrderSteps for Steps {
    async fn next(&mut self) -> Option<TimelineView> {
        match self.left.pop() {
            None if self.goes_on => std::future::pending().await,
            step => step,
        }
    }
}

impl OrderFeed for Stub {
    fn follow(&self, following: Following) -> Box<dyn OrderSteps> {
        *self.followed.lock().unwrap() = Some(following);
        let paid = TimelineView {
            version: 2,
            event: "ordering.order_paid.v1".into(),
            status: OrderStatus::Paid,
            at: NOW,
        };
        Box::new(Steps { left: vec![paid], goes_on: self.goes_on.load(Ordering::SeqCst) })
    }
}
