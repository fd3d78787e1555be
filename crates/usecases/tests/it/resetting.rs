//! Setting a new password by what was mailed, and what that ends.

use std::sync::atomic::Ordering;

use domain::{
    identity::{
        Device, EmailRequestKind, IdentityStore, LogIn, LogInCommand, LogInError, LoggedIn,
        PasswordRefused, ResetPassword, ResetPasswordCommand, ResetPasswordError, Secret,
    },
    shared::event::Provenance,
};
use infra_memory::store::MemoryIdentityStore;
use shaku::HasComponent;
use time::Duration;

use crate::{
    app::App,
    atomicity::at_each_step,
    mailed::{flaky, token},
    meanwhile::Meanwhile,
    shop::Shop,
};

pub(crate) const NEW: &str = "another fine password";

pub(crate) async fn reset(
    app: &App,
    token: &Secret,
    password: &str,
) -> Result<(), ResetPasswordError> {
    let reset: &dyn ResetPassword = app.resolve_ref();
    let (token, password) = (token.clone(), Secret(password.into()));
    let provenance = Provenance::default();
    reset.execute(ResetPasswordCommand { token, password, provenance }).await
}

pub(crate) async fn log_in(app: &App, password: &str) -> Result<LoggedIn, LogInError> {
    let log_in: &dyn LogIn = app.resolve_ref();
    let (login, password) = ("ann@example.com".into(), Secret(password.into()));
    let (device, known_device) = (Device::default(), None);
    log_in.execute(LogInCommand { login, password, device, known_device }).await
}

fn live_sessions(shop: &Shop) -> usize {
    let tables = shop.state.lock();
    tables.sessions.values().filter(|session| session.revoked_at.is_none()).count()
}

#[tokio::test]
async fn a_new_password_ends_every_session_and_every_other_token() {
    let shop = Shop::open();
    let ann = shop.register("ann").await;
    let app = shop.app();
    log_in(&app, "correct horse").await.unwrap();
    let first = token(&shop, EmailRequestKind::Reset, "ann@example.com").await;
    shop.clock.advance(Duration::MINUTE);
    let second = token(&shop, EmailRequestKind::Reset, "ann@example.com").await;
    assert_eq!(live_sessions(&shop), 2);

    reset(&app, &second, NEW).await.unwrap();

    assert_eq!(live_sessions(&shop), 0);
    let authenticate: &dyn domain::identity::Authenticate = app.resolve_ref();
    let out = authenticate.execute(&ann.tokens.access_token.0).await;
    assert!(out.is_err(), "at once, whatever was remembered");
    for token in [first, second] {
        let refused = reset(&app, &token, "yet another password").await;
        assert!(matches!(refused, Err(ResetPasswordError::BadToken)), "{refused:?}");
    }
    assert!(matches!(log_in(&app, "correct horse").await, Err(LogInError::BadCredentials)));
    log_in(&app, NEW).await.unwrap();
    assert_eq!(shop.audited(), ["password.reset"]);
}

#[tokio::test]
async fn a_refused_password_leaves_the_token_good() {
    let shop = Shop::open();
    shop.register("ann").await;
    let token = token(&shop, EmailRequestKind::Reset, "ann@example.com").await;
    let app = shop.app();
    for (password, expected) in [
        ("short", PasswordRefused::TooShort),
        ("password", PasswordRefused::TooCommon),
        ("ann@example.com", PasswordRefused::SameAsEmail),
    ] {
        let refused = reset(&app, &token, password).await;
        let Err(ResetPasswordError::Password(refused)) = refused else { panic!("{refused:?}") };
        assert_eq!(refused, expected);
    }
    reset(&app, &token, NEW).await.unwrap();
}

#[tokio::test]
async fn a_new_password_opens_an_account_that_was_guessed_at() {
    let shop = Shop::open();
    shop.register("ann").await;
    let app = shop.app();
    for _ in 0..6 {
        assert!(log_in(&app, "wrong").await.is_err());
    }
    assert!(matches!(log_in(&app, "correct horse").await, Err(LogInError::TooManyTries(_))));
    let token = token(&shop, EmailRequestKind::Reset, "ann@example.com").await;
    // Of this application: what failed is counted in it.
    reset(&app, &token, NEW).await.unwrap();
    log_in(&app, NEW).await.unwrap();
}

#[tokio::test]
async fn setting_a_password_is_all_or_nothing() {
    at_each_step(7, async |faults| {
        let shop = Shop::open();
        shop.register("ann").await;
        let token = token(&shop, EmailRequestKind::Reset, "ann@example.com").await;
        let before = shop.snapshot();
        let app = shop.app_over_people(flaky(&shop, faults));
        let failed = reset(&app, &token, NEW).await.is_err();
        if failed {
            assert_eq!(shop.snapshot(), before);
            reset(&app, &token, NEW).await.unwrap();
        }
        assert_eq!((live_sessions(&shop), shop.audited()), (0, vec!["password.reset".to_owned()]));
        failed
    })
    .await;
}

#[tokio::test]
async fn one_of_two_racing_uses_of_a_token_wins() {
    let shop = Shop::open();
    shop.register("ann").await;
    let token = token(&shop, EmailRequestKind::Reset, "ann@example.com").await;
    let other = shop.app();
    let (first, text) = (shop.app(), token.clone());
    let store = Meanwhile::new(MemoryIdentityStore::over(shop.state.clone()), 1, async move {
        reset(&first, &text, "the first of both").await.unwrap();
    });
    let lost = reset(&shop.app_over_people(store), &token, NEW).await;
    assert!(matches!(lost, Err(ResetPasswordError::BadToken)), "{lost:?}");
    log_in(&other, "the first of both").await.unwrap();
}

/// The password was right when it was checked, and is not any more when the session would begin.
#[tokio::test]
async fn a_log_in_that_races_with_a_new_password_gets_no_session() {
    let shop = Shop::open();
    shop.register("ann").await;
    let token = token(&shop, EmailRequestKind::Reset, "ann@example.com").await;
    let first = shop.app();
    let store = Meanwhile::new(MemoryIdentityStore::over(shop.state.clone()), 1, async move {
        reset(&first, &token, NEW).await.unwrap();
    });
    let late = log_in(&shop.app_over_people(store), "correct horse").await;
    assert!(matches!(late, Err(LogInError::BadCredentials)), "{late:?}");
    assert_eq!(live_sessions(&shop), 0);
}

/// Another log-in made the hash of the same password anew.
#[tokio::test]
async fn a_log_in_that_races_with_a_new_hash_of_its_password_gets_its_session() {
    let shop = Shop::open();
    let user = shop.register("ann").await.user.id;
    let state = shop.state.clone();
    let store = Meanwhile::new(MemoryIdentityStore::over(shop.state.clone()), 1, async move {
        let store = MemoryIdentityStore::over(state);
        let mut uow = store.begin(&Provenance::default()).await.unwrap();
        let (from, to) = ("plain:correct horse", "newer:correct horse");
        assert!(uow.users().rehash(user, from, to).await.unwrap());
        uow.commit().await.unwrap();
    });
    log_in(&shop.app_over_people(store), "correct horse").await.unwrap();
    assert_eq!(live_sessions(&shop), 2);
    assert_eq!(shop.verifications.load(Ordering::SeqCst), 2);
}
