//! Writing products: whole or not at all, and nothing of anybody's is lost.

use std::sync::Arc;

use domain::{
    catalogue::*,
    identity::{Permissions, Role, SessionId, UserId},
    ordering::Order,
    shared::{
        actor::Actor,
        error::{Coded, StoreError},
        event::Provenance,
        idempotency::{Outcome, StoredResponse},
        precondition::Precondition,
    },
};
use infra_memory::store::{MemoryCatalogueStore, MemoryState};
use shaku::{HasComponent, module};
use test_support::{
    builders, clock::FrozenClock, flaky::Faults, flaky::FlakyCatalogueStore, ids::CountingIds,
};
use time::Duration;
use usecases::{
    CreateCategoryUseCase, CreateProductUseCase, DeleteCategoryUseCase, DeleteProductUseCase,
    EditCategoryUseCase, EditProductUseCase,
};
use uuid::Uuid;

use crate::{
    atomicity::at_each_step,
    fakes::{TestClock, TestClockParameters, TestIds, TestIdsParameters},
    shop::key,
};

module! {
    pub(crate) App {
        components = [
            MemoryCatalogueStore, TestClock, TestIds, CreateProductUseCase, EditProductUseCase,
            DeleteProductUseCase, CreateCategoryUseCase, EditCategoryUseCase, DeleteCategoryUseCase
        ],
        providers = []
    }
}

pub(crate) struct Store {
    pub(crate) state: MemoryState,
    clock: FrozenClock,
    ids: CountingIds,
    pub(crate) app: App,
}

pub(crate) fn editor() -> Actor {
    Actor {
        user: UserId::new(Uuid::from_u128(1)),
        role: Role::Staff,
        permissions: Permissions::ALL,
        session: Some(SessionId::new(Uuid::from_u128(2))),
        authenticated_at: FrozenClock::START,
    }
}

fn app(state: &MemoryState, clock: &FrozenClock, ids: &CountingIds, faults: &Faults) -> App {
    let store = Arc::new(MemoryCatalogueStore::over(state.clone()));
    let (clock, ids) = (clock.clone(), ids.clone());
    App::builder()
        .with_component_override::<dyn CatalogueStore>(Box::new(FlakyCatalogueStore::new(
            store,
            faults.clone(),
        )))
        .with_component_parameters::<TestClock>(TestClockParameters { clock })
        .with_component_parameters::<TestIds>(TestIdsParameters { ids })
        .build()
}

impl Store {
    pub(crate) fn open(faults: &Faults) -> Self {
        let (state, clock, ids) =
            (MemoryState::default(), FrozenClock::default(), CountingIds::default());
        let app = app(&state, &clock, &ids, faults);
        Self { state, clock, ids, app }
    }

    pub(crate) fn snapshot(&self) -> String {
        let mut tables = self.state.lock().clone();
        tables.version = 0;
        format!("{tables:#?}")
    }

    /// The same without faults.
    pub(crate) fn calm(&self) -> Self {
        let (state, clock, ids) = (self.state.clone(), self.clock.clone(), self.ids.clone());
        let app = app(&state, &clock, &ids, &Faults::none());
        Self { state, clock, ids, app }
    }

    async fn create(
        &self,
        command: CreateProductCommand,
    ) -> Result<ProductView, WriteProductError> {
        let create: &dyn CreateProduct = self.app.resolve_ref();
        match create.execute(command).await? {
            Outcome::Done(product) => Ok(product),
            Outcome::Replayed(answer) => panic!("{answer:?}"),
        }
    }

    async fn edit(
        &self,
        product: ProductId,
        changes: ProductChanges,
        precondition: Precondition,
    ) -> Result<ProductView, WriteProductError> {
        let edit: &dyn EditProduct = self.app.resolve_ref();
        let (actor, provenance) = (editor(), Provenance::default());
        let (product, side) = (ProductKey::Id(product), Side::Catalogue);
        edit.execute(EditProductCommand { actor, product, side, changes, precondition, provenance })
            .await
    }

    async fn delete(&self, product: ProductId) -> Result<(), WriteProductError> {
        let delete: &dyn DeleteProduct = self.app.resolve_ref();
        let (actor, provenance) = (editor(), Provenance::default());
        let (product, precondition) = (ProductKey::Id(product), Precondition::None);
        let side = Side::Catalogue;
        delete
            .execute(DeleteProductCommand { actor, product, side, precondition, provenance })
            .await
    }

    pub(crate) async fn category(
        &self,
        name: &str,
        parent: Option<CategoryId>,
    ) -> Result<CategoryView, WriteCategoryError> {
        let create: &dyn CreateCategory = self.app.resolve_ref();
        let command = CreateCategoryCommand {
            actor: editor(),
            name: name.to_owned(),
            slug: None,
            parent,
            idempotency: None,
            provenance: Provenance::default(),
        };
        match create.execute(command).await? {
            Outcome::Done(category) => Ok(category),
            Outcome::Replayed(answer) => panic!("{answer:?}"),
        }
    }

    pub(crate) async fn remove(&self, category: CategoryId) -> Result<(), WriteCategoryError> {
        let delete: &dyn DeleteCategory = self.app.resolve_ref();
        let (actor, provenance) = (editor(), Provenance::default());
        let (category, precondition) = (CategoryKey::Id(category), Precondition::None);
        delete.execute(DeleteCategoryCommand { actor, category, precondition, provenance }).await
    }

    fn events(&self) -> Vec<&'static str> {
        self.state.lock().outbox.values().map(|row| row.event.event.name()).collect()
    }

    pub(crate) fn audited(&self) -> Vec<String> {
        let tables = self.state.lock();
        tables.audit.iter().map(|entry| format!("{} {}", entry.action, entry.details)).collect()
    }
}

fn named(name: &str) -> CreateProductCommand {
    CreateProductCommand {
        side: Side::Catalogue,
        on_hand: 0,
        actor: editor(),
        name: name.to_owned(),
        description: String::new(),
        category: None,
        slug: None,
        sku: None,
        price: Some(rub("100.00")),
        status: ProductStatus::Active,
        track_stock: true,
        idempotency: None,
        provenance: Provenance::default(),
    }
}

fn rub(amount: &str) -> WantedPrice {
    let currency = domain::shared::money::Currency::parse("RUB").ok();
    WantedPrice { amount: amount.to_owned(), currency }
}

fn rename(name: &str) -> ProductChanges {
    ProductChanges { name: Some(name.to_owned()), ..ProductChanges::default() }
}

fn rendered(product: &ProductView) -> StoredResponse {
    StoredResponse { status: 201, location: None, body: product.slug.clone() }
}

#[tokio::test]
async fn names_make_slugs_and_those_that_are_taken_are_numbered() {
    let store = Store::open(&Faults::none());
    for slug in ["chai-zelionyi", "chai-zelionyi-2", "chai-zelionyi-3"] {
        let made = store.create(named("Чай зелёный")).await.unwrap();
        assert_eq!((&*made.slug, made.version), (slug, 1));
        assert_eq!(made.variants[0].available, Some(0));
        assert!(made.variants[0].sku.starts_with("P-"));
    }
    for _ in 3..Slug::MAX_TRIES {
        store.create(named("Чай зелёный")).await.unwrap();
    }
    let one_more = store.create(named("Чай зелёный")).await.unwrap();
    let end = one_more.slug.strip_prefix("chai-zelionyi-").unwrap();
    assert_eq!(end.len(), 12, "{end}");

    let tea = Slug::parse("tea");
    let with_slug = || CreateProductCommand { slug: tea.clone(), ..named("Tea") };
    store.create(with_slug()).await.unwrap();
    assert_eq!(store.create(with_slug()).await.unwrap_err().code(), "slug_taken");
    let sku = Sku::parse("A-1");
    let with_sku = || CreateProductCommand { sku: sku.clone(), ..named("Other") };
    store.create(with_sku()).await.unwrap();
    assert_eq!(store.create(with_sku()).await.unwrap_err().code(), "sku_taken");
    let first = store.category("Чай", None).await.unwrap();
    let second = store.category("Чай", None).await.unwrap();
    assert_eq!((&*first.slug, &*second.slug), ("chai", "chai-2"));
}

#[tokio::test]
async fn a_product_is_put_where_it_is_said() {
    let store = Store::open(&Faults::none());
    let tea = store.category("Чай", None).await.unwrap();
    let put = |category| CreateProductCommand { category: Some(category), ..named("Assam") };
    let by_name = put(CategoryRef::Name("чАЙ".to_owned()));
    assert_eq!(store.create(by_name.clone()).await.unwrap().category, Some(tea.id));
    let by_id = put(CategoryRef::Id(tea.id));
    assert_eq!(store.create(by_id).await.unwrap().category, Some(tea.id));
    for lost in
        [CategoryRef::Name("Кофе".to_owned()), CategoryRef::Id(CategoryId::new(Uuid::from_u128(9)))]
    {
        let refused = store.create(put(lost)).await.unwrap_err();
        assert_eq!(refused.code(), "category_not_found");
    }
    store.category("ЧАЙ", Some(tea.id)).await.unwrap();
    assert_eq!(store.create(by_name).await.unwrap_err().code(), "category_ambiguous");
}

#[tokio::test]
async fn a_key_makes_one_product_whatever_has_changed_meanwhile() {
    let store = Store::open(&Faults::none());
    let tea = store.category("Tea", None).await.unwrap();
    let mut command = named("Assam");
    command.category = Some(CategoryRef::Id(tea.id));
    command.idempotency = key("k1", 1, rendered);
    let made = store.create(command.clone()).await.unwrap();
    store.delete(made.id).await.unwrap();
    store.remove(tea.id).await.unwrap();
    let create: &dyn CreateProduct = store.app.resolve_ref();
    let Outcome::Replayed(answer) = create.execute(command.clone()).await.unwrap() else {
        panic!("it was made twice")
    };
    assert_eq!(answer, rendered(&made));
    command.idempotency = key("k1", 2, rendered);
    let mismatch = create.execute(command).await.unwrap_err();
    assert_eq!(mismatch.code(), "idempotency_key_mismatch");
}

#[tokio::test]
async fn an_edit_keeps_what_it_does_not_name_and_writes_nothing_when_nothing_differs() {
    let store = Store::open(&Faults::none());
    let made = store.create(named("Assam")).await.unwrap();
    store.clock.advance(Duration::seconds(5));
    let renamed = store.edit(made.id, rename("Assam Gold"), Precondition::None).await.unwrap();
    assert_eq!((&*renamed.name, &*renamed.slug, renamed.version), ("Assam Gold", "assam", 2));
    assert_eq!(renamed.variants[0].name, "Assam Gold");
    assert_eq!(renamed.variants[0].price, made.variants[0].price);
    assert!(renamed.updated_at > made.updated_at && renamed.created_at == made.created_at);
    let before = store.snapshot();
    let same = store.edit(made.id, rename("Assam Gold"), Precondition::None).await.unwrap();
    assert_eq!(same, renamed);
    assert_eq!(store.snapshot(), before);
    assert_eq!(store.events(), ["catalogue.product_created.v1", "catalogue.product_updated.v1"]);
    assert_eq!(store.audited(), ["product.created ", "product.updated fields=name"]);
}

#[tokio::test]
async fn price_and_status_are_kept_in_step() {
    let store = Store::open(&Faults::none());
    let refused = store.create(CreateProductCommand { price: None, ..named("Assam") }).await;
    assert_eq!(refused.unwrap_err().code(), "product_without_price");
    let draft =
        CreateProductCommand { price: None, status: ProductStatus::Draft, ..named("Assam") };
    let made = store.create(draft).await.unwrap();
    let edit = async |status, price: Option<Option<&str>>| {
        let price = price.map(|price| {
            price.map(|amount| WantedPrice { amount: amount.to_owned(), currency: None })
        });
        let changes = ProductChanges { status, price, ..ProductChanges::default() };
        store.edit(made.id, changes, Precondition::None).await
    };
    let active = Some(ProductStatus::Active);
    assert_eq!(edit(active, None).await.unwrap_err().code(), "product_not_priced");
    assert_eq!(edit(None, Some(Some("5"))).await.unwrap_err().code(), "currency_required");
    let changes =
        ProductChanges { status: active, price: Some(Some(rub("5"))), ..ProductChanges::default() };
    let shown = store.edit(made.id, changes, Precondition::None).await.unwrap();
    assert_eq!((shown.status, shown.version), (ProductStatus::Active, 3));
    let cheaper = edit(None, Some(Some("4.50"))).await.unwrap();
    assert_eq!(cheaper.variants[0].price.unwrap().to_string(), "4.50");
    assert_eq!(edit(None, Some(Some("4.505"))).await.unwrap_err().code(), "malformed_amount");
    assert_eq!(edit(None, Some(None)).await.unwrap_err().code(), "product_without_price");
    let hidden = edit(Some(ProductStatus::Draft), Some(None)).await.unwrap();
    assert_eq!((hidden.status, hidden.variants[0].price), (ProductStatus::Draft, None));
}

#[tokio::test]
async fn of_two_who_mean_the_same_version_one_is_told() {
    let store = Store::open(&Faults::none());
    let made = store.create(named("Assam")).await.unwrap();
    let meant = || Precondition::Versions(vec![1]);
    let (one, two) = tokio::join!(
        store.edit(made.id, rename("One"), meant()),
        store.edit(made.id, rename("Two"), meant()),
    );
    let codes: Vec<_> =
        [one, two].iter().map(|answer| answer.as_ref().err().map(Coded::code)).collect();
    assert!(
        codes == [None, Some("precondition_failed")]
            || codes == [Some("precondition_failed"), None]
    );
}

#[tokio::test]
async fn of_two_who_mean_nothing_neither_loses_a_field() {
    let store = Store::open(&Faults::none());
    let made = store.create(named("Assam")).await.unwrap();
    let priced = ProductChanges { price: Some(Some(rub("1"))), ..ProductChanges::default() };
    let (one, two) = tokio::join!(
        store.edit(made.id, rename("One"), Precondition::None),
        store.edit(made.id, priced, Precondition::None),
    );
    let last = one.unwrap().version.max(two.unwrap().version);
    let left = store.edit(made.id, ProductChanges::default(), Precondition::None).await.unwrap();
    assert_eq!((&*left.name, left.version), ("One", last));
    assert_eq!(left.variants[0].price.unwrap().to_string(), "1.00");
}

#[tokio::test]
async fn what_was_ordered_is_archived_and_anything_else_is_gone() {
    let store = Store::open(&Faults::none());
    let tea = store.category("Tea", None).await.unwrap();
    let put = |name| CreateProductCommand {
        category: Some(CategoryRef::Id(tea.id)),
        track_stock: false,
        ..named(name)
    };
    let (sold, unsold) =
        (store.create(put("Sold")).await.unwrap(), store.create(put("Unsold")).await.unwrap());
    let mut offer = builders::offer(&store.ids);
    (offer.product, offer.variant, offer.level) = (sold.id, sold.variants[0].id, None);
    let line = builders::line(&store.ids, &offer, 1);
    let order = builders::order(&store.ids, editor().user, vec![line], FrozenClock::START);
    store.state.lock().orders.insert(order.id(), Order::clone(&order));

    store.delete(unsold.id).await.unwrap();
    assert_eq!(store.delete(unsold.id).await.unwrap_err().code(), "product_not_found");
    for _ in 0..2 {
        store.delete(sold.id).await.unwrap();
    }
    let left = store.edit(sold.id, ProductChanges::default(), Precondition::None).await.unwrap();
    assert_eq!((left.status, left.category, left.version), (ProductStatus::Archived, None, 2));
    let refused = store.edit(sold.id, rename("Again"), Precondition::None).await.unwrap_err();
    assert_eq!(refused.code(), "product_archived");
    store.remove(tea.id).await.unwrap();
    assert_eq!(
        store.audited()[3..],
        ["product.deleted ", "product.archived ", "category.deleted "]
    );
}

#[tokio::test]
async fn making_a_product_is_all_or_nothing() {
    at_each_step(7, async |faults| {
        let store = Store::open(faults);
        let mut command = named("Assam");
        command.idempotency = key("k1", 1, rendered);
        let before = store.snapshot();
        let failed = store.create(command.clone()).await.is_err();
        if failed {
            assert_eq!(store.snapshot(), before);
            store.calm().create(command).await.unwrap();
        }
        let tables = store.state.lock();
        assert_eq!((tables.products.len(), tables.outbox.len(), tables.audit.len()), (1, 1, 1));
        failed
    })
    .await;
}

#[tokio::test]
async fn editing_a_product_is_all_or_nothing() {
    at_each_step(6, async |faults| {
        let store = Store::open(faults);
        let uncounted = CreateProductCommand { track_stock: false, ..named("Assam") };
        let made = store.calm().create(uncounted).await.unwrap();
        let before = store.snapshot();
        let changes = || ProductChanges {
            track_stock: Some(true),
            status: Some(ProductStatus::Inactive),
            price: Some(Some(rub("1"))),
            ..rename("Gold")
        };
        let failed = store.edit(made.id, changes(), Precondition::None).await.is_err();
        if failed {
            assert_eq!(store.snapshot(), before);
            store.calm().edit(made.id, changes(), Precondition::None).await.unwrap();
        }
        let tables = store.state.lock();
        assert_eq!((tables.products[&made.id].version(), tables.outbox.len()), (3, 3));
        assert_eq!(tables.audit.len(), 2);
        failed
    })
    .await;
}

#[tokio::test]
async fn taking_a_product_away_is_all_or_nothing() {
    at_each_step(4, async |faults| {
        let store = Store::open(faults);
        let made = store.calm().create(named("Assam")).await.unwrap();
        let before = store.snapshot();
        let failed = store.delete(made.id).await.is_err();
        if failed {
            assert_eq!(store.snapshot(), before);
            store.calm().delete(made.id).await.unwrap();
        }
        let tables = store.state.lock();
        assert!(tables.products.is_empty() && tables.stock.is_empty());
        assert_eq!((tables.outbox.len(), tables.audit.len()), (2, 2));
        failed
    })
    .await;
}

#[tokio::test]
async fn a_lost_race_is_run_again_and_a_store_that_is_away_is_told() {
    let store = Store::open(&Faults::at(1));
    let away = store.create(named("Assam")).await.unwrap_err();
    assert!(matches!(away, WriteProductError::Store(StoreError::Unavailable(_))), "{away:?}");
    let (one, two, three) = tokio::join!(
        store.create(named("Assam")),
        store.create(named("Assam")),
        store.create(named("Assam")),
    );
    let mut slugs = [one, two, three].map(|made| made.unwrap().slug);
    slugs.sort();
    assert_eq!(slugs, ["assam", "assam-2", "assam-3"]);
}
