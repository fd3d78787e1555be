use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use domain::identity::{
    EmailAddress, PeopleFilter, PeopleSort, Permission, Role, UserError, UserId, UserView, Username,
};

use super::{
    details::{one_with_details, with_details},
    dto::{PublicUser, ShownUser, UserBatch, UserBatchRequest, UserDetails, UserPage},
};
use crate::{
    error::ApiError,
    extract::{CurrentUser, Json, PathId, PathText, Query, Windowed, nfc},
    services::App,
};

const MAX_BATCH: usize = 100;
const MAX_TEXT: usize = 100;

/// People
///
/// Everything given has to hold. `q` looks for part of the address, the user name or the names,
/// in any case.
#[utoipa::path(get, path = "/api/v1/users", operation_id = "listUsers", tag = "users",
    params(
        ("role" = Option<String>, Query, description = "What they are to the shop",
            pattern = "^(user|staff|super_admin)$", example = "staff"),
        ("is_active" = Option<bool>, Query, description = "Whether the account may be used"),
        ("is_verified" = Option<bool>, Query, description = "Whether the address was proven"),
        ("q" = Option<String>, Query, description = "Part of a name or an address",
            min_length = 1, max_length = 100, example = "ann"),
        ("created_after" = Option<String>, Query, description = "Account made after, RFC 3339",
            format = DateTime, max_length = 40),
        ("created_before" = Option<String>, Query, description = "Account made before, RFC 3339",
            format = DateTime, max_length = 40),
        ("sort" = Option<String>, Query, description = "`newest` by default",
            pattern = "^(newest|email|username)$", example = "email"),
        ("include" = Option<String>, Query, description = "Comma-separated: `orders`, `posts`; the newest 20 of each",
            pattern = "^(orders|posts)(,(orders|posts))*$", max_length = 40, example = "orders,posts")),
    responses((status = 200, description = "People", body = UserPage)))]
pub(crate) async fn list(
    app: App,
    user: CurrentUser,
    query: Query,
) -> Result<HttpResponse, ApiError> {
    let windowed = Windowed::read(&query)?;
    let (filter, sort) = (filter(&query)?, sort(&query)?);
    let mut page = app.services.people.people(&filter, sort, windowed.window).await?;
    let people = std::mem::take(&mut page.items);
    let items = with_details(&app, &user.0, &query, people).await?;
    let mut response = HttpResponse::Ok();
    if let Some(links) = windowed.links(&query, page.total, page.next) {
        response.insert_header((header::LINK, links));
    }
    Ok(response.json(UserPage::of(&page, items)))
}

fn filter(query: &Query) -> Result<PeopleFilter, ApiError> {
    let role = query.one_of("role", Role::parse, "user, staff or super_admin")?;
    let text = query.get("q")?.map(|text| nfc(text.trim()));
    let is_long = |text: &String| text.is_empty() || text.chars().count() > MAX_TEXT;
    if text.as_ref().is_some_and(is_long) {
        return Err(ApiError::invalid_query("q", "1 to 100 characters are wanted"));
    }
    Ok(PeopleFilter {
        role,
        is_active: query.flag("is_active")?,
        is_verified: query.flag("is_verified")?,
        text,
        created_after: query.moment("created_after")?,
        created_before: query.moment("created_before")?,
    })
}

fn sort(query: &Query) -> Result<PeopleSort, ApiError> {
    let known = |word: &str| match word {
        "newest" => Some(PeopleSort::Newest),
        "email" => Some(PeopleSort::Email),
        "username" => Some(PeopleSort::Username),
        _ => None,
    };
    Ok(query.one_of("sort", known, "newest, email or username")?.unwrap_or_default())
}

/// People by identity
///
/// The unknown are absent from the answer.
#[utoipa::path(post, path = "/api/v1/users/batch", operation_id = "listUsersById", tag = "users",
    params(("include" = Option<String>, Query, description = "Comma-separated: `orders`, `posts`; the newest 20 of each",
        pattern = "^(orders|posts)(,(orders|posts))*$", max_length = 40, example = "orders,posts")),
    request_body = UserBatchRequest,
    responses((status = 200, description = "People", body = UserBatch)))]
pub(crate) async fn batch(
    app: App,
    user: CurrentUser,
    query: Query,
    body: Json<UserBatchRequest>,
) -> Result<HttpResponse, ApiError> {
    let ids = body.value.ids;
    if ids.is_empty() || ids.len() > MAX_BATCH {
        return Err(ApiError::invalid_body("/ids", "length", "1 to 100 ids are wanted"));
    }
    let wanted: Vec<UserId> = ids.into_iter().map(UserId::new).collect();
    let mut people = app.services.people.batch(&wanted).await?;
    people.sort_by_key(|user| wanted.iter().position(|id| *id == user.id));
    let items = with_details(&app, &user.0, &query, people).await?;
    Ok(HttpResponse::Ok().json(UserBatch { items }))
}

/// The person with this user name, in any case
#[utoipa::path(get, path = "/api/v1/users/by-username/{name}", operation_id = "getUserByUsername",
    tag = "users",
    params(
        ("name" = String, Path, description = "User name", pattern = r"^[\w.-]+$", min_length = 3, max_length = 50, example = "ann"),
        ("include" = Option<String>, Query, description = "Comma-separated: `orders`, `posts`; the newest 20",
            pattern = "^(orders|posts)(,(orders|posts))*$", max_length = 40, example = "orders,posts")),
    responses((status = 200, description = "The person", body = UserDetails)))]
pub(crate) async fn by_username(
    app: App,
    user: CurrentUser,
    name: PathText,
    query: Query,
) -> Result<HttpResponse, ApiError> {
    let Some(name) = Username::parse(&nfc(&name.0)) else {
        return Err(no_name("The address holds no user name."));
    };
    let found = app.services.people.by_username(&name.key()).await?;
    detailed(&app, &user, &query, found).await
}

/// The person with this address, in any case
#[utoipa::path(get, path = "/api/v1/users/by-email/{email}", operation_id = "getUserByEmail",
    tag = "users",
    params(
        ("email" = String, Path, description = "E-mail address", format = Email, min_length = 3, max_length = 254, example = "ann@example.com"),
        ("include" = Option<String>, Query, description = "Comma-separated: `orders`, `posts`; the newest 20",
            pattern = "^(orders|posts)(,(orders|posts))*$", max_length = 40, example = "orders,posts")),
    responses((status = 200, description = "The person", body = UserDetails)))]
pub(crate) async fn by_email(
    app: App,
    user: CurrentUser,
    email: PathText,
    query: Query,
) -> Result<HttpResponse, ApiError> {
    let Some(email) = EmailAddress::parse(&nfc(&email.0)) else {
        return Err(no_name("The address holds no e-mail address."));
    };
    let found = app.services.people.by_email(&email.key()).await?;
    detailed(&app, &user, &query, found).await
}

fn no_name(detail: &'static str) -> ApiError {
    ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_id", detail)
}

async fn detailed(
    app: &App,
    user: &CurrentUser,
    query: &Query,
    found: Option<UserView>,
) -> Result<HttpResponse, ApiError> {
    let found = found.ok_or(UserError::NotFound)?;
    Ok(HttpResponse::Ok().json(one_with_details(app, &user.0, query, found).await?))
}

/// A person
///
/// Everything for the person and for staff who see accounts; the name for everybody else.
#[utoipa::path(get, path = "/api/v1/users/{id}", operation_id = "getUser", tag = "users",
    params(
        ("id" = Uuid, Path, description = "Identity of the person"),
        ("include" = Option<String>, Query, description = "Comma-separated: `orders`, `posts`; the newest 20",
            pattern = "^(orders|posts)(,(orders|posts))*$", max_length = 40, example = "orders,posts")),
    responses((status = 200, description = "The person", body = ShownUser)))]
pub(crate) async fn one(
    app: App,
    user: CurrentUser,
    id: PathId,
    query: Query,
) -> Result<HttpResponse, ApiError> {
    let (id, actor) = (UserId::new(id.0), &user.0);
    let found = app.services.identity.user(id).await?.ok_or(UserError::NotFound)?;
    let shown = if id == actor.user || actor.may(Permission::UsersRead) {
        ShownUser::Account(Box::new(one_with_details(&app, actor, &query, found).await?.into()))
    } else {
        if query.get("include")?.is_some() {
            actor.require(Permission::UsersRead)?;
        }
        ShownUser::Public(PublicUser::from(&found))
    };
    Ok(HttpResponse::Ok().json(shown))
}
