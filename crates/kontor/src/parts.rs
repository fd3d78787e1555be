//! What the parts of the store take from the settings.

use std::{num::NonZeroUsize, time::Duration};

use anyhow::Context;
use config::Settings;
use web::{Environment, HttpSettings, trusted_proxies};
use worker::WorkerSettings;

/// For the HTTP face.
pub(crate) fn http(settings: &Settings) -> anyhow::Result<HttpSettings> {
    let is_production = settings.is_production();
    Ok(HttpSettings {
        public_url: settings.public_url(),
        environment: if is_production { Environment::Production } else { Environment::Development },
        mock_pages: settings.is_mock_allowed(),
        step_up_max_age: Duration::from_secs(u64::from(settings.auth.step_up_minutes) * 60),
        rate_limit_enabled: settings.rate_limit.enabled,
        require_idempotency_key: settings.orders.require_idempotency_key,
        trusted_proxies: trusted_proxies(&settings.http.trusted_proxies)
            .context("HTTP__TRUSTED_PROXIES")?,
        workers: NonZeroUsize::new(settings.http.workers).map(NonZeroUsize::get),
        ..HttpSettings::default()
    })
}

/// For the worker.
pub(crate) fn worker(settings: &Settings) -> WorkerSettings {
    WorkerSettings {
        relay_batch: settings.worker.relay_batch,
        relay_poll: Duration::from_millis(settings.worker.poll_ms),
        concurrency: settings.worker.prefetch,
        ..WorkerSettings::default()
    }
}
