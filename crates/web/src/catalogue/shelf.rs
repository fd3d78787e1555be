//! What everybody is shown of the catalogue, rendered once and given many times: from this
//! process, else from a copy of another one, else from the database. Nothing personal comes here.

use std::{
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use domain::{
    catalogue::{CataloguePart, PartVersion, ProductId, ProductKey, ProductView, SHOWN_FOR},
    shared::copies::{KeeperTime, LookUp},
};
use metrics::{Counter, counter};
use moka::{Expiry, future, sync};

use super::{dto::Product, kept::Kept};
use crate::{error::ApiError, etag::Tagged, services::Services};

/// Answers kept at most, in bytes.
const CAPACITY_BYTES: u64 = 32 * 1024 * 1024;
/// Slugs whose products are remembered.
const SLUGS: u64 = 50_000;
/// Longest address of a list that is kept.
const LONGEST_TARGET: usize = 200;

/// Answers ready to be sent; clones share them.
#[derive(Clone)]
pub(crate) struct Shelf {
    answers: future::Cache<Key, Arc<Kept>>,
    /// Which product had a slug when it was last read by it.
    products: sync::Cache<String, ProductId>,
    found: Found,
}

/// Where answers came from.
#[derive(Clone)]
struct Found {
    here: Counter,
    shared: Counter,
    read: Counter,
}

impl Found {
    fn new() -> Self {
        let from = |from| counter!("kontor_catalogue_answers_total", "from" => from);
        Self { here: from("process"), shared: from("shared"), read: from("database") }
    }
}

/// An answer is found only under the version it was read under.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    what: What,
    version: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum What {
    Product(ProductId),
    /// What is at an address.
    Target(Box<str>),
}

impl What {
    /// Name of the copy other processes see. Another release may render differently.
    fn copy_key(&self) -> String {
        const RELEASE: &str = env!("CARGO_PKG_VERSION");
        match self {
            Self::Product(id) => format!("shown:{RELEASE}:product:{id}"),
            Self::Target(target) => format!("shown:{RELEASE}:{target}"),
        }
    }
}

struct OwnLifetime;

impl Expiry<Key, Arc<Kept>> for OwnLifetime {
    fn expire_after_create(&self, _: &Key, kept: &Arc<Kept>, now: Instant) -> Option<Duration> {
        Some(kept.until.saturating_duration_since(now))
    }
}

impl Shelf {
    pub(crate) fn new() -> Self {
        let answers = future::Cache::builder()
            .max_capacity(CAPACITY_BYTES)
            .weigher(|_, kept: &Arc<Kept>| kept.weight())
            .expire_after(OwnLifetime)
            .build();
        Self { answers, products: sync::Cache::new(SLUGS), found: Found::new() }
    }

    /// The answer for one product.
    ///
    /// # Errors
    /// 404 when nobody may see it, and failures of the database.
    pub(crate) async fn product(
        &self,
        services: &Services,
        key: ProductKey,
    ) -> Result<Arc<Kept>, ApiError> {
        let slug = match key {
            ProductKey::Id(id) => return self.product_by_id(services, id).await,
            ProductKey::Slug(slug) => slug,
        };
        if let Some(id) = self.products.get(&slug) {
            match self.product_by_id(services, id).await {
                Ok(kept) if kept.slug == slug => return Ok(kept),
                // The slug is free, or another product's.
                Ok(_) => {}
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(error),
            }
            self.products.invalidate(&slug);
        }
        self.product_by_slug(services, slug).await
    }

    async fn product_by_id(
        &self,
        services: &Services,
        id: ProductId,
    ) -> Result<Arc<Kept>, ApiError> {
        let load = async {
            let view = services.catalogue.product(&ProductKey::Id(id)).await?;
            answer_of(view.ok_or_else(not_found)?)
        };
        self.take(services, What::Product(id), CataloguePart::Product(id), load).await
    }

    async fn product_by_slug(
        &self,
        services: &Services,
        slug: String,
    ) -> Result<Arc<Kept>, ApiError> {
        let changes = &services.catalogue_changes;
        let before = changes.version_of(CataloguePart::Products).number;
        let until = Instant::now() + SHOWN_FOR;
        let view = services.catalogue.product(&ProductKey::Slug(slug.clone())).await?;
        let view = view.ok_or_else(not_found)?;
        let id = view.id;
        let (answer, _) = answer_of(view)?;
        self.found.read.increment(1);
        let kept = Arc::new(Kept { answer, slug: slug.clone(), until });
        // Which product it is was not known before it was read: kept only when none changed.
        let version = changes.version_of(CataloguePart::Product(id)).number;
        if changes.version_of(CataloguePart::Products).number == before {
            let key = Key { what: What::Product(id), version };
            self.answers.insert(key, Arc::clone(&kept)).await;
        }
        self.products.insert(slug, id);
        Ok(kept)
    }

    /// The answer at an address, which depends on nothing but the address and `part`; `load` reads
    /// it when it is not here.
    ///
    /// # Errors
    /// Those of `load`.
    pub(crate) async fn at(
        &self,
        services: &Services,
        target: &str,
        part: CataloguePart,
        load: impl Future<Output = Result<Tagged, ApiError>>,
    ) -> Result<Tagged, ApiError> {
        if target.len() > LONGEST_TARGET {
            return load.await;
        }
        let load = async { Ok((load.await?, String::new())) };
        let kept = self.take(services, What::Target(target.into()), part, load).await?;
        Ok(kept.answer.clone())
    }

    async fn take(
        &self,
        services: &Services,
        what: What,
        part: CataloguePart,
        load: impl Future<Output = Result<(Tagged, String), ApiError>>,
    ) -> Result<Arc<Kept>, ApiError> {
        let version = services.catalogue_changes.version_of(part);
        let key = Key { what, version: version.number };
        if let Some(kept) = self.answers.get(&key).await {
            self.found.here.increment(1);
            return Ok(kept);
        }
        let copy_key = key.what.copy_key();
        let load = self.bring(services, version, &copy_key, load);
        self.answers.try_get_with(key, load).await.map_err(ApiError::of_all)
    }

    /// Brings an answer from another process's copy, or from the database.
    async fn bring(
        &self,
        services: &Services,
        version: PartVersion,
        copy_key: &str,
        load: impl Future<Output = Result<(Tagged, String), ApiError>>,
    ) -> Result<Arc<Kept>, ApiError> {
        // A copy may be older than a change this process knows of.
        let kept_at = match version.is_quiet {
            true => match look_up(services, copy_key).await {
                Ok(kept) => {
                    self.found.shared.increment(1);
                    return Ok(Arc::new(kept));
                }
                Err(kept_at) => kept_at,
            },
            false => None,
        };
        let until = Instant::now() + SHOWN_FOR;
        let (answer, slug) = load.await?;
        self.found.read.increment(1);
        let kept = Kept { answer, slug, until };
        if let Some(now) = kept_at {
            let kept = services.copies.keep(copy_key, &kept.encode(), now.after(SHOWN_FOR)).await;
            kept.unwrap_or_else(|error| log(&error));
        }
        Ok(Arc::new(kept))
    }
}

/// A copy, or when it was looked for by the clock of whoever keeps copies.
async fn look_up(services: &Services, copy_key: &str) -> Result<Kept, Option<KeeperTime>> {
    let asked = Instant::now();
    match services.copies.look_up(copy_key).await {
        Ok(LookUp::Found { copy, remaining }) => {
            Kept::decode(copy, asked + remaining.min(SHOWN_FOR)).ok_or(None)
        }
        Ok(LookUp::Absent { now }) => Err(Some(now)),
        Err(error) => {
            log(&error);
            Err(None)
        }
    }
}

fn answer_of(view: ProductView) -> Result<(Tagged, String), ApiError> {
    let (version, slug) = (view.version, view.slug.clone());
    Ok((Tagged::render(&Product::from(view), Some(version), None)?, slug))
}

fn not_found() -> ApiError {
    ApiError::not_found("product_not_found", "no such product")
}

fn log(error: &(dyn std::error::Error + 'static)) {
    tracing::debug!(error, "copies of the catalogue cannot be shared");
}
