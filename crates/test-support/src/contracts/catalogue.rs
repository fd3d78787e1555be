//! Contract of [`CatalogueStore`](domain::catalogue::CatalogueStore) and its reads.

use domain::{
    catalogue::{
        Category, CategoryId, CategoryKey, PlaceKey, ProductFilter, ProductId, ProductKey,
        ProductPlace, ProductSort, ProductStatus,
    },
    shared::{
        error::StoreError,
        page::{Page, Window},
        ports::IdGenerator,
    },
};

use super::{StoreFixture, store::at};
use crate::builders::{self, product, roubles};

const ALL: Window<ProductPlace> = Window::Offset { limit: 100, offset: 0 };

async fn insert(f: &StoreFixture, categories: &[Category]) -> Result<(), StoreError> {
    let mut uow = f.catalogue.begin(&StoreFixture::provenance()).await?;
    uow.categories().insert_all(categories).await?;
    uow.commit().await
}

async fn list(
    f: &StoreFixture,
    category: Option<CategoryKey>,
    window: Window<ProductPlace>,
) -> (Vec<ProductId>, Page<(), ProductPlace>) {
    let filter = ProductFilter { category, ..ProductFilter::default() };
    let page = f.catalogue_reads.products(&filter, ProductSort::Newest, window).await.unwrap();
    let ids = page.items.iter().map(|product| product.id).collect();
    (ids, Page { items: Vec::new(), total: page.total, next: page.next })
}

/// Categories are listed by name and found by id and by slug, with their events recorded.
pub async fn categories_are_listed_by_name(f: StoreFixture) {
    let food = builders::category(&f.ids, None, "food");
    let tea = builders::category(&f.ids, Some(food.id), "tea");
    let books = builders::category(&f.ids, None, "books");
    let made = [food.clone(), tea.clone(), books.clone()];
    insert(&f, &made).await.unwrap();
    let listed = f.catalogue_reads.categories().await.unwrap();
    let ids: Vec<_> = listed.iter().map(|category| category.id).collect();
    assert_eq!(ids, [books.id, food.id, tea.id]);
    let shown = &listed[2];
    assert_eq!((shown.parent, &*shown.name, &*shown.slug), (Some(food.id), "tea", "tea"));
    assert!(shown.is_active);
    assert_eq!((shown.created_at, shown.updated_at), (tea.created_at, tea.created_at));
    for key in [CategoryKey::Id(tea.id), CategoryKey::Slug("tea".to_owned())] {
        assert_eq!(f.catalogue_reads.category(&key).await.unwrap().as_ref(), Some(shown));
    }
    let unknown = CategoryKey::Id(CategoryId::new(f.ids.next()));
    assert_eq!(f.catalogue_reads.category(&unknown).await.unwrap(), None);
    assert_eq!(f.drain_outbox().await.len(), 3);
}

/// Slugs and SKUs are unique, by name of the rule.
pub async fn slugs_and_skus_are_unique(f: StoreFixture) {
    insert(&f, &[builders::category(&f.ids, None, "tea")]).await.unwrap();
    let refused = insert(&f, &[builders::category(&f.ids, None, "tea")]).await.unwrap_err();
    let StoreError::AlreadyExists { constraint } = refused else { panic!("{refused:?}") };
    assert_eq!(constraint, "uq_categories_slug");

    f.stock_up(product("tea")).await;
    let (same_slug, stock) = product("tea").sku("OTHER").build(&f.ids);
    let mut uow = f.catalogue.begin(&StoreFixture::provenance()).await.unwrap();
    let refused = uow.products().insert_all(&[same_slug], &stock).await;
    drop(uow);
    let refused = refused.unwrap_err();
    let StoreError::AlreadyExists { constraint } = refused else { panic!("{refused:?}") };
    assert_eq!(constraint, "uq_products_slug");

    let (same_sku, stock) = product("coffee").sku("SKU-tea").build(&f.ids);
    let mut uow = f.catalogue.begin(&StoreFixture::provenance()).await.unwrap();
    let refused = uow.products().insert_all(&[same_sku], &stock).await.unwrap_err();
    let StoreError::AlreadyExists { constraint } = refused else { panic!("{refused:?}") };
    assert_eq!(constraint, "uq_variants_sku");
}

/// A product is found by id and by slug, with its variants in their order and their stock.
pub async fn a_product_survives_the_store(f: StoreFixture) {
    let tea = builders::category(&f.ids, None, "tea");
    insert(&f, std::slice::from_ref(&tea)).await.unwrap();
    f.drain_outbox().await;
    let builder = product("green-tea")
        .in_category(tea.id)
        .on_hand(7)
        .variant("-big", true, &[roubles(500)])
        .variant("-gift", false, &[])
        .made_at(at(5));
    let id = f.stock_up(builder).await;
    let shown = f.catalogue_reads.product(&ProductKey::Id(id)).await.unwrap().unwrap();
    let by_slug = ProductKey::Slug("green-tea".to_owned());
    assert_eq!(f.catalogue_reads.product(&by_slug).await.unwrap().as_ref(), Some(&shown));
    assert_eq!((shown.id, shown.category), (id, Some(tea.id)));
    assert_eq!((&*shown.name, &*shown.slug), ("green-tea", "green-tea"));
    assert_eq!((&*shown.description, shown.version), ("About green-tea", 1));
    assert_eq!(shown.status, ProductStatus::Active);
    assert_eq!((shown.created_at, shown.updated_at), (at(5), at(5)));
    let variants: Vec<_> = shown
        .variants
        .iter()
        .map(|variant| (&*variant.name, &*variant.sku, variant.price, variant.available))
        .collect();
    let expected = [
        ("green-tea", "SKU-green-tea", Some(roubles(10_000)), Some(7)),
        ("green-tea-big", "SKU-green-tea-big", Some(roubles(500)), Some(7)),
        ("green-tea-gift", "SKU-green-tea-gift", None, None),
    ];
    assert_eq!(variants, expected);
    assert_eq!(f.drain_outbox().await.len(), 1);
}

/// Only what is active is shown.
pub async fn only_active_products_are_shown(f: StoreFixture) {
    let active = f.stock_up(product("active")).await;
    for (slug, status) in [
        ("draft", ProductStatus::Draft),
        ("inactive", ProductStatus::Inactive),
        ("archived", ProductStatus::Archived),
    ] {
        let id = f.stock_up(product(slug).status(status)).await;
        assert!(f.catalogue_reads.product(&ProductKey::Id(id)).await.unwrap().is_none(), "{slug}");
    }
    assert_eq!(list(&f, None, ALL).await.0, [active]);
}

/// Products come newest first, in windows by offset with a total, or after a row without one.
pub async fn products_are_listed_newest_first(f: StoreFixture) {
    let mut made = Vec::new();
    for number in 0..5 {
        let builder = product(&format!("tea-{number}")).made_at(at(number));
        let builder = builder.variant("-big", true, &[roubles(1)]);
        made.push(f.stock_up(builder).await);
    }
    made.reverse();
    let (ids, page) = list(&f, None, ALL).await;
    assert_eq!((&ids, page.total), (&made, Some(5)));
    let (ids, page) = list(&f, None, Window::Offset { limit: 2, offset: 1 }).await;
    assert_eq!((&ids[..], page.total), (&made[1..3], Some(5)));
    let (ids, page) = list(&f, None, Window::Offset { limit: 2, offset: 9 }).await;
    assert_eq!((ids, page.total), (vec![], Some(5)));

    let place = |row: usize| ProductPlace { key: PlaceKey::Newest, id: made[row] };
    let after = |row: usize| Window::After { limit: 2, after: place(row) };
    let (ids, page) = list(&f, None, after(0)).await;
    assert_eq!((&ids[..], page.total, page.next), (&made[1..3], None, Some(place(2))));
    let (ids, page) = list(&f, None, after(2)).await;
    assert_eq!((&ids[..], page.next), (&made[3..], None));
    let (ids, page) = list(&f, None, after(4)).await;
    assert_eq!((ids, page.next), (vec![], None));
}

/// A category shows its own products and those of every category below it.
pub async fn a_category_shows_its_subtree(f: StoreFixture) {
    let food = builders::category(&f.ids, None, "food");
    let tea = builders::category(&f.ids, Some(food.id), "tea");
    let green = builders::category(&f.ids, Some(tea.id), "green");
    let books = builders::category(&f.ids, None, "books");
    let made = [food.clone(), tea.clone(), green.clone(), books.clone()];
    insert(&f, &made).await.unwrap();
    let sencha = f.stock_up(product("sencha").in_category(green.id).made_at(at(1))).await;
    let bread = f.stock_up(product("bread").in_category(food.id).made_at(at(2))).await;
    let novel = f.stock_up(product("novel").in_category(books.id).made_at(at(3))).await;
    let loose = f.stock_up(product("loose").made_at(at(4))).await;
    for (key, expected) in [
        (None, vec![loose, novel, bread, sencha]),
        (Some(CategoryKey::Id(food.id)), vec![bread, sencha]),
        (Some(CategoryKey::Slug("tea".to_owned())), vec![sencha]),
        (Some(CategoryKey::Id(books.id)), vec![novel]),
        (Some(CategoryKey::Slug("unknown".to_owned())), vec![]),
    ] {
        let total = u64::try_from(expected.len()).unwrap();
        let (ids, page) = list(&f, key.clone(), ALL).await;
        assert_eq!((ids, page.total), (expected, Some(total)), "{key:?}");
    }
}

/// Several products are found at once by id and by slug, each once, and only what is shown.
pub async fn a_batch_is_what_is_there_of_it(f: StoreFixture) {
    let tea =
        f.stock_up(product("tea").variant("-big", true, &[roubles(500)]).made_at(at(1))).await;
    let milk = f.stock_up(product("milk").made_at(at(2))).await;
    let draft = f.stock_up(product("draft").status(ProductStatus::Draft)).await;
    let slug = |text: &str| ProductKey::Slug(text.to_owned());
    let unknown = ProductKey::Id(ProductId::new(f.ids.next()));
    let batch = async |keys: &[ProductKey]| {
        let found = f.catalogue_reads.batch(keys).await.unwrap();
        found.iter().map(|product| (product.id, product.variants.len())).collect::<Vec<_>>()
    };
    let keys = [slug("tea"), ProductKey::Id(milk), ProductKey::Id(tea), ProductKey::Id(draft)];
    assert_eq!(batch(&keys).await, [(milk, 1), (tea, 2)]);
    assert_eq!(batch(&[slug("tea")]).await, [(tea, 2)]);
    assert_eq!(batch(&[unknown, slug("no-such"), slug("draft")]).await, []);
    assert_eq!(batch(&[]).await, []);
}

/// Each category shows its own newest products, as many as are wanted.
pub async fn shelves_hold_the_newest_of_each_category(f: StoreFixture) {
    let food = builders::category(&f.ids, None, "food");
    let tea = builders::category(&f.ids, Some(food.id), "tea");
    let books = builders::category(&f.ids, None, "books");
    insert(&f, &[food.clone(), tea.clone(), books.clone()]).await.unwrap();
    let mut made = Vec::new();
    for number in 0..3 {
        let builder = product(&format!("tea-{number}")).in_category(tea.id).made_at(at(number));
        made.push(f.stock_up(builder.variant("-big", true, &[])).await);
    }
    let bread = f.stock_up(product("bread").in_category(food.id)).await;
    f.stock_up(product("novel").in_category(books.id)).await;
    let draft = product("draft").in_category(tea.id).status(ProductStatus::Draft);
    f.stock_up(draft).await;
    let shelves = f.catalogue_reads.shelves(&[food.id, tea.id], 2).await.unwrap();
    let ids: Vec<_> = shelves.iter().map(|product| product.id).collect();
    assert_eq!(ids, [bread, made[2], made[1]]);
    assert_eq!(shelves[1].variants.len(), 2);
    assert_eq!(f.catalogue_reads.shelves(&[], 2).await.unwrap(), []);
}

/// Reserved units are not available, and what is not counted is never short.
pub async fn availability_is_what_can_be_bought_now(f: StoreFixture) {
    let (ann, tea) = (f.user("ann").await, f.goods("tea", 3).await);
    let gift = f.stock_up(product("gift").uncounted()).await;
    assert_eq!(f.available(&tea).await, 3);
    f.placed(ann, &tea, 2).await;
    assert_eq!(f.available(&tea).await, 1);
    let gift = f.catalogue_reads.product(&ProductKey::Id(gift)).await.unwrap().unwrap();
    assert_eq!(gift.variants[0].available, None);
}

/// One test for each clause.
#[macro_export]
macro_rules! catalogue_contract {
    ($fixture:expr) => {
        $crate::contract_tests!(catalogue, $fixture;
            categories_are_listed_by_name,
            slugs_and_skus_are_unique,
            a_product_survives_the_store,
            only_active_products_are_shown,
            products_are_listed_newest_first,
            a_category_shows_its_subtree,
            a_batch_is_what_is_there_of_it,
            shelves_hold_the_newest_of_each_category,
            availability_is_what_can_be_bought_now,
        );
    };
}
