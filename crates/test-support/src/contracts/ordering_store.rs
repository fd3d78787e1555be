//! Contract of [`OrderingStore`](domain::ordering::OrderingStore) and its reads.

use std::sync::Arc;

use domain::{
    catalogue::ProductId,
    identity::UserId,
    inventory::{Shortage, StockDemand},
    ordering::{OfferKey, Order, OrderStatus, OrderView, Parcel},
    payments::{AttemptStatus, Takings},
    shared::{
        error::StoreError,
        idempotency::{Claim, ClaimError, IdempotencyError, IdempotencyKey, StoredResponse},
        page::Window,
        ports::IdGenerator,
    },
};
use tokio::task::JoinSet;

use super::{StoreFixture, store::at};
use crate::builders;

/// Dropping a unit of work undoes all of it.
pub async fn dropping_rolls_back(f: StoreFixture) {
    let (ann, tea) = (f.user("ann").await, f.goods("tea", 3).await);
    f.drain_outbox().await;
    let order = f.order(ann, &tea, 2);
    let mut uow = f.ordering.begin(&StoreFixture::provenance()).await.unwrap();
    assert_eq!(uow.stock().reserve(order.id(), &order.demand(), at(0)).await.unwrap(), []);
    uow.orders().insert(&order).await.unwrap();
    drop(uow);
    assert!(f.order_view(&order).await.is_none());
    assert_eq!(f.available(&tea).await, 3);
    assert_eq!(f.outbox.backlog().await.unwrap().waiting, 0);
}

/// Committing makes order, stock, timeline and events visible together.
pub async fn committing_is_all(f: StoreFixture) {
    let (ann, tea) = (f.user("ann").await, f.goods("tea", 3).await);
    f.drain_outbox().await;
    let order = f.placed(ann, &tea, 2).await;
    assert_eq!(f.order_view(&order).await, Some(OrderView::from(&order)));
    assert_eq!(f.available(&tea).await, 1);
    let steps = f.order_reads.timeline(order.id()).await.unwrap();
    let [step] = steps.as_slice() else { panic!("{steps:?}") };
    assert_eq!((step.version, step.status), (1, OrderStatus::Pending));
    let [event] = <[_; 1]>::try_from(f.drain_outbox().await).unwrap();
    let recorded = order.events().first().unwrap();
    assert_eq!((event.id, &event.event), (recorded.id, &recorded.event));
    assert_eq!(event.aggregate_version, 1);
    assert_eq!(event.occurred_at, recorded.occurred_at);
    assert_eq!(event.provenance, StoreFixture::provenance());
}

/// What is found is what was stored, lines in their order.
pub async fn an_order_survives_the_store(f: StoreFixture) {
    let ann = f.user("ann").await;
    let (tea, rum) = (f.goods("tea", 3).await, f.goods("rum", 3).await);
    let lines = vec![f.line(&rum, 2), f.line(&tea, 1), f.line(&rum, 1)];
    let order = builders::order(&f.ids, ann, lines, at(0));
    f.place(&order).await;
    let found = f.find_order(&order).await.unwrap();
    assert_eq!(found.lines(), order.lines());
    assert_eq!(found.state(), order.state());
    assert_eq!((found.number(), found.customer()), (order.number(), order.customer()));
    assert_eq!((found.total(), found.created_at()), (order.total(), order.created_at()));
    assert!(found.events().is_empty());
    assert!(f.find_order(&f.order(ann, &tea, 1)).await.is_none());
}

async fn buy(f: &StoreFixture, order: &Order) -> bool {
    loop {
        match try_to_buy(f, order).await {
            Err(StoreError::Conflict) => tokio::task::yield_now().await,
            bought => return bought.unwrap(),
        }
    }
}

async fn try_to_buy(f: &StoreFixture, order: &Order) -> Result<bool, StoreError> {
    let mut uow = f.ordering.begin(&StoreFixture::provenance()).await?;
    if !uow.stock().reserve(order.id(), &order.demand(), at(0)).await?.is_empty() {
        return Ok(false);
    }
    uow.orders().insert(order).await?;
    uow.commit().await?;
    Ok(true)
}

/// Of two buyers racing for the last units, exactly one gets them.
///
/// The buyers run side by side, never interleaved by hand: a store with one writer at a time would
/// block forever on the second `begin`.
pub async fn the_last_unit_is_sold_once(f: StoreFixture) {
    let (ann, tea) = (f.user("ann").await, f.goods("tea", 3).await);
    let (one, two) = (f.order(ann, &tea, 3), f.order(ann, &tea, 3));
    let (a, b) = tokio::join!(buy(&f, &one), buy(&f, &two));
    assert!(a ^ b, "{a} {b}");
    assert_eq!(f.available(&tea).await, 0);
    assert_eq!(f.order_view(&one).await.is_some(), a);
    assert_eq!(f.order_view(&two).await.is_some(), b);
}

/// Many buyers of few units: as many orders as units.
pub async fn a_crowd_buys_what_there_is_and_no_more(f: StoreFixture) {
    let (ann, tea) = (f.user("ann").await, f.goods("tea", 5).await);
    let f = Arc::new(f);
    let mut buyers = JoinSet::new();
    for _ in 0..12 {
        let (f, order) = (Arc::clone(&f), f.order(ann, &tea, 1));
        buyers.spawn(async move { buy(&f, &order).await });
    }
    let bought = buyers.join_all().await.into_iter().filter(|bought| *bought).count();
    assert_eq!((bought, f.available(&tea).await), (5, 0));
    assert_eq!(orders_of(&f, ann).await.len(), 5);
}

/// Every level that is short is named with what is left of it, and rolling back frees the others.
pub async fn every_shortage_is_reported_with_what_is_left(f: StoreFixture) {
    let ann = f.user("ann").await;
    let (tea, rum, bun) =
        (f.goods("tea", 3).await, f.goods("rum", 1).await, f.goods("bun", 9).await);
    let lines = vec![f.line(&rum, 2), f.line(&bun, 9), f.line(&tea, 4)];
    let order = builders::order(&f.ids, ann, lines, at(0));
    let mut uow = f.ordering.begin(&StoreFixture::provenance()).await.unwrap();
    let mut short = uow.stock().reserve(order.id(), &order.demand(), at(0)).await.unwrap();
    drop(uow);
    short.sort_by_key(|shortage| shortage.wanted);
    let expected = [
        Shortage { variant: rum.variant, wanted: 2, left: 1 },
        Shortage { variant: tea.variant, wanted: 4, left: 3 },
    ];
    assert_eq!(short, expected);
    assert_eq!(f.available(&bun).await, 9);
}

async fn update(f: &StoreFixture, order: &Order) -> Result<(), StoreError> {
    let mut uow = f.ordering.begin(&StoreFixture::provenance()).await?;
    uow.orders().update(order).await?;
    uow.commit().await
}

/// Of two changes made from one version, the second is refused and changes nothing.
pub async fn a_lost_update_is_a_conflict(f: StoreFixture) {
    let (ann, tea) = (f.user("ann").await, f.goods("tea", 3).await);
    let placed = f.placed(ann, &tea, 1).await;
    f.drain_outbox().await;
    let mut first = f.find_order(&placed).await.unwrap();
    let mut second = first.clone();
    first.cancel(f.stamp(10)).unwrap();
    second.expire(f.stamp(20)).unwrap();
    update(&f, &first).await.unwrap();
    assert!(matches!(update(&f, &second).await, Err(StoreError::Conflict)));
    let found = f.find_order(&placed).await.unwrap();
    assert_eq!(found.state(), first.state());
    assert_eq!(found.state().version, 2);
    assert_eq!(f.drain_outbox().await.len(), 1);
    let steps = f.order_reads.timeline(placed.id()).await.unwrap();
    assert_eq!(steps.iter().map(|step| step.version).collect::<Vec<_>>(), [1, 2]);
}

/// What is released can be bought again.
pub async fn released_units_are_free_again(f: StoreFixture) {
    let (ann, tea) = (f.user("ann").await, f.goods("tea", 3).await);
    let order = f.placed(ann, &tea, 3).await;
    assert_eq!(f.available(&tea).await, 0);
    let mut uow = f.ordering.begin(&StoreFixture::provenance()).await.unwrap();
    uow.stock().release(order.id(), &order.demand(), at(1)).await.unwrap();
    uow.commit().await.unwrap();
    assert_eq!(f.available(&tea).await, 3);
    f.placed(ann, &tea, 3).await;
}

/// Allocating turns a promise into a paid one: as many units are free as before.
pub async fn allocated_units_stay_taken(f: StoreFixture) {
    let (ann, tea) = (f.user("ann").await, f.goods("tea", 3).await);
    let order = f.placed(ann, &tea, 2).await;
    let mut uow = f.ordering.begin(&StoreFixture::provenance()).await.unwrap();
    uow.stock().allocate(order.id(), &order.demand(), at(1)).await.unwrap();
    uow.commit().await.unwrap();
    assert_eq!(f.available(&tea).await, 1);
}

/// A paid promise given back is free again.
pub async fn deallocated_units_are_free_again(f: StoreFixture) {
    let (ann, tea) = (f.user("ann").await, f.goods("tea", 3).await);
    let order = f.placed(ann, &tea, 2).await;
    let mut uow = f.ordering.begin(&StoreFixture::provenance()).await.unwrap();
    uow.stock().allocate(order.id(), &order.demand(), at(1)).await.unwrap();
    uow.stock().deallocate(order.id(), &order.demand(), at(2)).await.unwrap();
    uow.commit().await.unwrap();
    assert_eq!(f.available(&tea).await, 3);
}

/// What is sent leaves the hand as well as the promise, line by line; never twice, and never more
/// than is on hand.
pub async fn shipped_units_are_gone(f: StoreFixture) {
    let (ann, tea) = (f.user("ann").await, f.goods("tea", 3).await);
    let order = f.placed(ann, &tea, 2).await;
    let mut uow = f.ordering.begin(&StoreFixture::provenance()).await.unwrap();
    let mut paid = uow.orders().find(order.id()).await.unwrap().unwrap();
    let takings = Takings { captured: order.total(), ..Takings::none(order.total().currency) };
    paid.pay(&takings, f.stamp(1)).unwrap();
    uow.orders().update(&paid).await.unwrap();
    uow.stock().allocate(order.id(), &order.demand(), at(1)).await.unwrap();
    uow.commit().await.unwrap();

    for (seconds, shipped) in [(2, 1), (3, 2)] {
        let mut uow = f.ordering.begin(&StoreFixture::provenance()).await.unwrap();
        let mut found = uow.orders().find(order.id()).await.unwrap().unwrap();
        let one = Parcel { line: order.lines()[0].id, quantity: 1 };
        let demand = found.ship(&[one], f.stamp(seconds)).unwrap();
        uow.orders().update(&found).await.unwrap();
        let short = uow.stock().ship(order.id(), &demand, at(seconds)).await.unwrap();
        assert_eq!(short, []);
        uow.commit().await.unwrap();
        assert_eq!(f.find_order(&order).await.unwrap().lines()[0].shipped, shipped);
    }
    assert_eq!(f.available(&tea).await, 1);
    let mut uow = f.ordering.begin(&StoreFixture::provenance()).await.unwrap();
    let many =
        [StockDemand { level: tea.level, variant: tea.variant, product: tea.product, quantity: 2 }];
    let short = uow.stock().ship(order.id(), &many, at(4)).await.unwrap();
    assert_eq!(short, [Shortage { variant: tea.variant, wanted: 2, left: 1 }]);
}

/// A promise given back is taken again where the units are still there, and not at all otherwise.
pub async fn stock_is_allocated_again_only_when_it_is_there(f: StoreFixture) {
    let ann = f.user("ann").await;
    let (tea, rum) = (f.goods("tea", 3).await, f.goods("rum", 3).await);
    let lines = vec![f.line(&tea, 2), f.line(&rum, 2)];
    let order = builders::order(&f.ids, ann, lines, at(0));
    f.place(&order).await;
    let demand = order.demand();
    let mut uow = f.ordering.begin(&StoreFixture::provenance()).await.unwrap();
    uow.stock().release(order.id(), &demand, at(1)).await.unwrap();
    uow.commit().await.unwrap();

    let rival = f.placed(ann, &rum, 2).await;
    let mut uow = f.ordering.begin(&StoreFixture::provenance()).await.unwrap();
    assert!(!uow.stock().allocate_again(order.id(), &demand, at(2)).await.unwrap());
    uow.commit().await.unwrap();
    assert_eq!((f.available(&tea).await, f.available(&rum).await), (3, 1));

    let mut uow = f.ordering.begin(&StoreFixture::provenance()).await.unwrap();
    uow.stock().release(rival.id(), &rival.demand(), at(3)).await.unwrap();
    assert!(uow.stock().allocate_again(order.id(), &demand, at(3)).await.unwrap());
    uow.commit().await.unwrap();
    assert_eq!((f.available(&tea).await, f.available(&rum).await), (1, 1));
}

async fn expire(f: &StoreFixture, order: &Order, seconds: i64) -> Result<(), StoreError> {
    let mut found = f.find_order(order).await.unwrap();
    found.expire(f.stamp(seconds)).unwrap();
    let mut uow = f.ordering.begin(&StoreFixture::provenance()).await?;
    uow.orders().update_expired(&found, at(seconds)).await?;
    uow.commit().await
}

/// An order expires only when it is due and nobody is paying.
pub async fn only_what_is_due_and_unpaid_expires(f: StoreFixture) {
    let (ann, tea) = (f.user("ann").await, f.goods("tea", 9).await);
    let (idle, paying) = (f.placed(ann, &tea, 1).await, f.placed(ann, &tea, 1).await);
    f.store_payment(&builders::payment(&f.ids, &paying, at(1000))).await;
    assert_eq!(f.order_reads.due_to_expire(at(1799), 10).await.unwrap(), []);
    assert!(matches!(expire(&f, &idle, 1799).await, Err(StoreError::Conflict)));
    assert_eq!(f.order_reads.due_to_expire(at(1800), 10).await.unwrap(), [idle.id()]);
    assert!(matches!(expire(&f, &paying, 1800).await, Err(StoreError::Conflict)));
    expire(&f, &idle, 1800).await.unwrap();
    assert_eq!(f.find_order(&idle).await.unwrap().state().status, OrderStatus::Expired);
    assert_eq!(f.find_order(&paying).await.unwrap().state().status, OrderStatus::Pending);
    assert_eq!(f.order_reads.due_to_expire(at(1800), 10).await.unwrap(), []);
}

/// An attempt nobody goes on with does not hold the stock for ever.
pub async fn an_abandoned_attempt_lets_its_order_expire(f: StoreFixture) {
    let (ann, tea) = (f.user("ann").await, f.goods("tea", 9).await);
    let order = f.placed(ann, &tea, 1).await;
    f.store_payment(&builders::payment(&f.ids, &order, at(1000))).await;
    let abandoned = 1000 + AttemptStatus::ABANDONED_AFTER.whole_seconds();
    assert_eq!(f.order_reads.due_to_expire(at(abandoned - 1), 10).await.unwrap(), []);
    assert!(matches!(expire(&f, &order, abandoned - 1).await, Err(StoreError::Conflict)));
    assert_eq!(f.order_reads.due_to_expire(at(abandoned), 10).await.unwrap(), [order.id()]);
    expire(&f, &order, abandoned).await.unwrap();
}

/// Owners see their own orders, newest first; staff see everybody's.
pub async fn orders_are_listed_newest_first(f: StoreFixture) {
    let (ann, bob, tea) = (f.user("ann").await, f.user("bob").await, f.goods("tea", 9).await);
    let mut placed = Vec::new();
    for seconds in 0..3 {
        let lines = vec![f.line(&tea, 1), f.line(&tea, 1)];
        let order = builders::order(&f.ids, ann, lines, at(seconds));
        f.place(&order).await;
        placed.push(order.id());
    }
    let foreign = f.placed(bob, &tea, 1).await;
    placed.reverse();
    let listed = orders_of(&f, ann).await;
    assert_eq!(listed.iter().map(|order| order.id).collect::<Vec<_>>(), placed);
    assert!(listed.iter().all(|order| order.lines.len() == 2));

    let window = Window::Offset { limit: 2, offset: 1 };
    let page = f.order_reads.orders(Some(ann), window).await.unwrap();
    assert_eq!(page.total, Some(3));
    assert_eq!(page.items.iter().map(|order| order.id).collect::<Vec<_>>(), placed[1..]);
    let window = Window::After { limit: 1, after: placed[0].raw() };
    let page = f.order_reads.orders(Some(ann), window).await.unwrap();
    assert_eq!((page.items[0].id, page.items.len(), page.total), (placed[1], 1, None));
    assert_eq!(page.next, Some(placed[1].raw()));
    let window = Window::After { limit: 1, after: placed[1].raw() };
    let page = f.order_reads.orders(Some(ann), window).await.unwrap();
    assert_eq!((page.items[0].id, page.next), (placed[2], None));

    let all = f.order_reads.orders(None, Window::Offset { limit: 9, offset: 0 }).await.unwrap();
    assert_eq!((all.items.len(), all.total), (4, Some(4)));
    assert!(f.order_reads.order(foreign.id(), Some(ann)).await.unwrap().is_none());
    assert!(f.order_reads.order(foreign.id(), Some(bob)).await.unwrap().is_some());
}

async fn orders_of(f: &StoreFixture, user: UserId) -> Vec<OrderView> {
    let window = Window::Offset { limit: 100, offset: 0 };
    f.order_reads.orders(Some(user), window).await.unwrap().items
}

/// A product answers its default variant, a variant itself, and what is unknown is absent.
pub async fn offers_are_found_by_product_and_by_variant(f: StoreFixture) {
    let builder = builders::product("tea").variant("-big", false, &[builders::roubles(5)]);
    let (product, stock) = builder.build(&f.ids);
    let mut uow = f.catalogue.begin(&StoreFixture::provenance()).await.unwrap();
    uow.products().insert_all(std::slice::from_ref(&product), &stock).await.unwrap();
    uow.commit().await.unwrap();
    let [small, big] = &product.parts().variants[..] else { panic!("two variants") };

    let offers = f.order_reads.offers(&[OfferKey::Product(product.id())]).await.unwrap();
    let [offer] = offers.as_slice() else { panic!("{offers:?}") };
    assert_eq!((offer.variant, offer.is_default, offer.is_sold), (small.id, true, true));
    assert_eq!(offer.level, stock.first().map(|stock| stock.level));
    assert_eq!((&*offer.name, &offer.prices), ("tea", &small.prices));

    let offers = f.order_reads.offers(&[OfferKey::Variant(big.id)]).await.unwrap();
    let [offer] = offers.as_slice() else { panic!("{offers:?}") };
    assert_eq!((offer.variant, offer.is_default, offer.level), (big.id, false, None));
    assert_eq!(offer.prices, big.prices);

    let keys = [OfferKey::Variant(small.id), OfferKey::Product(product.id())];
    let found = f.order_reads.offers(&keys).await.unwrap();
    assert!(!found.is_empty() && found.iter().all(|offer| offer.variant == small.id));
    let unknown = OfferKey::Product(ProductId::new(f.ids.next()));
    assert_eq!(f.order_reads.offers(&[unknown]).await.unwrap(), []);
}

fn key(fingerprint: u8) -> IdempotencyKey {
    IdempotencyKey {
        scope: "place_order:ann".to_owned(),
        key: "key-1".to_owned(),
        fingerprint: [fingerprint; 32],
    }
}

fn created(body: &str) -> StoredResponse {
    let location = Some("/orders/1".to_owned());
    StoredResponse { status: 201, location, body: body.to_owned() }
}

async fn claim(
    f: &StoreFixture,
    key: &IdempotencyKey,
    answer: Option<&StoredResponse>,
    commit: bool,
) -> Result<Claim, ClaimError> {
    let resource = uuid::Uuid::from_u128(77);
    let mut uow = f.ordering.begin(&StoreFixture::provenance()).await?;
    let claim = uow.idempotency().claim(key, resource, answer, at(0)).await?;
    if commit {
        uow.commit().await?;
    }
    Ok(claim)
}

/// A key claimed with its answer gives that answer ever after; keys of two scopes never meet.
pub async fn an_answered_key_answers_again(f: StoreFixture) {
    let answer = created("{}");
    assert_eq!(claim(&f, &key(1), Some(&answer), true).await.unwrap(), Claim::Fresh);
    let again = claim(&f, &key(1), Some(&created("other")), true).await.unwrap();
    assert_eq!(again, Claim::Answered(answer.clone()));
    let elsewhere = IdempotencyKey { scope: "place_order:bob".to_owned(), ..key(1) };
    assert_eq!(claim(&f, &elsewhere, Some(&answer), true).await.unwrap(), Claim::Fresh);
}

/// A key cannot be used for another request, answered or not.
pub async fn a_key_belongs_to_one_request(f: StoreFixture) {
    assert_eq!(claim(&f, &key(1), None, true).await.unwrap(), Claim::Fresh);
    let refused = claim(&f, &key(2), None, true).await;
    assert!(matches!(refused, Err(ClaimError::Key(IdempotencyError::Mismatch))), "{refused:?}");
}

/// A key claimed without an answer tells what was begun, until the answer is known.
pub async fn a_started_key_tells_what_was_begun(f: StoreFixture) {
    assert_eq!(claim(&f, &key(1), None, true).await.unwrap(), Claim::Fresh);
    let resource = uuid::Uuid::from_u128(77);
    assert_eq!(claim(&f, &key(1), None, false).await.unwrap(), Claim::Started { resource });
    let mut uow = f.ordering.begin(&StoreFixture::provenance()).await.unwrap();
    uow.idempotency().answer(&key(1), &created("late")).await.unwrap();
    uow.commit().await.unwrap();
    let answered = Claim::Answered(created("late"));
    assert_eq!(claim(&f, &key(1), None, true).await.unwrap(), answered);
}

/// A claim that was rolled back was never made.
pub async fn a_rolled_back_key_is_fresh_again(f: StoreFixture) {
    let answer = created("{}");
    assert_eq!(claim(&f, &key(1), Some(&answer), false).await.unwrap(), Claim::Fresh);
    assert_eq!(claim(&f, &key(1), Some(&answer), true).await.unwrap(), Claim::Fresh);
}

async fn place_once(f: &StoreFixture, order: &Order) -> Result<bool, ClaimError> {
    let mut uow = f.ordering.begin(&StoreFixture::provenance()).await?;
    let answer = created(&order.id().to_string());
    let claim = uow.idempotency().claim(&key(1), order.id().raw(), Some(&answer), at(0)).await?;
    if claim != Claim::Fresh {
        return Ok(false);
    }
    uow.stock().reserve(order.id(), &order.demand(), at(0)).await?;
    uow.orders().insert(order).await?;
    uow.commit().await?;
    Ok(true)
}

/// Two requests with one key side by side have one effect.
pub async fn one_key_has_one_effect(f: StoreFixture) {
    let (ann, tea) = (f.user("ann").await, f.goods("tea", 9).await);
    let retried = async |order: Order| loop {
        match place_once(&f, &order).await {
            Err(
                ClaimError::Store(StoreError::Conflict)
                | ClaimError::Key(IdempotencyError::InProgress),
            ) => tokio::task::yield_now().await,
            placed => return placed.unwrap(),
        }
    };
    let (one, two) = (f.order(ann, &tea, 1), f.order(ann, &tea, 1));
    let (a, b) = tokio::join!(retried(one), retried(two));
    assert!(a ^ b, "{a} {b}");
    assert_eq!((orders_of(&f, ann).await.len(), f.available(&tea).await), (1, 8));
}

/// One test for each clause.
#[macro_export]
macro_rules! ordering_store_contract {
    ($fixture:expr) => {
        $crate::contract_tests!(ordering_store, $fixture;
            dropping_rolls_back,
            committing_is_all,
            an_order_survives_the_store,
            the_last_unit_is_sold_once,
            a_crowd_buys_what_there_is_and_no_more,
            every_shortage_is_reported_with_what_is_left,
            a_lost_update_is_a_conflict,
            released_units_are_free_again,
            allocated_units_stay_taken,
            deallocated_units_are_free_again,
            shipped_units_are_gone,
            stock_is_allocated_again_only_when_it_is_there,
            only_what_is_due_and_unpaid_expires,
            an_abandoned_attempt_lets_its_order_expire,
            orders_are_listed_newest_first,
            offers_are_found_by_product_and_by_variant,
            an_answered_key_answers_again,
            a_key_belongs_to_one_request,
            a_started_key_tells_what_was_begun,
            a_rolled_back_key_is_fresh_again,
            one_key_has_one_effect,
        );
    };
}
