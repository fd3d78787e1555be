//! Contract of the content context's store and reads.

use domain::{
    content::{Post, PostBody, PostEdit, PostFilter, PostKey, PostStatus, PostView},
    identity::UserId,
    shared::{
        actor::Viewer,
        error::StoreError,
        page::{Page, Window},
        slug::Slug,
    },
};

use super::StoreFixture;
use crate::builders;

async fn write(f: &StoreFixture, author: UserId, slug: &str, status: PostStatus) -> Post {
    let post = builders::post(&f.ids, author, slug, status);
    insert(f, &post).await.unwrap();
    find(f, slug, None).await.unwrap()
}

async fn insert(f: &StoreFixture, post: &Post) -> Result<(), StoreError> {
    let mut uow = f.content.begin(&StoreFixture::provenance()).await?;
    uow.posts().insert(post).await?;
    uow.commit().await
}

async fn find(f: &StoreFixture, slug: &str, author: Option<UserId>) -> Option<Post> {
    let mut uow = f.content.begin(&StoreFixture::provenance()).await.unwrap();
    uow.posts().find(&PostKey::Slug(slug.to_owned()), author).await.unwrap()
}

async fn store(f: &StoreFixture, post: &Post) -> Result<(), StoreError> {
    let mut uow = f.content.begin(&StoreFixture::provenance()).await?;
    uow.posts().update(post).await?;
    uow.commit().await
}

async fn delete(f: &StoreFixture, post: &Post) -> Result<(), StoreError> {
    let mut uow = f.content.begin(&StoreFixture::provenance()).await?;
    uow.posts().delete(post).await?;
    uow.commit().await
}

fn titled(title: &str) -> PostEdit {
    PostEdit { title: Some(title.to_owned()), ..PostEdit::default() }
}

fn slugs(posts: &[PostView]) -> Vec<&str> {
    posts.iter().map(|post| post.slug.as_str()).collect()
}

async fn drafts(f: &StoreFixture, author: Option<UserId>, viewer: Viewer) -> Page<PostView> {
    let filter = PostFilter { status: PostStatus::Draft, author };
    f.post_reads.posts(filter, viewer, Window::Offset { limit: 10, offset: 0 }).await.unwrap()
}

/// A post is found whole by id and by slug, and keeps every change with its event.
pub async fn a_changed_post_is_kept_whole(f: StoreFixture) {
    let ann = f.user("ann").await;
    let mut post = write(&f, ann, "hello", PostStatus::Draft).await;
    let body = PostBody { markdown: "**b**".to_owned(), html: "<p>b</p>".to_owned() };
    let slug = Slug::parse("good-bye");
    post.edit(PostEdit { title: Some("Чай".to_owned()), slug, body: Some(body) }, f.stamp(5));
    post.set_status(PostStatus::Published, f.stamp(6));
    store(&f, &post).await.unwrap();

    let found = find(&f, "good-bye", Some(ann)).await.unwrap();
    assert_eq!(found.parts(), post.parts());
    assert_eq!((found.version(), found.updated_at()), (3, post.updated_at()));
    let view = f.post_reads.post(&PostKey::Id(post.id()), Viewer::Anybody).await.unwrap();
    assert_eq!(view, Some(PostView::from(&post)));
    assert!(find(&f, "hello", None).await.is_none());
    delete(&f, &{
        let mut gone = found;
        gone.delete(f.stamp(7));
        gone
    })
    .await
    .unwrap();
    assert!(find(&f, "good-bye", None).await.is_none());
    let names: Vec<_> = f.drain_outbox().await.iter().map(|event| event.event.name()).collect();
    let expected = ["created", "updated", "published", "deleted"];
    assert_eq!(names[1..], expected.map(|what| format!("content.post_{what}.v1")));
}

/// Nobody finds somebody else's post to change it.
pub async fn a_post_is_its_authors(f: StoreFixture) {
    let (ann, bob) = (f.user("ann").await, f.user("bob").await);
    write(&f, ann, "hello", PostStatus::Published).await;
    assert!(find(&f, "hello", Some(bob)).await.is_none());
    assert!(find(&f, "hello", Some(ann)).await.is_some());
    assert!(find(&f, "hello", None).await.is_some());
    let nobody = builders::post(&f.ids, builders::user(&f.ids, "eve").id, "x", PostStatus::Draft);
    let refused = insert(&f, &nobody).await;
    assert!(matches!(refused, Err(StoreError::Refused { .. })), "{refused:?}");
}

/// Of two who changed the same post one is told so, whether the other changed it or took it away.
pub async fn the_second_of_two_changes_is_refused(f: StoreFixture) {
    let ann = f.user("ann").await;
    let mut first = write(&f, ann, "hello", PostStatus::Published).await;
    let (mut second, mut third) = (first.clone(), first.clone());
    first.edit(titled("First"), f.stamp(1));
    second.edit(titled("Second"), f.stamp(2));
    third.delete(f.stamp(3));
    store(&f, &first).await.unwrap();
    assert!(matches!(store(&f, &second).await, Err(StoreError::Conflict)));
    assert!(matches!(delete(&f, &third).await, Err(StoreError::Conflict)));
    assert_eq!(find(&f, "hello", None).await.unwrap().parts().title, "First");
}

/// Slugs stay unique, and those that are taken are told.
pub async fn taken_slugs_are_refused_and_told(f: StoreFixture) {
    let ann = f.user("ann").await;
    write(&f, ann, "hello", PostStatus::Draft).await;
    let again = builders::post(&f.ids, ann, "hello", PostStatus::Draft);
    let mut other = write(&f, ann, "other", PostStatus::Draft).await;
    other.edit(PostEdit { slug: Slug::parse("hello"), ..PostEdit::default() }, f.stamp(1));
    for refused in [insert(&f, &again).await, store(&f, &other).await] {
        match refused.unwrap_err() {
            StoreError::AlreadyExists { constraint } => assert_eq!(constraint, "uq_posts_slug"),
            other => panic!("{other:?}"),
        }
    }
    let wanted = ["hello", "free"].map(|slug| Slug::parse(slug).unwrap());
    let mut uow = f.content.begin(&StoreFixture::provenance()).await.unwrap();
    assert_eq!(uow.posts().taken(&wanted).await.unwrap(), ["hello"]);
}

/// Drafts are shown to their author and to staff, and published posts to everybody.
pub async fn drafts_are_seen_by_their_author_and_by_staff(f: StoreFixture) {
    let (ann, bob) = (f.user("ann").await, f.user("bob").await);
    let draft = write(&f, ann, "draft", PostStatus::Draft).await;
    write(&f, ann, "shown", PostStatus::Published).await;
    write(&f, bob, "other", PostStatus::Draft).await;
    for (viewer, sees, lists) in [
        (Viewer::Anybody, false, &[][..]),
        (Viewer::Person(bob), false, &["other"]),
        (Viewer::Person(ann), true, &["draft"]),
        (Viewer::Staff, true, &["other", "draft"]),
    ] {
        let one = f.post_reads.post(&PostKey::Id(draft.id()), viewer).await.unwrap();
        assert_eq!(one.is_some(), sees, "{viewer:?}");
        let page = drafts(&f, None, viewer).await;
        assert_eq!(slugs(&page.items), lists, "{viewer:?}");
        assert_eq!(page.total, Some(u64::try_from(lists.len()).unwrap()));
        let shown = f.post_reads.post(&PostKey::Slug("shown".to_owned()), viewer).await.unwrap();
        assert!(shown.is_some());
        let recent = f.post_reads.recent(&[ann], 9, viewer).await.unwrap();
        let expected = if sees { vec!["shown", "draft"] } else { vec!["shown"] };
        assert_eq!(slugs(&recent), expected, "{viewer:?}");
    }
    assert_eq!(slugs(&drafts(&f, Some(ann), Viewer::Staff).await.items), ["draft"]);
    let mut uow = f.content.begin(&StoreFixture::provenance()).await.unwrap();
    assert_eq!(uow.posts().drafts_of(ann, 9).await.unwrap(), [draft.id()]);
}

/// Lists go on where they were left, the newest first, and those with posts by each author too.
pub async fn lists_are_cut_into_windows(f: StoreFixture) {
    let (ann, bob) = (f.user("ann").await, f.user("bob").await);
    for number in 0..5 {
        let author = if number % 2 == 0 { ann } else { bob };
        write(&f, author, &format!("p{number}"), PostStatus::Published).await;
    }
    let all = PostFilter { status: PostStatus::Published, author: None };
    let mut window = Window::Offset { limit: 2, offset: 0 };
    let mut seen = Vec::new();
    loop {
        let page = f.post_reads.posts(all, Viewer::Anybody, window).await.unwrap();
        assert_eq!(page.total, matches!(window, Window::Offset { .. }).then_some(5));
        seen.extend(page.items.into_iter().map(|post| post.slug));
        let Some(after) = page.next else { break };
        window = Window::After { limit: 2, after };
    }
    assert_eq!(seen, ["p4", "p3", "p2", "p1", "p0"]);
    let anns = PostFilter { author: Some(ann), ..all };
    let second = Window::Offset { limit: 2, offset: 1 };
    let page = f.post_reads.posts(anns, Viewer::Anybody, second).await.unwrap();
    assert_eq!((slugs(&page.items), page.total), (vec!["p2", "p0"], Some(3)));
    let recent = f.post_reads.recent(&[ann, bob], 1, Viewer::Anybody).await.unwrap();
    assert_eq!(slugs(&recent), ["p4", "p3"]);
    assert_eq!(f.post_reads.recent(&[], 1, Viewer::Anybody).await.unwrap(), []);
}

/// One test for each clause.
#[macro_export]
macro_rules! content_contract {
    ($fixture:expr) => {
        $crate::contract_tests!(content, $fixture;
            a_changed_post_is_kept_whole,
            a_post_is_its_authors,
            the_second_of_two_changes_is_refused,
            taken_slugs_are_refused_and_told,
            drafts_are_seen_by_their_author_and_by_staff,
            lists_are_cut_into_windows,
        );
    };
}
