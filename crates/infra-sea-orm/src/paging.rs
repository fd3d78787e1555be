//! Windows over lists that are ordered by descending id, the newest first.

use domain::shared::{
    error::StoreError,
    id::RawId,
    page::{Page, Window},
};
use sea_orm::Value;

use crate::{row::get_count, sql::Sql};

/// What a window binds; one row more than wanted tells whether there are more.
pub(crate) struct Bounds {
    pub(crate) after: RawId,
    pub(crate) limit: i64,
    pub(crate) offset: i64,
}

impl Bounds {
    pub(crate) fn of(window: Window) -> Self {
        let (after, offset) = match window {
            Window::Offset { offset, .. } => (RawId::max(), offset),
            Window::After { after, .. } => (after, 0),
        };
        let limit = i64::from(window.limit()) + 1;
        Self { after, limit, offset: i64::try_from(offset).unwrap_or(i64::MAX) }
    }
}

/// Cuts what was found to the window and counts the whole list with `total`, when asked.
pub(crate) async fn page<T>(
    sql: &dyn Sql,
    window: Window,
    mut items: Vec<T>,
    id: impl Fn(&T) -> RawId,
    total: Option<(&str, Vec<Value>)>,
) -> Result<Page<T>, StoreError> {
    let limit = usize::try_from(window.limit()).unwrap_or(usize::MAX);
    let has_more = items.len() > limit;
    items.truncate(limit);
    let next = if has_more { items.last().map(id) } else { None };
    let total = match total {
        Some((count, values)) => {
            sql.fetch_first(count, values).await?.map(|row| get_count(&row, "total")).transpose()?
        }
        None => None,
    };
    Ok(Page { items, total, next })
}
