//! Contract of the coupons of an [`OrderingStore`](domain::ordering::OrderingStore) and their reads.

use std::sync::Arc;

use domain::{
    identity::UserId,
    ordering::{
        Coupon, CouponChange, CouponId, CouponInHand, CouponTerms, Discount, Order, OrderView,
        PromoCode,
    },
    shared::{error::StoreError, page::Window, ports::IdGenerator},
};
use time::Duration;
use tokio::task::JoinSet;

use super::{Goods, StoreFixture, store::at};
use crate::builders::{self, roubles};

async fn stored(f: &StoreFixture, code: &str, change: CouponChange) -> Coupon {
    let coupon = builders::coupon(&f.ids, code, change);
    let mut uow = f.ordering.begin(&StoreFixture::provenance()).await.unwrap();
    uow.coupons().insert(&coupon).await.unwrap();
    uow.commit().await.unwrap();
    coupon
}

async fn used(f: &StoreFixture, coupon: &Coupon) -> u32 {
    f.coupon_reads.coupon(coupon.id).await.unwrap().unwrap().used
}

async fn in_hand(f: &StoreFixture, coupon: &Coupon, customer: UserId) -> CouponInHand {
    f.coupon_reads.in_hand(&coupon.code, customer).await.unwrap().unwrap()
}

/// Places an order with what the customer has of the coupon; `None` when it is not had any more.
async fn try_to_place(
    f: &StoreFixture,
    coupon: &Coupon,
    customer: UserId,
    goods: &Goods,
) -> Result<Option<Order>, StoreError> {
    let hand = CouponInHand { coupon: coupon.clone(), used_by_customer: 0 };
    let lines = vec![f.line(goods, 2)];
    let order = builders::order_with(&f.ids, customer, lines, Some(hand), at(0));
    let mut uow = f.ordering.begin(&StoreFixture::provenance()).await?;
    assert_eq!(uow.stock().reserve(order.id(), &order.demand(), at(0)).await?, []);
    if !uow.coupons().redeem(coupon, customer).await? {
        return Ok(None);
    }
    uow.orders().insert(&order).await?;
    uow.commit().await?;
    Ok(Some(order))
}

async fn place(
    f: &StoreFixture,
    coupon: &Coupon,
    customer: UserId,
    goods: &Goods,
) -> Option<Order> {
    loop {
        match try_to_place(f, coupon, customer, goods).await {
            Err(StoreError::Conflict) => tokio::task::yield_now().await,
            placed => return placed.unwrap(),
        }
    }
}

/// What is read is what was stored, by its code, by its id, and in a list.
pub async fn a_coupon_survives_the_store(f: StoreFixture) {
    let ann = f.user("ann").await;
    let every = CouponChange {
        discount: Some(Discount::Amount(roubles(5_000))),
        minimum: Some(Some(roubles(10_000))),
        starts_at: Some(Some(at(-60))),
        ends_at: Some(Some(at(60))),
        total_limit: Some(Some(10)),
        user_limit: Some(Some(2)),
        is_active: Some(false),
    };
    let percent = stored(&f, "TEA-10", CouponChange::default()).await;
    let amount = stored(&f, "RUM-50", every).await;
    for coupon in [&percent, &amount] {
        let expected = CouponInHand { coupon: coupon.clone(), used_by_customer: 0 };
        assert_eq!(in_hand(&f, coupon, ann).await, expected);
        assert_eq!(f.coupon_reads.coupon(coupon.id).await.unwrap().as_ref(), Some(coupon));
        let mut uow = f.ordering.begin(&StoreFixture::provenance()).await.unwrap();
        assert_eq!(uow.coupons().find(coupon.id).await.unwrap().as_ref(), Some(coupon));
    }
    let page = f.coupon_reads.coupons(Window::Offset { limit: 1, offset: 0 }).await.unwrap();
    assert_eq!((page.items, page.total), (vec![amount.clone()], Some(2)));
    let next = Window::After { limit: 1, after: page.next.unwrap() };
    let page = f.coupon_reads.coupons(next).await.unwrap();
    assert_eq!((page.items, page.total, page.next), (vec![percent], None, None));
    let nothing = PromoCode::parse("NOTHING").unwrap();
    assert_eq!(f.coupon_reads.in_hand(&nothing, ann).await.unwrap(), None);
    assert_eq!(f.coupon_reads.coupon(CouponId::new(f.ids.next())).await.unwrap(), None);
}

/// A code belongs to one coupon.
pub async fn a_code_is_taken_once(f: StoreFixture) {
    stored(&f, "TEA-10", CouponChange::default()).await;
    let twin = builders::coupon(&f.ids, "tea-10", CouponChange::default());
    let mut uow = f.ordering.begin(&StoreFixture::provenance()).await.unwrap();
    let taken = uow.coupons().insert(&twin).await;
    let Err(StoreError::AlreadyExists { constraint }) = taken else { panic!("{taken:?}") };
    assert_eq!(constraint, "uq_coupons_code");
}

/// An order with a coupon is stored with what is taken off of each line, and counts as one use.
pub async fn an_order_holds_its_coupon(f: StoreFixture) {
    let (ann, tea) = (f.user("ann").await, f.goods("tea", 9).await);
    let coupon = stored(&f, "TEA-10", CouponChange::default()).await;
    let order = place(&f, &coupon, ann, &tea).await.unwrap();
    let price = order.price();
    assert_eq!((price.subtotal, price.discount), (roubles(20_000), roubles(2_000)));
    let found = f.find_order(&order).await.unwrap();
    assert_eq!((found.price(), found.lines()), (price, order.lines()));
    assert_eq!(f.order_view(&order).await, Some(OrderView::from(&order)));
    let hand = in_hand(&f, &coupon, ann).await;
    assert_eq!((hand.used_by_customer, hand.coupon.used), (1, 1));
    assert_eq!(in_hand(&f, &coupon, f.user("bob").await).await.used_by_customer, 0);
}

/// A use that is rolled back was none.
pub async fn a_dropped_redemption_is_none(f: StoreFixture) {
    let ann = f.user("ann").await;
    let coupon = stored(&f, "TEA-10", CouponChange::default()).await;
    let mut uow = f.ordering.begin(&StoreFixture::provenance()).await.unwrap();
    assert!(uow.coupons().redeem(&coupon, ann).await.unwrap());
    drop(uow);
    assert_eq!(used(&f, &coupon).await, 0);
}

/// Many customers of a coupon for few: as many orders as it is for.
pub async fn a_crowd_redeems_what_there_is_and_no_more(f: StoreFixture) {
    let (ann, tea) = (f.user("ann").await, f.goods("tea", 100).await);
    let limit = CouponChange { total_limit: Some(Some(3)), ..CouponChange::default() };
    let coupon = Arc::new(stored(&f, "TEA-10", limit).await);
    let f = Arc::new(f);
    let mut crowd = JoinSet::new();
    for _ in 0..12 {
        let (f, coupon, tea) = (Arc::clone(&f), Arc::clone(&coupon), tea.clone());
        crowd.spawn(async move { place(&f, &coupon, ann, &tea).await.is_some() });
    }
    let placed = crowd.join_all().await.into_iter().filter(|placed| *placed).count();
    assert_eq!((placed, used(&f, &coupon).await), (3, 3));
    assert_eq!(f.available(&tea).await, 100 - 3 * 2);
}

/// One customer who asks side by side gets no more than the share of one.
pub async fn a_customer_redeems_no_more_than_a_share(f: StoreFixture) {
    let (ann, bob) = (f.user("ann").await, f.user("bob").await);
    let tea = f.goods("tea", 100).await;
    let limit = CouponChange { user_limit: Some(Some(2)), ..CouponChange::default() };
    let coupon = Arc::new(stored(&f, "TEA-10", limit).await);
    let f = Arc::new(f);
    let mut crowd = JoinSet::new();
    for _ in 0..8 {
        let (f, coupon, tea) = (Arc::clone(&f), Arc::clone(&coupon), tea.clone());
        crowd.spawn(async move { place(&f, &coupon, ann, &tea).await.is_some() });
    }
    let placed = crowd.join_all().await.into_iter().filter(|placed| *placed).count();
    assert_eq!((placed, used(&f, &coupon).await), (2, 2));
    assert!(place(&f, &coupon, bob, &tea).await.is_some());
}

async fn release(f: &StoreFixture, order: &Order) {
    let mut uow = f.ordering.begin(&StoreFixture::provenance()).await.unwrap();
    uow.coupons().release(order, at(1)).await.unwrap();
    uow.commit().await.unwrap();
}

async fn take_again(f: &StoreFixture, order: &Order) {
    let mut uow = f.ordering.begin(&StoreFixture::provenance()).await.unwrap();
    uow.coupons().take_again(order).await.unwrap();
    uow.commit().await.unwrap();
}

/// A use is given back once, and can be had by somebody else.
pub async fn a_released_use_is_free_again(f: StoreFixture) {
    let (ann, bob) = (f.user("ann").await, f.user("bob").await);
    let tea = f.goods("tea", 9).await;
    let limit = CouponChange { total_limit: Some(Some(1)), ..CouponChange::default() };
    let coupon = stored(&f, "TEA-10", limit).await;
    let order = place(&f, &coupon, ann, &tea).await.unwrap();
    assert!(place(&f, &coupon, bob, &tea).await.is_none());
    release(&f, &order).await;
    release(&f, &order).await;
    let hand = in_hand(&f, &coupon, ann).await;
    assert_eq!((hand.used_by_customer, hand.coupon.used), (0, 0));
    let stored = f.find_order(&order).await.unwrap();
    assert_eq!(stored.price(), order.price(), "the order keeps its price");
    assert!(place(&f, &coupon, bob, &tea).await.is_some());
    release(&f, &f.placed(ann, &tea, 1).await).await;
    assert_eq!(used(&f, &coupon).await, 1);
}

/// A use is taken again when one is left, once, and not otherwise.
pub async fn a_use_is_taken_again_only_when_one_is_left(f: StoreFixture) {
    let (ann, bob) = (f.user("ann").await, f.user("bob").await);
    let tea = f.goods("tea", 9).await;
    let limit = CouponChange { total_limit: Some(Some(1)), ..CouponChange::default() };
    let coupon = stored(&f, "TEA-10", limit).await;
    let first = place(&f, &coupon, ann, &tea).await.unwrap();
    take_again(&f, &first).await;
    assert_eq!(used(&f, &coupon).await, 1, "it holds one already");
    release(&f, &first).await;
    take_again(&f, &first).await;
    assert_eq!(in_hand(&f, &coupon, ann).await.used_by_customer, 1);
    release(&f, &first).await;
    place(&f, &coupon, bob, &tea).await.unwrap();
    take_again(&f, &first).await;
    assert_eq!(used(&f, &coupon).await, 1);
    assert_eq!(in_hand(&f, &coupon, ann).await.used_by_customer, 0);
}

async fn update(f: &StoreFixture, coupon: &Coupon) -> Result<(), StoreError> {
    let mut uow = f.ordering.begin(&StoreFixture::provenance()).await?;
    uow.coupons().update(coupon).await?;
    uow.commit().await
}

/// New terms are for whoever redeems afterwards; a use of the old ones is none.
pub async fn changed_terms_are_not_redeemed_unseen(f: StoreFixture) {
    let (ann, tea) = (f.user("ann").await, f.goods("tea", 9).await);
    let old = stored(&f, "TEA-10", CouponChange::default()).await;
    place(&f, &old, ann, &tea).await.unwrap();
    let mut new = f.coupon_reads.coupon(old.id).await.unwrap().unwrap();
    let terms = CouponTerms { discount: Discount::Percent(2_000), ..new.terms };
    new.edit(terms, at(0) + Duration::MINUTE).unwrap();
    update(&f, &new).await.unwrap();
    assert!(matches!(update(&f, &new).await, Err(StoreError::Conflict)), "an old version");
    assert_eq!(f.coupon_reads.coupon(old.id).await.unwrap().unwrap(), new);
    assert!(place(&f, &old, ann, &tea).await.is_none());
    let order = place(&f, &new, ann, &tea).await.unwrap();
    assert_eq!(order.price().discount, roubles(4_000));
}

/// A limit does not fall below what is used, also when it was used meanwhile.
pub async fn a_limit_stays_above_what_is_used(f: StoreFixture) {
    let (ann, tea) = (f.user("ann").await, f.goods("tea", 9).await);
    let coupon = stored(&f, "TEA-10", CouponChange::default()).await;
    let mut unseen = coupon.clone();
    for _ in 0..2 {
        place(&f, &coupon, ann, &tea).await.unwrap();
    }
    unseen.edit(CouponTerms { total_limit: Some(1), ..coupon.terms }, at(0)).unwrap();
    assert!(matches!(update(&f, &unseen).await, Err(StoreError::Conflict)));
    let mut enough = coupon.clone();
    enough.edit(CouponTerms { total_limit: Some(2), ..coupon.terms }, at(0)).unwrap();
    update(&f, &enough).await.unwrap();
    assert_eq!(used(&f, &coupon).await, 2);
}

/// One test for each clause.
#[macro_export]
macro_rules! coupons_contract {
    ($fixture:expr) => {
        $crate::contract_tests!(coupons, $fixture;
            a_coupon_survives_the_store,
            a_code_is_taken_once,
            an_order_holds_its_coupon,
            a_dropped_redemption_is_none,
            a_crowd_redeems_what_there_is_and_no_more,
            a_customer_redeems_no_more_than_a_share,
            a_released_use_is_free_again,
            a_use_is_taken_again_only_when_one_is_left,
            changed_terms_are_not_redeemed_unseen,
            a_limit_stays_above_what_is_used,
        );
    };
}
