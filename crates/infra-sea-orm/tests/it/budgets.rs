use domain::{
    catalogue::{CategoryKey, PriceLevel, ProductFilter, ProductKey, ProductSort, SearchText},
    identity::{PeopleFilter, PeopleSort},
    ordering::OfferKey,
    payments::ProviderName,
    shared::{event::Provenance, money::Currency, page::Window},
};
use test_support::builders;

use crate::{
    fixture::TestDatabase,
    shop::{Shop, at},
};

async fn placing_an_order_takes_seven_statements_and_one_a_line(test: TestDatabase) {
    let shop = Shop::open(test).await;
    let ann = shop.user("ann").await;
    let mut keys = Vec::new();
    for number in 0..3 {
        keys.push(shop.stock_up(&format!("tea-{number}"), 9).await);
        let (taken, placed) = shop.counted(shop.place(ann, &keys)).await;
        assert_eq!(placed.unwrap().unwrap().lines().len(), keys.len());
        let lines = u64::try_from(keys.len()).unwrap();
        assert!(taken <= 7 + lines, "{taken} statements for {lines} lines");
    }
}

async fn a_webhook_that_pays_takes_ten_statements(test: TestDatabase) {
    let shop = Shop::open(test).await;
    let ann = shop.user("ann").await;
    let mut keys = Vec::new();
    for number in 0..3 {
        keys.push(shop.stock_up(&format!("tea-{number}"), 9).await);
    }
    let order = shop.place(ann, &keys).await.unwrap().unwrap();
    shop.request(&order, "mock-1").await;
    let (taken, paid) = shop.counted(shop.capture("mock-1")).await;
    paid.unwrap();
    let status = shop.ports.order_reads.order(order.id(), Some(ann)).await.unwrap().unwrap().status;
    assert_eq!(status, domain::ordering::OrderStatus::Paid);
    assert!(taken <= 10, "{taken} statements");

    let mut uow = shop.ports.payments.begin(&Provenance::default()).await.unwrap();
    let (taken, found) =
        shop.counted(uow.payments().find_at_provider(ProviderName::Mock, "mock-1")).await;
    assert!(found.unwrap().is_some());
    let lock = u64::from(!shop.is_sqlite);
    assert_eq!(taken, 1 + lock);
}

async fn reads_take_one_statement_and_one_for_a_total(test: TestDatabase) {
    let shop = Shop::open(test).await;
    let ann = shop.user("ann").await;
    let mut keys = Vec::new();
    for number in 0..5 {
        keys.push(shop.stock_up(&format!("tea-{number}"), 9).await);
    }
    let order = shop.place(ann, &keys).await.unwrap().unwrap();
    let OfferKey::Product(product) = keys[0] else { panic!("a product") };
    let (catalogue, orders) = (&shop.ports.catalogue_reads, &shop.ports.order_reads);
    let by_slug = ProductKey::Slug("tea-1".to_owned());
    let (taken, found) = shop.counted(catalogue.product(&ProductKey::Id(product))).await;
    assert!(taken == 1 && found.unwrap().is_some());
    let (taken, found) = shop.counted(catalogue.product(&by_slug)).await;
    assert!(taken == 1 && found.unwrap().is_some());

    let rub = Currency::parse("RUB").unwrap();
    let everything = ProductFilter {
        category: Some(CategoryKey::Slug("tea".to_owned())),
        currency: Some(rub),
        price_min: Some(PriceLevel::new(1)),
        price_max: Some(PriceLevel::new(i64::MAX)),
        in_stock: Some(true),
        status: None,
        text: None,
        listings: None,
    };
    let search = ProductFilter { text: SearchText::parse("tea lamb"), ..everything.clone() };
    for sort in ProductSort::ALL {
        let mut window = Window::Offset { limit: 1, offset: 0 };
        loop {
            // What is meant, the window, and how many there are in all.
            let most = if matches!(window, Window::Offset { .. }) { 3 } else { 2 };
            let (taken, page) = shop.counted(catalogue.products(&search, *sort, window)).await;
            assert_eq!(taken, most);
            let Some(after) = page.unwrap().next else { break };
            window = Window::After { limit: 1, after };
        }
    }
    let (taken, facets) = shop.counted(catalogue.facets(&search)).await;
    assert!(taken == 2 && facets.is_ok());
    for filter in [&ProductFilter::default(), &everything] {
        for sort in ProductSort::ALL {
            let first = Window::Offset { limit: 3, offset: 0 };
            let (taken, page) = shop.counted(catalogue.products(filter, *sort, first)).await;
            assert_eq!(taken, 2);
            let Some(after) = page.unwrap().next else { continue };
            let after = Window::After { limit: 3, after };
            let (taken, page) = shop.counted(catalogue.products(filter, *sort, after)).await;
            page.unwrap();
            assert_eq!(taken, 1);
        }
        let (taken, facets) = shop.counted(catalogue.facets(filter)).await;
        facets.unwrap();
        assert_eq!(taken, 1);
    }
    let first = Window::Offset { limit: 3, offset: 0 };
    let after = Window::After { limit: 3, after: product.raw() };
    for (window, statements) in [(first, 2), (after, 1)] {
        let (taken, page) = shop.counted(orders.orders(Some(ann), window)).await;
        page.unwrap();
        assert_eq!(taken, statements);
    }
    let (taken, found) = shop.counted(orders.order(order.id(), None)).await;
    assert!(taken == 1 && found.unwrap().is_some());
    let (taken, due) = shop.counted(orders.due_to_expire(at(1800), 10)).await;
    assert_eq!((taken, due.unwrap()), (1, vec![order.id()]));
}

async fn looking_for_people_takes_one_statement_and_one_for_a_total(test: TestDatabase) {
    let shop = Shop::open(test).await;
    let (ann, bob) = (shop.user("ann").await, shop.user("bob").await);
    let people = &shop.ports.people;
    let filter = PeopleFilter { text: Some("ann".to_owned()), ..PeopleFilter::default() };
    for sort in [PeopleSort::Newest, PeopleSort::Email, PeopleSort::Username] {
        for (window, statements) in [
            (Window::Offset { limit: 3, offset: 0 }, 2),
            (Window::After { limit: 3, after: bob.raw() }, 1),
        ] {
            let (taken, page) = shop.counted(people.people(&filter, sort, window)).await;
            page.unwrap();
            assert_eq!(taken, statements, "{sort:?}");
        }
    }
    let (taken, batch) = shop.counted(people.batch(&[ann, bob])).await;
    assert_eq!((taken, batch.unwrap().len()), (1, 2));
    let (taken, orders) = shop.counted(shop.ports.order_reads.recent(&[ann, bob], 20)).await;
    assert_eq!((taken, orders.unwrap()), (1, vec![]));
}

async fn seeding_takes_the_same_statements_however_many_there_are(test: TestDatabase) {
    let shop = Shop::open(test).await;
    // The first one is made of words nobody knows yet.
    for (batch, (count, statements)) in [(1_usize, 4), (200, 3)].into_iter().enumerate() {
        let built = (0..count).map(|number| {
            builders::product(&format!("tea-{batch}-{number}")).build(&shop.ports.ids)
        });
        let (products, stock): (Vec<_>, Vec<_>) = built.unzip();
        let mut uow = shop.ports.catalogue.begin(&Provenance::default()).await.unwrap();
        let seeding = async {
            uow.products().insert_all(&products, &stock.concat()).await.unwrap();
            uow.commit().await.unwrap();
        };
        let (taken, ()) = shop.counted(seeding).await;
        assert_eq!(taken, statements, "{count} products");
    }
}

on_each_database!(
    placing_an_order_takes_seven_statements_and_one_a_line,
    a_webhook_that_pays_takes_ten_statements,
    reads_take_one_statement_and_one_for_a_total,
    looking_for_people_takes_one_statement_and_one_for_a_total,
    seeding_takes_the_same_statements_however_many_there_are,
);
