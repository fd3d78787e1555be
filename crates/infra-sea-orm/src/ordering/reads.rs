use async_trait::async_trait;
use domain::{
    identity::UserId,
    ordering::{
        Offer, OfferKey, OrderFilter, OrderId, OrderReads, OrderStatus, OrderView, TimelineView,
    },
    payments::AttemptStatus,
    shared::{
        error::StoreError,
        page::{Page, Window},
    },
};
use sea_orm::Value;
use shaku::Component;
use time::OffsetDateTime;

use super::{
    mapping::{order_columns, orders},
    offers::offers,
};
use crate::{
    binds::Binds,
    connect::Database,
    paging::{Bounds, page},
    payments::in_flight,
    row::{get, get_enum, get_time, micros},
    sql::{Row, Sql, list, placeholders},
    sql_list::values,
};

/// Reads orders and offers from SQLite or PostgreSQL.
#[derive(Component)]
#[shaku(interface = OrderReads)]
pub struct SeaOrderReads {
    /// Where they are kept.
    pub db: Database,
}

#[async_trait]
impl OrderReads for SeaOrderReads {
    async fn offers(&self, keys: &[OfferKey]) -> Result<Vec<Offer>, StoreError> {
        offers(&self.db, keys).await
    }

    async fn order(
        &self,
        id: OrderId,
        owner: Option<UserId>,
    ) -> Result<Option<OrderView>, StoreError> {
        let values = values![id.raw(), owner.map(UserId::raw)].to_vec();
        let rows = self.db.fetch(ONE, values).await?;
        Ok(orders(&rows)?.first().map(OrderView::from))
    }

    async fn timeline(&self, id: OrderId) -> Result<Vec<TimelineView>, StoreError> {
        let rows = self.db.fetch(TIMELINE, values![id.raw()].to_vec()).await?;
        rows.iter().map(step).collect()
    }

    async fn steps_after(
        &self,
        known: &[(OrderId, i64)],
    ) -> Result<Vec<(OrderId, TimelineView)>, StoreError> {
        if known.is_empty() {
            return Ok(Vec::new());
        }
        let rows = placeholders(self.db.dialect(), 1, known.len(), 2);
        let sql = STEPS_AFTER.replace("{known}", &rows);
        let values = known.iter().flat_map(|(order, version)| values![order.raw(), *version]);
        let rows = self.db.fetch(&sql, values.collect()).await?;
        rows.iter().map(|row| Ok((OrderId::new(get(row, "order_id")?), step(row)?))).collect()
    }

    async fn orders(
        &self,
        owner: Option<UserId>,
        window: Window,
    ) -> Result<Page<OrderView>, StoreError> {
        let Bounds { after, limit, offset } = Bounds::of(window);
        let (newest, count, owner) = match owner {
            Some(owner) => (NEWEST_OF, COUNT_OF, owner.raw()),
            None => (NEWEST, COUNT, uuid::Uuid::nil()),
        };
        let rows = self.db.fetch(newest, values![owner, after, limit, offset].to_vec()).await?;
        let found = orders(&rows)?;
        let total = match window {
            Window::Offset { .. } => Some((count, values![owner].to_vec())),
            Window::After { .. } => None,
        };
        let views = found.iter().map(OrderView::from).collect();
        page(&self.db, window, views, |order| order.id.raw(), total).await
    }

    async fn search(
        &self,
        filter: &OrderFilter,
        window: Window,
    ) -> Result<Page<OrderView>, StoreError> {
        let Bounds { after, limit, offset } = Bounds::of(window);
        let mut binds = Binds::default();
        let wanted = conditions(filter, &mut binds);
        let count = format!("SELECT COUNT(*) AS total FROM orders WHERE {wanted}");
        let total = match window {
            Window::Offset { .. } => Some((count.as_str(), binds.values.clone())),
            Window::After { .. } => None,
        };
        let newest = format!(
            "WITH wanted AS (SELECT id FROM orders WHERE {wanted} AND id < {} \
             ORDER BY id DESC LIMIT {} OFFSET {}) {OF_WANTED}",
            binds.add(after),
            binds.add(limit),
            binds.add(offset)
        );
        let found = orders(&self.db.fetch(&newest, binds.values).await?)?;
        let views = found.iter().map(OrderView::from).collect();
        page(&self.db, window, views, |order| order.id.raw(), total).await
    }

    async fn recent(&self, customers: &[UserId], each: u32) -> Result<Vec<OrderView>, StoreError> {
        if customers.is_empty() {
            return Ok(Vec::new());
        }
        let sql = RECENT.replace("{customers}", &list(2, customers.len()));
        let mut values = values![i64::from(each)].to_vec();
        values.extend(customers.iter().map(|customer| Value::from(customer.raw())));
        let rows = self.db.fetch(&sql, values).await?;
        Ok(orders(&rows)?.iter().map(OrderView::from).collect())
    }

    async fn due_to_expire(
        &self,
        now: OffsetDateTime,
        limit: u32,
    ) -> Result<Vec<OrderId>, StoreError> {
        let since = micros(now - AttemptStatus::ABANDONED_AFTER);
        let values = values![micros(now), i64::from(limit), since].to_vec();
        let rows = self.db.fetch(DUE, values).await?;
        rows.iter().map(|row| get(row, "id").map(OrderId::new)).collect()
    }
}

/// The predicate of `filter`.
fn conditions(filter: &OrderFilter, binds: &mut Binds) -> String {
    binds.all([
        ("user_id = {}", filter.owner.map(|owner| owner.raw().into())),
        ("status = {}", filter.status.map(|status| status.as_str().into())),
        ("payment_status = {}", filter.payment_status.map(|status| status.as_str().into())),
        ("number = {}", filter.number.as_deref().map(Into::into)),
        ("created_at >= {}", filter.created_from.map(|from| micros(from).into())),
        ("created_at < {}", filter.created_before.map(|before| micros(before).into())),
    ])
}

fn step(row: &Row) -> Result<TimelineView, StoreError> {
    Ok(TimelineView {
        version: get(row, "version")?,
        event: get(row, "event")?,
        status: get_enum(row, "status", OrderStatus::parse)?,
        at: get_time(row, "created_at")?,
    })
}

/// The orders `wanted` with their lines, the newest first.
macro_rules! of_wanted {
    () => {
        concat!(
            "SELECT ",
            order_columns!(),
            " FROM wanted JOIN orders o ON o.id = wanted.id JOIN order_lines l ON l.order_id = o.id \
             ORDER BY o.id DESC, l.position",
        )
    };
}

const OF_WANTED: &str = of_wanted!();

macro_rules! newest {
    ($whose:literal) => {
        concat!(
            "WITH wanted AS (SELECT id FROM orders WHERE ",
            $whose,
            " AND id < $2 ORDER BY id DESC LIMIT $3 OFFSET $4) ",
            of_wanted!(),
        )
    };
}

const NEWEST_OF: &str = newest!("user_id = $1");
/// Everybody's: the owner that is bound is nobody.
const NEWEST: &str = newest!("user_id <> $1");
const COUNT_OF: &str = "SELECT COUNT(*) AS total FROM orders WHERE user_id = $1";
const COUNT: &str = "SELECT COUNT(*) AS total FROM orders WHERE user_id <> $1";

const RECENT: &str = concat!(
    "WITH ranked AS (SELECT id, ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY id DESC) AS place \
      FROM orders WHERE user_id IN {customers}) SELECT ",
    order_columns!(),
    " FROM ranked JOIN orders o ON o.id = ranked.id JOIN order_lines l ON l.order_id = o.id \
     WHERE ranked.place <= $1 ORDER BY o.id DESC, l.position",
);

const ONE: &str = concat!(
    "SELECT ",
    order_columns!(),
    " FROM orders o JOIN order_lines l ON l.order_id = o.id \
     WHERE o.id = $1 AND ($2 IS NULL OR o.user_id = $2) ORDER BY l.position",
);

const TIMELINE: &str = "SELECT version, event, status, created_at FROM order_timeline \
    WHERE order_id = $1 ORDER BY version";

const STEPS_AFTER: &str = "WITH known (order_id, version) AS (VALUES {known}) \
    SELECT t.order_id, t.version, t.event, t.status, t.created_at FROM known \
    JOIN order_timeline t ON t.order_id = known.order_id AND t.version > known.version \
    ORDER BY t.order_id, t.version";

const DUE: &str = concat!(
    "SELECT id FROM orders WHERE status = 'pending' AND expires_at <= $1 AND NOT ",
    in_flight!("orders.id", "$3"),
    " ORDER BY expires_at, id LIMIT $2",
);
