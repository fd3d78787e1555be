use std::sync::Arc;

use domain::{
    ordering::{
        CancelOrder, CancelOrderCommand, CancelOrderError, ExpireOrders, InvalidTransition,
        OrderCommand, OrderId, OrderStatus, OrderView, PaymentStatus,
    },
    payments::{CreatePayment, FactKind},
    shared::{actor::Actor, event::Provenance, ports::IdGenerator},
};
use infra_memory::store::{MemoryOrderingStore, MemoryPaymentsStore};
use shaku::HasComponent;
use time::Duration;

use crate::{
    losing::{LosingStore, Losses},
    meanwhile::Meanwhile,
    shop::{RESERVED_FOR, Shop, pays},
};

async fn cancel(shop: &Shop, actor: Actor, order: OrderId) -> Result<OrderView, CancelOrderError> {
    let app = shop.app();
    let cancel_order: &dyn CancelOrder = app.resolve_ref();
    let provenance = Provenance::default();
    cancel_order.execute(CancelOrderCommand { actor, order, provenance }).await
}

async fn expire(shop: &Shop, limit: u32) -> u32 {
    let app = shop.app();
    let expire_orders: &dyn ExpireOrders = app.resolve_ref();
    expire_orders.execute(limit).await.unwrap()
}

#[tokio::test]
async fn a_cancelled_order_gives_its_stock_back() {
    let shop = Shop::open();
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
    for actor in [ann, shop.staff()] {
        let order = shop.place(ann, tea, 2).await;
        let cancelled = cancel(&shop, actor, order.id).await.unwrap();
        assert_eq!(cancelled.status, OrderStatus::Cancelled);
        assert_eq!(cancelled.expires_at, None);
        assert_eq!(shop.stock(tea).reserved, 0);
        assert_eq!(shop.events().last(), Some(&"ordering.order_cancelled.v1"));
    }
}

#[tokio::test]
async fn somebody_elses_order_is_not_there() {
    let shop = Shop::open();
    let (ann, bob) = (shop.customer("ann").await, shop.customer("bob").await);
    let tea = shop.goods("tea", 10).await;
    let order = shop.place(ann, tea, 2).await;
    let before = shop.snapshot();
    let missing = OrderId::new(shop.ids.next());
    for (actor, order) in [(bob, order.id), (ann, missing), (shop.staff(), missing)] {
        let refused = cancel(&shop, actor, order).await;
        assert!(matches!(refused, Err(CancelOrderError::NotFound)), "{refused:?}");
    }
    assert_eq!(shop.snapshot(), before);
}

#[tokio::test]
async fn nobody_cancels_what_is_closed_and_customers_nothing_that_is_paid() {
    let shop = Shop::open();
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
    let paid = shop.place(ann, tea, 1).await;
    let payment = shop.begin_to_pay(ann, paid.id).await;
    shop.report(&payment, FactKind::Captured).await.unwrap();
    let cancelled = shop.place(ann, tea, 1).await;
    cancel(&shop, ann, cancelled.id).await.unwrap();
    let before = shop.snapshot();

    use OrderStatus::{Cancelled, Paid};
    let closed = (cancelled.id, Cancelled);
    for (actor, (order, from)) in [(ann, (paid.id, Paid)), (ann, closed), (shop.staff(), closed)] {
        let refused = cancel(&shop, actor, order).await;
        let Err(CancelOrderError::Transition(refused)) = refused else { panic!("{refused:?}") };
        assert_eq!(refused, InvalidTransition { from, command: OrderCommand::Cancel });
    }
    assert_eq!(shop.snapshot(), before);
}

#[tokio::test]
async fn orders_expire_when_their_time_is_up_and_give_their_stock_back() {
    let shop = Shop::open();
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
    let first = shop.place(ann, tea, 2).await;
    shop.clock.advance(Duration::MINUTE);
    let second = shop.place(ann, tea, 3).await;

    shop.clock.set(first.created_at + RESERVED_FOR - Duration::MICROSECOND);
    assert_eq!(expire(&shop, 10).await, 0);
    shop.clock.set(first.created_at + RESERVED_FOR);
    assert_eq!(expire(&shop, 10).await, 1);

    assert_eq!(shop.status(first.id), (OrderStatus::Expired, PaymentStatus::None));
    assert_eq!(shop.status(second.id).0, OrderStatus::Pending);
    assert_eq!(shop.stock(tea).reserved, 3);
    assert_eq!(shop.events().last(), Some(&"ordering.order_expired.v1"));
    assert_eq!(expire(&shop, 10).await, 0);
}

#[tokio::test]
async fn no_more_orders_expire_at_once_than_wanted() {
    let shop = Shop::open();
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
    for _ in 0..3 {
        shop.place(ann, tea, 1).await;
    }
    shop.clock.advance(RESERVED_FOR);
    assert_eq!(expire(&shop, 2).await, 2);
    assert_eq!(expire(&shop, 2).await, 1);
}

#[tokio::test]
async fn an_order_that_is_being_paid_does_not_expire() {
    let shop = Shop::open();
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
    let order = shop.place(ann, tea, 1).await;
    shop.clock.advance(RESERVED_FOR - Duration::MINUTE);
    let payment = shop.begin_to_pay(ann, order.id).await;
    shop.clock.advance(Duration::MINUTE);
    assert_eq!(expire(&shop, 10).await, 0);

    shop.report(&payment, FactKind::Failed).await.unwrap();
    assert_eq!(expire(&shop, 10).await, 1);
}

#[tokio::test]
async fn an_order_that_changed_meanwhile_is_left_alone_and_the_next_one_expires() {
    let shop = Shop::open();
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
    for _ in 0..2 {
        shop.place(ann, tea, 1).await;
    }
    shop.clock.advance(RESERVED_FOR);
    let inner = MemoryPaymentsStore::over(shop.state.clone());
    let store = LosingStore { inner, losses: Losses::of(1) };
    let app = shop.app_over(MemoryOrderingStore::over(shop.state.clone()), store);
    let expire_orders: &dyn ExpireOrders = app.resolve_ref();

    assert_eq!(expire_orders.execute(10).await.unwrap(), 1);
    assert_eq!(shop.stock(tea).reserved, 1);
    assert_eq!(expire_orders.execute(10).await.unwrap(), 1);
    assert_eq!(shop.stock(tea).reserved, 0);
}

#[tokio::test]
async fn an_order_that_cannot_expire_does_not_keep_the_others_from_it() {
    let shop = Shop::open();
    let ann = shop.customer("ann").await;
    let (tea, mug) = (shop.goods("tea", 10).await, shop.goods("mug", 10).await);
    let broken = shop.place(ann, tea, 1).await;
    shop.clock.advance(Duration::SECOND);
    let good = shop.place(ann, mug, 1).await;
    shop.state.lock().stock.get_mut(&tea.level).unwrap().reserved = 0;
    shop.clock.advance(RESERVED_FOR);

    assert_eq!(expire(&shop, 10).await, 1);

    assert_eq!(shop.status(broken.id).0, OrderStatus::Pending);
    assert_eq!(shop.status(good.id).0, OrderStatus::Expired);
}

#[tokio::test]
async fn an_order_that_somebody_begins_to_pay_meanwhile_does_not_expire() {
    let shop = Shop::open();
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
    let order = shop.place(ann, tea, 1).await;
    shop.clock.advance(RESERVED_FOR);
    let create_payment: Arc<dyn CreatePayment> = shop.app().resolve();
    let begin_to_pay = async move {
        create_payment.execute(pays(ann, order.id)).await.unwrap();
    };
    let inner = MemoryPaymentsStore::over(shop.state.clone());
    let store = Meanwhile::new(inner, 1, begin_to_pay);
    let app = shop.app_over(MemoryOrderingStore::over(shop.state.clone()), store);
    let expire_orders: &dyn ExpireOrders = app.resolve_ref();

    assert_eq!(expire_orders.execute(10).await.unwrap(), 0);

    assert_eq!(shop.status(order.id).0, OrderStatus::Pending);
    assert_eq!(shop.stock(tea).reserved, 1);
}
