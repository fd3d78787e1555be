//! The HTTP face on stub services.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "fixtures may panic"
)]

mod access;
mod audit;
mod catalogue;
mod catalogue_writes;
mod cookies;
mod cors;
mod coupons;
mod document;
mod errors;
mod health;
mod identity;
mod items;
mod limits;
mod logging;
mod mailed;
mod mailed_screens;
mod messages;
mod orders;
mod packed;
mod pages;
mod payments;
mod people;
mod posts;
mod screens;
mod serving;
mod stock;
mod streams;
mod stubs;

use std::{rc::Rc, sync::Arc};

use actix_web::{
    App,
    http::header::HeaderMap,
    test::{self, TestRequest},
};
use futures_util::future::LocalBoxFuture;
use serde_json::Value;
use stubs::Stub;
use web::HttpSettings;

/// An answer, read to its end.
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn headers(&self, name: &str) -> Vec<&str> {
        self.headers.get_all(name).map(|value| value.to_str().unwrap()).collect()
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The code, after everything every problem has was checked.
    fn problem(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["status"], status);
        assert_eq!(problem["request_id"], self.header("x-request-id"));
        assert!(problem["instance"].as_str().unwrap().starts_with('/'), "{problem}");
        assert!(problem["title"].is_string() && problem["detail"].is_string(), "{problem}");
        assert!(problem["errors"].is_array(), "{problem}");
        let code = problem["code"].as_str().unwrap();
        assert_eq!(problem["type"], format!("urn:kontor:problem:{code}"));
        let is_challenged = status == 401 || code == "step_up_required";
        assert_eq!(self.header("www-authenticate").is_empty(), !is_challenged);
        if matches!(status, 429 | 503) {
            assert!(self.header("retry-after").parse::<u64>().unwrap() > 0);
        }
        code.to_owned()
    }
}

/// The application on a stub.
struct Site(Box<dyn Fn(TestRequest) -> LocalBoxFuture<'static, Answer>>);

async fn site_with(stub: &Arc<Stub>, settings: HttpSettings) -> Site {
    let app = App::new().configure(web::configure(stub.services(), settings));
    let app = Rc::new(test::init_service(app).await);
    Site(Box::new(move |request| {
        let app = app.clone();
        Box::pin(async move {
            let response = test::call_service(&*app, request.to_request()).await;
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            Answer { status, headers, body: test::read_body(response).await.to_vec() }
        })
    }))
}

async fn site() -> Site {
    site_with(&Arc::new(Stub::default()), HttpSettings::default()).await
}

impl Site {
    async fn send(&self, request: TestRequest) -> Answer {
        (self.0)(request).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(TestRequest::get().uri(path)).await
    }

    async fn get_as(&self, token: &str, path: &str) -> Answer {
        self.send(signed(TestRequest::get().uri(path), token)).await
    }

    async fn post(&self, path: &str, body: &str) -> Answer {
        self.send(json(TestRequest::post().uri(path), body)).await
    }

    async fn put_as(&self, token: &str, path: &str, body: &str) -> Answer {
        self.send(signed(json(TestRequest::put().uri(path), body), token)).await
    }

    async fn post_as(&self, token: &str, path: &str, body: &str) -> Answer {
        self.send(signed(json(TestRequest::post().uri(path), body), token)).await
    }
}

fn json(request: TestRequest, body: &str) -> TestRequest {
    request.insert_header(("content-type", "application/json")).set_payload(body.to_owned())
}

fn signed(request: TestRequest, token: &str) -> TestRequest {
    request.insert_header(("authorization", format!("Bearer {token}")))
}
