use time::OffsetDateTime;

use super::{
    CategoryActivated, CategoryCreated, CategoryDeactivated, CategoryDeleted, CategoryUpdated, Slug,
};
use crate::{
    shared::event::{AggregateType, DomainEvent, NewEvent, Stamp},
    typed_id,
};

typed_id!(
    /// Identity of a category.
    CategoryId
);

/// Levels the tree may have.
pub const MAX_DEPTH: usize = 8;

/// A node of the category tree.
#[derive(Clone, Debug)]
pub struct Category {
    /// Identity.
    pub id: CategoryId,
    /// When it was made.
    pub created_at: OffsetDateTime,
    state: CategoryState,
    events: Vec<NewEvent>,
}

/// The part of a category that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryState {
    /// The node above; roots have none.
    pub parent: Option<CategoryId>,
    /// Shown to people.
    pub name: String,
    /// Shown in addresses.
    pub slug: Slug,
    /// Whether it is switched on itself.
    pub is_active: bool,
    /// Whether it and everything above it is switched on: only then are its products shown.
    pub is_shown: bool,
    /// Grows by one with each recorded event.
    pub version: i64,
    /// When it last changed.
    pub updated_at: OffsetDateTime,
}

/// What is to change about a category; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CategoryEdit {
    /// Shown to people.
    pub name: Option<String>,
    /// Shown in addresses.
    pub slug: Option<Slug>,
    /// The node above; `Some(None)` makes it a root.
    pub parent: Option<Option<CategoryId>>,
}

impl Category {
    /// Makes a category and records it; what is above it is shown.
    pub fn create(
        id: CategoryId,
        parent: Option<CategoryId>,
        name: String,
        slug: Slug,
        stamp: Stamp,
    ) -> Self {
        let state = CategoryState {
            parent,
            name,
            slug,
            is_active: true,
            is_shown: true,
            version: 0,
            updated_at: stamp.at,
        };
        let mut category = Self::restore(id, stamp.at, state);
        category.record(CategoryCreated { category_id: id }.into(), stamp);
        category
    }

    /// A category read back from the store.
    pub const fn restore(id: CategoryId, created_at: OffsetDateTime, state: CategoryState) -> Self {
        Self { id, created_at, state, events: Vec::new() }
    }

    /// What is above it is hidden, and so is it.
    #[must_use]
    pub fn hidden(mut self) -> Self {
        self.state.is_shown = false;
        self
    }

    /// Changes what `edit` names; records it only when something differs. Whoever moves it makes
    /// sure that the tree stays one.
    pub fn edit(&mut self, edit: CategoryEdit, stamp: Stamp) {
        let CategoryEdit { name, slug, parent } = edit;
        let before = self.state.clone();
        let state = &mut self.state;
        state.name = name.unwrap_or_else(|| before.name.clone());
        state.slug = slug.unwrap_or_else(|| before.slug.clone());
        state.parent = parent.unwrap_or(before.parent);
        if *state != before {
            self.record(CategoryUpdated { category_id: self.id }.into(), stamp);
        }
    }

    /// Switches it on or off; records it only when it was not so already.
    pub fn set_active(&mut self, is_active: bool, stamp: Stamp) {
        if self.state.is_active == is_active {
            return;
        }
        self.state.is_active = is_active;
        let category_id = self.id;
        let event = if is_active {
            CategoryActivated { category_id }.into()
        } else {
            CategoryDeactivated { category_id }.into()
        };
        self.record(event, stamp);
    }

    /// Records that it is gone; nothing may use it.
    pub fn delete(&mut self, stamp: Stamp) {
        self.record(CategoryDeleted { category_id: self.id }.into(), stamp);
    }

    fn record(&mut self, event: DomainEvent, stamp: Stamp) {
        self.state.version += 1;
        self.state.updated_at = stamp.at;
        self.events.push(NewEvent {
            id: stamp.event,
            aggregate_type: AggregateType::Category,
            aggregate_id: self.id.raw(),
            aggregate_version: self.state.version,
            occurred_at: stamp.at,
            event,
        });
    }

    /// What a name is looked up by, ignoring case.
    pub fn name_key(name: &str) -> String {
        name.to_lowercase()
    }

    /// The part that changes.
    pub const fn state(&self) -> &CategoryState {
        &self.state
    }

    /// Facts recorded and not stored yet.
    pub fn events(&self) -> &[NewEvent] {
        &self.events
    }

    /// Version the store has: that of the state less the events it has not seen.
    pub fn stored_version(&self) -> i64 {
        let unseen = i64::try_from(self.events.len()).unwrap_or(i64::MAX);
        self.state.version.saturating_sub(unseen)
    }
}
