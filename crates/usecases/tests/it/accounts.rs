use std::sync::{Arc, atomic::Ordering};

use domain::{
    identity::{
        Authenticate, Device, EmailAddress, LogIn, LogInCommand, LogInError, PasswordRefused,
        RegisterError, RegisterUser, RegisterUserCommand, Registered, Role, Secret, SignedIn,
        Username,
    },
    shared::actor::Actor,
};
use infra_memory::store::MemoryIdentityStore;
use shaku::HasComponent;
use test_support::{clock::FrozenClock, flaky::FlakyIdentityStore};

use crate::{
    atomicity::at_each_step,
    shop::{Shop, registration},
};

async fn register(shop: &Shop, command: RegisterUserCommand) -> Result<Registered, RegisterError> {
    let app = shop.app();
    let register: &dyn RegisterUser = app.resolve_ref();
    register.execute(command).await
}

async fn log_in(shop: &Shop, login: &str, password: &str) -> Result<SignedIn, LogInError> {
    let app = shop.app();
    let log_in: &dyn LogIn = app.resolve_ref();
    let password = Secret(password.into());
    log_in
        .execute(LogInCommand {
            login: login.into(),
            password,
            device: Device::default(),
            known_device: None,
        })
        .await
        .map(|done| done.tokens)
}

#[tokio::test]
async fn whoever_registers_is_signed_in() {
    let shop = Shop::open();
    let command = RegisterUserCommand {
        username: Username::parse("Ann"),
        first_name: Some("Ann".into()),
        ..registration("ann")
    };
    let Registered { user, tokens } = register(&shop, command).await.unwrap();

    assert_eq!(user.email, "ann@example.com");
    assert_eq!(user.username.as_deref(), Some("Ann"));
    assert!(user.is_active && !user.is_verified);
    assert_eq!(tokens.expires_in, 900);
    assert_eq!(
        shop.events(),
        ["identity.user_registered.v1", "identity.verification_requested.v1"]
    );
    let app = shop.app();
    let authenticate: &dyn Authenticate = app.resolve_ref();
    let Actor { user: id, role, .. } = authenticate.execute(&tokens.access_token.0).await.unwrap();
    assert_eq!((id, role), (user.id, Role::User));
    let stored = shop.state.lock().users[&user.id].password_hash.clone();
    assert_eq!(stored, "plain:correct horse");
}

#[tokio::test]
async fn a_name_that_is_taken_is_told_and_nothing_is_written() {
    let shop = Shop::open();
    let username = Username::parse("Ann");
    let first = RegisterUserCommand { username: username.clone(), ..registration("ann") };
    register(&shop, first).await.unwrap();
    let before = shop.snapshot();

    let email = EmailAddress::parse("ANN@Example.com").unwrap();
    let same_email = RegisterUserCommand { email, ..registration("x") };
    let refused = register(&shop, same_email).await;
    assert!(matches!(refused, Err(RegisterError::EmailTaken)), "{refused:?}");

    let same_name = RegisterUserCommand { username: Username::parse("aNN"), ..registration("bob") };
    let refused = register(&shop, same_name).await;
    assert!(matches!(refused, Err(RegisterError::UsernameTaken)), "{refused:?}");
    assert_eq!(shop.snapshot(), before);
}

#[tokio::test]
async fn of_two_racing_registrations_one_succeeds() {
    let shop = Shop::open();
    let app = Arc::new(shop.app());
    let racers: Vec<_> = (0..4)
        .map(|_| {
            let register: Arc<dyn RegisterUser> = app.resolve();
            tokio::spawn(async move { register.execute(registration("ann")).await })
        })
        .collect();
    let mut registered = 0;
    for racer in racers {
        match racer.await.unwrap() {
            Ok(_) => registered += 1,
            Err(refused) => assert!(matches!(refused, RegisterError::EmailTaken), "{refused:?}"),
        }
    }
    assert_eq!(registered, 1);
    assert_eq!(shop.state.lock().users.len(), 1);
    assert_eq!(shop.state.lock().sessions.len(), 1);
}

#[tokio::test]
async fn a_password_against_the_policy_is_refused_before_it_is_hashed() {
    let shop = Shop::open();
    let before = shop.snapshot();
    for (password, expected) in [
        ("short".to_owned(), PasswordRefused::TooShort),
        ("x".repeat(129), PasswordRefused::TooLong),
        ("ANN@example.com".to_owned(), PasswordRefused::SameAsEmail),
        ("annabelle".to_owned(), PasswordRefused::SameAsUsername),
        ("password".to_owned(), PasswordRefused::TooCommon),
        ("ann@example.com!".to_owned(), PasswordRefused::TooCommon),
        ("Annabelle!".to_owned(), PasswordRefused::TooCommon),
    ] {
        let username = Username::parse("Annabelle");
        let command =
            RegisterUserCommand { password: Secret(password), username, ..registration("ann") };
        let refused = register(&shop, command).await;
        assert!(
            matches!(&refused, Err(RegisterError::Password(why)) if *why == expected),
            "{refused:?}"
        );
    }
    assert_eq!(shop.snapshot(), before);
}

#[tokio::test]
async fn the_password_opens_a_session_by_address_and_by_name_in_any_case() {
    let shop = Shop::open();
    let command =
        RegisterUserCommand { username: Username::parse("Ann"), ..registration("ann.lee") };
    let user = register(&shop, command).await.unwrap().user;
    for login in ["ann.lee@example.com", " ANN.LEE@example.com ", "ann", "ANN"] {
        let tokens = log_in(&shop, login, "correct horse").await.unwrap();
        let app = shop.app();
        let authenticate: &dyn Authenticate = app.resolve_ref();
        let actor = authenticate.execute(&tokens.access_token.0).await.unwrap();
        assert_eq!(actor.user, user.id, "{login}");
    }
    assert_eq!(shop.state.lock().sessions.len(), 5);
}

#[tokio::test]
async fn an_unknown_name_costs_the_same_work_as_a_wrong_password() {
    let shop = Shop::open();
    shop.register("ann").await;
    let before = shop.snapshot();
    for login in ["ann@example.com", "nobody@example.com", ""] {
        let verified = shop.verifications.load(Ordering::SeqCst);
        let refused = log_in(&shop, login, "wrong horse").await;
        assert!(matches!(refused, Err(LogInError::BadCredentials)), "{login}");
        assert_eq!(shop.verifications.load(Ordering::SeqCst), verified + 1, "{login}");
    }
    assert_eq!(shop.snapshot(), before);
}

#[tokio::test]
async fn staff_need_a_longer_password() {
    let shop = Shop::open();
    for role in [Role::Staff, Role::SuperAdmin] {
        let command = RegisterUserCommand { role, ..registration("ann") };
        let refused = register(&shop, command).await;
        let why = PasswordRefused::TooShort;
        assert!(matches!(&refused, Err(RegisterError::Password(is)) if *is == why), "{refused:?}");
    }
    let password = Secret("correct horse battery".into());
    let command = RegisterUserCommand { role: Role::Staff, password, ..registration("ann") };
    register(&shop, command).await.unwrap();
}

#[tokio::test]
async fn an_old_hash_is_replaced_by_whoever_shows_the_right_password() {
    let shop = Shop::open();
    let user = shop.register("ann").await.user;
    let hash = |shop: &Shop| shop.state.lock().users[&user.id].password_hash.clone();
    let old = "old:correct horse".to_owned();
    shop.state.lock().users.get_mut(&user.id).unwrap().password_hash = old.clone();
    assert!(log_in(&shop, "ann@example.com", "wrong horse").await.is_err());
    assert_eq!(hash(&shop), old);
    let before = shop.events();
    log_in(&shop, "ann@example.com", "correct horse").await.unwrap();
    assert_eq!(hash(&shop), "plain:correct horse");
    assert_eq!(shop.events(), before);
    log_in(&shop, "ann@example.com", "correct horse").await.unwrap();
}

#[tokio::test]
async fn only_a_right_password_learns_that_an_account_is_deactivated() {
    let shop = Shop::open();
    let user = shop.register("ann").await.user;
    shop.state.lock().users.get_mut(&user.id).unwrap().deactivate(FrozenClock::START);
    let before = shop.snapshot();

    let refused = log_in(&shop, "ann@example.com", "wrong horse").await;
    assert!(matches!(refused, Err(LogInError::BadCredentials)), "{refused:?}");
    let refused = log_in(&shop, "ann@example.com", "correct horse").await;
    assert!(matches!(refused, Err(LogInError::Deactivated)), "{refused:?}");
    assert_eq!(shop.snapshot(), before);
}

#[tokio::test]
async fn the_oldest_session_ends_when_there_are_more_than_twenty() {
    let shop = Shop::open();
    let first = shop.register("ann").await.tokens;
    for _ in 0..20 {
        shop.clock.advance(time::Duration::SECOND);
        log_in(&shop, "ann@example.com", "correct horse").await.unwrap();
    }
    let live = |shop: &Shop| {
        let tables = shop.state.lock();
        tables.sessions.values().filter(|session| session.revoked_at.is_none()).count()
    };
    assert_eq!(live(&shop), 20);
    let app = shop.app();
    let authenticate: &dyn Authenticate = app.resolve_ref();
    assert!(authenticate.execute(&first.access_token.0).await.is_err());
}

#[tokio::test]
async fn registering_is_all_or_nothing() {
    at_each_step(5, async |faults| {
        let shop = Shop::open();
        let before = shop.snapshot();
        let store = Arc::new(MemoryIdentityStore::over(shop.state.clone()));
        let app = shop.app_over_people(FlakyIdentityStore::new(store, faults.clone()));
        let register_user: &dyn RegisterUser = app.resolve_ref();
        let failed = register_user.execute(registration("ann")).await.is_err();
        if failed {
            assert_eq!(shop.snapshot(), before);
            register_user.execute(registration("ann")).await.unwrap();
        }
        let tables = shop.state.lock();
        assert_eq!((tables.users.len(), tables.email_requests.len()), (1, 1));
        failed
    })
    .await;
}
