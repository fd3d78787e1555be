use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use domain::audit::{AuditEntry, AuditLog};
use domain::ordering::OrderId;
use domain::shared::{
    error::StoreError,
    event::{AggregateType, NewEvent, Provenance},
    idempotency::IdempotencyRepository,
    ports::{Inbox, Outbox, UnitOfWork},
};
use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement, Value};
use tokio::time::error::Elapsed;

use crate::{
    catalogue::CatalogueTouched,
    connect::Database,
    counted,
    sql::{Dialect, Row, Sql},
    sql_list::{Rows, insert_together},
    writer::{KEEP, Lease},
};

/// An open transaction with every repository in it. Dropping it rolls back, at any moment.
#[must_use = "a unit of work that is not committed is rolled back"]
pub struct SeaUnitOfWork {
    db: Database,
    transaction: Transaction,
    pub(crate) provenance: Provenance,
    /// Recorded so far, stored together by the commit.
    events: Vec<NewEvent>,
    /// Done so far, put into the log by the commit.
    pub(crate) audit: Vec<AuditEntry>,
    /// Rows to store before anything else is asked, and at the latest by the commit.
    put_off: Mutex<Vec<Rows>>,
    /// Whether anything waits for the relay once this commits.
    has_events: AtomicBool,
    /// What of the catalogue changes, besides what the events say.
    pub(crate) touched: CatalogueTouched,
}

pub(crate) enum Transaction {
    /// Shares its commit with others.
    Grouped(Lease),
    Own(DatabaseTransaction),
}

impl SeaUnitOfWork {
    pub(crate) fn new(db: Database, transaction: Transaction, provenance: Provenance) -> Self {
        let has_events = AtomicBool::new(false);
        let put_off = Mutex::default();
        Self {
            db,
            transaction,
            provenance,
            events: Vec::new(),
            audit: Vec::new(),
            put_off,
            has_events,
            touched: CatalogueTouched::default(),
        }
    }

    /// Keeps `events` for the one statement that stores them all when this commits.
    pub(crate) fn append_events(&mut self, events: &[NewEvent]) {
        self.events.extend_from_slice(events);
    }

    pub(crate) fn note_events(&self) {
        self.has_events.store(true, Ordering::Relaxed);
    }

    /// Keeps `rows` for one statement with what is stored next to them. A refusal by the database
    /// is then the answer to whatever is asked next.
    pub(crate) fn put_off(&self, rows: Rows) {
        self.waiting().push(rows);
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Rows>> {
        self.put_off.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stores what was put off.
    async fn catch_up(&self) -> Result<(), StoreError> {
        let waiting = std::mem::take(&mut *self.waiting());
        if waiting.is_empty() {
            return Ok(());
        }
        for (sql, values) in insert_together(self.dialect(), waiting) {
            self.run(&sql, values).await?;
        }
        Ok(())
    }

    /// Stores what was put off as the last thing this unit of work does; answers whether it was
    /// kept with it.
    async fn store_last(&self) -> Result<bool, StoreError> {
        let wants_keep = match &self.transaction {
            Transaction::Grouped(lease) => lease.wants_keep(),
            Transaction::Own(_) => false,
        };
        let waiting = std::mem::take(&mut *self.waiting());
        if !wants_keep || waiting.is_empty() {
            *self.waiting() = waiting;
            return self.catch_up().await.map(|()| false);
        }
        let mut statements = insert_together(self.dialect(), waiting);
        let last = statements.pop();
        for (sql, values) in statements {
            self.run(&sql, values).await?;
        }
        let Some((sql, values)) = last else { return Ok(false) };
        match self.run(&format!("{sql}; {KEEP}"), values).await {
            Ok(_) => Ok(true),
            // It may be kept yet: the answer was not waited for.
            Err(StoreError::Unavailable(cause)) if cause.is::<Elapsed>() => {
                Err(StoreError::OutcomeUnknown(cause))
            }
            Err(error) => Err(error),
        }
    }

    /// Runs one statement; answers how many rows it changed.
    async fn run(&self, sql: &str, values: Vec<Value>) -> Result<u64, StoreError> {
        let statement = Statement::from_sql_and_values(self.dialect().backend(), sql, values);
        let done = match &self.transaction {
            Transaction::Grouped(lease) => {
                let open = lease.open().await?;
                let done = self.db.bounded(sql, open.get()?.execute_raw(statement)).await;
                done.inspect_err(|error| give_up_on(lease, error))?
            }
            Transaction::Own(open) => self.db.bounded(sql, open.execute_raw(statement)).await?,
        };
        Ok(done.rows_affected())
    }
}

#[async_trait]
impl Sql for SeaUnitOfWork {
    fn dialect(&self) -> Dialect {
        self.db.dialect()
    }

    async fn execute(&self, sql: &str, values: Vec<Value>) -> Result<u64, StoreError> {
        self.catch_up().await?;
        self.run(sql, values).await
    }

    async fn fetch(&self, sql: &str, values: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        self.catch_up().await?;
        self.look(sql, values).await
    }
}

impl SeaUnitOfWork {
    /// Fetches without storing first what was put off.
    pub(crate) async fn look(&self, sql: &str, values: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        let statement = Statement::from_sql_and_values(self.dialect().backend(), sql, values);
        match &self.transaction {
            Transaction::Grouped(lease) => {
                let open = lease.open().await?;
                let rows = self.db.bounded(sql, open.get()?.query_all_raw(statement)).await;
                rows.inspect_err(|error| give_up_on(lease, error))
            }
            Transaction::Own(open) => self.db.bounded(sql, open.query_all_raw(statement)).await,
        }
    }
}

/// Tells which orders `events` moved. Whoever is cut off before this is told by the clock.
fn tell_of_orders(db: &Database, events: &[NewEvent]) {
    let Some(changes) = db.order_changes() else { return };
    let moved: Vec<_> = events
        .iter()
        .filter(|event| event.aggregate_type == AggregateType::Order)
        .map(|event| OrderId::new(event.aggregate_id))
        .collect();
    if !moved.is_empty() {
        changes.note(&moved);
    }
}

fn give_up_on(lease: &Lease, error: &StoreError) {
    if matches!(error, StoreError::Unavailable(_)) {
        lease.give_up();
    }
}

#[async_trait]
impl UnitOfWork for SeaUnitOfWork {
    fn outbox(&mut self) -> &mut dyn Outbox {
        self
    }

    fn inbox(&mut self) -> &mut dyn Inbox {
        self
    }

    fn idempotency(&mut self) -> &mut dyn IdempotencyRepository {
        self
    }

    fn audit(&mut self) -> &mut dyn AuditLog {
        self
    }

    async fn commit(mut self: Box<Self>) -> Result<(), StoreError> {
        let touched = std::mem::take(&mut self.touched);
        let telling = touched.telling(&self.events, self.db.catalogue_changes());
        self.put_off_events(&self.events)?;
        self.put_off_audit().await?;
        let is_kept = self.store_last().await?;
        let Self { db, transaction, has_events, events, .. } = *self;
        match transaction {
            Transaction::Grouped(lease) => {
                lease.commit(is_kept).await.inspect_err(counted::failure)?;
            }
            Transaction::Own(open) => db.commit(open).await?,
        }
        drop(telling);
        tell_of_orders(&db, &events);
        if has_events.into_inner() {
            db.changed().notify_one();
        }
        Ok(())
    }
}
