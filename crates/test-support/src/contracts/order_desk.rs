//! Contract of how orders of an [`OrderingStore`](domain::ordering::OrderingStore) are edited and
//! looked for.

use domain::{
    ordering::{
        HoldChange, Order, OrderFilter, OrderStatus, OrderView, Particulars, ParticularsChange,
        PaymentStatus, PostalAddress,
    },
    shared::{error::StoreError, page::Window},
};

use super::{StoreFixture, store::at};
use crate::builders;

/// The lines and the price of an edited order take the place of those it had.
pub async fn edited_lines_replace_those_there_were(f: StoreFixture) {
    let ann = f.user("ann").await;
    let (tea, rum) = (f.goods("tea", 9).await, f.goods("rum", 9).await);
    let lines = vec![f.line(&rum, 2), f.line(&tea, 1)];
    let order = builders::order(&f.ids, ann, lines, at(0));
    f.place(&order).await;
    let edit = async |mut order: Order| {
        let lines = vec![f.line(&tea, 3)];
        let changes = order.edit(lines, None, f.stamp(1)).unwrap();
        let mut uow = f.ordering.begin(&StoreFixture::provenance()).await.unwrap();
        uow.orders().update_edited(&order).await?;
        for change in changes {
            match change {
                HoldChange::More(more) => {
                    let short = uow.stock().reserve(order.id(), &[more], at(1)).await?;
                    assert_eq!(short, []);
                }
                HoldChange::Fewer(fewer) => {
                    uow.stock().release(order.id(), &[fewer], at(1)).await?;
                }
            }
        }
        uow.commit().await?;
        Ok::<_, StoreError>(order)
    };
    let edited = edit(f.find_order(&order).await.unwrap()).await.unwrap();
    let found = f.find_order(&order).await.unwrap();
    assert_eq!((found.lines(), found.price()), (edited.lines(), edited.price()));
    assert_eq!((found.total(), found.state()), (edited.total(), edited.state()));
    assert_eq!((f.available(&tea).await, f.available(&rum).await), (6, 9));
    let steps = f.order_reads.timeline(order.id()).await.unwrap();
    assert_eq!(steps.last().unwrap().event, "ordering.order_edited.v1");
    assert!(matches!(edit(order).await, Err(StoreError::Conflict)), "an old version");
}

/// Addresses and note are kept with the order, whatever is read of it, until they are changed or its
/// customer is forgotten.
pub async fn an_order_keeps_where_it_goes_until_its_customer_is_forgotten(f: StoreFixture) {
    let (ann, bob) = (f.user("ann").await, f.user("bob").await);
    let (tea, rum) = (f.goods("tea", 9).await, f.goods("rum", 9).await);
    let given = |name: &str| Particulars {
        shipping_address: Some(builders::address(name)),
        billing_address: Some(PostalAddress { phone: None, ..builders::address("Firma Чай") }),
        note: Some("Ring\ntwice — «дважды»".to_owned()),
    };
    let mut placed = Vec::new();
    for (customer, name) in [(ann, "Ann"), (bob, "Bob")] {
        let lines = vec![f.line(&rum, 2), f.line(&tea, 1)];
        let order = builders::order(&f.ids, customer, lines, at(0)).with_particulars(given(name));
        f.place(&order).await;
        assert_eq!(f.find_order(&order).await.unwrap().particulars(), order.particulars());
        assert_eq!(f.order_view(&order).await, Some(OrderView::from(&order)));
        let window = Window::Offset { limit: 9, offset: 0 };
        let listed = f.order_reads.orders(Some(customer), window).await.unwrap().items;
        assert_eq!(listed, [OrderView::from(&order)]);
        placed.push(order);
    }
    let [anns, bobs] = <[Order; 2]>::try_from(placed).unwrap();
    let mut changed = f.find_order(&anns).await.unwrap();
    let change = ParticularsChange {
        shipping_address: Some(Some(builders::address("Ann Lee"))),
        billing_address: Some(None),
        note: None,
    };
    changed.redirect(&change, f.stamp(1)).unwrap();
    let mut uow = f.ordering.begin(&StoreFixture::provenance()).await.unwrap();
    uow.orders().update_edited(&changed).await.unwrap();
    uow.commit().await.unwrap();
    let found = f.find_order(&anns).await.unwrap();
    assert_eq!((found.particulars(), found.lines()), (changed.particulars(), anns.lines()));
    assert_eq!(found.state(), changed.state());

    let mut uow = f.ordering.begin(&StoreFixture::provenance()).await.unwrap();
    uow.orders().forget_particulars(ann).await.unwrap();
    uow.commit().await.unwrap();
    let found = f.find_order(&anns).await.unwrap();
    assert_eq!(*found.particulars(), Particulars::default());
    assert_eq!((found.lines(), found.state()), (anns.lines(), changed.state()));
    assert_eq!(f.order_view(&bobs).await.unwrap().particulars, given("Bob"));
}

/// Everything that is looked for has to hold.
pub async fn orders_are_searched_by_everything_given(f: StoreFixture) {
    let (ann, bob, tea) = (f.user("ann").await, f.user("bob").await, f.goods("tea", 9).await);
    let first = f.placed(ann, &tea, 1).await;
    let mut second = f.find_order(&f.placed(ann, &tea, 1).await).await.unwrap();
    second.cancel(f.stamp(1)).unwrap();
    let mut uow = f.ordering.begin(&StoreFixture::provenance()).await.unwrap();
    uow.orders().update(&second).await.unwrap();
    uow.commit().await.unwrap();
    let third = builders::order(&f.ids, bob, vec![f.line(&tea, 1)], at(60));
    f.place(&third).await;
    let all = OrderFilter::default();
    let found = async |filter: &OrderFilter, window| {
        let page = f.order_reads.search(filter, window).await.unwrap();
        let ids: Vec<_> = page.items.iter().map(|order| order.id).collect();
        (ids, page.total, page.next)
    };
    let (first, second, third) = (&first, &second, &third);
    for (filter, expected) in [
        (all.clone(), vec![third, second, first]),
        (OrderFilter { owner: Some(ann), ..all.clone() }, vec![second, first]),
        (OrderFilter { status: Some(OrderStatus::Cancelled), ..all.clone() }, vec![second]),
        (
            OrderFilter { payment_status: Some(PaymentStatus::None), ..all.clone() },
            vec![third, second, first],
        ),
        (OrderFilter { number: Some(first.number().to_string()), ..all.clone() }, vec![first]),
        (OrderFilter { created_from: Some(at(60)), ..all.clone() }, vec![third]),
        (OrderFilter { created_before: Some(at(60)), ..all.clone() }, vec![second, first]),
        (
            OrderFilter { owner: Some(bob), status: Some(OrderStatus::Cancelled), ..all.clone() },
            vec![],
        ),
    ] {
        let ids: Vec<_> = expected.iter().map(|order| order.id()).collect();
        let total = u64::try_from(ids.len()).unwrap();
        let window = Window::Offset { limit: 10, offset: 0 };
        assert_eq!(found(&filter, window).await, (ids, Some(total), None), "{filter:?}");
    }
    let (ids, total, next) = found(&all, Window::Offset { limit: 2, offset: 0 }).await;
    assert_eq!((ids, total), (vec![third.id(), second.id()], Some(3)));
    let rest = found(&all, Window::After { limit: 2, after: next.unwrap() }).await;
    assert_eq!(rest, (vec![first.id()], None, None));
}

/// One test for each clause.
#[macro_export]
macro_rules! order_desk_contract {
    ($fixture:expr) => {
        $crate::contract_tests!(order_desk, $fixture;
            edited_lines_replace_those_there_were,
            an_order_keeps_where_it_goes_until_its_customer_is_forgotten,
            orders_are_searched_by_everything_given,
        );
    };
}
