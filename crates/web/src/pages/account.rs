use actix_web::{HttpRequest, HttpResponse};
use domain::{
    identity::{
        AuthenticateError, ChangePasswordCommand, Edit, EditUserCommand, LogOutCommand,
        OwnSessions, ProfileEdit, SessionId, UserEdit,
    },
    ordering::{CancelOrderCommand, OrderId},
    payments::{CreatePaymentCommand, PaymentView},
    shared::{actor::Actor, event::Provenance, idempotency::Outcome, page::Window},
};
use serde::Serialize;

use super::{
    form::Form,
    shown::{Order, Session, money},
    view::{Refill, Values, View, to},
};
use crate::{
    error::{ApiError, Told},
    extract::{CurrentUser, Query, RequestProvenance, parse_id},
    identity::{
        cookies,
        fields::{name, username},
    },
    limits,
    services::App,
};

const ORDERS: u32 = 10;
const MAX_PAGE: u32 = 10_000;
const DONE: [&str; 7] = ["profile", "password", "session", "order", "cancel", "verified", "mailed"];
const NAMES: [&str; 3] = ["username", "first_name", "last_name"];

/// What somebody sees of the own account.
#[derive(Serialize)]
struct AccountPage<'a> {
    email: &'a str,
    is_verified: bool,
    done: Option<String>,
    profile: Refill<'a>,
    password: Refill<'a>,
    /// What was wrong with an order or a session.
    refused: Option<String>,
    orders: Vec<Order>,
    page: u32,
    pages: u64,
    sessions: Vec<Session>,
}

/// Where something was refused.
enum At {
    Profile,
    Password,
    Elsewhere,
}

/// Shows the account of whoever is signed in.
pub(super) async fn show(
    app: App,
    http: HttpRequest,
    user: CurrentUser,
    query: Query,
) -> Result<HttpResponse, ApiError> {
    let done = query.get("done")?.filter(|done| DONE.contains(done));
    let number = query.number("page", 1..=MAX_PAGE)?.unwrap_or(1);
    let view = View::new(&app, &http, Some(user.0));
    page(&app, &view, &user.0, done, number, None).await
}

async fn page(
    app: &App,
    view: &View<'_>,
    actor: &Actor,
    done: Option<&str>,
    number: u32,
    refused: Option<(At, &Form, Told)>,
) -> Result<HttpResponse, ApiError> {
    let services = &app.services;
    let person = services.identity.user(actor.user).await?;
    let person = person.ok_or(AuthenticateError::SessionRevoked)?;
    let offset = u64::from(number - 1) * u64::from(ORDERS);
    let window = Window::Offset { limit: ORDERS, offset };
    let orders = services.orders.orders(Some(actor.user), window).await?;
    let sessions = services.identity.sessions(actor.user, services.clock.now()).await?;

    let names = [&person.username, &person.first_name, &person.last_name];
    let values = NAMES.into_iter().zip(names.map(|name| name.as_deref().unwrap_or_default()));
    let mut content = AccountPage {
        email: &person.email,
        is_verified: person.is_verified,
        done: done.map(|done| format!("done_{done}")),
        profile: Refill::with(values.collect()),
        password: Refill::with(Values::new()),
        refused: None,
        orders: orders.items.iter().map(Order::from).collect(),
        page: number,
        pages: orders.total.unwrap_or_default().div_ceil(u64::from(ORDERS)).max(1),
        sessions: sessions
            .into_iter()
            .map(|session| Session::seen_from(actor.session, session))
            .collect(),
    };
    match refused {
        Some((At::Profile, form, told)) => {
            content.profile = Refill::refused(form.keep(&NAMES), told);
        }
        Some((At::Password, _, told)) => content.password = Refill::refused(Values::new(), told),
        Some((At::Elsewhere, _, told)) => content.refused = Some(told.detail),
        None => {}
    }
    view.page("account.html", content)
}

/// Does what one of the forms of the page asks for, as the API does.
pub(super) async fn submit(
    app: App,
    http: HttpRequest,
    user: CurrentUser,
    provenance: RequestProvenance,
    form: Form,
) -> Result<HttpResponse, ApiError> {
    let (actor, cause) = (user.0, provenance.0);
    let view = View::new(&app, &http, Some(actor));
    let (at, done) = match form.raw("do") {
        "profile" => (At::Profile, edit(&app, actor, &form, cause).await),
        "password" => (At::Password, change_password(&app, &http, actor, &form, cause).await),
        "end" => (At::Elsewhere, end(&app, &http, actor, &form, cause).await),
        "end_all" => (At::Elsewhere, end_all(&app, &http, actor, cause).await),
        "pay" => (At::Elsewhere, pay(&app, &view, actor, &form, cause).await),
        "cancel" => (At::Elsewhere, cancel(&app, actor, &form, cause).await),
        _ => return Err(ApiError::invalid_body("/do", "invalid", "not something to do")),
    };
    match done {
        Ok(response) => Ok(response),
        Err(failure) => {
            let told = failure.told(view.lang);
            let mut response = page(&app, &view, &actor, None, 1, Some((at, &form, told))).await?;
            failure.log();
            failure.head(&mut response);
            Ok(response)
        }
    }
}

async fn edit(
    app: &App,
    actor: Actor,
    form: &Form,
    provenance: Provenance,
) -> Result<HttpResponse, ApiError> {
    let profile = ProfileEdit {
        username: Edit::whole(username(form.given("username"))?),
        first_name: Edit::whole(name("/first_name", form.given("first_name"))?),
        last_name: Edit::whole(name("/last_name", form.given("last_name"))?),
        locale: None,
    };
    let edit = UserEdit { profile, ..UserEdit::default() };
    let command = EditUserCommand { actor, user: actor.user, edit, provenance };
    app.services.edit_user.execute(command).await?;
    Ok(to("/account?done=profile"))
}

async fn change_password(
    app: &App,
    http: &HttpRequest,
    actor: Actor,
    form: &Form,
    provenance: Provenance,
) -> Result<HttpResponse, ApiError> {
    let limits = &app.settings.rate_limits;
    limits::knock(app, http, &[limits.login_minute, limits.login_hour]).await?;
    let (current, new) = (form.secret("current_password"), form.secret("new_password"));
    let command = ChangePasswordCommand { actor, current, new, provenance };
    app.services.change_password.execute(command).await?;
    Ok(to("/account?done=password"))
}

async fn end(
    app: &App,
    http: &HttpRequest,
    actor: Actor,
    form: &Form,
    provenance: Provenance,
) -> Result<HttpResponse, ApiError> {
    let session = SessionId::new(id_in(form, "session")?);
    let which = OwnSessions::One(session);
    app.services.log_out.execute(LogOutCommand { actor, which, provenance }).await?;
    if actor.session == Some(session) {
        return left(app, http, "/");
    }
    Ok(to("/account?done=session#sessions"))
}

async fn end_all(
    app: &App,
    http: &HttpRequest,
    actor: Actor,
    provenance: Provenance,
) -> Result<HttpResponse, ApiError> {
    let command = LogOutCommand { actor, which: OwnSessions::All, provenance };
    app.services.log_out.execute(command).await?;
    left(app, http, "/login?done=all")
}

/// Goes on without a session.
fn left(app: &App, http: &HttpRequest, address: &str) -> Result<HttpResponse, ApiError> {
    let mut response = to(address);
    cookies::take_back(app, http, response.headers_mut())?;
    Ok(response)
}

async fn cancel(
    app: &App,
    actor: Actor,
    form: &Form,
    provenance: Provenance,
) -> Result<HttpResponse, ApiError> {
    let order = OrderId::new(id_in(form, "order")?);
    app.services.cancel_order.execute(CancelOrderCommand { actor, order, provenance }).await?;
    Ok(to("/account?done=cancel#orders"))
}

/// Where somebody goes on to pay.
#[derive(Serialize)]
struct PayPage {
    amount: String,
    checkout: Option<String>,
}

/// Begins an attempt to pay, or goes on with the one that is under way. The way to the provider is
/// a link: where a form leads, browsers let it lead within this shop alone.
async fn pay(
    app: &App,
    view: &View<'_>,
    actor: Actor,
    form: &Form,
    provenance: Provenance,
) -> Result<HttpResponse, ApiError> {
    let order = OrderId::new(id_in(form, "order")?);
    let under_way = app.services.payments.payments_of(order, Some(actor.user)).await?;
    let under_way = under_way.into_iter().find(|payment| payment.status.is_active());
    let payment = match under_way {
        Some(payment) => payment,
        None => begin(app, actor, order, provenance).await?,
    };
    let content = PayPage { amount: money(payment.amount), checkout: payment.checkout_url };
    view.page("pay.html", content)
}

async fn begin(
    app: &App,
    actor: Actor,
    order: OrderId,
    provenance: Provenance,
) -> Result<PaymentView, ApiError> {
    let command = CreatePaymentCommand {
        actor,
        order,
        provider: None,
        capture: None,
        idempotency: None,
        provenance,
    };
    match app.services.create_payment.execute(command).await? {
        Outcome::Done(payment) => Ok(payment),
        Outcome::Replayed(_) => Err(ApiError::internal("a payment without a key was replayed")),
    }
}

fn id_in(form: &Form, field: &str) -> Result<uuid::Uuid, ApiError> {
    let malformed = || ApiError::invalid_body(format!("/{field}"), "invalid", "not a UUID");
    parse_id(form.raw(field)).ok_or_else(malformed)
}
