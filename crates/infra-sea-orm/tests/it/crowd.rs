use std::sync::Arc;

use domain::{
    operations::Doctor,
    payments::ProviderName,
    shared::{error::StoreError, event::Provenance, page::Window},
};
use infra_sea_orm::SeaDoctor;
use tokio::task::JoinSet;

use crate::{
    fixture::TestDatabase,
    shop::{Shop, at},
};

async fn assert_healthy(shop: &Shop) {
    let report = SeaDoctor { db: shop.db.clone() }.examine(at(10)).await.unwrap();
    assert_eq!(report.findings, []);
}

async fn fifty_buyers_of_ten_units_buy_ten(test: TestDatabase) {
    let shop = Arc::new(Shop::open(test).await);
    let (ann, tea) = (shop.user("ann").await, shop.stock_up("tea", 10).await);
    let rum = shop.stock_up("rum", 50).await;
    let mut buyers = JoinSet::new();
    for number in 0..50 {
        let shop = Arc::clone(&shop);
        buyers.spawn(async move {
            // Half of them name the goods the other way round, and nobody waits for anybody.
            let keys = if number % 2 == 0 { [tea, rum] } else { [rum, tea] };
            loop {
                match shop.place(ann, &keys).await {
                    Err(StoreError::Conflict) => tokio::task::yield_now().await,
                    placed => return placed.unwrap().is_some(),
                }
            }
        });
    }
    let bought = buyers.join_all().await.into_iter().filter(|bought| *bought).count();
    assert_eq!(bought, 10);
    let all = Window::Offset { limit: 100, offset: 0 };
    assert_eq!(shop.ports.order_reads.orders(Some(ann), all).await.unwrap().total, Some(10));
    assert_healthy(&shop).await;
}

/// Two attempts of one order whose money is taken at the same moment: one pays, the other is
/// refunded, whoever comes first.
async fn of_two_captures_at_once_one_is_refunded(test: TestDatabase) {
    let shop = Arc::new(Shop::open(test).await);
    let (ann, tea) = (shop.user("ann").await, shop.stock_up("tea", 10).await);
    for round in 0..10 {
        let order = shop.place(ann, &[tea]).await.unwrap().unwrap();
        let names = [format!("a-{round}"), format!("b-{round}")];
        shop.request(&order, &names[0]).await;
        let mut uow = shop.ports.payments.begin(&Provenance::default()).await.unwrap();
        let found = uow.payments().find_at_provider(ProviderName::Mock, &names[0]).await.unwrap();
        let (mut failed, _) = found.unwrap();
        let total = order.total();
        let declined =
            test_support::builders::fact(domain::payments::FactKind::Failed, total, at(1));
        failed.learn(declined, test_support::builders::stamp_at(&shop.ports.ids, at(1)));
        uow.payments().update(&failed).await.unwrap();
        uow.commit().await.unwrap();
        shop.request(&order, &names[1]).await;

        let mut reports = JoinSet::new();
        for name in names {
            let shop = Arc::clone(&shop);
            reports.spawn(async move {
                loop {
                    match shop.capture(&name).await {
                        Err(StoreError::Conflict) => tokio::task::yield_now().await,
                        done => return done.unwrap(),
                    }
                }
            });
        }
        reports.join_all().await;
        let mut uow = shop.ports.payments.begin(&Provenance::default()).await.unwrap();
        let name = format!("a-{round}");
        let found = uow.payments().find_at_provider(ProviderName::Mock, &name).await.unwrap();
        let (payment, others) = found.unwrap();
        assert_eq!(others.with(&payment).unwrap().held().unwrap(), total);
    }
    assert_healthy(&shop).await;
}

on_each_database!(fifty_buyers_of_ten_units_buy_ten, of_two_captures_at_once_one_is_refunded);
