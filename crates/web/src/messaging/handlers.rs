use actix_web::{HttpResponse, http::header};
use domain::{
    messaging::{
        DeadLetterError, DeadLetterId, Disposal, PushTaskCommand, SettleDeadLetterCommand,
    },
    shared::actor::Actor,
};

use super::dto::{DeadLetter, DeadLetterPage, Outbox, PushTaskRequest, PushedTask, TaskPage};
use crate::{
    error::ApiError,
    extract::{CurrentUser, Json, PathId, Query, RequestProvenance, Windowed},
    services::App,
};

/// What waits for the bus
///
/// Events leave within milliseconds while the broker answers. What waits longer leaves in order
/// when it is back.
#[utoipa::path(get, path = "/api/v1/admin/outbox", operation_id = "getOutbox", tag = "admin",
    responses((status = 200, description = "The backlog", body = Outbox)))]
pub(super) async fn outbox(app: App) -> Result<HttpResponse, ApiError> {
    let all = app.services.outbox.backlog().await?;
    let types = app.services.outbox.waiting_by_type().await?;
    Ok(HttpResponse::Ok().json(Outbox::new(all, types)))
}

/// Events nobody could handle, newest first
///
/// Each was tried five times over some two minutes, or could not be handled by its nature.
#[utoipa::path(get, path = "/api/v1/admin/dead-letters", operation_id = "listDeadLetters", tag = "admin",
    responses((status = 200, description = "Dead letters", body = DeadLetterPage)))]
pub(super) async fn dead_letters(app: App, query: Query) -> Result<HttpResponse, ApiError> {
    let windowed = Windowed::read(&query)?;
    let page = app.services.dead_letters.list(windowed.window).await?;
    let mut response = HttpResponse::Ok();
    if let Some(links) = windowed.links(&query, page.total, page.next) {
        response.insert_header((header::LINK, links));
    }
    Ok(response.json(DeadLetterPage::from(page)))
}

/// An event nobody could handle
#[utoipa::path(get, path = "/api/v1/admin/dead-letters/{id}", operation_id = "getDeadLetter", tag = "admin",
    params(("id" = Uuid, Path, description = "Identity of the dead letter")),
    responses((status = 200, description = "The dead letter", body = DeadLetter)))]
pub(super) async fn dead_letter(app: App, id: PathId) -> Result<HttpResponse, ApiError> {
    let found = app.services.dead_letters.find(DeadLetterId::new(id.0)).await?;
    let letter = found.ok_or(DeadLetterError::NotFound)?;
    Ok(HttpResponse::Ok().json(DeadLetter::from(letter)))
}

/// Handle an event once more
///
/// The event leaves the outbox again, and the letter is gone: whoever has handled it before knows
/// that. When it fails again, there is a new letter.
#[utoipa::path(post, path = "/api/v1/admin/dead-letters/{id}/replay", operation_id = "replayDeadLetter", tag = "admin",
    params(("id" = Uuid, Path, description = "Identity of the dead letter")),
    responses((status = 204, description = "On its way")))]
pub(super) async fn replay(
    app: App,
    user: CurrentUser,
    id: PathId,
    provenance: RequestProvenance,
) -> Result<HttpResponse, ApiError> {
    settle(&app, user.0, id, provenance, Disposal::Replay).await
}

/// Throw an event away that nobody could handle
#[utoipa::path(delete, path = "/api/v1/admin/dead-letters/{id}", operation_id = "dropDeadLetter", tag = "admin",
    params(("id" = Uuid, Path, description = "Identity of the dead letter")),
    responses((status = 204, description = "Gone")))]
pub(super) async fn drop_letter(
    app: App,
    user: CurrentUser,
    id: PathId,
    provenance: RequestProvenance,
) -> Result<HttpResponse, ApiError> {
    settle(&app, user.0, id, provenance, Disposal::Drop).await
}

async fn settle(
    app: &App,
    by: Actor,
    id: PathId,
    provenance: RequestProvenance,
    how: Disposal,
) -> Result<HttpResponse, ApiError> {
    let letter = DeadLetterId::new(id.0);
    let command = SettleDeadLetterCommand { by: by.into(), letter, how, provenance: provenance.0 };
    app.services.settle_dead_letter.execute(command).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Send a message through outbox, bus and worker
///
/// To see that they work: the worker tells its log what the message says and notes when it did,
/// once.
#[utoipa::path(post, path = "/api/v1/test/push_task", operation_id = "pushTask", tag = "admin",
    request_body = PushTaskRequest,
    responses((status = 202, description = "On its way", body = PushedTask)))]
pub(super) async fn push_task(
    app: App,
    provenance: RequestProvenance,
    body: Json<PushTaskRequest>,
) -> Result<HttpResponse, ApiError> {
    let (content, sender) = body.value.read()?;
    let command = PushTaskCommand { content, sender, provenance: provenance.0 };
    let task = app.services.push_task.execute(command).await?;
    Ok(HttpResponse::Accepted().json(PushedTask::from(task)))
}

/// Messages that were sent through outbox, bus and worker, newest first
#[utoipa::path(get, path = "/api/v1/admin/tasks", operation_id = "listTasks", tag = "admin",
    responses((status = 200, description = "Tasks", body = TaskPage)))]
pub(super) async fn tasks(app: App, query: Query) -> Result<HttpResponse, ApiError> {
    let windowed = Windowed::read(&query)?;
    let page = app.services.tasks.tasks(windowed.window).await?;
    let mut response = HttpResponse::Ok();
    if let Some(links) = windowed.links(&query, page.total, page.next) {
        response.insert_header((header::LINK, links));
    }
    Ok(response.json(TaskPage::from(page)))
}
