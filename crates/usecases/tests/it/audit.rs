//! Looking through the audit log.

use std::sync::Arc;

use domain::{
    audit::{
        AuditAction, AuditActor, AuditEntry, AuditReads, AuditTargetKind, ChainFault, Verdict,
        VerifyAuditLog,
    },
    messaging::MessagingStore,
    shared::{event::Provenance, ports::IdGenerator},
};
use infra_memory::store::{MemoryAuditReads, MemoryMessagingStore, MemoryState, Tables};
use shaku::{HasComponent, module};
use test_support::{clock::FrozenClock, ids::CountingIds};
use usecases::VerifyAuditLogUseCase;

module! {
    Proof {
        components = [MemoryAuditReads, VerifyAuditLogUseCase],
        providers = []
    }
}

/// More than is looked at in one go.
const ENTRIES: usize = 2_500;

async fn filled() -> MemoryState {
    let (state, ids) = (MemoryState::default(), CountingIds::default());
    let mut uow =
        MemoryMessagingStore::over(state.clone()).begin(&Provenance::default()).await.unwrap();
    for _ in 0..ENTRIES {
        let kind = AuditTargetKind::Order;
        let (by, what) = (AuditActor::Cli, AuditAction::OrderShipped);
        uow.audit().record(AuditEntry::new(by, what, kind, ids.next(), FrozenClock::START));
    }
    uow.commit().await.unwrap();
    state
}

async fn verdict_after(spoil: impl FnOnce(&mut Tables)) -> Verdict {
    let state = filled().await;
    spoil(&mut state.lock());
    let reads: Box<dyn AuditReads> = Box::new(MemoryAuditReads::over(state));
    let proof = Proof::builder().with_component_override::<dyn AuditReads>(reads).build();
    let verify: Arc<dyn VerifyAuditLog> = proof.resolve();
    verify.execute().await.unwrap()
}

#[tokio::test]
async fn a_long_log_is_looked_through_to_its_end() {
    let verdict = verdict_after(|_| {}).await;
    assert_eq!((verdict.intact, verdict.broken), (2_500, None));
    assert_eq!(verdict.head.seq, 2_500);
}

#[tokio::test]
async fn the_first_entry_that_is_not_whole_is_named() {
    let changed = verdict_after(|tables| tables.audit[1_999].details.push('x')).await;
    assert_eq!((changed.intact, changed.broken), (1_999, Some((2_000, ChainFault::Changed))));
    let gone = verdict_after(|tables| drop(tables.audit.remove(1_000))).await;
    assert_eq!((gone.intact, gone.broken), (1_000, Some((1_001, ChainFault::Missing))));
}

#[tokio::test]
async fn entries_missing_at_the_end_are_noticed() {
    let gone = verdict_after(|tables| tables.audit.truncate(2_000)).await;
    assert_eq!((gone.intact, gone.broken), (2_000, Some((2_001, ChainFault::Missing))));
    let all = verdict_after(|tables| tables.audit.clear()).await;
    assert_eq!((all.intact, all.broken), (0, Some((1, ChainFault::Missing))));
}
