use time::OffsetDateTime;

use super::{CategoryCreated, Slug};
use crate::{
    shared::event::{AggregateType, NewEvent, Stamp},
    typed_id,
};

typed_id!(
    /// Identity of a category.
    CategoryId
);

/// A node of the category tree.
#[derive(Clone, Debug)]
pub struct Category {
    /// Identity.
    pub id: CategoryId,
    /// The node above; roots have none.
    pub parent: Option<CategoryId>,
    /// Shown to people.
    pub name: String,
    /// Shown in addresses.
    pub slug: Slug,
    /// When it was made.
    pub created_at: OffsetDateTime,
    events: Vec<NewEvent>,
}

impl Category {
    /// Makes a category and records it.
    pub fn create(
        id: CategoryId,
        parent: Option<CategoryId>,
        name: String,
        slug: Slug,
        stamp: Stamp,
    ) -> Self {
        let created = NewEvent {
            id: stamp.event,
            aggregate_type: AggregateType::Category,
            aggregate_id: id.raw(),
            aggregate_version: 1,
            occurred_at: stamp.at,
            event: CategoryCreated { category_id: id }.into(),
        };
        Self { id, parent, name, slug, created_at: stamp.at, events: vec![created] }
    }

    /// Facts recorded and not stored yet.
    pub fn events(&self) -> &[NewEvent] {
        &self.events
    }
}
