use async_trait::async_trait;
use domain::{
    messaging::{Task, TaskId, TaskReads, TaskRepository},
    shared::{
        error::StoreError,
        page::{Page, Window},
    },
};
use shaku::Component;
use time::OffsetDateTime;

use crate::{
    connect::Database,
    paging::{Bounds, page},
    row::{get, get_optional_time, get_time, micros},
    sql::{Row, Sql},
    sql_list::values,
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl TaskRepository for SeaUnitOfWork {
    async fn insert(&mut self, task: &Task) -> Result<(), StoreError> {
        let sql = "INSERT INTO tasks (id, content, sender, pushed_at) VALUES ($1, $2, $3, $4)";
        let values = values![
            task.id.raw(),
            task.content.as_str(),
            task.sender.clone(),
            micros(task.pushed_at)
        ];
        self.execute(sql, values.to_vec()).await.map(drop)
    }

    async fn handle(
        &mut self,
        id: TaskId,
        now: OffsetDateTime,
    ) -> Result<Option<Task>, StoreError> {
        let sql = "UPDATE tasks SET handled_at = $2 WHERE id = $1
            RETURNING id, content, sender, pushed_at, handled_at";
        let row = self.fetch_first(sql, values![id.raw(), micros(now)].to_vec()).await?;
        row.as_ref().map(task).transpose()
    }
}

/// Reads tasks.
#[derive(Component)]
#[shaku(interface = TaskReads)]
pub struct SeaTaskReads {
    /// The store.
    pub db: Database,
}

#[async_trait]
impl TaskReads for SeaTaskReads {
    async fn tasks(&self, window: Window) -> Result<Page<Task>, StoreError> {
        let count = "SELECT count(*) AS total FROM tasks";
        let total = match window {
            Window::Offset { .. } => Some((count, Vec::new())),
            Window::After { .. } => None,
        };
        let Bounds { after, limit, offset } = Bounds::of(window);
        let sql = "SELECT id, content, sender, pushed_at, handled_at FROM tasks
            WHERE id < $1 ORDER BY id DESC LIMIT $2 OFFSET $3";
        let rows = self.db.fetch(sql, values![after, limit, offset].to_vec()).await?;
        let tasks = rows.iter().map(task).collect::<Result<_, _>>()?;
        page(&self.db, window, tasks, |task: &Task| task.id.raw(), total).await
    }
}

fn task(row: &Row) -> Result<Task, StoreError> {
    Ok(Task {
        id: TaskId::new(get(row, "id")?),
        content: get(row, "content")?,
        sender: get(row, "sender")?,
        pushed_at: get_time(row, "pushed_at")?,
        handled_at: get_optional_time(row, "handled_at")?,
    })
}
