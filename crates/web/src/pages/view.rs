//! One page in the language of whoever looks at it.

use std::collections::BTreeMap;

use actix_web::{
    HttpRequest, HttpResponse,
    cookie::{Cookie, SameSite, time::Duration},
    http::header,
    web,
};
use domain::{identity::Permission, shared::actor::Actor};
use serde::Serialize;

use super::{
    next::{Next, escape},
    render, words,
};
use crate::{
    error::{ApiError, Told},
    lang::Lang,
    services::App,
};

const LANG: &str = "kontor-lang";
const KEPT: Duration = Duration::days(365);

/// What fields of a form are filled with.
pub(super) type Values<'a> = BTreeMap<&'static str, &'a str>;

/// A form that was refused: what to fill it with again, and what was wrong.
#[derive(Default, Serialize)]
pub(super) struct Refill<'a> {
    values: Values<'a>,
    /// What is wrong with the whole.
    refused: Option<String>,
    /// What is wrong with each field.
    wrong: BTreeMap<String, String>,
}

impl<'a> Refill<'a> {
    /// The form as it is shown first.
    pub(super) fn with(values: Values<'a>) -> Self {
        Self { values, ..Self::default() }
    }

    /// The form as it came, and why it was refused.
    pub(super) fn refused(values: Values<'a>, told: Told) -> Self {
        let field = |pointer: &str| pointer.trim_start_matches('/').to_owned();
        let wrong: BTreeMap<_, _> =
            told.errors.into_iter().map(|error| (field(&error.pointer), error.detail)).collect();
        // What stands at its field is not said twice.
        let is_elsewhere = wrong.keys().all(|field| !values.contains_key(field.as_str()));
        let refused = (wrong.is_empty() || is_elsewhere).then_some(told.detail);
        Self { values, refused, wrong }
    }
}

#[derive(Serialize)]
struct Whole<C> {
    lang: &'static str,
    t: &'static BTreeMap<&'static str, &'static str>,
    languages: Vec<Language>,
    is_signed_in: bool,
    sees_sessions: bool,
    csrf: Option<String>,
    page: C,
}

#[derive(Serialize)]
struct Language {
    tag: &'static str,
    name: &'static str,
    href: String,
    is_current: bool,
}

/// Who looks at a page, and how.
pub(super) struct View<'a> {
    app: &'a App,
    request: &'a HttpRequest,
    visitor: Option<Actor>,
    pub(super) lang: Lang,
}

impl<'a> View<'a> {
    pub(super) fn new(app: &'a App, request: &'a HttpRequest, visitor: Option<Actor>) -> Self {
        let lang = asked(request).or_else(|| kept(request)).unwrap_or_else(|| Lang::of(request));
        Self { app, request, visitor, lang }
    }

    /// The page `template`, filled with `content`.
    ///
    /// # Errors
    /// 500 when the template is broken.
    pub(super) fn page(
        &self,
        template: &str,
        content: impl Serialize,
    ) -> Result<HttpResponse, ApiError> {
        let actor = self.visitor.as_ref();
        let session = actor.and_then(|actor| actor.session);
        let whole = Whole {
            lang: self.lang.tag(),
            t: words::in_language(self.lang),
            languages: Lang::ALL.map(|lang| self.language(lang)).into(),
            is_signed_in: actor.is_some(),
            sees_sessions: actor.is_some_and(|actor| actor.may(Permission::UsersRead)),
            csrf: session.map(|session| self.app.services.csrf.token(session).0),
            page: content,
        };
        let mut response = render(template, whole, None)?;
        let headers = response.headers_mut();
        self.lang.tell(headers, "accept-language, cookie");
        // Without it browsers would not say that forms come from our own pages.
        let policy = header::HeaderValue::from_static("same-origin");
        headers.insert(header::REFERRER_POLICY, policy);
        if let Some(asked) = asked(self.request) {
            let cookie = Cookie::build(LANG, asked.tag())
                .path("/")
                .http_only(true)
                .same_site(SameSite::Lax)
                .secure(self.app.settings.public_url.starts_with("https://"))
                .max_age(KEPT)
                .finish();
            response.add_cookie(&cookie).map_err(ApiError::internal)?;
        }
        Ok(response)
    }

    /// As [`View::page`], for a page whose address holds a secret: no request tells where it comes
    /// from, not even to this shop.
    ///
    /// # Errors
    /// As [`View::page`].
    pub(super) fn secret_page(
        &self,
        template: &str,
        content: impl Serialize,
    ) -> Result<HttpResponse, ApiError> {
        let mut response = self.page(template, content)?;
        let policy = header::HeaderValue::from_static("strict-origin");
        response.headers_mut().insert(header::REFERRER_POLICY, policy);
        Ok(response)
    }

    /// The `page` with a form that was refused for `failure`, answered as the failure is.
    ///
    /// # Errors
    /// Those of `page`.
    pub(super) fn refused(
        &self,
        failure: &ApiError,
        page: impl FnOnce(&Self, Told) -> Result<HttpResponse, ApiError>,
    ) -> Result<HttpResponse, ApiError> {
        let mut response = page(self, failure.told(self.lang))?;
        failure.head(&mut response);
        Ok(response)
    }

    fn language(&self, lang: Lang) -> Language {
        let query = query_of(self.request);
        let kept = query.iter().filter(|(name, _)| name != "lang");
        let mut href = "?".to_owned();
        for (name, value) in kept {
            href.push_str(&format!("{}={}&", escape(name), escape(value)));
        }
        href.push_str(&format!("lang={}", lang.tag()));
        Language { tag: lang.tag(), name: lang.name(), href, is_current: lang == self.lang }
    }
}

fn query_of(request: &HttpRequest) -> Vec<(String, String)> {
    let pairs = web::Query::<Vec<(String, String)>>::from_query(request.query_string());
    pairs.map(web::Query::into_inner).unwrap_or_default()
}

fn asked(request: &HttpRequest) -> Option<Lang> {
    let query = query_of(request);
    query.iter().find(|(name, _)| name == "lang").and_then(|(_, tag)| Lang::parse(tag))
}

fn kept(request: &HttpRequest) -> Option<Lang> {
    request.cookie(LANG).and_then(|cookie| Lang::parse(cookie.value()))
}

/// Leads to `address`, by GET.
pub(super) fn to(address: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, address)).finish()
}

/// Leads whoever has to be signed in for `request` to the log-in, and back afterwards.
pub(crate) fn to_log_in(request: &HttpRequest) -> HttpResponse {
    to(&Next::of(request).by_log_in())
}

/// What a failure looks like to people.
#[derive(Serialize)]
struct Failure<'a> {
    status: u16,
    title: String,
    detail: String,
    request_id: &'a str,
}

/// The page that says what went wrong; `None` when `request` did not ask for a page, or it cannot
/// be shown.
pub(crate) fn failed(
    app: &App,
    request: &HttpRequest,
    failure: &ApiError,
    request_id: &str,
) -> Option<HttpResponse> {
    if !wants_page(request) {
        return None;
    }
    let view = View::new(app, request, None);
    let Told { title, detail, .. } = failure.told(view.lang);
    let content = Failure { status: failure.status().as_u16(), title, detail, request_id };
    match view.page("failed.html", content) {
        Ok(mut response) => {
            failure.head(&mut response);
            Some(response)
        }
        Err(error) => {
            error.log();
            None
        }
    }
}

/// Programs ask for other addresses, and say what they want.
fn wants_page(request: &HttpRequest) -> bool {
    let is_for_programs = ["/api/", "/health", "/metrics"];
    let path = request.path();
    let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|kinds| kinds.contains("text/html"))
        && !is_for_programs.iter().any(|start| path.starts_with(start))
}
