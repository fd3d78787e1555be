//! Writing posts: whole or not at all, and by nobody but those who may.

use std::sync::Arc;

use domain::{
    content::*,
    identity::{Permissions, Role, SessionId, UserId},
    shared::{
        actor::Actor,
        bus::EventHandler,
        error::StoreError,
        event::{AggregateType, EventEnvelope, Provenance},
        idempotency::{IdempotencyKey, IdempotentRequest, Outcome, StoredResponse},
        precondition::Precondition,
        slug::Slug,
    },
};
use infra_memory::store::{MemoryContentStore, MemoryIdentityStore, MemoryState};
use shaku::{Component, HasComponent, HasComponents, module};
use test_support::{
    builders,
    clock::FrozenClock,
    flaky::{Faults, FlakyContentStore},
    ids::CountingIds,
};
use usecases::{CreatePostUseCase, DeletePostUseCase, DropDrafts, EditPostUseCase};

use crate::{
    atomicity::at_each_step,
    fakes::{TestClock, TestClockParameters, TestIds, TestIdsParameters},
};

/// Text in a paragraph; what begins with `>` is too much.
#[derive(Component)]
#[shaku(interface = ContentRenderer)]
struct OneParagraph;

impl ContentRenderer for OneParagraph {
    fn render(&self, markdown: &str) -> Result<String, TooComplex> {
        if markdown.starts_with('>') { Err(TooComplex) } else { Ok(format!("<p>{markdown}</p>")) }
    }
}

module! {
    App {
        components = [
            MemoryContentStore, OneParagraph, TestClock, TestIds, CreatePostUseCase,
            EditPostUseCase, DeletePostUseCase, #[ordered(dyn EventHandler)] DropDrafts
        ],
        providers = []
    }
}

struct Desk {
    state: MemoryState,
    ids: CountingIds,
    app: App,
}

impl Desk {
    fn open(faults: &Faults) -> Self {
        Self::over(MemoryState::default(), CountingIds::default(), faults)
    }

    fn over(state: MemoryState, ids: CountingIds, faults: &Faults) -> Self {
        let store = Arc::new(MemoryContentStore::over(state.clone()));
        let store = FlakyContentStore::new(store, faults.clone());
        let app = App::builder()
            .with_component_override::<dyn ContentStore>(Box::new(store))
            .with_component_parameters::<TestClock>(TestClockParameters {
                clock: FrozenClock::default(),
            })
            .with_component_parameters::<TestIds>(TestIdsParameters { ids: ids.clone() })
            .build();
        Self { state, ids, app }
    }

    fn calm(&self) -> Self {
        Self::over(self.state.clone(), self.ids.clone(), &Faults::none())
    }

    async fn person(&self, name: &str) -> Actor {
        use domain::identity::IdentityStore;
        let user = builders::user(&self.ids, name);
        let store = MemoryIdentityStore::over(self.state.clone());
        let mut uow = store.begin(&Provenance::default()).await.unwrap();
        uow.users().insert(&user).await.unwrap();
        uow.commit().await.unwrap();
        actor(&self.ids, user.id, Role::User)
    }

    async fn write(&self, command: CreatePostCommand) -> Result<PostView, WritePostError> {
        let create: &dyn CreatePost = self.app.resolve_ref();
        match create.execute(command).await? {
            Outcome::Done(post) => Ok(post),
            Outcome::Replayed(answer) => panic!("{answer:?}"),
        }
    }

    async fn edit(
        &self,
        actor: Actor,
        post: PostId,
        changes: PostChanges,
        precondition: Precondition,
    ) -> Result<PostView, WritePostError> {
        let edit: &dyn EditPost = self.app.resolve_ref();
        let (post, provenance) = (PostKey::Id(post), Provenance::default());
        edit.execute(EditPostCommand { actor, post, changes, precondition, provenance }).await
    }

    async fn delete(&self, actor: Actor, post: PostId) -> Result<(), WritePostError> {
        let delete: &dyn DeletePost = self.app.resolve_ref();
        let (post, precondition) = (PostKey::Id(post), Precondition::None);
        let provenance = Provenance::default();
        delete.execute(DeletePostCommand { actor, post, precondition, provenance }).await
    }

    fn stored(&self) -> Vec<(String, PostStatus, i64)> {
        let tables = self.state.lock();
        let posts = tables.posts.values();
        posts.map(|p| (p.parts().slug.to_string(), p.parts().status, p.version())).collect()
    }

    fn events(&self) -> Vec<&'static str> {
        let tables = self.state.lock();
        let names = tables.outbox.values().map(|row| row.event.event.name());
        names.filter(|name| name.starts_with("content.")).collect()
    }

    fn audited(&self) -> Vec<String> {
        self.state.lock().audit.iter().map(|entry| entry.action.clone()).collect()
    }
}

fn actor(ids: &CountingIds, user: UserId, role: Role) -> Actor {
    use domain::shared::ports::IdGenerator;
    let permissions = match role {
        Role::Staff => Permissions::of_new_staff(),
        Role::User | Role::SuperAdmin => Permissions::NONE,
    };
    let session = Some(SessionId::new(ids.next()));
    Actor { user, role, permissions, session, authenticated_at: FrozenClock::START }
}

fn draft(actor: Actor, title: &str) -> CreatePostCommand {
    CreatePostCommand {
        actor,
        title: title.to_owned(),
        slug: None,
        body: "hi".to_owned(),
        status: PostStatus::Draft,
        idempotency: None,
        provenance: Provenance::default(),
    }
}

fn titled(title: &str) -> PostChanges {
    PostChanges { title: Some(title.to_owned()), ..PostChanges::default() }
}

#[tokio::test]
async fn a_post_is_rendered_and_its_slug_made_from_the_title() {
    let desk = Desk::open(&Faults::none());
    let ann = desk.person("ann").await;
    let first = desk.write(draft(ann, "Как заварить")).await.unwrap();
    assert_eq!((&*first.body, &*first.body_html, first.author), ("hi", "<p>hi</p>", ann.user));
    let second = desk.write(draft(ann, "Как заварить")).await.unwrap();
    assert_eq!(second.slug, format!("{}-2", first.slug));
    let taken = CreatePostCommand { slug: Slug::parse(&first.slug), ..draft(ann, "x") };
    assert!(matches!(desk.write(taken).await, Err(WritePostError::SlugTaken)));
    let deep = CreatePostCommand { body: ">".to_owned(), ..draft(ann, "x") };
    assert!(matches!(desk.write(deep).await, Err(WritePostError::TooComplex(_))));
    assert_eq!(desk.stored().len(), 2);
    assert_eq!(desk.audited(), ["post.created", "post.created"]);
}

#[tokio::test]
async fn a_post_is_changed_by_its_author_and_by_those_who_may() {
    let desk = Desk::open(&Faults::none());
    let (ann, bob) = (desk.person("ann").await, desk.person("bob").await);
    let editor = actor(&desk.ids, bob.user, Role::Staff);
    let post = desk.write(draft(ann, "Hello")).await.unwrap();
    let refused = desk.edit(bob, post.id, titled("Mine"), Precondition::None).await;
    assert!(matches!(refused, Err(WritePostError::NotFound)));
    assert!(matches!(desk.delete(bob, post.id).await, Err(WritePostError::NotFound)));

    let changes = PostChanges {
        body: Some("new".to_owned()),
        status: Some(PostStatus::Published),
        ..titled("Good bye")
    };
    let changed = desk.edit(ann, post.id, changes.clone(), Precondition::None).await.unwrap();
    assert_eq!((changed.version, &*changed.body_html), (3, "<p>new</p>"));
    assert_eq!((changed.status, changed.slug), (PostStatus::Published, post.slug));
    let again = desk.edit(ann, post.id, changes, Precondition::None).await.unwrap();
    assert_eq!(again.version, 3, "nothing changed");
    let stale = desk.edit(ann, post.id, titled("x"), Precondition::Versions(vec![1])).await;
    assert!(matches!(stale, Err(WritePostError::Stale(_))));
    desk.edit(editor, post.id, titled("Edited"), Precondition::Versions(vec![3])).await.unwrap();
    desk.delete(editor, post.id).await.unwrap();
    assert_eq!(desk.stored(), []);
    let what = ["created", "updated", "published", "updated", "deleted"];
    assert_eq!(desk.events(), what.map(|what| format!("content.post_{what}.v1")));
    let audited = ["post.created", "post.updated", "post.updated", "post.deleted"];
    assert_eq!(desk.audited(), audited);
}

#[tokio::test]
async fn a_key_writes_one_post() {
    let desk = Desk::open(&Faults::none());
    let ann = desk.person("ann").await;
    let key = IdempotencyKey { scope: "s".to_owned(), key: "k".to_owned(), fingerprint: [1; 32] };
    let render =
        |post: &PostView| StoredResponse { status: 201, location: None, body: post.slug.clone() };
    let idempotency = Some(IdempotentRequest { key, render });
    let command = CreatePostCommand { idempotency, ..draft(ann, "Hello") };
    desk.write(command.clone()).await.unwrap();
    let create: &dyn CreatePost = desk.app.resolve_ref();
    let again = create.execute(command).await.unwrap();
    assert!(matches!(again, Outcome::Replayed(answer) if answer.body == "hello"));
    assert_eq!(desk.stored().len(), 1);
}

#[tokio::test]
async fn drafts_go_with_their_author_and_what_was_published_stays() {
    let desk = Desk::open(&Faults::none());
    let (ann, bob) = (desk.person("ann").await, desk.person("bob").await);
    for number in 0..60 {
        desk.write(draft(ann, &format!("Draft {number}"))).await.unwrap();
    }
    let shown = CreatePostCommand { status: PostStatus::Published, ..draft(ann, "Shown") };
    desk.write(shown).await.unwrap();
    desk.write(draft(bob, "Other")).await.unwrap();
    let event = deleted(&desk, ann);
    let handlers: &[Arc<dyn EventHandler>] = desk.app.resolve_all();
    for _ in 0..2 {
        handlers[0].handle(&event).await.unwrap();
    }
    let left: Vec<_> = desk.stored().into_iter().map(|(slug, ..)| slug).collect();
    assert_eq!(left, ["shown", "other"]);
    assert_eq!(desk.events().iter().filter(|name| name.contains("deleted")).count(), 60);
    assert_eq!(desk.state.lock().inbox.len(), 1);
}

fn deleted(desk: &Desk, of: Actor) -> EventEnvelope {
    let gone = domain::identity::UserDeleted { user_id: of.user };
    builders::envelope(&desk.ids, AggregateType::User, gone.into())
}

#[tokio::test]
async fn each_of_it_is_all_or_nothing() {
    at_each_step(4, async |faults| {
        let desk = Desk::open(faults);
        let ann = desk.person("ann").await;
        let failed = desk.write(draft(ann, "Hello")).await.is_err();
        if failed {
            assert_eq!((desk.stored(), desk.audited()), (vec![], vec![]));
            desk.calm().write(draft(ann, "Hello")).await.unwrap();
        }
        assert_eq!(desk.stored(), [("hello".to_owned(), PostStatus::Draft, 1)]);
        failed
    })
    .await;
    at_each_step(3, async |faults| {
        let desk = Desk::open(faults);
        let ann = desk.person("ann").await;
        let post = desk.calm().write(draft(ann, "Hello")).await.unwrap();
        let edit =
            async |desk: &Desk| desk.edit(ann, post.id, titled("New"), Precondition::None).await;
        let failed = edit(&desk).await.is_err();
        if failed {
            assert_eq!(desk.stored()[0].2, 1);
            edit(&desk.calm()).await.unwrap();
        }
        assert_eq!(desk.stored()[0].2, 2);
        failed
    })
    .await;
    at_each_step(3, async |faults| {
        let desk = Desk::open(faults);
        let ann = desk.person("ann").await;
        let post = desk.calm().write(draft(ann, "Hello")).await.unwrap();
        let failed = desk.delete(ann, post.id).await.is_err();
        if failed {
            assert_eq!(desk.stored().len(), 1);
            desk.calm().delete(ann, post.id).await.unwrap();
        }
        assert_eq!(desk.stored(), []);
        failed
    })
    .await;
    at_each_step(6, async |faults| {
        let desk = Desk::open(faults);
        let ann = desk.person("ann").await;
        desk.calm().write(draft(ann, "Hello")).await.unwrap();
        let event = deleted(&desk, ann);
        let handle = async |desk: &Desk| {
            let handlers: &[Arc<dyn EventHandler>] = desk.app.resolve_all();
            handlers[0].handle(&event).await
        };
        let failed = handle(&desk).await.is_err();
        if failed {
            handle(&desk.calm()).await.unwrap();
        }
        assert_eq!((desk.stored().len(), desk.state.lock().inbox.len()), (0, 1));
        failed
    })
    .await;
}

#[tokio::test]
async fn an_author_nobody_knows_writes_nothing() {
    let desk = Desk::open(&Faults::none());
    let nobody = actor(&desk.ids, UserId::new(uuid::Uuid::from_u128(9)), Role::User);
    let refused = desk.write(draft(nobody, "Hello")).await;
    let is_refused = matches!(&refused, Err(WritePostError::Store(StoreError::Refused { .. })));
    assert!(is_refused, "{refused:?}");
}
