//! Registering so that nobody learns who has an account.

use domain::identity::{
    Locale, LogInError, RegisterError, RegisterQuietly, RegisterUserCommand, Secret, Username,
};
use infra_memory::store::MemoryIdentityStore;
use shaku::HasComponent;

use crate::{
    app::App,
    atomicity::at_each_step,
    mailed::{decided, flaky, last_word, verify},
    meanwhile::Meanwhile,
    resetting::{NEW, log_in, reset},
    shop::{Shop, registration},
};

async fn register_quietly(app: &App, command: RegisterUserCommand) -> Result<(), RegisterError> {
    let register: &dyn RegisterQuietly = app.resolve_ref();
    register.execute(command).await
}

fn quiet_shop() -> Shop {
    Shop { only_proven: true, ..Shop::open() }
}

#[tokio::test]
async fn a_quiet_registration_comes_in_once_the_address_is_proven() {
    let shop = quiet_shop();
    let app = shop.app();
    register_quietly(&app, registration("ann")).await.unwrap();
    assert!(shop.events().contains(&"identity.user_registered.v1"));
    let refused = log_in(&app, "correct horse").await;
    assert!(matches!(refused, Err(LogInError::BadCredentials)), "{refused:?}");
    let mails = decided(&shop, &app).await;
    assert!(mails[0].starts_with("ann@example.com: verify_email "), "{mails:?}");
    verify(&app, &last_word(&mails[0])).await.unwrap();
    log_in(&app, "correct horse").await.unwrap();
}

/// Neither the answer nor a log-in with the password that was chosen tells who has an account.
#[tokio::test]
async fn a_quiet_registration_of_an_account_there_is_tells_its_owner_alone() {
    let shop = quiet_shop();
    shop.register("ann").await;
    let app = shop.app();
    decided(&shop, &app).await;
    let eve = RegisterUserCommand { password: Secret(NEW.into()), ..registration("ann") };
    for _ in 0..3 {
        register_quietly(&app, eve.clone()).await.unwrap();
    }
    assert!(matches!(log_in(&app, NEW).await, Err(LogInError::BadCredentials)));
    assert_eq!(shop.state.lock().users.len(), 1);
    let mails = decided(&shop, &app).await;
    let [mail] = &mails[..] else { panic!("{mails:?}") };
    assert!(mail.starts_with("ann@example.com: reset_password "), "{mail}");
    // The link in it is a way back in, and proves the address.
    reset(&app, &last_word(mail), "the owner's own choice").await.unwrap();
    log_in(&app, "the owner's own choice").await.unwrap();
}

#[tokio::test]
async fn a_taken_user_name_is_told_whoever_has_the_address() {
    let shop = quiet_shop();
    let app = shop.app();
    let named =
        |name| RegisterUserCommand { username: Username::parse("Annie"), ..registration(name) };
    register_quietly(&app, named("ann")).await.unwrap();
    for name in ["ann", "bob"] {
        let refused = register_quietly(&app, named(name)).await;
        assert!(matches!(refused, Err(RegisterError::UsernameTaken)), "{name}: {refused:?}");
    }
}

#[tokio::test]
async fn a_quiet_registration_that_loses_a_race_is_none() {
    let shop = quiet_shop();
    let first = shop.app();
    let store = Meanwhile::new(MemoryIdentityStore::over(shop.state.clone()), 1, async move {
        register_quietly(&first, registration("ann")).await.unwrap();
    });
    register_quietly(&shop.app_over_people(store), registration("ann")).await.unwrap();
    assert_eq!(shop.state.lock().users.len(), 1);
}

#[tokio::test]
async fn registering_quietly_is_all_or_nothing() {
    at_each_step(5, async |faults| {
        let shop = quiet_shop();
        let before = shop.snapshot();
        let app = shop.app_over_people(flaky(&shop, faults));
        let failed = register_quietly(&app, registration("ann")).await.is_err();
        if failed {
            assert_eq!(shop.snapshot(), before);
            register_quietly(&app, registration("ann")).await.unwrap();
        }
        let tables = shop.state.lock();
        assert_eq!((tables.users.len(), tables.email_requests.len()), (1, 1));
        failed
    })
    .await;
}

#[tokio::test]
async fn a_mail_is_written_in_the_language_of_its_reader() {
    let shop = Shop::open();
    let app = shop.app();
    let command = RegisterUserCommand { locale: Locale::Ru, ..registration("ann") };
    register_quietly(&app, command).await.unwrap();
    let mails = decided(&shop, &app).await;
    assert!(mails[0].starts_with("ann@example.com: ru verify_email ann"), "{mails:?}");
}
