//! Listings: whose they are decides who changes them.

use std::sync::Arc;

use domain::{
    catalogue::*,
    identity::{Permissions, Role, SessionId, UserDeleted, UserId},
    inventory::MovementKind,
    shared::{
        actor::Actor,
        bus::EventHandler,
        error::Coded,
        event::{AggregateType, Provenance},
        idempotency::Outcome,
        money::Currency,
        ports::IdGenerator,
        precondition::Precondition,
    },
};
use infra_memory::store::{MemoryCatalogueStore, MemoryState};
use shaku::{HasComponent, HasComponents, module};
use test_support::{
    builders,
    clock::FrozenClock,
    flaky::{Faults, FlakyCatalogueStore},
    ids::CountingIds,
};
use usecases::{CreateProductUseCase, DeleteProductUseCase, EditProductUseCase, WithdrawListings};

use crate::{
    atomicity::at_each_step,
    fakes::{TestClock, TestClockParameters, TestIds, TestIdsParameters},
    shop::Shop,
};

module! {
    App {
        components = [
            MemoryCatalogueStore, TestClock, TestIds, CreateProductUseCase, EditProductUseCase,
            DeleteProductUseCase, #[ordered(dyn EventHandler)] WithdrawListings
        ],
        providers = []
    }
}

struct Market {
    state: MemoryState,
    ids: CountingIds,
    app: App,
}

impl Market {
    fn open() -> Self {
        Self::over(MemoryState::default(), CountingIds::default(), &Faults::none())
    }

    fn over(state: MemoryState, ids: CountingIds, faults: &Faults) -> Self {
        let store = Arc::new(MemoryCatalogueStore::over(state.clone()));
        let store = FlakyCatalogueStore::new(store, faults.clone());
        let app = App::builder()
            .with_component_override::<dyn CatalogueStore>(Box::new(store))
            .with_component_parameters::<TestClock>(TestClockParameters {
                clock: FrozenClock::default(),
            })
            .with_component_parameters::<TestIds>(TestIdsParameters { ids: ids.clone() })
            .build();
        Self { state, ids, app }
    }

    fn actor(&self, role: Role) -> Actor {
        let permissions = match role {
            Role::Staff => Permissions::of_new_staff(),
            Role::User | Role::SuperAdmin => Permissions::NONE,
        };
        let (user, session) = (UserId::new(self.ids.next()), SessionId::new(self.ids.next()));
        let authenticated_at = FrozenClock::START;
        Actor { user, role, permissions, session: Some(session), authenticated_at }
    }

    async fn offer(&self, actor: Actor, price: Option<&str>) -> ProductView {
        let currency = Some(Currency::parse("RUB").unwrap());
        let command = CreateProductCommand {
            actor,
            name: "Tea pot".to_owned(),
            description: "Blue".to_owned(),
            side: Side::Listing,
            category: None,
            slug: None,
            sku: None,
            price: price.map(|amount| WantedPrice { amount: amount.to_owned(), currency }),
            status: ProductStatus::Draft,
            track_stock: true,
            on_hand: 1,
            idempotency: None,
            provenance: Provenance::default(),
        };
        let create: &dyn CreateProduct = self.app.resolve_ref();
        match create.execute(command).await.unwrap() {
            Outcome::Done(product) => product,
            Outcome::Replayed(answer) => panic!("{answer:?}"),
        }
    }

    async fn edit(
        &self,
        actor: Actor,
        product: ProductId,
        changes: ProductChanges,
    ) -> Result<ProductView, WriteProductError> {
        let edit: &dyn EditProduct = self.app.resolve_ref();
        let (product, side) = (ProductKey::Id(product), Side::Listing);
        let (precondition, provenance) = (Precondition::None, Provenance::default());
        edit.execute(EditProductCommand { actor, product, side, changes, precondition, provenance })
            .await
    }

    async fn delete(&self, actor: Actor, product: ProductId) -> Result<(), WriteProductError> {
        let delete: &dyn DeleteProduct = self.app.resolve_ref();
        let (product, side) = (ProductKey::Id(product), Side::Listing);
        let (precondition, provenance) = (Precondition::None, Provenance::default());
        delete
            .execute(DeleteProductCommand { actor, product, side, precondition, provenance })
            .await
    }

    fn audited(&self) -> Vec<String> {
        self.state.lock().audit.iter().map(|entry| entry.action.clone()).collect()
    }
}

fn moved_to(status: ProductStatus) -> ProductChanges {
    ProductChanges { status: Some(status), ..ProductChanges::default() }
}

#[tokio::test]
async fn a_listing_is_its_makers_and_needs_no_price_to_be_shown() {
    let market = Market::open();
    let ann = market.actor(Role::User);
    let made = market.offer(ann, None).await;
    assert_eq!((made.owner, made.status), (Some(ann.user), ProductStatus::Draft));
    assert_eq!((made.variants[0].available, made.variants[0].price), (Some(1), None));
    assert!(made.slug.starts_with("tea-pot-") && made.slug.len() == 20, "{}", made.slug);
    let shown = market.edit(ann, made.id, moved_to(ProductStatus::Active)).await.unwrap();
    assert_eq!(shown.status, ProductStatus::Active);
    let archived = market.edit(ann, made.id, moved_to(ProductStatus::Archived)).await.unwrap();
    assert_eq!((archived.status, archived.version), (ProductStatus::Archived, 3));
    let renamed = ProductChanges { name: Some("x".to_owned()), ..ProductChanges::default() };
    let refused = market.edit(ann, made.id, renamed).await.unwrap_err();
    assert_eq!(refused.code(), "product_archived");
    market.edit(ann, made.id, moved_to(ProductStatus::Active)).await.unwrap();
    assert_eq!(market.audited(), [""; 0], "people may do with their own what they want");
}

#[tokio::test]
async fn what_is_somebody_elses_is_not_found_and_what_staff_does_is_noted() {
    let market = Market::open();
    let (ann, bob) = (market.actor(Role::User), market.actor(Role::User));
    let staff = market.actor(Role::Staff);
    let made = market.offer(ann, Some("5.00")).await;
    let moves = [ProductStatus::Active, ProductStatus::Archived].map(moved_to);
    for changes in moves.clone() {
        let refused = market.edit(bob, made.id, changes).await.unwrap_err();
        assert_eq!(refused.code(), "item_not_found");
    }
    assert_eq!(market.delete(bob, made.id).await.unwrap_err().code(), "item_not_found");
    for changes in moves {
        market.edit(staff, made.id, changes).await.unwrap();
    }
    market.delete(staff, made.id).await.unwrap();
    assert_eq!(market.audited(), ["item.activated", "item.archived", "item.deleted"]);
    assert_eq!(market.state.lock().products.len(), 0);
}

fn with_quantity(on_hand: i64) -> ProductChanges {
    ProductChanges { on_hand: Some(on_hand), ..ProductChanges::default() }
}

#[tokio::test]
async fn the_quantity_of_a_listing_is_its_owners_to_change_by_a_movement() {
    let market = Market::open();
    let (ann, bob) = (market.actor(Role::User), market.actor(Role::User));
    let made = market.offer(ann, Some("5.00")).await;
    let changes = ProductChanges { name: Some("Tea pots".to_owned()), ..with_quantity(4) };
    let changed = market.edit(ann, made.id, changes).await.unwrap();
    assert_eq!((&*changed.name, changed.variants[0].available), ("Tea pots", Some(4)));
    let fewer = market.edit(ann, made.id, with_quantity(3)).await.unwrap();
    assert_eq!((fewer.variants[0].available, fewer.version), (Some(3), changed.version));
    market.edit(ann, made.id, with_quantity(3)).await.unwrap();
    let moved = |market: &Market| {
        let tables = market.state.lock();
        tables.movements.iter().map(|moved| (moved.kind, moved.on_hand)).collect::<Vec<_>>()
    };
    use MovementKind::{Adjust, Opening};
    assert_eq!(moved(&market), [(Opening, 1), (Adjust, 3), (Adjust, -1)]);
    assert_eq!(market.audited(), [""; 0], "people may do with their own what they want");
    let refused = market.edit(bob, made.id, with_quantity(9)).await.unwrap_err();
    assert_eq!(refused.code(), "item_not_found");
    market.edit(market.actor(Role::Staff), made.id, with_quantity(2)).await.unwrap();
    assert_eq!(market.audited(), ["item.updated"]);
    assert_eq!(moved(&market).len(), 4);
}

#[tokio::test]
async fn what_buyers_were_promised_is_not_taken_back_by_a_smaller_quantity() {
    let shop = Shop::open();
    let (ann, bob) = (shop.customer("ann").await, shop.customer("bob").await);
    let pots = shop.stock_up(builders::product("pots").owned_by(ann.user).on_hand(5)).await;
    shop.place(bob, pots, 3).await;
    let market = Market::over(shop.state.clone(), shop.ids.clone(), &Faults::none());
    let before = shop.snapshot();
    let changes = ProductChanges { name: Some("Tea pots".to_owned()), ..with_quantity(2) };
    let refused = market.edit(ann, pots.product, changes).await.unwrap_err();
    assert_eq!(refused.code(), "stock_promised");
    assert_eq!(shop.snapshot(), before, "all or nothing");
    let left = market.edit(ann, pots.product, with_quantity(3)).await.unwrap();
    assert_eq!(left.variants[0].available, Some(0));
}

#[tokio::test]
async fn a_listing_and_its_quantity_change_together_at_each_step() {
    let steps = async |faults: &Faults| {
        let calm = Market::open();
        let ann = calm.actor(Role::User);
        let made = calm.offer(ann, None).await;
        let changes = || ProductChanges { name: Some("Pots".to_owned()), ..with_quantity(4) };
        let market = Market::over(calm.state.clone(), calm.ids.clone(), faults);
        let failed = market.edit(ann, made.id, changes()).await.is_err();
        let left = calm.edit(ann, made.id, ProductChanges::default()).await.unwrap();
        let left = (&*left.name, left.variants[0].available);
        assert!([("Tea pot", Some(1)), ("Pots", Some(4))].contains(&left), "{left:?}");
        calm.edit(ann, made.id, changes()).await.unwrap();
        assert_eq!(calm.state.lock().movements.len(), 2);
        failed
    };
    at_each_step(6, steps).await;
}

#[tokio::test]
async fn the_shops_own_products_are_no_listings() {
    let market = Market::open();
    let staff = market.actor(Role::Staff);
    let (tea, stock) = builders::product("tea").build(&market.ids);
    let store = MemoryCatalogueStore::over(market.state.clone());
    let mut uow = store.begin(&Provenance::default()).await.unwrap();
    uow.products().insert_all(std::slice::from_ref(&tea), &stock).await.unwrap();
    uow.commit().await.unwrap();
    let refused = market.edit(staff, tea.id(), moved_to(ProductStatus::Archived)).await;
    assert_eq!(refused.unwrap_err().code(), "item_not_found");
    assert_eq!(market.delete(staff, tea.id()).await.unwrap_err().code(), "item_not_found");
}

#[tokio::test]
async fn listings_go_with_their_owner_except_for_what_was_ordered() {
    let steps = async |faults: &Faults| {
        let shop = Shop::open();
        let (ann, bob) = (shop.customer("ann").await, shop.customer("bob").await);
        shop.stock_up(builders::product("unsold").owned_by(ann.user)).await;
        let sold = shop.stock_up(builders::product("sold").owned_by(ann.user)).await;
        let other = shop.stock_up(builders::product("other").owned_by(bob.user)).await;
        shop.place(bob, sold, 1).await;
        let gone = UserDeleted { user_id: ann.user };
        let event = builders::envelope(&shop.ids, AggregateType::User, gone.into());
        let handle = async |faults: &Faults| {
            let market = Market::over(shop.state.clone(), shop.ids.clone(), faults);
            let handlers: &[Arc<dyn EventHandler>] = market.app.resolve_all();
            handlers[0].handle(&event).await
        };
        let failed = handle(faults).await.is_err();
        for _ in 0..2 {
            handle(&Faults::none()).await.unwrap();
        }
        let tables = shop.state.lock();
        let left: Vec<_> = tables.products.keys().copied().collect();
        assert_eq!(left, [sold.product, other.product]);
        let parts = tables.products[&sold.product].parts().clone();
        assert_eq!((parts.owner, parts.status), (None, ProductStatus::Archived));
        assert_eq!((&*parts.name, &*parts.description), ("sold", ""));
        assert_eq!(tables.products[&other.product].parts().owner, Some(bob.user));
        assert_eq!(tables.inbox.len(), 1);
        failed
    };
    at_each_step(8, steps).await;
}
