use async_trait::async_trait;
use domain::{
    catalogue::{Category, CategoryId, CategoryRepository},
    shared::error::StoreError,
};

use crate::{
    row::micros,
    sql_list::{insert, values, version_after},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl CategoryRepository for SeaUnitOfWork {
    async fn insert_all(&mut self, categories: &[Category]) -> Result<(), StoreError> {
        let row = |category: &Category| {
            let at = micros(category.created_at);
            values![
                category.id.raw(),
                category.parent.map(CategoryId::raw),
                category.name.as_str(),
                category.slug.as_str(),
                true,
                version_after(category.events()),
                at,
                at,
            ]
        };
        insert(self, INSERT, categories.iter().map(row).collect()).await?;
        let events: Vec<_> = categories.iter().flat_map(Category::events).cloned().collect();
        self.append_events(&events);
        Ok(())
    }
}

const INSERT: &str = "INSERT INTO categories (id, parent_id, name, slug, is_active, version, \
    created_at, updated_at)";
