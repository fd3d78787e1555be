//! Writing the tree of categories, which stays one.

use domain::{
    catalogue::*,
    shared::{error::Coded, event::Provenance, precondition::Precondition},
};
use shaku::HasComponent;
use test_support::flaky::Faults;
use uuid::Uuid;

use crate::{
    atomicity::at_each_step,
    catalogue::{Store, editor},
};

impl Store {
    async fn change(
        &self,
        category: CategoryId,
        changes: CategoryChanges,
    ) -> Result<CategoryView, WriteCategoryError> {
        let edit: &dyn EditCategory = self.app.resolve_ref();
        let (actor, provenance) = (editor(), Provenance::default());
        let (category, precondition) = (CategoryKey::Id(category), Precondition::None);
        edit.execute(EditCategoryCommand { actor, category, changes, precondition, provenance })
            .await
    }

    async fn move_below(
        &self,
        category: CategoryId,
        parent: CategoryId,
    ) -> Result<CategoryView, WriteCategoryError> {
        self.change(category, below(parent)).await
    }
}

fn below(parent: CategoryId) -> CategoryChanges {
    CategoryChanges { parent: Some(Some(parent)), ..CategoryChanges::default() }
}

#[tokio::test]
async fn the_tree_has_no_circles_and_a_bottom() {
    let store = Store::open(&Faults::none());
    let mut chain: Vec<CategoryId> = Vec::new();
    for level in 0..MAX_DEPTH {
        let made = store.category(&format!("Level {level}"), chain.last().copied()).await.unwrap();
        chain.push(made.id);
    }
    let deepest = *chain.last().unwrap();
    assert_eq!(
        store.category("More", Some(deepest)).await.unwrap_err().code(),
        "category_too_deep"
    );
    let nowhere = CategoryId::new(Uuid::from_u128(9));
    assert_eq!(store.category("Lost", Some(nowhere)).await.unwrap_err().code(), "parent_not_found");
    for below in [chain[0], chain[1], deepest] {
        assert_eq!(store.move_below(chain[0], below).await.unwrap_err().code(), "category_cycle");
    }
    let pair = store.category("Pair", None).await.unwrap();
    let child = store.category("Child", Some(pair.id)).await.unwrap();
    let too_low = store.move_below(pair.id, chain[MAX_DEPTH - 2]).await;
    assert_eq!(too_low.unwrap_err().code(), "category_too_deep");
    let fits = store.move_below(pair.id, chain[MAX_DEPTH - 3]).await.unwrap();
    assert_eq!(fits.parent, Some(chain[MAX_DEPTH - 3]));
    assert_eq!(store.move_below(chain[0], child.id).await.unwrap_err().code(), "category_cycle");
    assert_eq!(store.remove(chain[0]).await.unwrap_err().code(), "category_in_use");
}

#[tokio::test]
async fn two_moves_at_once_make_no_circle() {
    let store = Store::open(&Faults::none());
    let one = store.category("One", None).await.unwrap();
    let two = store.category("Two", None).await.unwrap();
    let (first, second) =
        tokio::join!(store.move_below(one.id, two.id), store.move_below(two.id, one.id));
    let codes: Vec<_> =
        [first, second].iter().map(|answer| answer.as_ref().err().map(Coded::code)).collect();
    assert!(codes == [None, Some("category_cycle")] || codes == [Some("category_cycle"), None]);
}

#[tokio::test]
async fn what_is_made_below_something_hidden_is_hidden() {
    let store = Store::open(&Faults::none());
    let food = store.category("Food", None).await.unwrap();
    let off = CategoryChanges { is_active: Some(false), ..CategoryChanges::default() };
    assert!(!store.change(food.id, off).await.unwrap().is_active);
    let tea = store.category("Tea", Some(food.id)).await.unwrap();
    let is_shown = || {
        let tables = store.state.lock();
        tables.categories.iter().find(|known| known.id == tea.id).unwrap().state().is_shown
    };
    assert!(tea.is_active && !is_shown());
    let on = CategoryChanges { is_active: Some(true), ..CategoryChanges::default() };
    store.change(food.id, on).await.unwrap();
    assert!(is_shown());
    let audited = store.audited();
    assert_eq!(audited[1], "category.deactivated fields=is_active");
    assert_eq!(audited[3], "category.activated fields=is_active");
}

#[tokio::test]
async fn writing_categories_is_all_or_nothing() {
    at_each_step(20, async |faults| {
        let store = Store::open(faults);
        let food = store.calm().category("Food", None).await.unwrap().id;
        let tea = store.calm().category("Tea", None).await.unwrap().id;
        let old = store.calm().category("Old", None).await.unwrap().id;
        let before = store.snapshot();
        let mut failed = false;
        if store.category("New", Some(food)).await.is_err() {
            failed = true;
            assert_eq!(store.snapshot(), before);
            store.calm().category("New", Some(food)).await.unwrap();
        }
        let before = store.snapshot();
        let changes = || CategoryChanges { is_active: Some(false), ..below(food) };
        if store.change(tea, changes()).await.is_err() {
            failed = true;
            assert_eq!(store.snapshot(), before);
            store.calm().change(tea, changes()).await.unwrap();
        }
        let before = store.snapshot();
        if store.remove(old).await.is_err() {
            failed = true;
            assert_eq!(store.snapshot(), before);
            store.calm().remove(old).await.unwrap();
        }
        let tables = store.state.lock();
        assert_eq!((tables.categories.len(), tables.outbox.len()), (3, 7));
        assert_eq!(tables.audit.len(), 6);
        failed
    })
    .await;
}
