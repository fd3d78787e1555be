//! Guessing passwords, and being guessed at.

use std::sync::atomic::Ordering;

use domain::{
    identity::{
        Device, Knocker, LogIn, LogInCommand, LogInError, LoggedIn, LoginGuard, Secret,
        TooManyTries, UnblockLogin, UnblockLoginCommand, UserError, UserId,
    },
    shared::{event::Provenance, ports::IdGenerator},
};
use shaku::HasComponent;

use crate::{app::App, shop::Shop};

async fn log_in(
    app: &App,
    login: &str,
    password: &str,
    known_device: Option<&Secret>,
) -> Result<LoggedIn, LogInError> {
    let log_in: &dyn LogIn = app.resolve_ref();
    let (password, known_device) = (Secret(password.into()), known_device.cloned());
    let device = Device::default();
    log_in.execute(LogInCommand { login: login.into(), password, device, known_device }).await
}

fn is_held_up(outcome: &Result<LoggedIn, LogInError>) -> bool {
    matches!(outcome, Err(LogInError::TooManyTries(TooManyTries::Wait(_))))
}

/// Guesses until nobody listens any more; answers how many were listened to.
async fn guess(app: &App, login: &str) -> u32 {
    for guesses in 0..20 {
        let outcome = log_in(app, login, "wrong", None).await;
        if is_held_up(&outcome) {
            return guesses;
        }
        assert!(matches!(outcome, Err(LogInError::BadCredentials)), "{outcome:?}");
    }
    panic!("nobody stopped it");
}

#[tokio::test]
async fn after_five_wrong_passwords_the_next_has_to_wait() {
    let shop = Shop::open();
    shop.register("ann").await;
    let app = shop.app();
    assert_eq!(guess(&app, "ann@example.com").await, 6);
    let before = shop.verifications.load(Ordering::SeqCst);
    let right = log_in(&app, "ann@example.com", "correct horse", None).await;
    assert!(is_held_up(&right), "also the right one is not looked at");
    assert_eq!(shop.verifications.load(Ordering::SeqCst), before);
}

#[tokio::test]
async fn a_name_nobody_has_is_held_up_just_the_same() {
    let shop = Shop::open();
    shop.register("ann").await;
    let app = shop.app();
    assert_eq!(guess(&app, "nobody@example.com").await, guess(&app, "ann@example.com").await);
}

#[tokio::test]
async fn every_name_of_an_account_leads_to_the_same_count() {
    let shop = Shop::open();
    let command = domain::identity::RegisterUserCommand {
        username: domain::identity::Username::parse("Ann"),
        ..crate::shop::registration("ann")
    };
    let app = shop.app();
    let register: &dyn domain::identity::RegisterUser = app.resolve_ref();
    register.execute(command).await.unwrap();
    guess(&app, "ann@example.com").await;
    assert_eq!(guess(&app, "Ann").await, 0);
}

#[tokio::test]
async fn the_owner_gets_in_from_a_known_device_while_strangers_guess() {
    let shop = Shop::open();
    shop.register("ann").await;
    shop.register("bob").await;
    let app = shop.app();
    let first = log_in(&app, "ann@example.com", "correct horse", None).await.unwrap();
    let device = first.device.unwrap().token;
    guess(&app, "ann@example.com").await;
    guess(&app, "bob@example.com").await;

    let known = log_in(&app, "ann@example.com", "correct horse", Some(&device)).await.unwrap();
    assert!(known.device.is_none(), "it keeps the token it has");
    assert!(is_held_up(&log_in(&app, "ann@example.com", "correct horse", None).await));
    // Being known to one account is worth nothing at another.
    assert!(is_held_up(&log_in(&app, "bob@example.com", "correct horse", Some(&device)).await));
    // Who guesses from a known device is held up there.
    for _ in 0..6 {
        log_in(&app, "ann@example.com", "wrong", Some(&device)).await.unwrap_err();
    }
    assert!(is_held_up(&log_in(&app, "ann@example.com", "correct horse", Some(&device)).await));
}

#[tokio::test]
async fn a_right_password_ends_the_count() {
    let shop = Shop::open();
    shop.register("ann").await;
    let app = shop.app();
    for _ in 0..2 {
        for _ in 0..4 {
            log_in(&app, "ann@example.com", "wrong", None).await.unwrap_err();
        }
        log_in(&app, "ann@example.com", "correct horse", None).await.unwrap();
    }
}

#[tokio::test]
async fn what_was_not_looked_at_does_not_count() {
    let shop = Shop::open();
    let ann = shop.register("ann").await.user.id;
    let app = shop.app();
    let guard: &dyn LoginGuard = app.resolve_ref();
    let knocker = Knocker::account(ann);
    for _ in 0..9 {
        guard.admit(&knocker).await.unwrap();
        guard.take_back(&knocker).await;
    }
    assert!(log_in(&app, "ann@example.com", "correct horse", None).await.is_ok());
    assert!(
        matches!(guard.admit(&knocker).await, Err(TooManyTries::Wait(_))),
        "ten a minute, right or wrong"
    );
}

#[tokio::test]
async fn staff_end_a_count_and_it_is_noted() {
    let shop = Shop::open();
    let ann = shop.register("ann").await.user.id;
    let app = shop.app();
    guess(&app, "ann@example.com").await;
    let unblock: &dyn UnblockLogin = app.resolve_ref();
    let command =
        |user| UnblockLoginCommand { actor: shop.staff(), user, provenance: Provenance::default() };
    let nobody = UserId::new(shop.ids.next());
    let unknown = unblock.execute(command(nobody)).await;
    assert!(matches!(unknown, Err(UserError::NotFound)));
    assert_eq!(shop.state.lock().audit, []);

    unblock.execute(command(ann)).await.unwrap();
    log_in(&app, "ann@example.com", "correct horse", None).await.unwrap();
    let noted = shop.state.lock().audit.clone();
    assert_eq!((noted.len(), noted[0].action.as_str()), (1, "login.unblocked"));
    assert_eq!((noted[0].target, noted[0].role.as_deref()), (ann.raw(), Some("staff")));
}
