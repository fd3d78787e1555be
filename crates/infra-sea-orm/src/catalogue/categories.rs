use async_trait::async_trait;
use domain::{
    catalogue::{
        Category, CategoryId, CategoryKey, CategoryRepository, CategoryState, CategoryView, Slug,
    },
    shared::error::StoreError,
};
use sea_orm::Value;

use super::{
    reads::category_of,
    shown::{slug_of, taken_slugs},
};
use crate::{
    row::{get, get_count, get_time, micros},
    sql::{Dialect, Row, Sql},
    sql_list::{insert, values},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl CategoryRepository for SeaUnitOfWork {
    async fn insert_all(&mut self, categories: &[Category]) -> Result<(), StoreError> {
        let row = |category: &Category| {
            let state = category.state();
            values![
                category.id.raw(),
                state.parent.map(CategoryId::raw),
                state.name.as_str(),
                Category::name_key(&state.name),
                state.slug.as_str(),
                state.is_active,
                state.is_shown,
                state.version,
                micros(category.created_at),
                micros(state.updated_at),
            ]
        };
        insert(self, INSERT, categories.iter().map(row).collect()).await?;
        let events: Vec<_> = categories.iter().flat_map(Category::events).cloned().collect();
        self.append_events(&events);
        Ok(())
    }

    async fn lock_tree(&mut self) -> Result<(), StoreError> {
        match self.dialect() {
            Dialect::Sqlite => Ok(()),
            Dialect::Postgres => self.execute(LOCK, Vec::new()).await.map(drop),
        }
    }

    async fn find(&mut self, key: &CategoryKey) -> Result<Option<Category>, StoreError> {
        let (sql, key) = match key {
            CategoryKey::Id(id) => (FIND_BY_ID, Value::from(id.raw())),
            CategoryKey::Slug(slug) => (FIND_BY_SLUG, Value::from(slug.as_str())),
        };
        self.fetch_first(sql, vec![key]).await?.as_ref().map(restored).transpose()
    }

    async fn named(&mut self, name: &str) -> Result<Vec<CategoryId>, StoreError> {
        ids(&self.fetch(NAMED, values![Category::name_key(name)].to_vec()).await?)
    }

    async fn lineage(&mut self, id: CategoryId) -> Result<Vec<CategoryId>, StoreError> {
        ids(&self.fetch(LINEAGE, values![id.raw()].to_vec()).await?)
    }

    async fn height(&mut self, id: CategoryId) -> Result<usize, StoreError> {
        let row = self.fetch_first(HEIGHT, values![id.raw()].to_vec()).await?;
        row.map_or(Ok(0), |row| get_count(&row, "levels"))
    }

    async fn update(&mut self, category: &Category) -> Result<(), StoreError> {
        if category.events().is_empty() {
            return Ok(());
        }
        let state = category.state();
        let changed = values![
            state.parent.map(CategoryId::raw),
            state.name.as_str(),
            Category::name_key(&state.name),
            state.slug.as_str(),
            state.is_active,
            state.version,
            micros(state.updated_at),
            category.id.raw(),
            category.stored_version(),
        ];
        if self.execute(UPDATE, changed.to_vec()).await? == 0 {
            return Err(StoreError::Conflict);
        }
        self.execute(SHOW_SUBTREE, values![category.id.raw()].to_vec()).await?;
        self.append_events(category.events());
        Ok(())
    }

    async fn delete(&mut self, category: &Category) -> Result<bool, StoreError> {
        let id = category.id.raw();
        let row = self.fetch_first(IS_USED, values![id].to_vec()).await?;
        if row.map_or(Ok(true), |row| get(&row, "is_used"))? {
            return Ok(false);
        }
        match self.execute(DELETE, values![id, category.stored_version()].to_vec()).await {
            // Changed, or filled by somebody who had not committed when it was asked.
            Ok(0) | Err(StoreError::Refused { .. }) => return Err(StoreError::Conflict),
            outcome => outcome?,
        };
        self.append_events(category.events());
        Ok(true)
    }

    async fn taken(&mut self, slugs: &[Slug]) -> Result<Vec<String>, StoreError> {
        taken_slugs(self, "categories", slugs).await
    }

    async fn view(&mut self, id: CategoryId) -> Result<Option<CategoryView>, StoreError> {
        category_of(self, &CategoryKey::Id(id)).await
    }
}

fn restored(row: &Row) -> Result<Category, StoreError> {
    let state = CategoryState {
        parent: get::<Option<_>>(row, "parent_id")?.map(CategoryId::new),
        name: get(row, "name")?,
        slug: slug_of(row)?,
        is_active: get(row, "is_active")?,
        is_shown: get(row, "is_shown")?,
        version: get(row, "version")?,
        updated_at: get_time(row, "updated_at")?,
    };
    Ok(Category::restore(CategoryId::new(get(row, "id")?), get_time(row, "created_at")?, state))
}

fn ids(rows: &[Row]) -> Result<Vec<CategoryId>, StoreError> {
    rows.iter().map(|row| get(row, "id").map(CategoryId::new)).collect()
}

macro_rules! find {
    ($key:literal) => {
        concat!(
            "SELECT id, parent_id, name, slug, is_active, is_shown, version, created_at, \
             updated_at FROM categories WHERE ",
            $key,
            " = $1",
        )
    };
}

const INSERT: &str = "INSERT INTO categories (id, parent_id, name, name_key, slug, is_active, \
    is_shown, version, created_at, updated_at)";

/// Products may be put into categories meanwhile.
const LOCK: &str = "LOCK TABLE categories IN SHARE ROW EXCLUSIVE MODE";

const FIND_BY_ID: &str = find!("id");
const FIND_BY_SLUG: &str = find!("slug");

const NAMED: &str = "SELECT id FROM categories WHERE name_key = $1 ORDER BY id LIMIT 2";

const LINEAGE: &str = "WITH RECURSIVE above(id, parent_id, step) AS (\
    SELECT id, parent_id, 1 FROM categories WHERE id = $1 \
    UNION ALL SELECT c.id, c.parent_id, step + 1 FROM categories c \
    JOIN above ON c.id = above.parent_id WHERE step < 100) SELECT id FROM above ORDER BY step";

const HEIGHT: &str = "WITH RECURSIVE below(id, level) AS (\
    SELECT id, CAST(1 AS bigint) FROM categories WHERE id = $1 \
    UNION ALL SELECT c.id, level + 1 FROM categories c \
    JOIN below ON c.parent_id = below.id WHERE level < 100) \
    SELECT COALESCE(MAX(level), 0) AS levels FROM below";

const UPDATE: &str = "UPDATE categories SET parent_id = $1, name = $2, name_key = $3, slug = $4, \
    is_active = $5, is_shown = is_shown AND $5, version = $6, updated_at = $7 \
    WHERE id = $8 AND version = $9";

const SHOW_SUBTREE: &str = "WITH RECURSIVE below(id, to_show) AS (\
    SELECT c.id, c.is_active AND COALESCE(p.is_shown, true) FROM categories c \
    LEFT JOIN categories p ON p.id = c.parent_id WHERE c.id = $1 \
    UNION ALL SELECT c.id, c.is_active AND to_show FROM categories c \
    JOIN below ON c.parent_id = below.id) \
    UPDATE categories SET is_shown = to_show FROM below \
    WHERE categories.id = below.id AND is_shown <> to_show";

const IS_USED: &str = "SELECT EXISTS (SELECT 1 FROM products WHERE category_id = $1) \
    OR EXISTS (SELECT 1 FROM categories WHERE parent_id = $1) AS is_used";

const DELETE: &str = "DELETE FROM categories WHERE id = $1 AND version = $2";
