//! Contract of [`IdentityStore`](domain::identity::IdentityStore) and its reads.

use domain::{
    identity::{
        EmailAddress, NewUser, Permissions, Role, Session, SessionId, SessionState, Standing, User,
        UserId, Username,
    },
    shared::{error::StoreError, event::DomainEvent, ports::IdGenerator},
};

use super::{StoreFixture, store::at};
use crate::builders;

fn person(f: &StoreFixture, email: &str, username: Option<&str>) -> User {
    let profile = NewUser {
        email: EmailAddress::parse(email).unwrap(),
        username: username.map(|name| Username::parse(name).unwrap()),
        first_name: Some("Ann".to_owned()),
        last_name: None,
        role: Role::Staff,
        permissions: Permissions::of_new_staff(),
    };
    builders::user_of(&f.ids, profile)
}

/// What the live session of a customer is.
fn live() -> SessionState {
    SessionState::Live(Standing { role: Role::User, permissions: Permissions::NONE })
}

async fn insert(f: &StoreFixture, user: &User) -> Result<(), StoreError> {
    let mut uow = f.identity.begin(&StoreFixture::provenance()).await?;
    uow.users().insert(user).await?;
    uow.commit().await
}

async fn open(f: &StoreFixture, user: UserId, seconds: i64, keep: u32) -> Session {
    let session = builders::session(&f.ids, user, at(seconds));
    let mut uow = f.identity.begin(&StoreFixture::provenance()).await.unwrap();
    uow.sessions().open(&session, keep).await.unwrap();
    uow.commit().await.unwrap();
    session
}

async fn find(f: &StoreFixture, id: SessionId) -> Option<(Session, Role, bool)> {
    let mut uow = f.identity.begin(&StoreFixture::provenance()).await.unwrap();
    uow.sessions().find(id).await.unwrap()
}

async fn state(f: &StoreFixture, session: &Session) -> SessionState {
    f.identity_reads.session_state(session.id, at(60)).await.unwrap()
}

/// What somebody on the staff may do comes with every session.
pub async fn a_session_tells_the_standing_of_its_owner(f: StoreFixture) {
    let user = person(&f, "ann@example.com", None);
    insert(&f, &user).await.unwrap();
    let session = open(&f, user.id, 0, 5).await;
    let permissions = Permissions::of_new_staff();
    let standing = Standing { role: Role::Staff, permissions };
    assert_eq!(state(&f, &session).await, SessionState::Live(standing));
    let view = f.identity_reads.user(user.id).await.unwrap().unwrap();
    assert_eq!(view.permissions, permissions);
}

/// What is shown is what was stored, in the spelling of the person, with its event.
pub async fn a_person_survives_the_store(f: StoreFixture) {
    let user = person(&f, "Ann.Lee@Example.com", Some("Ann_Lee"));
    insert(&f, &user).await.unwrap();
    let view = f.identity_reads.user(user.id).await.unwrap().unwrap();
    assert_eq!((view.id, view.email.as_str()), (user.id, "Ann.Lee@Example.com"));
    assert_eq!(view.username.as_deref(), Some("Ann_Lee"));
    assert_eq!((view.first_name.as_deref(), view.last_name), (Some("Ann"), None));
    assert_eq!((view.role, view.is_active, view.is_verified), (Role::Staff, true, false));
    assert_eq!((view.created_at, view.updated_at), (user.created_at, user.created_at));
    let events = f.drain_outbox().await;
    assert_eq!(events.iter().map(|event| event.id).collect::<Vec<_>>(), [user.events()[0].id]);
    assert!(f.identity_reads.user(UserId::new(f.ids.next())).await.unwrap().is_none());
}

/// One e-mail address and one user name belong to one person, whatever their case.
pub async fn addresses_and_names_are_unique_ignoring_case(f: StoreFixture) {
    insert(&f, &person(&f, "ann@example.com", Some("ann"))).await.unwrap();
    for (email, username, expected) in [
        ("ANN@Example.com", None, "uq_users_email_key"),
        ("other@example.com", Some("Ann"), "uq_users_username_key"),
    ] {
        let refused = insert(&f, &person(&f, email, username)).await.unwrap_err();
        let StoreError::AlreadyExists { constraint } = refused else { panic!("{refused:?}") };
        assert_eq!(constraint, expected);
    }
    insert(&f, &person(&f, "bob@example.com", None)).await.unwrap();
    insert(&f, &person(&f, "eve@example.com", None)).await.unwrap();
}

/// Of two racing registrations of one address, exactly one succeeds.
pub async fn one_of_two_racing_registrations_succeeds(f: StoreFixture) {
    let (one, two) = (person(&f, "ann@example.com", None), person(&f, "Ann@example.com", None));
    let register = async |user: &User| loop {
        match insert(&f, user).await {
            Err(StoreError::Conflict) => tokio::task::yield_now().await,
            Err(StoreError::AlreadyExists { .. }) => return false,
            done => {
                done.unwrap();
                return true;
            }
        }
    };
    let (a, b) = tokio::join!(register(&one), register(&two));
    assert!(a ^ b, "{a} {b}");
}

/// Credentials are found by either key.
pub async fn credentials_are_found_by_address_and_by_name(f: StoreFixture) {
    let user = person(&f, "Ann@Example.com", Some("Ann.Lee"));
    insert(&f, &user).await.unwrap();
    for key in ["ann@example.com", "ann.lee"] {
        let found = f.identity_reads.credentials(key).await.unwrap().unwrap();
        assert_eq!((found.user, found.role, found.is_active), (user.id, Role::Staff, true));
        assert_eq!(found.password_hash, user.password_hash);
    }
    assert!(f.identity_reads.credentials("bob").await.unwrap().is_none());
    let found = f.identity_reads.credentials_of(user.id).await.unwrap().unwrap();
    assert_eq!((found.user, found.password_hash), (user.id, user.password_hash));
    let nobody = UserId::new(f.ids.next());
    assert!(f.identity_reads.credentials_of(nobody).await.unwrap().is_none());
}

/// A hash is replaced by one of the same password only while it is the one that was checked.
pub async fn a_hash_is_renewed_unless_it_changed_meanwhile(f: StoreFixture) {
    let (ann, bob) = (person(&f, "ann@example.com", None), person(&f, "bob@example.com", None));
    insert(&f, &ann).await.unwrap();
    insert(&f, &bob).await.unwrap();
    let rehash = async |from: &str, to: &str| {
        let mut uow = f.identity.begin(&StoreFixture::provenance()).await.unwrap();
        let renewed = uow.users().rehash(ann.id, from, to).await.unwrap();
        uow.commit().await.unwrap();
        renewed
    };
    assert!(rehash(&ann.password_hash, "$new").await);
    assert!(!rehash(&ann.password_hash, "$newer").await);
    let hash = async |key| f.identity_reads.credentials(key).await.unwrap().unwrap().password_hash;
    assert_eq!(hash("ann@example.com").await, "$new");
    assert_eq!(hash("bob@example.com").await, bob.password_hash);
}

/// What is found is what was opened, with the role of its owner.
pub async fn a_session_survives_the_store(f: StoreFixture) {
    let ann = f.user("ann").await;
    let session = open(&f, ann, 1, 5).await;
    assert_eq!(find(&f, session.id).await, Some((session.clone(), Role::User, true)));
    assert_eq!(state(&f, &session).await, live());
    let unknown = SessionId::new(f.ids.next());
    assert_eq!(find(&f, unknown).await, None);
    assert_eq!(f.identity_reads.session_state(unknown, at(60)).await.unwrap(), SessionState::Ended);
}

/// Opening one session too many ends the oldest live one of the same person.
pub async fn the_newest_sessions_are_kept(f: StoreFixture) {
    let (ann, bob) = (f.user("ann").await, f.user("bob").await);
    let foreign = open(&f, bob, 0, 2).await;
    let mut sessions = Vec::new();
    for seconds in 1..=4 {
        sessions.push(open(&f, ann, seconds, 2).await);
    }
    let mut states = Vec::new();
    for session in &sessions {
        states.push(state(&f, session).await);
    }
    use SessionState::Ended;
    assert_eq!(states, [Ended, Ended, live(), live()]);
    assert_eq!(state(&f, &foreign).await, live());
    assert!(find(&f, sessions[0].id).await.unwrap().0.revoked_at.is_some());
}

async fn rotate(f: &StoreFixture, session: &Session, from: i64, hash: u8) -> bool {
    let found = Session { generation: from, ..session.clone() };
    let (now, expires_at) = (at(from * 10), at(from * 1_000));
    let mut uow = f.identity.begin(&StoreFixture::provenance()).await.unwrap();
    let rotated = uow.sessions().rotate(&found, [hash; 32], now, expires_at).await.unwrap();
    uow.commit().await.unwrap();
    rotated
}

/// The live token is replaced once; its predecessor is remembered.
pub async fn a_token_rotates_once(f: StoreFixture) {
    let ann = f.user("ann").await;
    let session = open(&f, ann, 1, 5).await;
    let other = open(&f, ann, 2, 5).await;
    assert!(rotate(&f, &session, 1, 2).await);
    assert!(!rotate(&f, &session, 1, 9).await);
    assert!(rotate(&f, &session, 2, 3).await);
    let expected = Session {
        generation: 3,
        current_hash: [3; 32],
        previous_hash: Some([2; 32]),
        rotated_at: at(20),
        expires_at: at(2_000),
        ..session.clone()
    };
    assert_eq!(find(&f, session.id).await.unwrap().0, expected);
    assert_eq!(find(&f, other.id).await.unwrap().0, other);
}

/// A live session remembers when the password was last given in it; only its owner's counts.
pub async fn a_session_remembers_the_last_password(f: StoreFixture) {
    let (ann, bob) = (f.user("ann").await, f.user("bob").await);
    let session = open(&f, ann, 1, 5).await;
    let authenticated = async |user: UserId| {
        let mut uow = f.identity.begin(&StoreFixture::provenance()).await.unwrap();
        let noted = uow.sessions().authenticated(user, session.id, at(7)).await.unwrap();
        uow.commit().await.unwrap();
        noted
    };
    assert!(!authenticated(bob).await);
    assert_eq!(find(&f, session.id).await.unwrap().0.authenticated_at, at(1));
    assert!(authenticated(ann).await);
    assert_eq!(find(&f, session.id).await.unwrap().0.authenticated_at, at(7));
    revoke(&f, ann, None).await;
    assert!(!authenticated(ann).await);
}

async fn revoke(f: &StoreFixture, user: UserId, only: Option<SessionId>) -> Vec<SessionId> {
    let mut uow = f.identity.begin(&StoreFixture::provenance()).await.unwrap();
    let mut ended = uow.sessions().revoke(user, only, at(50)).await.unwrap();
    uow.commit().await.unwrap();
    ended.sort();
    ended
}

/// One session is ended, or all of a person; somebody else's never; what is ended does not rotate.
pub async fn sessions_are_revoked(f: StoreFixture) {
    let (ann, bob) = (f.user("ann").await, f.user("bob").await);
    let foreign = open(&f, bob, 0, 5).await;
    let [a, b, c] =
        [open(&f, ann, 1, 5).await, open(&f, ann, 2, 5).await, open(&f, ann, 3, 5).await];
    assert_eq!(revoke(&f, ann, Some(foreign.id)).await, []);
    assert_eq!(revoke(&f, ann, Some(b.id)).await, [b.id]);
    assert_eq!(state(&f, &a).await, live());
    assert_eq!(state(&f, &b).await, SessionState::Ended);
    assert!(!rotate(&f, &b, 1, 2).await);
    assert_eq!(revoke(&f, ann, None).await, [a.id, c.id]);
    assert_eq!(state(&f, &c).await, SessionState::Ended);
    assert_eq!(find(&f, c.id).await.unwrap().0.revoked_at, Some(at(50)));
    assert_eq!(state(&f, &foreign).await, live());
}

/// Live sessions of a person are listed, the last used first, with what they were opened from; an
/// expired one is over like an ended one.
pub async fn live_sessions_are_listed(f: StoreFixture) {
    let (ann, bob) = (f.user("ann").await, f.user("bob").await);
    open(&f, bob, 0, 5).await;
    let [a, b, c] =
        [open(&f, ann, 1, 5).await, open(&f, ann, 2, 5).await, open(&f, ann, 3, 5).await];
    revoke(&f, ann, Some(c.id)).await;
    assert!(rotate(&f, &a, 1, 2).await);
    let listed = f.identity_reads.sessions(ann, at(60)).await.unwrap();
    assert_eq!(listed.iter().map(|view| view.id).collect::<Vec<_>>(), [a.id, b.id]);
    assert_eq!(listed[0].device, a.device);
    assert_eq!((listed[0].created_at, listed[0].last_used_at), (at(1), at(10)));
    assert_eq!(listed[0].expires_at, at(1_000));
    let listed = f.identity_reads.sessions(ann, at(1_000)).await.unwrap();
    assert_eq!(listed.iter().map(|view| view.id).collect::<Vec<_>>(), [b.id]);
    let state = f.identity_reads.session_state(a.id, at(1_000)).await.unwrap();
    assert_eq!(state, SessionState::Ended);
}

/// What ended or expired long ago is removed, the oldest first and no more than asked for.
pub async fn sessions_that_are_over_are_removed(f: StoreFixture) {
    let ann = f.user("ann").await;
    let [ended, expired, live] =
        [open(&f, ann, 1, 5).await, open(&f, ann, 2, 5).await, open(&f, ann, 3, 5).await];
    assert!(rotate(&f, &expired, 1, 2).await);
    revoke(&f, ann, Some(ended.id)).await;
    let remove = async |before: i64, limit: u32| {
        let mut uow = f.identity.begin(&StoreFixture::provenance()).await.unwrap();
        let removed = uow.sessions().remove_over(at(before), limit).await.unwrap();
        uow.commit().await.unwrap();
        removed
    };
    assert_eq!(remove(50, 10).await, 0, "it ended at 50");
    assert_eq!(remove(1_001, 1).await, 1);
    assert_eq!(find(&f, ended.id).await, None);
    assert_eq!(remove(1_001, 10).await, 1);
    assert_eq!(find(&f, expired.id).await, None);
    assert!(find(&f, live.id).await.is_some());
}

/// A family that is ended because a spent token came back leaves an event of its own.
pub async fn a_revoked_family_is_recorded(f: StoreFixture) {
    let ann = f.user("ann").await;
    let session = open(&f, ann, 1, 5).await;
    f.drain_outbox().await;
    let stamp = f.stamp(9);
    let mut uow = f.identity.begin(&StoreFixture::provenance()).await.unwrap();
    uow.sessions().revoke_family(&session, stamp).await.unwrap();
    uow.commit().await.unwrap();
    assert_eq!(state(&f, &session).await, SessionState::Ended);
    assert_eq!(find(&f, session.id).await.unwrap().0.revoked_at, Some(at(9)));
    let [event] = <[_; 1]>::try_from(f.drain_outbox().await).unwrap();
    assert_eq!((event.id, event.occurred_at), (stamp.event, stamp.at));
    assert_eq!((event.aggregate_id, event.aggregate_version), (session.id.raw(), 1));
    let DomainEvent::SessionFamilyRevoked(revoked) = event.event else { panic!("{event:?}") };
    assert_eq!((revoked.user_id, revoked.session_id), (ann, session.id));
}

/// One test for each clause.
#[macro_export]
macro_rules! identity_store_contract {
    ($fixture:expr) => {
        $crate::contract_tests!(identity_store, $fixture;
            a_person_survives_the_store,
            a_session_tells_the_standing_of_its_owner,
            addresses_and_names_are_unique_ignoring_case,
            one_of_two_racing_registrations_succeeds,
            credentials_are_found_by_address_and_by_name,
            a_hash_is_renewed_unless_it_changed_meanwhile,
            a_session_survives_the_store,
            the_newest_sessions_are_kept,
            a_token_rotates_once,
            a_session_remembers_the_last_password,
            sessions_are_revoked,
            live_sessions_are_listed,
            sessions_that_are_over_are_removed,
            a_revoked_family_is_recorded,
        );
    };
}
