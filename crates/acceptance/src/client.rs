use std::time::Duration;

use anyhow::{Context, ensure};
use domain::payments::WebhookRequest;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

/// Longer than any answer takes: whoever gets none in this time says so instead of waiting on.
const PATIENCE: Duration = Duration::from_secs(60);

/// A caller of the API.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    url: String,
    token: Option<String>,
}

/// Who signs in.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// E-mail address.
    pub email: String,
    /// Password.
    pub password: String,
}

impl Client {
    /// A caller nobody knows.
    pub fn anonymous(url: &str) -> Self {
        Self { http: reqwest::Client::new(), url: url.to_owned(), token: None }
    }

    /// Host and port of the process that is called.
    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// A caller with this access token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// This caller's process, asked by whoever `other` is.
    #[must_use]
    pub fn with_token_of(&self, other: &Self) -> Self {
        Self { token: other.token.clone(), ..self.clone() }
    }

    /// A new customer, signed in.
    pub async fn register(&self, email: &str) -> anyhow::Result<Self> {
        let body = json!({ "email": email, "password": "correct horse battery" });
        let (status, answer) = self.post("/api/v1/auth/register", &body).await?;
        ensure!(status == StatusCode::CREATED, "register: {status} {answer}");
        let token = answer.pointer("/access_token").and_then(Value::as_str);
        Ok(self.with_token(token.context("no access token")?))
    }

    /// A request with the caller's token.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.url)).timeout(PATIENCE);
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Status and JSON body of a GET.
    pub async fn get(&self, path: &str) -> anyhow::Result<(StatusCode, Value)> {
        answer(self.request(Method::GET, path)).await
    }

    /// Status and JSON body of a POST.
    pub async fn post(&self, path: &str, body: &Value) -> anyhow::Result<(StatusCode, Value)> {
        answer(self.request(Method::POST, path).json(body)).await
    }

    /// Status and JSON body of a PUT.
    pub async fn put(&self, path: &str, body: &Value) -> anyhow::Result<(StatusCode, Value)> {
        answer(self.request(Method::PUT, path).json(body)).await
    }

    /// Status and JSON body of a PATCH.
    pub async fn patch(&self, path: &str, body: &Value) -> anyhow::Result<(StatusCode, Value)> {
        answer(self.request(Method::PATCH, path).json(body)).await
    }

    /// Status and JSON body of a POST under an idempotency key.
    pub async fn post_once(
        &self,
        path: &str,
        key: &str,
        body: &Value,
    ) -> anyhow::Result<(StatusCode, Value)> {
        answer(self.request(Method::POST, path).header("Idempotency-Key", key).json(body)).await
    }

    /// Ids of the first `limit` products of the shop.
    pub async fn products(&self, limit: usize) -> anyhow::Result<Vec<String>> {
        let (_, page) = self.get(&format!("/api/v1/products?limit={limit}")).await?;
        let items = page.pointer("/items").and_then(Value::as_array).context("no items")?;
        let id = |item: &Value| item.get("id").and_then(Value::as_str).map(str::to_owned);
        items.iter().map(|item| id(item).context("a product without an id")).collect()
    }

    /// Presses a button on the mock provider's page.
    pub async fn press(&self, payment: &str, choice: &str) -> anyhow::Result<StatusCode> {
        let path = format!("/mock-pay/{payment}");
        let form = [("choice", choice)];
        Ok(self.request(Method::POST, &path).form(&form).send().await?.status())
    }
}

impl Client {
    /// Status and JSON body of the answer to a provider's webhook.
    pub async fn deliver(
        &self,
        provider: &str,
        webhook: &WebhookRequest,
    ) -> anyhow::Result<(StatusCode, Value)> {
        let path = format!("/api/v1/payments/webhook/{provider}");
        let mut request = self.request(Method::POST, &path).body(webhook.body.clone());
        for (name, value) in &webhook.headers {
            request = request.header(name, value);
        }
        answer(request).await
    }
}

/// Sends a request; an empty body is `null`.
async fn answer(request: RequestBuilder) -> anyhow::Result<(StatusCode, Value)> {
    let response = request.send().await?;
    let status = response.status();
    let text = response.text().await?;
    let body = if text.is_empty() { Value::Null } else { serde_json::from_str(&text)? };
    Ok((status, body))
}
