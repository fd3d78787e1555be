//! Contract of the lists of [`CatalogueReads`](domain::catalogue::CatalogueReads).

use std::collections::HashSet;

use domain::{
    catalogue::{
        CategoryKey, FacetView, PriceLevel, ProductFilter, ProductId, ProductPlace, ProductSort,
        ProductStatus,
    },
    shared::{
        money::{Currency, Money},
        page::Window,
    },
};

use super::StoreFixture;
use crate::builders::{self, ProductBuilder, product, roubles};

fn money(minor: i64, code: &str) -> Money {
    Money::new(minor, Currency::parse(code).unwrap())
}

/// All of a list, in windows of `limit`, with what its total says.
async fn walk(
    f: &StoreFixture,
    filter: &ProductFilter,
    sort: ProductSort,
    limit: u32,
) -> Vec<ProductId> {
    let whole = Window::Offset { limit: 100, offset: 0 };
    let page = f.catalogue_reads.products(filter, sort, whole).await.unwrap();
    let ids: Vec<_> = page.items.iter().map(|product| product.id).collect();
    assert_eq!(page.total, Some(u64::try_from(ids.len()).unwrap()));
    assert_eq!(page.next, None);

    let mut walked = Vec::new();
    let mut window = Window::Offset { limit, offset: 0 };
    loop {
        let page = f.catalogue_reads.products(filter, sort, window).await.unwrap();
        assert!(page.items.len() <= usize::try_from(limit).unwrap());
        walked.extend(page.items.iter().map(|product| product.id));
        let Some(after) = page.next else { break };
        assert!(after.is_of(sort) || sort == ProductSort::Relevance);
        assert_eq!(walked.last(), Some(&after.id));
        window = Window::After { limit, after };
    }
    assert_eq!(walked, ids, "{sort} by {limit}");
    let mut skipped = Vec::new();
    for offset in (0..ids.len()).step_by(usize::try_from(limit).unwrap()) {
        let window = Window::Offset { limit, offset: u64::try_from(offset).unwrap() };
        let page = f.catalogue_reads.products(filter, sort, window).await.unwrap();
        skipped.extend(page.items.iter().map(|product| product.id));
    }
    assert_eq!(skipped, ids, "{sort} by {limit}");
    ids
}

/// Lists are ordered by age, price or name, and those that are equal by age; windows by offset and
/// by place cut them in the same way.
pub async fn products_are_ordered_as_asked(f: StoreFixture) {
    let mut made = Vec::new();
    for (slug, name, price) in [
        ("a", "Zebra", money(500, "RUB")),
        ("b", "apple", money(9, "JPY")),
        ("c", "Ёлка", money(500, "RUB")),
        ("d", "ель", money(5_500, "KWD")),
        ("e", "Apple", money(10_000, "USD")),
    ] {
        let builder = product(slug).named(name).prices(&[price, money(1, "EUR")]);
        made.push(f.stock_up(builder).await);
    }
    let [zebra, apple_1, yolka, yel, apple_2] = made[..] else { panic!("five") };
    let all = ProductFilter::default();
    for limit in [1, 2, 5] {
        let sorted = async |sort| walk(&f, &all, sort, limit).await;
        let newest = [apple_2, yel, yolka, apple_1, zebra];
        assert_eq!(sorted(ProductSort::Newest).await, newest);
        assert_eq!(sorted(ProductSort::Relevance).await, newest);
        let by_price = [zebra, yolka, yel, apple_1, apple_2];
        assert_eq!(sorted(ProductSort::Cheapest).await, by_price);
        let dearest: Vec<_> = by_price.into_iter().rev().collect();
        assert_eq!(sorted(ProductSort::Dearest).await, dearest);
        let by_name = sorted(ProductSort::Name).await;
        assert_eq!(by_name[..3], [apple_1, apple_2, zebra]);
    }
}

/// What is wanted of a product holds all at once.
pub async fn products_are_narrowed_by_everything_at_once(f: StoreFixture) {
    let food = builders::category(&f.ids, None, "food");
    let tea = builders::category(&f.ids, Some(food.id), "tea");
    let books = builders::category(&f.ids, None, "books");
    let made = [food.clone(), tea.clone(), books.clone()];
    let mut uow = f.catalogue.begin(&StoreFixture::provenance()).await.unwrap();
    uow.categories().insert_all(&made).await.unwrap();
    uow.commit().await.unwrap();

    let add = async |slug: &str, adjust: &dyn Fn(ProductBuilder) -> ProductBuilder| {
        f.stock_up(adjust(product(slug))).await
    };
    let sencha = add("sencha", &|p| p.in_category(tea.id).prices(&[roubles(30_000)])).await;
    let assam =
        add("assam", &|p| p.in_category(tea.id).prices(&[roubles(20_000)]).on_hand(0)).await;
    let bread = add("bread", &|p| p.in_category(food.id).prices(&[roubles(5_050)])).await;
    let novel = add("novel", &|p| p.in_category(books.id).prices(&[money(300, "USD")])).await;
    let gift = add("gift", &|p| p.on_hand(0).uncounted()).await;
    let sold_out_but_one =
        add("mug", &|p| p.on_hand(0).variant("-free", false, &[roubles(700)])).await;
    let draft = add("draft", &|p| p.status(ProductStatus::Draft).prices(&[])).await;

    let none = ProductFilter::default;
    let level = |text| PriceLevel::parse(text, None).ok();
    let rub = Currency::parse("RUB").ok();
    let food = Some(CategoryKey::Slug("food".to_owned()));
    let expected = [
        (none(), vec![sold_out_but_one, gift, novel, bread, assam, sencha]),
        (ProductFilter { category: food.clone(), ..none() }, vec![bread, assam, sencha]),
        (ProductFilter { price_min: level("200"), ..none() }, vec![assam, sencha]),
        (ProductFilter { price_max: level("50.5"), ..none() }, vec![novel, bread]),
        (ProductFilter { price_max: level("50.5"), currency: rub, ..none() }, vec![bread]),
        (
            ProductFilter { in_stock: Some(true), ..none() },
            vec![sold_out_but_one, gift, novel, bread, sencha],
        ),
        (ProductFilter { in_stock: Some(false), ..none() }, vec![assam]),
        (ProductFilter { category: food.clone(), in_stock: Some(false), ..none() }, vec![assam]),
        (
            ProductFilter {
                category: food,
                price_min: level("50.50"),
                price_max: level("299.99"),
                currency: rub,
                in_stock: Some(true),
                ..none()
            },
            vec![bread],
        ),
        (ProductFilter { status: Some(ProductStatus::Draft), ..none() }, vec![draft]),
        (
            ProductFilter {
                status: Some(ProductStatus::Draft),
                price_max: level("9999"),
                ..none()
            },
            vec![],
        ),
        (ProductFilter { status: Some(ProductStatus::Archived), ..none() }, vec![]),
        (
            ProductFilter { category: Some(CategoryKey::Slug("unknown".to_owned())), ..none() },
            vec![],
        ),
    ];
    for (filter, mut products) in expected {
        assert_eq!(walk(&f, &filter, ProductSort::Newest, 2).await, products, "{filter:?}");
        products.sort();
        for sort in [ProductSort::Cheapest, ProductSort::Dearest, ProductSort::Name] {
            let mut found = walk(&f, &filter, sort, 2).await;
            found.sort();
            assert_eq!(found, products, "{filter:?} by {sort}");
        }
    }
}

/// Who follows the places sees everything that was there when they began exactly once, and nothing
/// twice, whatever is made meanwhile.
pub async fn a_list_that_grows_is_walked_without_gaps_and_repetitions(f: StoreFixture) {
    let tea = builders::category(&f.ids, None, "tea");
    let mut uow = f.catalogue.begin(&StoreFixture::provenance()).await.unwrap();
    uow.categories().insert_all(std::slice::from_ref(&tea)).await.unwrap();
    uow.commit().await.unwrap();
    let mut number = 0_u32;
    let mut make = async || {
        number += 1;
        // Few names and prices: many are equal. The multiplier scatters them.
        let scattered = number.wrapping_mul(2_654_435_761) >> 8;
        let builder = product(&format!("p-{number}"))
            .named(["Чай", "чашка", "tea", "Чайник"][usize::try_from(scattered % 4).unwrap()])
            .prices(&[roubles(i64::from(scattered / 4 % 5))]);
        let in_category =
            if scattered.is_multiple_of(3) { builder } else { builder.in_category(tea.id) };
        f.stock_up(in_category).await
    };
    let mut there = HashSet::new();
    for _ in 0..23 {
        there.insert(make().await);
    }
    for category in [None, Some(CategoryKey::Id(tea.id))] {
        let filter = ProductFilter { category, ..ProductFilter::default() };
        for sort in ProductSort::ALL {
            let before: HashSet<_> = walk(&f, &filter, *sort, 100).await.into_iter().collect();
            let mut seen = Vec::new();
            let mut window: Window<ProductPlace> = Window::Offset { limit: 4, offset: 0 };
            loop {
                let page = f.catalogue_reads.products(&filter, *sort, window).await.unwrap();
                seen.extend(page.items.iter().map(|product| product.id));
                let Some(after) = page.next else { break };
                there.insert(make().await);
                window = Window::After { limit: 4, after };
                if seen.len() > 200 {
                    panic!("{sort} has no end");
                }
            }
            let distinct: HashSet<_> = seen.iter().copied().collect();
            assert_eq!(distinct.len(), seen.len(), "{sort}: something twice");
            assert!(before.is_subset(&distinct), "{sort}: something never");
            assert!(distinct.is_subset(&there));
        }
    }
}

/// All that was found is counted by category and currency, with the range of its prices.
pub async fn what_is_found_is_counted_by_category_and_currency(f: StoreFixture) {
    let tea = builders::category(&f.ids, None, "tea");
    let books = builders::category(&f.ids, None, "books");
    let mut uow = f.catalogue.begin(&StoreFixture::provenance()).await.unwrap();
    uow.categories().insert_all(&[tea.clone(), books.clone()]).await.unwrap();
    uow.commit().await.unwrap();
    for (slug, category, price) in [
        ("a", Some(tea.id), roubles(100)),
        ("b", Some(tea.id), roubles(300)),
        ("c", Some(tea.id), money(5, "JPY")),
        ("d", Some(books.id), roubles(200)),
        ("e", None, roubles(50)),
    ] {
        let builder = product(slug).prices(&[price]);
        let builder = match category {
            Some(category) => builder.in_category(category),
            None => builder,
        };
        f.stock_up(builder).await;
    }
    let count = async |filter: ProductFilter| {
        let facets: Vec<FacetView> = f.catalogue_reads.facets(&filter).await.unwrap();
        let mut counted: Vec<_> = facets
            .into_iter()
            .map(|facet| {
                let slug = facet.category.map(|category| category.slug).unwrap_or_default();
                let code = facet.currency.unwrap().code();
                (slug, code, facet.products, facet.cheapest.raw(), facet.dearest.raw())
            })
            .collect();
        counted.sort();
        counted
    };
    let books_line = ("books".to_owned(), "RUB", 1, 20_000, 20_000);
    let tea_line = ("tea".to_owned(), "RUB", 2, 10_000, 30_000);
    let yen_line = ("tea".to_owned(), "JPY", 1, 50_000, 50_000);
    let loose_line = (String::new(), "RUB", 1, 5_000, 5_000);
    assert_eq!(
        count(ProductFilter::default()).await,
        [loose_line, books_line, yen_line.clone(), tea_line]
    );
    let category = Some(CategoryKey::Id(tea.id));
    let price_min = PriceLevel::parse("2", None).ok();
    let narrow = ProductFilter { category, price_min, ..ProductFilter::default() };
    let tea_line = ("tea".to_owned(), "RUB", 1, 30_000, 30_000);
    assert_eq!(count(narrow).await, [yen_line, tea_line]);
}

/// One test for each clause.
#[macro_export]
macro_rules! browsing_contract {
    ($fixture:expr) => {
        $crate::contract_tests!(browsing, $fixture;
            products_are_ordered_as_asked,
            products_are_narrowed_by_everything_at_once,
            a_list_that_grows_is_walked_without_gaps_and_repetitions,
            what_is_found_is_counted_by_category_and_currency,
        );
    };
}
