use domain::{
    messaging::DeadLetterView,
    shared::{page::Page, ports::Backlog},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    error::ApiError,
    extract::{plain_text, present},
};

/// Longest content of a task, characters.
const MAX_CONTENT: usize = 1_000;
/// Longest name of a sender, characters.
const MAX_SENDER: usize = 100;

/// What waits for the bus.
#[derive(Serialize, ToSchema)]
pub(super) struct Outbox {
    /// Events the bus has not taken yet.
    #[schema(minimum = 0, format = Int64)]
    waiting: u64,
    /// When the oldest of them happened; null when none waits.
    #[serde(with = "time::serde::rfc3339::option")]
    oldest: Option<OffsetDateTime>,
    /// The same for each kind of event, most first.
    types: Vec<OutboxType>,
}

/// What waits of one kind of event.
#[derive(Serialize, ToSchema)]
pub(super) struct OutboxType {
    /// Its wire name.
    #[serde(rename = "type")]
    #[schema(example = "ordering.order_paid.v1")]
    name: String,
    /// Events the bus has not taken yet.
    #[schema(minimum = 1, format = Int64)]
    waiting: u64,
    /// When the oldest of them happened.
    #[serde(with = "time::serde::rfc3339::option")]
    oldest: Option<OffsetDateTime>,
}

impl Outbox {
    pub(super) fn new(all: Backlog, types: Vec<(String, Backlog)>) -> Self {
        let one = |(name, backlog): (String, Backlog)| OutboxType {
            name,
            waiting: backlog.waiting,
            oldest: backlog.oldest,
        };
        let types = types.into_iter().map(one).collect();
        Self { waiting: all.waiting, oldest: all.oldest, types }
    }
}

/// An event one consumer could not handle.
#[derive(Serialize, ToSchema)]
pub(super) struct DeadLetter {
    /// Identity.
    id: Uuid,
    /// Who could not handle it.
    #[schema(example = "welcome_mail")]
    consumer: String,
    /// Which event.
    event_id: Uuid,
    /// Its wire name.
    #[schema(example = "identity.user_registered.v1")]
    event_type: Option<String>,
    /// Why not.
    reason: String,
    /// How often it was tried.
    #[schema(minimum = 0)]
    attempts: u32,
    /// When it was given up.
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    /// The event, as it arrived.
    #[schema(value_type = Object)]
    payload: Value,
}

impl From<DeadLetterView> for DeadLetter {
    fn from(letter: DeadLetterView) -> Self {
        // What is no JSON is shown as the text it is.
        let payload: Value =
            serde_json::from_str(&letter.envelope).unwrap_or_else(|_| letter.envelope.into());
        Self {
            id: letter.id.raw(),
            consumer: letter.consumer,
            event_id: letter.event.raw(),
            event_type: payload.get("type").and_then(Value::as_str).map(str::to_owned),
            reason: letter.reason,
            attempts: letter.attempts,
            created_at: letter.created_at,
            payload,
        }
    }
}

/// Events nobody could handle.
#[derive(Serialize, ToSchema)]
pub(super) struct DeadLetterPage {
    /// The rows.
    items: Vec<DeadLetter>,
    /// How many there are; null in a window by cursor.
    #[schema(minimum = 0, format = Int64)]
    total: Option<u64>,
    /// Continues the list; null at its end.
    next_cursor: Option<String>,
}

impl From<Page<DeadLetterView>> for DeadLetterPage {
    fn from(page: Page<DeadLetterView>) -> Self {
        Self {
            items: page.items.into_iter().map(DeadLetter::from).collect(),
            total: page.total,
            next_cursor: page.next.map(|id| id.to_string()),
        }
    }
}

/// A message to send through outbox, bus and worker.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PushTaskRequest {
    /// What it says.
    #[schema(
        min_length = 1,
        max_length = 1000,
        pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$",
        example = "Is anybody there?"
    )]
    content: String,
    /// Who says so.
    #[serde(default, deserialize_with = "present")]
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$",
        example = "ann"
    )]
    sender: Option<String>,
}

impl PushTaskRequest {
    /// Content and sender.
    ///
    /// # Errors
    /// 422 when one of them is empty, too long, or has control characters.
    pub(super) fn read(&self) -> Result<(String, Option<String>), ApiError> {
        let content = plain_text("/content", &self.content, MAX_CONTENT)?;
        let sender = self.sender.as_deref();
        let sender = sender.map(|sender| plain_text("/sender", sender, MAX_SENDER)).transpose()?;
        Ok((content, sender))
    }
}

/// A message sent through outbox, bus and worker.
#[derive(Serialize, ToSchema)]
pub(super) struct Task {
    /// Identity.
    id: Uuid,
    /// What it says.
    content: String,
    /// Who says so.
    sender: Option<String>,
    /// When it was sent.
    #[serde(with = "time::serde::rfc3339")]
    pushed_at: OffsetDateTime,
    /// When the worker handled it; null as long as it has not.
    #[serde(with = "time::serde::rfc3339::option")]
    handled_at: Option<OffsetDateTime>,
}

impl From<domain::messaging::Task> for Task {
    fn from(task: domain::messaging::Task) -> Self {
        Self {
            id: task.id.raw(),
            content: task.content,
            sender: task.sender,
            pushed_at: task.pushed_at,
            handled_at: task.handled_at,
        }
    }
}

/// A message on its way.
#[derive(Serialize, ToSchema)]
pub(super) struct PushedTask {
    /// Always `queued`.
    #[schema(example = "queued")]
    status: &'static str,
    /// The message.
    data: Task,
}

impl From<domain::messaging::Task> for PushedTask {
    fn from(task: domain::messaging::Task) -> Self {
        Self { status: "queued", data: task.into() }
    }
}

/// Messages sent through outbox, bus and worker.
#[derive(Serialize, ToSchema)]
pub(super) struct TaskPage {
    /// The rows.
    items: Vec<Task>,
    /// How many there are; null in a window by cursor.
    #[schema(minimum = 0, format = Int64)]
    total: Option<u64>,
    /// Continues the list; null at its end.
    next_cursor: Option<String>,
}

impl From<Page<domain::messaging::Task>> for TaskPage {
    fn from(page: Page<domain::messaging::Task>) -> Self {
        Self {
            items: page.items.into_iter().map(Task::from).collect(),
            total: page.total,
            next_cursor: page.next.map(|id| id.to_string()),
        }
    }
}
