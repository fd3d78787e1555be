//! Money is conserved: whatever the customer, the staff, the timer, the provider and the network do,
//! in any order, an order ends paid, or nothing of its money stays.

use domain::{
    ordering::{ExpireOrders, OrderId, OrderStatus},
    payments::{
        CaptureMode, OperatePayment, OperatePaymentCommand, OperationKind, OperationStatus,
        PaymentId, ReceiveWebhook, ReceiveWebhookCommand, RefundStatus, WebhookError,
        WebhookRequest,
    },
    shared::event::Provenance,
};
use proptest::{prelude::*, sample::Index};
use shaku::HasComponent;
use test_support::gateway::Answer;
use time::Duration;
use tokio::runtime::Builder;

use crate::{
    operations::{Open, cancel, open, reconcile},
    shop::{RESERVED_FOR, pays},
};

/// One thing somebody does.
#[derive(Clone, Debug)]
enum Step {
    /// The customer begins to pay, again or for the first time.
    BeginToPay,
    /// The customer pays one of the attempts; the webhook is on its way.
    Pay(Index),
    /// The customer is refused; the webhook is on its way.
    Decline(Index),
    /// Any webhook ever sent arrives: late, twice, or in the wrong order.
    Deliver(Index),
    Cancel,
    Expire,
    Operate(Index, OperationKind),
    /// Somebody else takes what is left of the stock.
    SellOut,
    Reconcile,
    /// The next call of the provider goes wrong.
    Lose(Answer),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => Just(Step::BeginToPay),
        3 => any::<Index>().prop_map(Step::Pay),
        1 => any::<Index>().prop_map(Step::Decline),
        4 => any::<Index>().prop_map(Step::Deliver),
        2 => Just(Step::Cancel),
        1 => Just(Step::Expire),
        2 => any::<Index>().prop_map(|at| Step::Operate(at, OperationKind::Capture)),
        1 => any::<Index>().prop_map(|at| Step::Operate(at, OperationKind::Void)),
        1 => Just(Step::SellOut),
        2 => Just(Step::Reconcile),
        1 => Just(Step::Lose(Answer::UnknownBeforeEffect)),
        2 => Just(Step::Lose(Answer::UnknownAfterEffect)),
    ]
}

/// An order, and whatever is on the wire about it.
struct World {
    open: Open,
    webhooks: Vec<WebhookRequest>,
}

impl World {
    fn payments(&self) -> Vec<PaymentId> {
        let tables = self.open.shop.state.lock();
        let mine = |id: &&PaymentId| tables.payments[*id].new.order == self.open.order;
        tables.payments.keys().filter(mine).copied().collect()
    }

    fn pick(&self, at: &Index) -> PaymentId {
        *at.get(&self.payments())
    }

    async fn take(&mut self, step: &Step) {
        let Open { shop, ann, tea, order, .. } = &self.open;
        let app = shop.app();
        match step {
            Step::BeginToPay => {
                let create_payment: &dyn domain::payments::CreatePayment = app.resolve_ref();
                // Refused while one is open, and once the order is closed.
                drop(create_payment.execute(pays(*ann, *order)).await);
            }
            Step::Pay(at) => self.webhooks.extend(shop.gateway.pay(self.pick(at))),
            Step::Decline(at) => {
                let payment = self.pick(at);
                if !shop.gateway.has_taken(payment) {
                    self.webhooks.extend(shop.gateway.decline(payment));
                }
            }
            Step::Deliver(_) if self.webhooks.is_empty() => {}
            Step::Deliver(at) => {
                let request = at.get(&self.webhooks).clone();
                let receive_webhook: &dyn ReceiveWebhook = app.resolve_ref();
                let provenance = Provenance::default();
                let command =
                    ReceiveWebhookCommand { provider: "mock".into(), request, provenance };
                let answer = receive_webhook.execute(command).await;
                assert!(matches!(answer, Ok(_) | Err(WebhookError::UnknownPayment)), "{answer:?}");
            }
            Step::Cancel => drop(cancel(shop, *ann, *order).await),
            Step::Expire => {
                shop.clock.advance(RESERVED_FOR);
                let expire_orders: &dyn ExpireOrders = app.resolve_ref();
                expire_orders.execute(10).await.unwrap();
            }
            Step::Operate(at, kind) => {
                let operate: &dyn OperatePayment = app.resolve_ref();
                let command = OperatePaymentCommand {
                    actor: shop.staff(),
                    payment: self.pick(at),
                    kind: *kind,
                    idempotency: None,
                    provenance: Provenance::default(),
                };
                // Refused in most states.
                drop(operate.execute(command).await);
            }
            Step::SellOut => {
                let left = shop.stock(*tea).available();
                if let Ok(left @ 1..) = u32::try_from(left) {
                    shop.place(*ann, *tea, left).await;
                }
            }
            Step::Reconcile => {
                shop.clock.advance(Duration::minutes(1));
                reconcile(shop).await;
            }
            Step::Lose(answer) => shop.gateway.then(answer.clone()),
        }
    }

    /// Nothing goes wrong any more, and time passes.
    async fn settle(&self) {
        for _ in 0..12 {
            self.open.shop.clock.advance(Duration::hours(1));
            reconcile(&self.open.shop).await;
        }
    }

    fn check(&self) {
        let shop = &self.open.shop;
        let tables = shop.state.lock();
        let order = &tables.orders[&self.open.order];
        let (mut captured, mut refunded) = (0, 0);
        for row in tables.payments.values().filter(|row| row.new.order == self.open.order) {
            captured += row.state.captured.minor;
            refunded += row.state.refunded.minor;
            assert_eq!(row.state.captured.minor > 0, shop.gateway.has_taken(row.new.id));
            let is_closed =
                matches!(order.state().status, OrderStatus::Cancelled | OrderStatus::Expired);
            assert!(!(is_closed && row.status.is_active()), "{:?} stays open", row.status);
        }
        let given: i64 = shop.gateway.refunded().iter().map(|(_, money)| money.minor).sum();
        assert_eq!(given, refunded, "the provider and the ledger");
        let kept = if order.state().status == OrderStatus::Paid { order.total().minor } else { 0 };
        assert_eq!(captured - refunded, kept, "{:?}", order.state());
        assert!(tables.operations.values().all(|one| one.status != OperationStatus::Scheduled));
        assert!(tables.refunds.values().all(|one| one.status == RefundStatus::Succeeded));
        let units = |id: &OrderId, status| {
            let one = &tables.orders[id];
            let quantity: u32 = one.lines().iter().map(|line| line.quantity).sum();
            if one.state().status == status { i64::from(quantity) } else { 0 }
        };
        let stock = tables.stock[&self.open.tea.level];
        let sum = |status| tables.orders.keys().map(|id| units(id, status)).sum::<i64>();
        assert_eq!(stock.reserved, sum(OrderStatus::Pending));
        assert_eq!(stock.allocated, sum(OrderStatus::Paid));
        let mut seen = std::collections::BTreeMap::new();
        for row in tables.outbox.values() {
            let version = seen.entry(row.event.aggregate_id).or_insert(0);
            *version += 1;
            assert_eq!(row.event.aggregate_version, *version, "no gap in the events");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_order_ends_paid_or_nothing_of_its_money_stays(
        is_manual in any::<bool>(),
        units in 1..3_i64,
        steps in prop::collection::vec(step(), 0..24),
    ) {
        let capture = if is_manual { CaptureMode::Manual } else { CaptureMode::Automatic };
        Builder::new_current_thread().build().unwrap().block_on(async {
            let mut world = World { open: open(units, capture).await, webhooks: Vec::new() };
            for step in &steps {
                world.take(step).await;
            }
            world.settle().await;
            world.check();
        });
    }
}
