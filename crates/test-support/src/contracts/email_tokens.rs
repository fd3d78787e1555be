//! Contract of [`EmailTokenRepository`](domain::identity::EmailTokenRepository) and its reads.

use domain::{
    identity::{
        EmailAddress, EmailRequest, EmailRequestId, EmailRequestKind, EmailToken, EmailTokenId,
        EmailTokenPurpose, IdentityUnitOfWork, UserId,
    },
    shared::{event::DomainEvent, ports::IdGenerator},
};
use time::Duration;

use super::{StoreFixture, store::at};

use EmailTokenPurpose::{Change, Reset, Verify};

fn address(name: &str) -> EmailAddress {
    EmailAddress::parse(&format!("{name}@example.com")).unwrap()
}

fn token(f: &StoreFixture, user: UserId, purpose: EmailTokenPurpose, seconds: i64) -> EmailToken {
    let id = EmailTokenId::new(f.ids.next());
    EmailToken::new(id, user, purpose, address("ann"), at(seconds))
}

async fn begin(f: &StoreFixture) -> Box<dyn IdentityUnitOfWork> {
    f.identity.begin(&StoreFixture::provenance()).await.unwrap()
}

async fn issue(f: &StoreFixture, token: &EmailToken) -> bool {
    let mut uow = begin(f).await;
    uow.users().find(token.user).await.unwrap().unwrap();
    let issued = uow.email_tokens().issue(token).await.unwrap();
    uow.commit().await.unwrap();
    issued
}

async fn issued(f: &StoreFixture, user: UserId, purpose: EmailTokenPurpose) -> EmailToken {
    let token = token(f, user, purpose, 0);
    assert!(issue(f, &token).await);
    token
}

async fn spend(f: &StoreFixture, token: &EmailToken, seconds: i64) -> bool {
    let mut uow = begin(f).await;
    let spent = uow.email_tokens().spend(token.id, None, at(seconds)).await.unwrap();
    uow.commit().await.unwrap();
    spent
}

async fn read(f: &StoreFixture, token: &EmailToken) -> Option<EmailToken> {
    f.email_tokens.email_token(token.id).await.unwrap()
}

/// A request is recorded without its address, and taken once.
pub async fn a_request_is_taken_once(f: StoreFixture) {
    let (id, stamp) = (EmailRequestId::new(f.ids.next()), f.stamp(1));
    let (kind, email_key) = (EmailRequestKind::Reset, "ann@example.com".to_owned());
    let request = EmailRequest { id, kind, email_key, created_at: at(1) };
    let mut uow = begin(&f).await;
    uow.email_tokens().request(&request, stamp).await.unwrap();
    uow.commit().await.unwrap();

    let [event] = <[_; 1]>::try_from(f.drain_outbox().await).unwrap();
    assert_eq!((event.id, event.aggregate_id, event.aggregate_version), (stamp.event, id.raw(), 1));
    let DomainEvent::PasswordResetRequested(requested) = event.event else { panic!("{event:?}") };
    assert_eq!(requested.request_id, id);

    let mut uow = begin(&f).await;
    let taken = uow.email_tokens().take_request(id).await.unwrap();
    drop(uow);
    assert_eq!(taken.as_ref(), Some(&request), "what is not committed was not taken");
    let mut uow = begin(&f).await;
    assert_eq!(uow.email_tokens().take_request(id).await.unwrap(), Some(request));
    uow.commit().await.unwrap();
    let mut uow = begin(&f).await;
    assert_eq!(uow.email_tokens().take_request(id).await.unwrap(), None);
}

/// A token is read as it was stored.
pub async fn a_token_survives_the_store(f: StoreFixture) {
    let ann = f.user("ann").await;
    let token = issued(&f, ann, Verify).await;
    assert_eq!(read(&f, &token).await, Some(token.clone()));
    let mut uow = begin(&f).await;
    assert_eq!(uow.email_tokens().find(token.id).await.unwrap(), Some(token));
    let unknown = EmailTokenId::new(f.ids.next());
    assert_eq!(uow.email_tokens().find(unknown).await.unwrap(), None);
}

/// One a minute and three an hour, for each account and purpose.
pub async fn an_account_has_few_tokens_of_a_purpose(f: StoreFixture) {
    let (ann, bob) = (f.user("ann").await, f.user("bob").await);
    for (seconds, is_issued) in [
        (0, true),
        (59, false),
        (60, true),
        (119, false),
        (120, true),
        (180, false),
        (3_599, false),
        (3_600, true),
        (3_660, true),
    ] {
        let made = issue(&f, &token(&f, ann, Reset, seconds)).await;
        assert_eq!(made, is_issued, "after {seconds} s");
    }
    assert!(issue(&f, &token(&f, ann, Verify, 121)).await);
    assert!(issue(&f, &token(&f, bob, Reset, 121)).await);
}

/// Of two who ask at once, one gets a token.
pub async fn two_at_once_get_one_token(f: StoreFixture) {
    let ann = f.user("ann").await;
    let (one, two) = (token(&f, ann, Reset, 0), token(&f, ann, Reset, 0));
    let race = async |token: &EmailToken| loop {
        let mut uow = begin(&f).await;
        uow.users().find(ann).await.unwrap().unwrap();
        let issued = uow.email_tokens().issue(token).await.unwrap();
        tokio::task::yield_now().await;
        if uow.commit().await.is_ok() {
            return issued;
        }
    };
    let (a, b) = tokio::join!(race(&one), race(&two));
    assert!(a ^ b, "{a} {b}");
}

/// A token is spent once, and not when it is over.
pub async fn a_token_is_spent_once(f: StoreFixture) {
    let ann = f.user("ann").await;
    let token = issued(&f, ann, Reset).await;
    assert!(spend(&f, &token, 3_599).await);
    assert!(!spend(&f, &token, 3_599).await);
    assert_eq!(read(&f, &token).await.unwrap().spent_at, Some(at(3_599)));
    let other = issued(&f, ann, Verify).await;
    assert!(!spend(&f, &other, 3_600).await);
    assert_eq!(read(&f, &other).await.unwrap().spent_at, None);
}

/// The address a new one took the place of is kept for word to be left there.
pub async fn a_move_keeps_the_old_address(f: StoreFixture) {
    let ann = f.user("ann").await;
    let token = issued(&f, ann, Change).await;
    let old = address("old");
    let mut uow = begin(&f).await;
    assert!(uow.email_tokens().spend(token.id, Some(&old), at(1)).await.unwrap());
    uow.commit().await.unwrap();
    assert_eq!(read(&f, &token).await.unwrap().replaced, Some(old));
}

/// A move that nobody had to confirm is kept, however many there were lately.
pub async fn a_move_by_others_is_noted(f: StoreFixture) {
    let ann = f.user("ann").await;
    for seconds in [1, 1, 2, 2] {
        let mut uow = begin(&f).await;
        let user = uow.users().find(ann).await.unwrap().unwrap();
        let id = EmailTokenId::new(f.ids.next());
        let moved = EmailToken::moved(id, &user, address("old"), at(seconds));
        uow.email_tokens().note_move(&moved).await.unwrap();
        uow.commit().await.unwrap();
        assert_eq!(read(&f, &moved).await, Some(moved.clone()));
        assert!(!spend(&f, &moved, 3).await, "nobody can use it");
    }
}

/// All live tokens of one purpose and one person become useless, and no other.
pub async fn tokens_are_made_useless_together(f: StoreFixture) {
    let (ann, bob) = (f.user("ann").await, f.user("bob").await);
    let verify = issued(&f, ann, Verify).await;
    let reset = issued(&f, ann, Reset).await;
    let theirs = issued(&f, bob, Reset).await;
    let mut uow = begin(&f).await;
    uow.email_tokens().spend_all(ann, Reset, at(9)).await.unwrap();
    uow.commit().await.unwrap();
    assert_eq!(read(&f, &reset).await.unwrap().spent_at, Some(at(9)));
    assert!(!spend(&f, &reset, 10).await);
    for live in [verify, theirs] {
        assert!(spend(&f, &live, 10).await);
    }
}

/// What is old goes, the oldest first, a few at a time.
pub async fn old_tokens_and_requests_are_removed(f: StoreFixture) {
    let ann = f.user("ann").await;
    let mut tokens = Vec::new();
    for seconds in [0, 60, 120] {
        let token = token(&f, ann, Verify, seconds);
        assert!(issue(&f, &token).await);
        tokens.push(token);
        let request = EmailRequest {
            id: EmailRequestId::new(f.ids.next()),
            kind: EmailRequestKind::Verify,
            email_key: "bob@example.com".to_owned(),
            created_at: at(seconds),
        };
        let stamp = f.stamp(seconds);
        let mut uow = begin(&f).await;
        uow.email_tokens().request(&request, stamp).await.unwrap();
        uow.commit().await.unwrap();
    }
    let remove = async |limit| {
        let mut uow = begin(&f).await;
        let removed = uow.email_tokens().remove_old(at(120), limit).await.unwrap();
        uow.commit().await.unwrap();
        removed
    };
    assert_eq!(remove(1).await, 2);
    assert_eq!(read(&f, &tokens[0]).await, None);
    assert!(read(&f, &tokens[1]).await.is_some());
    assert_eq!(remove(9).await, 2);
    assert_eq!(remove(9).await, 0);
    assert!(read(&f, &tokens[2]).await.is_some());
}

/// A person is found by the key of the address, unless erased, and the tokens go with the person.
pub async fn an_erased_person_leaves_no_token(f: StoreFixture) {
    let ann = f.user("ann").await;
    let token = issued(&f, ann, Verify).await;
    let mut uow = begin(&f).await;
    let mut user = uow.users().find_by_email("ann@example.com").await.unwrap().unwrap();
    assert_eq!(user.id, ann);
    assert!(uow.users().find_by_email("bob@example.com").await.unwrap().is_none());
    user.erase(f.stamp(1));
    uow.users().update(&user).await.unwrap();
    uow.commit().await.unwrap();
    assert_eq!(read(&f, &token).await, None);
    let mut uow = begin(&f).await;
    for key in ["ann@example.com".to_owned(), user.profile.email.key()] {
        assert!(uow.users().find_by_email(&key).await.unwrap().is_none(), "{key}");
    }
}

/// Proving an address is stored with the address it was.
pub async fn a_proven_address_is_stored(f: StoreFixture) {
    let ann = f.user("ann").await;
    f.drain_outbox().await;
    let (mut uow, stamp) = (begin(&f).await, f.stamp(5));
    let mut user = uow.users().find(ann).await.unwrap().unwrap();
    user.prove_email(address("Anna"), stamp);
    uow.users().update(&user).await.unwrap();
    uow.commit().await.unwrap();
    let view = f.identity_reads.user(ann).await.unwrap().unwrap();
    assert_eq!((view.email.as_str(), view.is_verified), ("Anna@example.com", true));
    assert_eq!(view.updated_at - view.created_at, Duration::seconds(5));
    let [event] = <[_; 1]>::try_from(f.drain_outbox().await).unwrap();
    let DomainEvent::UserVerified(verified) = event.event else { panic!("{event:?}") };
    assert_eq!((verified.user_id, event.aggregate_version), (ann, 2));
}

/// One test for each clause.
#[macro_export]
macro_rules! email_tokens_contract {
    ($fixture:expr) => {
        $crate::contract_tests!(email_tokens, $fixture;
            a_request_is_taken_once,
            a_token_survives_the_store,
            an_account_has_few_tokens_of_a_purpose,
            two_at_once_get_one_token,
            a_token_is_spent_once,
            a_move_keeps_the_old_address,
            a_move_by_others_is_noted,
            tokens_are_made_useless_together,
            old_tokens_and_requests_are_removed,
            an_erased_person_leaves_no_token,
            a_proven_address_is_stored,
        );
    };
}
