use async_trait::async_trait;
use domain::{
    catalogue::{Category, CategoryId, CategoryKey, CategoryRepository, CategoryView, Slug},
    shared::error::StoreError,
};

use super::{
    MemoryUnitOfWork,
    catalogue::{category_view, is_named},
    state::Tables,
    unit_of_work::already_exists,
};

#[async_trait]
impl CategoryRepository for MemoryUnitOfWork {
    async fn insert_all(&mut self, categories: &[Category]) -> Result<(), StoreError> {
        for category in categories {
            let known = &self.tables().categories;
            if known.iter().any(|other| other.state().slug == category.state().slug) {
                return Err(already_exists("uq_categories_slug"));
            }
            let mut above = category.state().parent.into_iter();
            let parent_is_known = above.all(|parent| known.iter().any(|other| other.id == parent));
            if !parent_is_known {
                let constraint = "fk_categories_parent".to_owned();
                return Err(StoreError::Refused { constraint });
            }
            self.write().categories.push(stored_category(category));
            self.record(category.events())?;
        }
        Ok(())
    }

    async fn lock_tree(&mut self) -> Result<(), StoreError> {
        // Of two that change anything at all only one commits.
        self.write();
        Ok(())
    }

    async fn find(&mut self, key: &CategoryKey) -> Result<Option<Category>, StoreError> {
        Ok(self.tables().categories.iter().find(|category| is_named(category, key)).cloned())
    }

    async fn named(&mut self, name: &str) -> Result<Vec<CategoryId>, StoreError> {
        let key = Category::name_key(name);
        let categories = self.tables().categories.iter();
        let named = categories.filter(|other| Category::name_key(&other.state().name) == key);
        Ok(named.take(2).map(|category| category.id).collect())
    }

    async fn lineage(&mut self, id: CategoryId) -> Result<Vec<CategoryId>, StoreError> {
        let mut lineage = Vec::new();
        let mut next = self.tables().category(id);
        while let Some(category) = next {
            lineage.push(category.id);
            next = category.state().parent.and_then(|parent| self.tables().category(parent));
        }
        Ok(lineage)
    }

    async fn height(&mut self, id: CategoryId) -> Result<usize, StoreError> {
        let mut height = 0;
        let mut level = vec![id];
        while !level.is_empty() {
            height += 1;
            let is_below = |category: &&Category| {
                category.state().parent.is_some_and(|parent| level.contains(&parent))
            };
            level =
                self.tables().categories.iter().filter(is_below).map(|below| below.id).collect();
        }
        Ok(height)
    }

    async fn update(&mut self, category: &Category) -> Result<(), StoreError> {
        if category.events().is_empty() {
            return Ok(());
        }
        let known = &self.tables().categories;
        let same_slug = |other: &&Category| {
            other.state().slug == category.state().slug && other.id != category.id
        };
        if known.iter().any(|other| same_slug(&other)) {
            return Err(already_exists("uq_categories_slug"));
        }
        let at = known.iter().position(|other| other.id == category.id);
        let at = at.filter(|at| {
            let stored = known.get(*at).map(|stored| stored.state().version);
            stored == Some(category.stored_version())
        });
        let Some(at) = at else { return Err(StoreError::Conflict) };
        if let Some(row) = self.write().categories.get_mut(at) {
            *row = stored_category(category);
        }
        show_and_hide(self.write());
        self.record(category.events())
    }

    async fn delete(&mut self, category: &Category) -> Result<bool, StoreError> {
        let tables = self.tables();
        let id = Some(category.id);
        let is_used = tables.categories.iter().any(|other| other.state().parent == id)
            || tables.products.values().any(|product| product.parts().category == id);
        if is_used {
            return Ok(false);
        }
        let stored = tables.category(category.id).map(|stored| stored.state().version);
        if stored != Some(category.stored_version()) {
            return Err(StoreError::Conflict);
        }
        self.write().categories.retain(|other| other.id != category.id);
        self.record(category.events())?;
        Ok(true)
    }

    async fn taken(&mut self, slugs: &[Slug]) -> Result<Vec<String>, StoreError> {
        let categories = self.tables().categories.iter();
        let taken = categories.map(|category| &category.state().slug);
        Ok(taken.filter(|slug| slugs.contains(slug)).map(ToString::to_string).collect())
    }

    async fn view(&mut self, id: CategoryId) -> Result<Option<CategoryView>, StoreError> {
        Ok(self.tables().category(id).map(category_view))
    }
}

/// The category without the events it recorded, as reading it back gives it.
fn stored_category(category: &Category) -> Category {
    Category::restore(category.id, category.created_at, category.state().clone())
}

/// Shows what is active with everything above it, and hides the rest.
fn show_and_hide(tables: &mut Tables) {
    let old = tables.categories.clone();
    for row in &mut tables.categories {
        let mut state = row.state().clone();
        let mut next = Some(&*row).cloned();
        state.is_shown = true;
        while let Some(category) = next {
            state.is_shown &= category.state().is_active;
            let parent = category.state().parent;
            next = old.iter().find(|other| Some(other.id) == parent).cloned();
        }
        *row = Category::restore(row.id, row.created_at, state);
    }
}
