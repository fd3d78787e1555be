//! Contract of what the catalogue's repositories change.

use domain::{
    catalogue::{
        Category, CategoryEdit, CategoryId, CategoryKey, Product, ProductEdit, ProductId,
        ProductKey, ProductStatus, Sku, Slug,
    },
    inventory::{MovementId, OpeningStock, StockLevelId},
    ordering::OfferKey,
    shared::{
        error::StoreError,
        money::{Currency, Money},
        ports::IdGenerator,
    },
};

use super::{StoreFixture, store::at};
use crate::builders::{self, product, roubles};

fn slug(text: &str) -> Slug {
    Slug::parse(text).unwrap()
}

fn constraint(error: StoreError) -> String {
    match error {
        StoreError::AlreadyExists { constraint } | StoreError::Refused { constraint } => constraint,
        other => panic!("{other:?}"),
    }
}

async fn tree(f: &StoreFixture, categories: &[Category]) {
    let mut uow = f.catalogue.begin(&StoreFixture::provenance()).await.unwrap();
    uow.categories().insert_all(categories).await.unwrap();
    uow.commit().await.unwrap();
}

async fn find(f: &StoreFixture, id: ProductId) -> Option<Product> {
    let mut uow = f.catalogue.begin(&StoreFixture::provenance()).await.unwrap();
    uow.products().find(&ProductKey::Id(id)).await.unwrap()
}

async fn store(f: &StoreFixture, product: &Product) -> Result<(), StoreError> {
    let mut uow = f.catalogue.begin(&StoreFixture::provenance()).await?;
    uow.products().update(product).await?;
    uow.commit().await
}

async fn find_category(f: &StoreFixture, id: CategoryId) -> Option<Category> {
    let mut uow = f.catalogue.begin(&StoreFixture::provenance()).await.unwrap();
    uow.categories().find(&CategoryKey::Id(id)).await.unwrap()
}

async fn store_category(f: &StoreFixture, category: &Category) -> Result<(), StoreError> {
    let mut uow = f.catalogue.begin(&StoreFixture::provenance()).await?;
    uow.categories().lock_tree().await?;
    uow.categories().update(category).await?;
    uow.commit().await
}

async fn is_shown(f: &StoreFixture, product: ProductId) -> bool {
    let shown = f.catalogue_reads.product(&ProductKey::Id(product)).await.unwrap().is_some();
    let offers = f.order_reads.offers(&[OfferKey::Product(product)]).await.unwrap();
    assert_eq!(offers[0].is_sold, shown, "what is shown is sold");
    shown
}

/// A product is found whole by id and by slug, and keeps every change with its event.
pub async fn a_changed_product_is_kept_whole(f: StoreFixture) {
    let tea = builders::category(&f.ids, None, "tea");
    tree(&f, std::slice::from_ref(&tea)).await;
    let builder = product("assam").variant("-big", true, &[roubles(500)]);
    let id = f.stock_up(builder).await;
    f.drain_outbox().await;

    let mut assam = find(&f, id).await.unwrap();
    assert_eq!((assam.version(), assam.parts().variants.len()), (1, 2));
    let edit = ProductEdit {
        name: Some("Assam Gold".to_owned()),
        slug: Some(slug("assam-gold")),
        description: Some("Malty".to_owned()),
        category: Some(Some(tea.id)),
        sku: Some(Sku::parse("GOLD").unwrap()),
        track_stock: Some(false),
        price: Some(Some(roubles(777))),
    };
    assam.edit(edit, f.stamp(5)).unwrap();
    assam.set_status(ProductStatus::Inactive, f.stamp(6)).unwrap();
    store(&f, &assam).await.unwrap();

    let mut uow = f.catalogue.begin(&StoreFixture::provenance()).await.unwrap();
    let by_slug = ProductKey::Slug("assam-gold".to_owned());
    let stored = uow.products().find(&by_slug).await.unwrap().unwrap();
    assert_eq!(stored.parts(), assam.parts());
    assert_eq!((stored.version(), stored.updated_at()), (3, at(6)));
    assert_eq!(stored.created_at(), at(0));
    let view = uow.products().view(id).await.unwrap().unwrap();
    assert_eq!((view.version, view.status), (3, ProductStatus::Inactive));
    assert_eq!((view.variants[0].price, view.variants[0].available), (Some(roubles(777)), None));
    assert_eq!((&*view.variants[0].sku, view.variants[1].available), ("GOLD", Some(10)));
    drop(uow);
    let names: Vec<_> = f.drain_outbox().await.iter().map(|event| event.event.name()).collect();
    assert_eq!(names, ["catalogue.product_updated.v1", "catalogue.product_deactivated.v1"]);
    assert_eq!(f.catalogue_reads.product(&by_slug).await.unwrap(), None);
    assert_eq!(f.backroom.product(&by_slug).await.unwrap(), Some(view));
    assert_eq!(f.backroom.product(&ProductKey::Slug("assam".to_owned())).await.unwrap(), None);
}

/// Of two who changed the same thing one is told so, and nothing of the other's is lost.
pub async fn the_second_of_two_changes_is_refused(f: StoreFixture) {
    let id = f.stock_up(product("assam")).await;
    let (mut first, mut second) = (find(&f, id).await.unwrap(), find(&f, id).await.unwrap());
    let name = |name: &str| ProductEdit { name: Some(name.to_owned()), ..ProductEdit::default() };
    first.edit(name("First"), f.stamp(1)).unwrap();
    second.edit(name("Second"), f.stamp(2)).unwrap();
    store(&f, &first).await.unwrap();
    assert!(matches!(store(&f, &second).await, Err(StoreError::Conflict)));
    assert_eq!(find(&f, id).await.unwrap().parts().name, "First");

    let tea = builders::category(&f.ids, None, "tea");
    tree(&f, std::slice::from_ref(&tea)).await;
    let mut first = find_category(&f, tea.id).await.unwrap();
    let mut second = first.clone();
    first.set_active(false, f.stamp(3));
    second.set_active(false, f.stamp(4));
    store_category(&f, &first).await.unwrap();
    assert!(matches!(store_category(&f, &second).await, Err(StoreError::Conflict)));
}

/// A price that is taken away takes the product out of the catalogue; one that is given back by
/// another currency is the one shown.
pub async fn prices_decide_whether_a_product_is_shown(f: StoreFixture) {
    let id = f.stock_up(product("assam").status(ProductStatus::Draft)).await;
    let mut assam = find(&f, id).await.unwrap();
    let price = |price| ProductEdit { price: Some(price), ..ProductEdit::default() };
    assam.edit(price(None), f.stamp(1)).unwrap();
    store(&f, &assam).await.unwrap();
    let view = f.backroom.product(&ProductKey::Id(id)).await.unwrap().unwrap();
    assert_eq!(view.variants[0].price, None);

    let euros = Money::new(900, Currency::parse("EUR").unwrap());
    let mut assam = find(&f, id).await.unwrap();
    assam.edit(price(Some(euros)), f.stamp(2)).unwrap();
    assam.set_status(ProductStatus::Active, f.stamp(3)).unwrap();
    store(&f, &assam).await.unwrap();
    let view = f.catalogue_reads.product(&ProductKey::Id(id)).await.unwrap().unwrap();
    assert_eq!(view.variants[0].price, Some(euros));
}

/// Slugs and SKUs stay unique when they are changed, and those that are taken are told.
pub async fn taken_names_are_refused_and_told(f: StoreFixture) {
    f.stock_up(product("assam")).await;
    let id = f.stock_up(product("darjeeling")).await;
    let taken = ProductEdit { slug: Some(slug("assam")), ..ProductEdit::default() };
    let mut other = find(&f, id).await.unwrap();
    other.edit(taken, f.stamp(1)).unwrap();
    assert_eq!(constraint(store(&f, &other).await.unwrap_err()), "uq_products_slug");
    let sku = Sku::parse("SKU-assam");
    let mut other = find(&f, id).await.unwrap();
    other.edit(ProductEdit { sku, ..ProductEdit::default() }, f.stamp(1)).unwrap();
    assert_eq!(constraint(store(&f, &other).await.unwrap_err()), "uq_variants_sku");

    let tea = builders::category(&f.ids, None, "tea");
    tree(&f, &[tea.clone(), builders::category(&f.ids, None, "coffee")]).await;
    let mut tea = find_category(&f, tea.id).await.unwrap();
    tea.edit(CategoryEdit { slug: Some(slug("coffee")), ..CategoryEdit::default() }, f.stamp(1));
    assert_eq!(constraint(store_category(&f, &tea).await.unwrap_err()), "uq_categories_slug");

    let mut uow = f.catalogue.begin(&StoreFixture::provenance()).await.unwrap();
    let wanted = [slug("assam"), slug("tea"), slug("free")];
    assert_eq!(uow.products().taken(&wanted).await.unwrap(), ["assam"]);
    assert_eq!(uow.categories().taken(&wanted).await.unwrap(), ["tea"]);
}

/// A product nothing refers to is taken away with all that belongs to it, and its names are free
/// again.
pub async fn an_unused_product_is_taken_away(f: StoreFixture) {
    let id = f.stock_up(product("assam").variant("-big", true, &[roubles(500)])).await;
    f.drain_outbox().await;
    let mut assam = find(&f, id).await.unwrap();
    assam.delete(f.stamp(1));
    let mut uow = f.catalogue.begin(&StoreFixture::provenance()).await.unwrap();
    assert!(uow.products().delete(&assam).await.unwrap());
    uow.commit().await.unwrap();
    assert!(find(&f, id).await.is_none());
    let names: Vec<_> = f.drain_outbox().await.iter().map(|event| event.event.name()).collect();
    assert_eq!(names, ["catalogue.product_deleted.v1"]);
    f.stock_up(product("assam").variant("-big", true, &[roubles(500)])).await;

    let mut uow = f.catalogue.begin(&StoreFixture::provenance()).await.unwrap();
    let gone = uow.products().delete(&assam).await;
    assert!(matches!(gone, Err(StoreError::Conflict)), "{gone:?}");
}

/// What was ordered is not taken away, whether its stock is counted or not, nor is stock that moved.
pub async fn a_used_product_is_not_taken_away(f: StoreFixture) {
    let ann = f.user("ann").await;
    let counted = f.goods("assam", 3).await;
    f.placed(ann, &counted, 1).await;
    let gift = f.stock_up(product("gift").uncounted()).await;
    let offers = f.order_reads.offers(&[OfferKey::Product(gift)]).await.unwrap();
    let line = builders::line(&f.ids, &offers[0], 1);
    f.place(&builders::order(&f.ids, ann, vec![line], at(1))).await;
    for id in [counted.product, gift] {
        let mut used = find(&f, id).await.unwrap();
        used.delete(f.stamp(2));
        let mut uow = f.catalogue.begin(&StoreFixture::provenance()).await.unwrap();
        assert!(!uow.products().delete(&used).await.unwrap());
        drop(uow);
        assert_eq!(find(&f, id).await.unwrap().version(), 1);
    }
}

/// Counting begins once, with what is there.
pub async fn counting_begins_once(f: StoreFixture) {
    let gift = f.stock_up(product("gift").uncounted()).await;
    let mut product = find(&f, gift).await.unwrap();
    let variant = product.parts().variants[0].id;
    product
        .edit(ProductEdit { track_stock: Some(true), ..ProductEdit::default() }, f.stamp(1))
        .unwrap();
    store(&f, &product).await.unwrap();
    for _ in 0..2 {
        let (level, movement) = (f.ids.next(), f.ids.next());
        let level = StockLevelId::new(level);
        let opening =
            OpeningStock { level, movement: MovementId::new(movement), variant, on_hand: 0 };
        let mut uow = f.catalogue.begin(&StoreFixture::provenance()).await.unwrap();
        uow.products().begin_counting(&opening).await.unwrap();
        uow.commit().await.unwrap();
    }
    let offers = f.order_reads.offers(&[OfferKey::Product(gift)]).await.unwrap();
    assert!(offers[0].is_sold && offers[0].level.is_some());
}

/// A hidden category hides its whole subtree, and nothing comes back that is hidden by another.
pub async fn a_hidden_category_hides_everything_below_it(f: StoreFixture) {
    let food = builders::category(&f.ids, None, "food");
    let tea = builders::category(&f.ids, Some(food.id), "tea");
    let green = builders::category(&f.ids, Some(tea.id), "green");
    let books = builders::category(&f.ids, None, "books");
    tree(&f, &[food.clone(), tea.clone(), green.clone(), books.clone()]).await;
    let sencha = f.stock_up(product("sencha").in_category(green.id)).await;
    let novel = f.stock_up(product("novel").in_category(books.id)).await;
    f.drain_outbox().await;
    let switch = async |id, is_active, second| {
        let mut category = find_category(&f, id).await.unwrap();
        category.set_active(is_active, f.stamp(second));
        store_category(&f, &category).await.unwrap();
    };
    let visible = async || {
        let all = f.catalogue_reads.categories().await.unwrap();
        all.into_iter().map(|category| category.slug).collect::<Vec<_>>()
    };

    assert!(is_shown(&f, sencha).await);
    switch(food.id, false, 1).await;
    assert!(!is_shown(&f, sencha).await && is_shown(&f, novel).await);
    assert_eq!(visible().await, ["books"]);
    let key = CategoryKey::Id(green.id);
    assert_eq!(f.catalogue_reads.category(&key).await.unwrap(), None);
    assert!(f.backroom.category(&key).await.unwrap().unwrap().is_active);
    assert_eq!(f.backroom.categories().await.unwrap().len(), 4);

    switch(green.id, false, 2).await;
    switch(food.id, true, 3).await;
    assert_eq!(visible().await, ["books", "food", "tea"]);
    assert!(!is_shown(&f, sencha).await);
    switch(green.id, true, 4).await;
    assert!(is_shown(&f, sencha).await);

    switch(books.id, false, 5).await;
    let mut moved = find_category(&f, tea.id).await.unwrap();
    moved
        .edit(CategoryEdit { parent: Some(Some(books.id)), ..CategoryEdit::default() }, f.stamp(6));
    store_category(&f, &moved).await.unwrap();
    assert!(!is_shown(&f, sencha).await);
    let mut moved = find_category(&f, tea.id).await.unwrap();
    assert!(!moved.state().is_shown && moved.state().is_active);
    moved.edit(CategoryEdit { parent: Some(None), ..CategoryEdit::default() }, f.stamp(7));
    store_category(&f, &moved).await.unwrap();
    assert!(is_shown(&f, sencha).await);
    assert_eq!(f.drain_outbox().await.len(), 7);
}

/// A category is found by its name whatever the case, and its place in the tree is told.
pub async fn the_tree_tells_names_lines_and_heights(f: StoreFixture) {
    let food = builders::category(&f.ids, None, "food");
    let tea = builders::category(&f.ids, Some(food.id), "tea");
    let green = builders::category(&f.ids, Some(tea.id), "green");
    tree(&f, &[food.clone(), tea.clone(), green.clone()]).await;
    let mut named = find_category(&f, green.id).await.unwrap();
    let name = Some("Зелёный ЧАЙ".to_owned());
    named.edit(CategoryEdit { name, ..CategoryEdit::default() }, f.stamp(1));
    store_category(&f, &named).await.unwrap();

    let mut uow = f.catalogue.begin(&StoreFixture::provenance()).await.unwrap();
    let categories = uow.categories();
    assert_eq!(categories.named("зелёный чай").await.unwrap(), [green.id]);
    assert_eq!(categories.named("FOOD").await.unwrap(), [food.id]);
    assert_eq!(categories.named("чай").await.unwrap(), []);
    assert_eq!(categories.lineage(green.id).await.unwrap(), [green.id, tea.id, food.id]);
    assert_eq!(categories.lineage(CategoryId::new(f.ids.next())).await.unwrap(), []);
    assert_eq!(categories.height(food.id).await.unwrap(), 3);
    assert_eq!(categories.height(green.id).await.unwrap(), 1);
    let view = categories.view(green.id).await.unwrap().unwrap();
    assert_eq!((&*view.name, view.version, view.updated_at), ("Зелёный ЧАЙ", 2, at(1)));
    let by_slug = categories.find(&CategoryKey::Slug("tea".to_owned())).await.unwrap().unwrap();
    assert_eq!((by_slug.id, by_slug.state()), (tea.id, tea.state()));
}

/// A category is taken away once nothing is in it, not even what is not shown.
pub async fn only_an_empty_category_is_taken_away(f: StoreFixture) {
    let food = builders::category(&f.ids, None, "food");
    let tea = builders::category(&f.ids, Some(food.id), "tea");
    tree(&f, &[food.clone(), tea.clone()]).await;
    let draft = product("assam").in_category(tea.id).status(ProductStatus::Draft);
    let draft = f.stock_up(draft).await;
    let delete = async |id| {
        let mut category = find_category(&f, id).await.unwrap();
        category.delete(f.stamp(9));
        let mut uow = f.catalogue.begin(&StoreFixture::provenance()).await.unwrap();
        let gone = uow.categories().delete(&category).await.unwrap();
        uow.commit().await.unwrap();
        gone
    };
    assert!(!delete(food.id).await);
    assert!(!delete(tea.id).await);
    let mut assam = find(&f, draft).await.unwrap();
    assam.retire(f.stamp(1));
    store(&f, &assam).await.unwrap();
    assert!(delete(tea.id).await && delete(food.id).await);
    assert!(find_category(&f, tea.id).await.is_none());
}

/// One test for each clause.
#[macro_export]
macro_rules! catalogue_writes_contract {
    ($fixture:expr) => {
        $crate::contract_tests!(catalogue_writes, $fixture;
            a_changed_product_is_kept_whole,
            the_second_of_two_changes_is_refused,
            prices_decide_whether_a_product_is_shown,
            taken_names_are_refused_and_told,
            an_unused_product_is_taken_away,
            a_used_product_is_not_taken_away,
            counting_begins_once,
            a_hidden_category_hides_everything_below_it,
            the_tree_tells_names_lines_and_heights,
            only_an_empty_category_is_taken_away,
        );
    };
}
