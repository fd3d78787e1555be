//! Contract of [`UserRepository`](domain::identity::UserRepository): changing and erasing people.

use std::time::Duration;

use domain::{
    identity::{
        Device, Edit, EmailAddress, Locale, NewUser, Permissions, ProfileEdit, Role, Standing,
        User, UserId, Username,
    },
    messaging::{Mail, MailId, MailTemplate},
    shared::{
        error::StoreError,
        event::{DomainEvent, EventId},
        ports::IdGenerator,
    },
};

use tokio::{sync::Notify, time::timeout};

use super::{StoreFixture, store::at};
use crate::builders;

fn person(f: &StoreFixture, name: &str, role: Role) -> User {
    let profile = NewUser {
        email: EmailAddress::parse(&format!("{name}@Example.com")).unwrap(),
        username: Username::parse(name),
        first_name: Some("Ann".to_owned()),
        last_name: Some("Lee".to_owned()),
        role,
        permissions: Permissions::NONE,
    };
    builders::user_of(&f.ids, profile)
}

async fn insert(f: &StoreFixture, user: &User) {
    let mut uow = f.identity.begin(&StoreFixture::provenance()).await.unwrap();
    uow.users().insert(user).await.unwrap();
    uow.commit().await.unwrap();
}

async fn find(f: &StoreFixture, id: UserId) -> Option<User> {
    let mut uow = f.identity.begin(&StoreFixture::provenance()).await.unwrap();
    uow.users().find(id).await.unwrap()
}

async fn change(
    f: &StoreFixture,
    id: UserId,
    change: impl FnOnce(&mut User),
) -> Result<User, StoreError> {
    let mut uow = f.identity.begin(&StoreFixture::provenance()).await?;
    let mut user = uow.users().find(id).await?.unwrap();
    change(&mut user);
    uow.users().update(&user).await?;
    uow.commit().await?;
    Ok(user)
}

/// What is found is what was stored, and every field of it can be changed.
pub async fn a_person_is_found_and_changed(f: StoreFixture) {
    let user = person(&f, "ann", Role::User);
    insert(&f, &user).await;
    let found = find(&f, user.id).await.unwrap();
    assert_eq!(format!("{:?}", found.profile), format!("{:?}", user.profile));
    assert_eq!(found.profile.email.as_str(), "ann@Example.com");
    assert_eq!((found.state(), &found.password_hash), (user.state(), &user.password_hash));
    assert!(found.state().is_active && found.created_at == user.created_at);
    assert!(find(&f, UserId::new(f.ids.next())).await.is_none());

    let changed = change(&f, user.id, |user| {
        let edit = ProfileEdit {
            locale: Some(Locale::Ru),
            username: Edit::Set(Username::parse("Bob").unwrap()),
            first_name: Edit::Set("Боб".to_owned()),
            last_name: Edit::Clear,
        };
        user.edit(edit, at(5));
        user.change_email(EmailAddress::parse("Bob@example.com").unwrap(), at(5));
        user.note_verified(true, at(5));
        user.change_password("new hash".to_owned(), at(5));
        let permissions = Permissions::of_new_staff();
        user.appoint(Standing { role: Role::Staff, permissions }, at(5));
        user.deactivate(at(5));
    });
    let changed = changed.await.unwrap();
    let found = find(&f, user.id).await.unwrap();
    assert_eq!(format!("{:?}", found.profile), format!("{:?}", changed.profile));
    assert_eq!(found.profile.first_name.as_deref(), Some("Боб"));
    assert_eq!((found.state(), found.password_hash.as_str()), (changed.state(), "new hash"));
    assert!(!found.state().is_active && found.state().is_verified);
    assert!(found.state().updated_at >= at(5));
    let view = f.identity_reads.user(user.id).await.unwrap().unwrap();
    assert_eq!((found.state().locale, view.locale), (Locale::Ru, Locale::Ru));
    let known = f.identity_reads.credentials("bob@example.com").await.unwrap().unwrap();
    assert!(known.user == user.id && !known.is_active);
    assert!(f.identity_reads.credentials("ann").await.unwrap().is_none(), "the old name is free");
}

/// Somebody else's address or name is refused, whatever its case.
pub async fn a_changed_name_must_be_free(f: StoreFixture) {
    let (ann, bob) = (person(&f, "ann", Role::User), person(&f, "bob", Role::User));
    insert(&f, &ann).await;
    insert(&f, &bob).await;
    let email = |user: &mut User| {
        user.change_email(EmailAddress::parse("ANN@example.com").unwrap(), at(5));
    };
    let name = |user: &mut User| {
        let username = Edit::Set(Username::parse("ANN").unwrap());
        user.edit(ProfileEdit { username, ..ProfileEdit::default() }, at(5));
    };
    for (refused, expected) in [
        (change(&f, bob.id, email).await, "uq_users_email_key"),
        (change(&f, bob.id, name).await, "uq_users_username_key"),
    ] {
        let Err(StoreError::AlreadyExists { constraint }) = refused else { panic!("{refused:?}") };
        assert_eq!(constraint, expected);
    }
    // One's own is free.
    change(&f, ann.id, name).await.unwrap();
}

/// Whoever loaded an earlier state changes nothing.
pub async fn a_person_changes_only_in_the_loaded_state(f: StoreFixture) {
    let ann = person(&f, "ann", Role::User);
    insert(&f, &ann).await;
    let mut stale = find(&f, ann.id).await.unwrap();
    change(&f, ann.id, |user| user.note_verified(true, at(0))).await.unwrap();
    stale.deactivate(at(0));
    let mut uow = f.identity.begin(&StoreFixture::provenance()).await.unwrap();
    let refused = uow.users().update(&stale).await;
    assert!(matches!(refused, Err(StoreError::Conflict)), "{refused:?}");
    drop(uow);
    let found = find(&f, ann.id).await.unwrap();
    assert!(found.state().is_active && found.state().is_verified);
}

/// An erased person is not there, the names are free, and waiting mails are gone; it is recorded.
pub async fn an_erased_person_is_gone(f: StoreFixture) {
    let (ann, bob) = (person(&f, "ann", Role::User), person(&f, "bob", Role::User));
    insert(&f, &ann).await;
    insert(&f, &bob).await;
    for (event, recipient) in [ann.id, bob.id].into_iter().enumerate() {
        let mut uow = f.messaging.begin(&StoreFixture::provenance()).await.unwrap();
        let mail = Mail {
            id: MailId::new(f.ids.next()),
            event: EventId::new(f.ids.next()),
            template: MailTemplate::Welcome,
            recipient,
            subject_id: recipient.raw(),
            created_at: at(i64::try_from(event).unwrap()),
        };
        assert!(uow.mails().enqueue(&mail).await.unwrap());
        uow.commit().await.unwrap();
    }
    let mut session = builders::session(&f.ids, ann.id, at(1));
    session.device =
        Device { name: Some("Firefox".to_owned()), network: Some("10.0.0.0".to_owned()) };
    let mut uow = f.identity.begin(&StoreFixture::provenance()).await.unwrap();
    uow.sessions().open(&session, 5).await.unwrap();
    uow.commit().await.unwrap();
    f.drain_outbox().await;
    let stamp = f.stamp(5);
    change(&f, ann.id, |user| user.erase(stamp)).await.unwrap();

    assert!(find(&f, ann.id).await.is_none());
    assert_eq!(f.identity_reads.user(ann.id).await.unwrap(), None);
    for key in ["ann@example.com", "ann", &format!("erased:{}", ann.id)] {
        assert!(f.identity_reads.credentials(key).await.unwrap().is_none(), "{key}");
    }
    let mut uow = f.identity.begin(&StoreFixture::provenance()).await.unwrap();
    let (stored, ..) = uow.sessions().find(session.id).await.unwrap().unwrap();
    assert_eq!(stored.device, Device::default());
    drop(uow);
    let waiting = f.mails.claim(10, at(60), at(61)).await.unwrap();
    let recipients: Vec<_> = waiting.iter().map(|waiting| waiting.mail.recipient).collect();
    assert_eq!(recipients, [bob.id]);
    let [event] = <[_; 1]>::try_from(f.drain_outbox().await).unwrap();
    assert_eq!(
        (event.id, event.aggregate_id, event.aggregate_version),
        (stamp.event, ann.id.raw(), 2)
    );
    let DomainEvent::UserDeleted(deleted) = event.event else { panic!("{event:?}") };
    assert_eq!(deleted.user_id, ann.id);
    insert(&f, &person(&f, "ann", Role::User)).await;
}

/// Only those who can sign in run the shop.
pub async fn super_admins_are_those_who_can_sign_in(f: StoreFixture) {
    let (ann, bob) = (person(&f, "ann", Role::SuperAdmin), person(&f, "bob", Role::SuperAdmin));
    for user in [&ann, &bob, &person(&f, "eve", Role::Staff)] {
        insert(&f, user).await;
    }
    let super_admins = async || {
        let mut uow = f.identity.begin(&StoreFixture::provenance()).await.unwrap();
        uow.users().super_admins().await.unwrap()
    };
    assert_eq!(super_admins().await, [ann.id, bob.id]);
    change(&f, ann.id, |user| user.deactivate(at(5))).await.unwrap();
    assert_eq!(super_admins().await, [bob.id]);
}

/// Lets `id` stop running the shop unless nobody else does; answers whether. Calls `meanwhile`
/// between looking and leaving.
async fn leave(
    f: &StoreFixture,
    id: UserId,
    meanwhile: impl AsyncFn(),
) -> Result<bool, StoreError> {
    let mut uow = f.identity.begin(&StoreFixture::provenance()).await?;
    let others = uow.users().super_admins().await?.iter().any(|other| *other != id);
    meanwhile().await;
    if !others {
        return Ok(false);
    }
    let mut user = uow.users().find(id).await?.unwrap();
    user.appoint(Standing { role: Role::User, permissions: Permissions::NONE }, at(5));
    uow.users().update(&user).await?;
    uow.commit().await?;
    Ok(true)
}

/// Of two who leave at once, one finds that the other is still there, and the other does not:
/// the second looks only when the first has left, or its work is undone.
pub async fn of_two_super_admins_who_leave_at_once_one_stays(f: StoreFixture) {
    let (ann, bob) = (person(&f, "ann", Role::SuperAdmin), person(&f, "bob", Role::SuperAdmin));
    insert(&f, &ann).await;
    insert(&f, &bob).await;
    let (ann_looked, bob_looked) = (Notify::new(), Notify::new());
    let first = async {
        let wait_for_bob = async || {
            ann_looked.notify_one();
            // Where Bob has to wait for Ann, he does not look in the meantime.
            drop(timeout(Duration::from_millis(300), bob_looked.notified()).await);
        };
        loop {
            match leave(&f, ann.id, wait_for_bob).await {
                Err(StoreError::Conflict) => {}
                outcome => return outcome.unwrap(),
            }
        }
    };
    let second = async {
        ann_looked.notified().await;
        loop {
            match leave(&f, bob.id, async || bob_looked.notify_one()).await {
                Err(StoreError::Conflict) => {}
                outcome => return outcome.unwrap(),
            }
        }
    };
    let (a, b) = tokio::join!(first, second);
    assert!(a ^ b, "{a} {b}");
}

/// Every session ends but the one that is kept, and nobody else's.
pub async fn all_sessions_but_one_are_revoked(f: StoreFixture) {
    let (ann, bob) = (f.user("ann").await, f.user("bob").await);
    let mut sessions = Vec::new();
    for (user, seconds) in [(ann, 1), (ann, 2), (ann, 3), (bob, 4)] {
        let session = builders::session(&f.ids, user, at(seconds));
        let mut uow = f.identity.begin(&StoreFixture::provenance()).await.unwrap();
        uow.sessions().open(&session, 5).await.unwrap();
        uow.commit().await.unwrap();
        sessions.push(session.id);
    }
    let revoke = async || {
        let mut uow = f.identity.begin(&StoreFixture::provenance()).await.unwrap();
        let mut ended = uow.sessions().revoke_others(ann, sessions[1], at(50)).await.unwrap();
        uow.commit().await.unwrap();
        ended.sort();
        ended
    };
    assert_eq!(revoke().await, [sessions[0], sessions[2]]);
    assert_eq!(revoke().await, []);
}

/// One test for each clause.
#[macro_export]
macro_rules! user_repository_contract {
    ($fixture:expr) => {
        $crate::contract_tests!(user_repository, $fixture;
            a_person_is_found_and_changed,
            a_changed_name_must_be_free,
            a_person_changes_only_in_the_loaded_state,
            an_erased_person_is_gone,
            super_admins_are_those_who_can_sign_in,
            of_two_super_admins_who_leave_at_once_one_stays,
            all_sessions_but_one_are_revoked,
        );
    };
}
