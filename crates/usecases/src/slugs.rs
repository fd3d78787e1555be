//! Slugs that must be free.

use domain::shared::{id::RawId, slug::Slug};

/// How often a slug made from a name may turn out to be taken by somebody quicker.
pub(crate) const MAX_TRIES: u32 = 3;

/// The first of `candidates` that is not taken; when all are, the id of the thing decides.
pub(crate) fn first_free(candidates: &[Slug], taken: &[String], id: RawId) -> Option<Slug> {
    let is_free = |slug: &&Slug| taken.iter().all(|other| other != slug.as_str());
    let free = candidates.iter().find(is_free).cloned();
    free.or_else(|| candidates.first().map(|wanted| wanted.with_id(id)))
}
