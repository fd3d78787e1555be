use std::sync::Arc;

use domain::{
    audit::AuditActor,
    messaging::{
        DeadLetter, DeadLetterError, DeadLetterId, Disposal, MessagingStore, PushTask,
        PushTaskCommand, SettleDeadLetter, SettleDeadLetterCommand,
    },
    shared::{
        bus::EventHandler,
        event::{AggregateType, EventEnvelope, Provenance},
        ports::{Clock, IdGenerator},
    },
};
use infra_memory::store::{MemoryMessagingStore, MemoryState};
use shaku::{HasComponent, HasComponents, module};
use test_support::{clock::FrozenClock, ids::CountingIds};
use usecases::{LogTask, PushTaskUseCase, SettleDeadLetterUseCase};

use crate::fakes::{TestClock, TestClockParameters, TestIds, TestIdsParameters};

module! {
    Post {
        components = [
            TestClock,
            TestIds,
            MemoryMessagingStore,
            PushTaskUseCase,
            SettleDeadLetterUseCase,
            #[ordered(dyn EventHandler)] LogTask,
        ],
        providers = []
    }
}

fn post(state: &MemoryState, ids: &CountingIds) -> Post {
    Post::builder()
        .with_component_parameters::<TestClock>(TestClockParameters {
            clock: FrozenClock::default(),
        })
        .with_component_parameters::<TestIds>(TestIdsParameters { ids: ids.clone() })
        .with_component_override::<dyn MessagingStore>(Box::new(MemoryMessagingStore::over(
            state.clone(),
        )))
        .build()
}

#[tokio::test]
async fn a_task_is_handled_once_however_often_its_event_comes() {
    let (state, ids) = (MemoryState::default(), CountingIds::default());
    let post = post(&state, &ids);
    let push: &dyn PushTask = post.resolve_ref();
    let (content, sender) = ("hello".to_owned(), Some("ann".to_owned()));
    let provenance = Provenance::default();
    let task = push.execute(PushTaskCommand { content, sender, provenance }).await.unwrap();
    assert_eq!(state.lock().tasks.values().collect::<Vec<_>>(), [&task]);
    let event: EventEnvelope = state.lock().outbox[&1].event.clone();
    assert_eq!(event.aggregate_type, AggregateType::Task);
    let handlers: &[Arc<dyn EventHandler>] = post.resolve_all();
    for _ in 0..2 {
        handlers[0].handle(&event).await.unwrap();
    }
    let clock: &dyn Clock = post.resolve_ref();
    assert_eq!(state.lock().tasks[&task.id].handled_at, Some(clock.now()));
    assert_eq!(state.lock().inbox.len(), 1);
}

#[tokio::test]
async fn settling_a_dead_letter_is_done_once_and_noted() {
    let (state, ids) = (MemoryState::default(), CountingIds::default());
    let post = post(&state, &ids);
    let push: &dyn PushTask = post.resolve_ref();
    let settle: &dyn SettleDeadLetter = post.resolve_ref();
    for (how, action) in
        [(Disposal::Replay, "dead_letter.replayed"), (Disposal::Drop, "dead_letter.dropped")]
    {
        let (content, provenance) = ("hello".to_owned(), Provenance::default());
        let pushed = PushTaskCommand { content, sender: None, provenance };
        push.execute(pushed).await.unwrap();
        let (seq, event) = {
            let mut tables = state.lock();
            let mut last = tables.outbox.last_entry().unwrap();
            last.get_mut().published_at = Some(FrozenClock::START);
            (*last.key(), last.get().event.clone())
        };
        let id = DeadLetterId::new(ids.next());
        state.lock().dead_letters.push(DeadLetter {
            id,
            consumer: "task_log".to_owned(),
            reason: "no disk".to_owned(),
            attempts: 5,
            event,
            created_at: FrozenClock::START,
        });
        let command = || SettleDeadLetterCommand {
            by: AuditActor::Cli,
            letter: id,
            how,
            provenance: Provenance::default(),
        };
        settle.execute(command()).await.unwrap();
        assert!(state.lock().dead_letters.is_empty());
        let waits = state.lock().outbox[&seq].published_at.is_none();
        assert_eq!(waits, how == Disposal::Replay);
        assert_eq!(state.lock().audit.last().unwrap().action, action);
        let again = settle.execute(command()).await;
        assert!(matches!(again, Err(DeadLetterError::NotFound)), "{again:?}");
    }
    assert_eq!(state.lock().audit.len(), 2);
}
