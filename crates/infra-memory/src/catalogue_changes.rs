//! What this process knows of changes of the catalogue: counters in a fixed number of slots, so
//! that it costs the same memory for any number of products.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use domain::catalogue::{
    CatalogueChange, CatalogueChanges, CataloguePart, PartVersion, ProductId, SHOWN_FOR,
};
use shaku::Component;

/// A power of two. Products that share a slot are read anew together, which costs a read.
const SLOTS: usize = 1 << 14;

/// A little longer than any copy lives: clocks of two machines do not run equally fast.
const UNQUIET_FOR: Duration = SHOWN_FOR.saturating_add(Duration::from_millis(50));

/// Counters; clones share them.
#[derive(Clone)]
pub struct CatalogueLedger(Arc<Ledger>);

struct Ledger {
    began: Instant,
    products: Box<[Counter]>,
    any_product: Counter,
    categories: Counter,
}

#[derive(Default)]
struct Counter {
    version: AtomicU64,
    /// When it last changed, in microseconds since the ledger began; 0 is never.
    changed_at: AtomicU64,
}

impl Counter {
    /// The moment is stored first: whoever sees the new version sees it too.
    fn bump(&self, now: u64) {
        self.changed_at.fetch_max(now, Ordering::Relaxed);
        self.version.fetch_add(1, Ordering::Release);
    }

    fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    fn changed_at(&self) -> u64 {
        self.changed_at.load(Ordering::Relaxed)
    }
}

impl Default for CatalogueLedger {
    fn default() -> Self {
        Self(Arc::new(Ledger {
            began: Instant::now(),
            products: (0..SLOTS).map(|_| Counter::default()).collect(),
            any_product: Counter::default(),
            categories: Counter::default(),
        }))
    }
}

impl Ledger {
    /// Microseconds since the ledger began, at least 1.
    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX).max(1)
    }

    /// The last bits of a UUID of version 7 are random.
    fn slot(&self, product: ProductId) -> &Counter {
        let slots = u128::try_from(self.products.len()).unwrap_or(1);
        let at = usize::try_from(product.raw().as_u128() % slots).unwrap_or_default();
        self.products.get(at).unwrap_or(&self.any_product)
    }

    /// A category that is switched off hides products, so its changes count as theirs too.
    fn version_of(&self, counters: &[&Counter]) -> PartVersion {
        let number = counters.iter().map(|counter| counter.version()).sum();
        let changed_at = counters.iter().map(|counter| counter.changed_at()).max();
        let quiet_after = u64::try_from(UNQUIET_FOR.as_micros()).unwrap_or(u64::MAX);
        let is_quiet = match changed_at {
            None | Some(0) => true,
            Some(at) => self.now().saturating_sub(at) > quiet_after,
        };
        PartVersion { number, is_quiet }
    }
}

/// [`CatalogueChanges`] of one process.
#[derive(Component, Default)]
#[shaku(interface = CatalogueChanges)]
pub struct MemoryCatalogueChanges {
    /// The counters.
    #[shaku(default)]
    pub ledger: CatalogueLedger,
}

impl CatalogueChanges for MemoryCatalogueChanges {
    fn note(&self, changes: &[CatalogueChange]) {
        let ledger = &*self.ledger.0;
        let now = ledger.now();
        for change in changes {
            // First: a reader that sees a product's new version sees that some product changed.
            ledger.any_product.bump(now);
            match change {
                CatalogueChange::Product(product) => ledger.slot(*product).bump(now),
                CatalogueChange::Category => ledger.categories.bump(now),
            }
        }
    }

    fn version_of(&self, part: CataloguePart) -> PartVersion {
        let ledger = &*self.ledger.0;
        match part {
            CataloguePart::Product(product) => {
                ledger.version_of(&[ledger.slot(product), &ledger.categories])
            }
            CataloguePart::Products => ledger.version_of(&[&ledger.any_product]),
            CataloguePart::Categories => ledger.version_of(&[&ledger.categories]),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use domain::catalogue::{
        CatalogueChange, CatalogueChanges, CataloguePart, ProductId, SHOWN_FOR,
    };
    use uuid::Uuid;

    use super::MemoryCatalogueChanges;

    fn product(last: u128) -> ProductId {
        ProductId::new(Uuid::from_u128(last))
    }

    /// The numbers of two products, of all products and of the categories.
    fn numbers(changes: &MemoryCatalogueChanges) -> [u64; 4] {
        [
            CataloguePart::Product(product(1)),
            CataloguePart::Product(product(2)),
            CataloguePart::Products,
            CataloguePart::Categories,
        ]
        .map(|part| changes.version_of(part).number)
    }

    #[test]
    fn a_change_of_a_product_is_one_of_the_lists_and_of_no_other_product() {
        let changes = MemoryCatalogueChanges::default();
        let [one, two, all, categories] = numbers(&changes);
        changes.note(&[CatalogueChange::Product(product(1))]);
        assert_eq!(numbers(&changes), [one + 1, two, all + 1, categories]);
    }

    #[test]
    fn a_change_of_a_category_is_one_of_everything() {
        let changes = MemoryCatalogueChanges::default();
        changes.note(&[CatalogueChange::Product(product(1))]);
        let before = numbers(&changes);
        changes.note(&[CatalogueChange::Category]);
        assert_eq!(numbers(&changes), before.map(|number| number + 1));
    }

    #[test]
    fn a_changed_part_is_unquiet_until_every_older_copy_is_gone() {
        let changes = MemoryCatalogueChanges::default();
        let is_quiet = |last| changes.version_of(CataloguePart::Product(product(last))).is_quiet;
        assert!(is_quiet(1));
        let before = Instant::now();
        changes.note(&[CatalogueChange::Product(product(1))]);
        assert!(is_quiet(2));
        let mut unquiet = before;
        while !is_quiet(1) {
            unquiet = Instant::now();
            std::thread::yield_now();
        }
        assert!(unquiet - before > SHOWN_FOR, "{:?}", unquiet - before);
    }
}
