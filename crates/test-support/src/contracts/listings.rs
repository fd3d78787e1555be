//! Contract of listings: products that have an owner.

use domain::{
    catalogue::{
        Listings, Product, ProductEdit, ProductFilter, ProductId, ProductKey, ProductSort,
        ProductStatus, SearchText,
    },
    identity::UserId,
    inventory::{Counted, MovementId, MovementKind, StockKey, StockLevelId},
    ordering::OfferKey,
    shared::{actor::Viewer, page::Window, ports::IdGenerator},
};

use super::StoreFixture;
use crate::builders::product;

async fn slugs(f: &StoreFixture, filter: &ProductFilter) -> Vec<String> {
    let sort = match filter.text {
        Some(_) => ProductSort::Relevance,
        None => ProductSort::Newest,
    };
    let mut window = Window::Offset { limit: 2, offset: 0 };
    let (mut slugs, mut total) = (Vec::new(), None);
    loop {
        let page = f.catalogue_reads.products(filter, sort, window).await.unwrap();
        total = total.or(page.total);
        slugs.extend(page.items.into_iter().map(|product| product.slug));
        let Some(after) = page.next else { break };
        window = Window::After { limit: 2, after };
    }
    assert_eq!(total, u64::try_from(slugs.len()).ok());
    slugs
}

fn of(listings: Listings) -> ProductFilter {
    ProductFilter { listings: Some(listings), ..ProductFilter::default() }
}

async fn find(f: &StoreFixture, id: ProductId, owner: Option<UserId>) -> Option<Product> {
    let mut uow = f.catalogue.begin(&StoreFixture::provenance()).await.unwrap();
    uow.products().find_listing(&ProductKey::Id(id), owner).await.unwrap()
}

/// Lists are of listings alone, and those of a person have all of theirs.
pub async fn listings_are_told_from_the_shops_own(f: StoreFixture) {
    let (ann, bob) = (f.user("ann").await, f.user("bob").await);
    f.stock_up(product("tea")).await;
    f.stock_up(product("bicycle").owned_by(ann)).await;
    f.stock_up(product("sketch").owned_by(ann).status(ProductStatus::Draft)).await;
    f.stock_up(product("advice").owned_by(ann).prices(&[])).await;
    f.stock_up(product("lamp").owned_by(bob)).await;
    f.stock_up(product("old").owned_by(bob).status(ProductStatus::Archived)).await;

    assert_eq!(slugs(&f, &of(Listings::Shown)).await, ["lamp", "advice", "bicycle"]);
    assert_eq!(slugs(&f, &of(Listings::Of(ann))).await, ["advice", "sketch", "bicycle"]);
    let drafts = ProductFilter { status: Some(ProductStatus::Draft), ..of(Listings::Of(ann)) };
    assert_eq!(slugs(&f, &drafts).await, ["sketch"]);
    let text = SearchText::parse("bicycle");
    let found = ProductFilter { text: text.clone(), ..of(Listings::Shown) };
    assert_eq!(slugs(&f, &found).await, ["bicycle"]);
    let elsewhere = ProductFilter { text, ..of(Listings::Of(bob)) };
    assert_eq!(slugs(&f, &elsewhere).await, [""; 0]);
    // The catalogue shows what is active and priced, whosever it is.
    assert_eq!(slugs(&f, &ProductFilter::default()).await, ["lamp", "bicycle", "tea"]);
}

/// A listing is shown to everybody while it is active, and else to its owner and to staff.
pub async fn a_listing_is_seen_by_whom_it_is_shown_to(f: StoreFixture) {
    let (ann, bob) = (f.user("ann").await, f.user("bob").await);
    let tea = f.stock_up(product("tea")).await;
    let shown = f.stock_up(product("advice").owned_by(ann).prices(&[])).await;
    let draft = f.stock_up(product("sketch").owned_by(ann).status(ProductStatus::Draft)).await;
    for (viewer, sees) in [
        (Viewer::Anybody, false),
        (Viewer::Person(bob), false),
        (Viewer::Person(ann), true),
        (Viewer::Staff, true),
    ] {
        let seen = f.backroom.listing(shown, viewer).await.unwrap().unwrap();
        assert_eq!((seen.owner, seen.variants[0].price), (Some(ann), None));
        assert_eq!(f.backroom.listing(draft, viewer).await.unwrap().is_some(), sees, "{viewer:?}");
        assert_eq!(f.backroom.listing(tea, viewer).await.unwrap(), None);
    }
    let offers = f.order_reads.offers(&[OfferKey::Product(shown)]).await.unwrap();
    assert_eq!(offers[0].prices, [], "what has no price cannot be bought");
}

/// A listing is found to be changed by its owner alone, and by whoever may change everybody's.
pub async fn a_listing_is_its_owners(f: StoreFixture) {
    let (ann, bob) = (f.user("ann").await, f.user("bob").await);
    let tea = f.stock_up(product("tea")).await;
    let bicycle = f.stock_up(product("bicycle").owned_by(ann)).await;
    assert_eq!(find(&f, bicycle, Some(ann)).await.unwrap().parts().owner, Some(ann));
    assert!(find(&f, bicycle, None).await.is_some());
    assert!(find(&f, bicycle, Some(bob)).await.is_none());
    assert!(find(&f, tea, None).await.is_none(), "the shop's own is no listing");
    let mut uow = f.catalogue.begin(&StoreFixture::provenance()).await.unwrap();
    let key = ProductKey::Slug("bicycle".to_owned());
    assert!(uow.products().find_listing(&key, Some(ann)).await.unwrap().is_some());
    assert_eq!(uow.products().listings_of(ann, 9).await.unwrap(), [bicycle]);
    assert_eq!(uow.products().listings_of(bob, 9).await.unwrap(), []);
}

/// What a listing is and how many units there are of it change in one unit of work, or not at all.
pub async fn a_listing_and_its_quantity_change_together(f: StoreFixture) {
    let ann = f.user("ann").await;
    let bicycle = f.stock_up(product("bicycle").owned_by(ann).on_hand(2)).await;
    let counted = Counted {
        on_hand: 5,
        reason: "found more".to_owned(),
        is_counted: None,
        backorder_limit: None,
        low_stock_threshold: None,
    };
    for commit in [false, true] {
        let mut listing = find(&f, bicycle, Some(ann)).await.unwrap();
        let name = Some("Bicycles".to_owned());
        listing.edit(ProductEdit { name, ..ProductEdit::default() }, f.stamp(1)).unwrap();
        let mut uow = f.catalogue.begin(&StoreFixture::provenance()).await.unwrap();
        uow.products().update(&listing).await.unwrap();
        let stock = uow.recounts().find(StockKey::Product(bicycle)).await.unwrap().unwrap();
        let (level, movement) = (StockLevelId::new(f.ids.next()), MovementId::new(f.ids.next()));
        let recount = stock.recount(&counted, level, movement, f.stamp(1).at).unwrap().unwrap();
        assert_eq!(uow.recounts().store(&recount).await.unwrap().on_hand, 5);
        let seen = uow.products().view(bicycle).await.unwrap().unwrap();
        assert_eq!((&*seen.name, seen.variants[0].available), ("Bicycles", Some(5)));
        if commit {
            uow.commit().await.unwrap();
        }
        let left = f.inventory_reads.stock(StockKey::Product(bicycle)).await.unwrap().unwrap();
        let (name, on_hand) = if commit { ("Bicycles", 5) } else { ("bicycle", 2) };
        assert_eq!((&*left.name, left.counters.on_hand), (name, on_hand));
    }
    let window = Window::Offset { limit: 9, offset: 0 };
    let moved = f.inventory_reads.movements(StockKey::Product(bicycle), window).await.unwrap();
    let moved: Vec<_> = moved.unwrap().items.iter().map(|one| (one.kind, one.on_hand)).collect();
    assert_eq!(moved, [(MovementKind::Adjust, 3), (MovementKind::Opening, 2)]);
}

/// A listing whose owner is forgotten is nobody's, and out of everybody's sight.
pub async fn a_forgotten_owner_leaves_nothing_to_see(f: StoreFixture) {
    let ann = f.user("ann").await;
    let bicycle = f.stock_up(product("bicycle").owned_by(ann)).await;
    let mut listing = find(&f, bicycle, None).await.unwrap();
    listing.disown(f.stamp(1));
    let mut uow = f.catalogue.begin(&StoreFixture::provenance()).await.unwrap();
    uow.products().update(&listing).await.unwrap();
    uow.commit().await.unwrap();
    assert!(find(&f, bicycle, None).await.is_none());
    assert_eq!(slugs(&f, &of(Listings::Of(ann))).await, [""; 0]);
    let left = f.backroom.product(&ProductKey::Id(bicycle)).await.unwrap().unwrap();
    assert_eq!((left.owner, left.status, &*left.description), (None, ProductStatus::Archived, ""));
}

/// One test for each clause.
#[macro_export]
macro_rules! listings_contract {
    ($fixture:expr) => {
        $crate::contract_tests!(listings, $fixture;
            listings_are_told_from_the_shops_own,
            a_listing_is_seen_by_whom_it_is_shown_to,
            a_listing_is_its_owners,
            a_listing_and_its_quantity_change_together,
            a_forgotten_owner_leaves_nothing_to_see,
        );
    };
}
