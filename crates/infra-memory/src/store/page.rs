use domain::shared::{
    id::RawId,
    page::{Page, Window},
};

/// Cuts `window` out of `rows`, which are in the list's own order.
pub(super) fn cut<T>(rows: Vec<T>, id: impl Fn(&T) -> RawId, window: Window) -> Page<T> {
    let total = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    let limit = usize::try_from(window.limit()).unwrap_or(usize::MAX);
    let (skipped, total) = match window {
        Window::Offset { offset, .. } => (usize::try_from(offset).ok(), Some(total)),
        Window::After { after, .. } => {
            (rows.iter().position(|row| id(row) == after).map(|at| at + 1), None)
        }
    };
    let skipped = skipped.unwrap_or(rows.len());
    let has_more = rows.len().saturating_sub(skipped) > limit;
    let items: Vec<_> = rows.into_iter().skip(skipped).take(limit).collect();
    let next = if has_more { items.last().map(id) } else { None };
    Page { items, total, next }
}
