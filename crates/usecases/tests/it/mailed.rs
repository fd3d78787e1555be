//! What is done by mail: proving an address, and setting a new password.

use std::sync::{Arc, atomic::Ordering};

use domain::{
    identity::{
        ChangeEmail, ChangeEmailCommand, ChangePassword, ChangePasswordCommand, CleanUpSessions,
        Device, EditUser, EditUserCommand, EmailAddress, EmailRequestKind, EmailToken,
        EmailTokenError, EraseUser, EraseUserCommand, IdentityStore, Locale, LogIn, LogInCommand,
        LogInError, LoggedIn, PasswordRefused, Permission, RegisterError, RegisterQuietly,
        RegisterUser, RegisterUserCommand, RequestEmailToken, RequestEmailTokenCommand,
        ResetPassword, ResetPasswordCommand, ResetPasswordError, Secret, UserEdit, UserError,
        UserId, UserView, Username, VerifyEmail, VerifyEmailCommand,
    },
    messaging::{DeliverMails, MailTemplate},
    shared::{
        actor::Actor,
        event::{EventEnvelope, Provenance},
        ports::{Clock, IdGenerator},
    },
};
use infra_memory::store::MemoryIdentityStore;
use shaku::HasComponent;
use test_support::flaky::{Faults, FlakyIdentityStore};
use time::Duration;

use crate::{
    atomicity::at_each_step,
    meanwhile::Meanwhile,
    reactions::handler,
    shop::{App, Shop, registration},
};

const NEW: &str = "another fine password";

async fn request(shop: &Shop, kind: EmailRequestKind, email: &str) -> EventEnvelope {
    let app = shop.app();
    let request: &dyn RequestEmailToken = app.resolve_ref();
    let email = EmailAddress::parse(email).unwrap();
    let provenance = Provenance::default();
    request.execute(RequestEmailTokenCommand { kind, email, provenance }).await.unwrap();
    shop.event(match kind {
        EmailRequestKind::Verify => "identity.verification_requested.v1",
        EmailRequestKind::Reset => "identity.password_reset_requested.v1",
    })
}

/// Asks, and lets the worker decide and deliver; answers the texts of the mails.
async fn ask(shop: &Shop, kind: EmailRequestKind, email: &str) -> Vec<String> {
    let event = request(shop, kind, email).await;
    let app = shop.app();
    handler(&app, "email_token_mail").handle(&event).await.unwrap();
    let deliver: &dyn DeliverMails = app.resolve_ref();
    deliver.execute(100).await.unwrap();
    let mails: Vec<_> = shop.transport.sent.lock().unwrap().drain(..).collect();
    mails.into_iter().map(|mail| format!("{}: {}", mail.to, mail.text)).collect()
}

/// The token in the one mail that was sent.
async fn token(shop: &Shop, kind: EmailRequestKind, email: &str) -> Secret {
    let mails = ask(shop, kind, email).await;
    let [mail] = &mails[..] else { panic!("{mails:?}") };
    Secret(mail.rsplit_once(' ').unwrap().1.to_owned())
}

async fn verify(app: &App, token: &Secret) -> Result<UserView, EmailTokenError> {
    let verify: &dyn VerifyEmail = app.resolve_ref();
    let (token, provenance) = (token.clone(), Provenance::default());
    verify.execute(VerifyEmailCommand { token, provenance }).await
}

async fn reset(app: &App, token: &Secret, password: &str) -> Result<(), ResetPasswordError> {
    let reset: &dyn ResetPassword = app.resolve_ref();
    let (token, password) = (token.clone(), Secret(password.into()));
    let provenance = Provenance::default();
    reset.execute(ResetPasswordCommand { token, password, provenance }).await
}

async fn log_in(app: &App, password: &str) -> Result<LoggedIn, LogInError> {
    let log_in: &dyn LogIn = app.resolve_ref();
    let (login, password) = ("ann@example.com".into(), Secret(password.into()));
    let (device, known_device) = (Device::default(), None);
    log_in.execute(LogInCommand { login, password, device, known_device }).await
}

fn live_sessions(shop: &Shop) -> usize {
    let tables = shop.state.lock();
    tables.sessions.values().filter(|session| session.revoked_at.is_none()).count()
}

fn actor_of(shop: &Shop, user: &UserView) -> Actor {
    let session = shop.state.lock().sessions.values().next().map(|session| session.id);
    Actor {
        user: user.id,
        role: user.role,
        permissions: user.permissions,
        session,
        authenticated_at: shop.clock.now(),
    }
}

#[tokio::test]
async fn asking_leaves_the_same_traces_for_everybody() {
    let shop = Shop::open();
    shop.register("ann").await;
    let before = shop.snapshot();
    for email in ["ann@example.com", "nobody@example.com"] {
        for kind in [EmailRequestKind::Verify, EmailRequestKind::Reset] {
            let event = request(&shop, kind, email).await;
            let mut tables = shop.state.lock();
            let (id, row) = tables.email_requests.pop_last().unwrap();
            assert_eq!(
                (event.aggregate_id, row.kind, row.email_key.as_str()),
                (id.raw(), kind, email)
            );
            let data = format!("{:?}", event.event);
            assert!(!data.contains('@'), "{data}");
            tables.outbox.pop_last();
        }
    }
    assert_eq!(shop.snapshot(), before, "nothing else was written");
}

#[tokio::test]
async fn an_address_is_proven_by_what_was_mailed_to_it_once() {
    let shop = Shop::open();
    let ann = shop.register("ann").await.user;
    let token = token(&shop, EmailRequestKind::Verify, "ANN@example.com").await;
    let app = shop.app();
    let proven = verify(&app, &token).await.unwrap();
    assert_eq!((proven.id, proven.is_verified), (ann.id, true));
    assert!(shop.events().contains(&"identity.user_verified.v1"));
    let again = verify(&app, &token).await;
    assert!(matches!(again, Err(EmailTokenError::AlreadyVerified)), "{again:?}");
    shop.clock.advance(Duration::HOUR);
    let mails = ask(&shop, EmailRequestKind::Verify, "ann@example.com").await;
    assert_eq!(mails, [""; 0], "there is nothing left to prove");
}

#[tokio::test]
async fn whoever_registers_is_mailed_the_proof_of_the_address_once_and_in_their_language() {
    let shop = Shop::open();
    let app = shop.app();
    let register: &dyn RegisterUser = app.resolve_ref();
    let command = RegisterUserCommand { locale: Locale::Ru, ..registration("ann") };
    let ann = register.execute(command).await.unwrap().user;
    let mails = decided(&shop, &app).await;
    let [mail] = &mails[..] else { panic!("{mails:?}") };
    assert!(mail.starts_with("ann@example.com: ru verify_email "), "{mail}");
    assert_eq!(decided(&shop, &app).await, [""; 0], "handled again, it is not mailed again");
    let proven = verify(&app, &last_word(mail)).await.unwrap();
    assert_eq!((proven.id, proven.is_verified), (ann.id, true));
}

#[tokio::test]
async fn the_mail_goes_to_the_stored_address() {
    let shop = Shop::open();
    shop.register("ann").await;
    let mails = ask(&shop, EmailRequestKind::Reset, "\u{ff21}NN@Example.com").await;
    assert!(mails[0].starts_with("ann@example.com: reset_password "), "{mails:?}");
}

#[tokio::test]
async fn nobody_is_mailed_who_cannot_use_it() {
    let shop = Shop::open();
    shop.register("ann").await;
    for kind in [EmailRequestKind::Verify, EmailRequestKind::Reset] {
        assert_eq!(ask(&shop, kind, "nobody@example.com").await, [""; 0]);
    }
    {
        let mut tables = shop.state.lock();
        tables.users.values_mut().next().unwrap().deactivate(shop.clock.now());
    }
    for kind in [EmailRequestKind::Verify, EmailRequestKind::Reset] {
        assert_eq!(ask(&shop, kind, "ann@example.com").await, [""; 0]);
    }
    let tables = shop.state.lock();
    // The proof that registering asks for waits for the worker still.
    assert_eq!((tables.email_tokens.len(), tables.email_requests.len()), (0, 1));
}

#[tokio::test]
async fn an_account_gets_one_mail_a_minute_and_three_an_hour_and_nobody_is_told() {
    let shop = Shop::open();
    shop.register("ann").await;
    let mut sent = Vec::new();
    for minute in 0..65 {
        for _ in 0..2 {
            let mails = ask(&shop, EmailRequestKind::Reset, "ann@example.com").await;
            sent.extend(mails.iter().map(|_| minute));
        }
        shop.clock.advance(Duration::MINUTE);
    }
    assert_eq!(sent, [0, 1, 2, 60, 61, 62]);
}

#[tokio::test]
async fn a_request_that_is_handled_twice_is_mailed_once() {
    let shop = Shop::open();
    shop.register("ann").await;
    let event = request(&shop, EmailRequestKind::Reset, "ann@example.com").await;
    let app = shop.app();
    for _ in 0..3 {
        handler(&app, "email_token_mail").handle(&event).await.unwrap();
        shop.clock.advance(Duration::minutes(2));
    }
    assert_eq!(shop.state.lock().mails.len(), 1);
}

#[tokio::test]
async fn deciding_is_all_or_nothing() {
    at_each_step(6, async |faults| {
        let shop = Shop::open();
        shop.register("ann").await;
        let event = request(&shop, EmailRequestKind::Reset, "ann@example.com").await;
        let before = shop.snapshot();
        let app = shop.app_over_people(flaky(&shop, faults));
        let handler = handler(&app, "email_token_mail");
        let failed = handler.handle(&event).await.is_err();
        if failed {
            assert_eq!(shop.snapshot(), before);
            handler.handle(&event).await.unwrap();
        }
        let tables = shop.state.lock();
        assert_eq!((tables.email_tokens.len(), tables.mails.len()), (1, 1));
        failed
    })
    .await;
}

fn flaky(shop: &Shop, faults: &Faults) -> FlakyIdentityStore {
    let store = Arc::new(MemoryIdentityStore::over(shop.state.clone()));
    FlakyIdentityStore::new(store, faults.clone())
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

#[tokio::test]
async fn a_token_is_no_good_for_anything_else() {
    let shop = Shop::open();
    let ann = shop.register("ann").await.user;
    let resetting = token(&shop, EmailRequestKind::Reset, "ann@example.com").await;
    let verifying = token(&shop, EmailRequestKind::Verify, "ann@example.com").await;
    let unknown = Secret(format!("token-{}", shop.ids.next()));
    let app = shop.app();
    for token in [&resetting, &unknown, &Secret("nonsense".into())] {
        let refused = verify(&app, token).await;
        assert!(matches!(refused, Err(EmailTokenError::BadToken)), "{refused:?}");
    }
    for token in [&verifying, &unknown, &Secret("nonsense".into())] {
        let refused = reset(&app, token, NEW).await;
        assert!(matches!(refused, Err(ResetPasswordError::BadToken)), "{refused:?}");
    }
    shop.clock.advance(EmailToken::LIFETIME);
    assert!(matches!(verify(&app, &verifying).await, Err(EmailTokenError::BadToken)));
    assert!(matches!(reset(&app, &resetting, NEW).await, Err(ResetPasswordError::BadToken)));
    assert!(!shop.state.lock().users[&ann.id].state().is_verified);
}

#[tokio::test]
async fn tokens_die_with_the_password_the_address_and_the_account() {
    for change in ["password", "address", "use", "account"] {
        let shop = Shop::open();
        let ann = shop.register("ann").await.user;
        let resetting = token(&shop, EmailRequestKind::Reset, "ann@example.com").await;
        let verifying = token(&shop, EmailRequestKind::Verify, "ann@example.com").await;
        let (app, actor) = (shop.app(), actor_of(&shop, &ann));
        let provenance = Provenance::default();
        match change {
            "password" => {
                let change: &dyn ChangePassword = app.resolve_ref();
                let (current, new) = (Secret("correct horse".into()), Secret(NEW.into()));
                let command = ChangePasswordCommand { actor, current, new, provenance };
                change.execute(command).await.unwrap();
            }
            "account" => {
                let erase: &dyn EraseUser = app.resolve_ref();
                let command = EraseUserCommand { actor, user: ann.id, provenance };
                erase.execute(command).await.unwrap();
            }
            _ => {
                let mut tables = shop.state.lock();
                let user = tables.users.get_mut(&ann.id).unwrap();
                if change == "use" {
                    user.deactivate(shop.clock.now());
                } else {
                    let other = EmailAddress::parse("other@example.com").unwrap();
                    user.change_email(other, shop.clock.now());
                }
            }
        }
        let refused = reset(&app, &resetting, "yet another password").await;
        assert!(matches!(refused, Err(ResetPasswordError::BadToken)), "{change}: {refused:?}");
        let verified = verify(&app, &verifying).await;
        assert_eq!(verified.is_ok(), change == "password", "{change}: {verified:?}");
    }
}

#[tokio::test]
async fn a_mail_about_a_token_that_is_over_does_not_leave() {
    let shop = Shop::open();
    let ann = shop.customer("ann").await;
    let event = request(&shop, EmailRequestKind::Reset, "ann@example.com").await;
    let app = shop.app();
    handler(&app, "email_token_mail").handle(&event).await.unwrap();
    shop.clock.advance(EmailToken::LIFETIME);
    let deliver: &dyn DeliverMails = app.resolve_ref();
    assert_eq!(deliver.execute(10).await.unwrap(), 1);
    assert!(shop.transport.sent.lock().unwrap().is_empty());
    let tables = shop.state.lock();
    let row = tables.mails.values().next().unwrap();
    assert_eq!((row.mail.recipient, row.mail.template), (ann.user, MailTemplate::ResetPassword));
    assert_eq!((row.due_at, row.last_error.as_deref()), (None, Some("the token is over")));
}

#[tokio::test]
async fn old_tokens_are_cleaned_up() {
    let shop = Shop::open();
    shop.register("ann").await;
    token(&shop, EmailRequestKind::Reset, "ann@example.com").await;
    request(&shop, EmailRequestKind::Reset, "nobody@example.com").await;
    let app = shop.app();
    let clean_up: &dyn CleanUpSessions = app.resolve_ref();
    let month = std::time::Duration::from_secs(30 * 24 * 3_600);
    assert_eq!(clean_up.execute(Some(month), 10).await.unwrap(), 0);
    shop.clock.advance(Duration::days(2) + Duration::SECOND);
    // Ann's token, and the requests of her registration and of nobody.
    assert_eq!(clean_up.execute(Some(month), 10).await.unwrap(), 3);
}

async fn move_to(app: &App, actor: Actor, email: &str) -> Result<(), UserError> {
    let change: &dyn ChangeEmail = app.resolve_ref();
    let email = EmailAddress::parse(email).unwrap();
    let provenance = Provenance::default();
    change.execute(ChangeEmailCommand { actor, email, provenance }).await
}

/// Delivers what is queued; answers where it went and what it says.
async fn delivered(shop: &Shop, app: &App) -> Vec<String> {
    let deliver: &dyn DeliverMails = app.resolve_ref();
    deliver.execute(100).await.unwrap();
    let mails: Vec<_> = shop.transport.sent.lock().unwrap().drain(..).collect();
    mails.into_iter().map(|mail| format!("{}: {}", mail.to, mail.text)).collect()
}

fn last_word(text: &str) -> Secret {
    Secret(text.rsplit_once(' ').unwrap().1.to_owned())
}

#[tokio::test]
async fn an_account_moves_once_the_new_address_is_proven_and_the_old_one_is_told() {
    let shop = Shop::open();
    let ann = shop.register("ann").await.user;
    let (app, actor) = (shop.app(), actor_of(&shop, &ann));
    move_to(&app, actor, "Anna@new.example").await.unwrap();
    let mails = delivered(&shop, &app).await;
    let [mail] = &mails[..] else { panic!("{mails:?}") };
    assert!(mail.starts_with("Anna@new.example: confirm_email "), "{mail}");
    assert_eq!(shop.state.lock().users[&ann.id].profile.email.as_str(), "ann@example.com");

    let moved = verify(&app, &last_word(mail)).await.unwrap();
    assert_eq!((moved.email.as_str(), moved.is_verified), ("Anna@new.example", true));
    let told = delivered(&shop, &app).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("ann@example.com: email_changed "), "{told:?}");
    assert_eq!(shop.audited(), ["email.changed"]);
    assert!(shop.events().contains(&"identity.user_verified.v1"));
    let again = verify(&app, &last_word(mail)).await;
    assert!(matches!(again, Err(EmailTokenError::AlreadyVerified)), "{again:?}");
}

#[tokio::test]
async fn strangers_are_not_written_to_again_and_again() {
    let shop = Shop::open();
    let ann = shop.register("ann").await.user;
    let (app, actor) = (shop.app(), actor_of(&shop, &ann));
    move_to(&app, actor, "one@new.example").await.unwrap();
    let refused = move_to(&app, actor, "two@new.example").await;
    assert!(matches!(refused, Err(UserError::TooManyTries(_))), "{refused:?}");
    assert_eq!(shop.state.lock().mails.len(), 1);
    move_to(&app, actor, "ann@example.com").await.unwrap();
    assert_eq!(shop.state.lock().mails.len(), 1, "it is the address there is");
}

#[tokio::test]
async fn of_two_plans_to_move_the_one_that_is_proven_first_wins() {
    let shop = Shop::open();
    let ann = shop.register("ann").await.user;
    let (app, actor) = (shop.app(), actor_of(&shop, &ann));
    move_to(&app, actor, "one@new.example").await.unwrap();
    shop.clock.advance(Duration::MINUTE);
    move_to(&app, actor, "two@new.example").await.unwrap();
    let mails = delivered(&shop, &app).await;
    verify(&app, &last_word(&mails[1])).await.unwrap();
    let late = verify(&app, &last_word(&mails[0])).await;
    assert!(matches!(late, Err(EmailTokenError::BadToken)), "{late:?}");
    assert_eq!(shop.state.lock().users[&ann.id].profile.email.as_str(), "two@new.example");
}

#[tokio::test]
async fn of_two_who_move_to_one_address_one_gets_it() {
    let shop = Shop::open();
    let (ann, bob) = (shop.register("ann").await.user, shop.register("bob").await.user);
    let app = shop.app();
    for user in [&ann, &bob] {
        move_to(&app, actor_of(&shop, user), "nice@new.example").await.unwrap();
    }
    let mails = delivered(&shop, &app).await;
    verify(&app, &last_word(&mails[0])).await.unwrap();
    let before = shop.snapshot();
    let taken = verify(&app, &last_word(&mails[1])).await;
    assert!(matches!(taken, Err(EmailTokenError::EmailTaken)), "{taken:?}");
    assert_eq!(shop.snapshot(), before);
}

#[tokio::test]
async fn moving_is_all_or_nothing() {
    at_each_step(7, async |faults| {
        let shop = Shop::open();
        let ann = shop.register("ann").await.user;
        let app = shop.app();
        move_to(&app, actor_of(&shop, &ann), "new@new.example").await.unwrap();
        let token = last_word(&delivered(&shop, &app).await[0]);
        let before = shop.snapshot();
        let app = shop.app_over_people(flaky(&shop, faults));
        let failed = verify(&app, &token).await.is_err();
        if failed {
            assert_eq!(shop.snapshot(), before);
            verify(&app, &token).await.unwrap();
        }
        let mails = shop.state.lock().mails.len();
        assert_eq!((mails, shop.audited().len()), (2, 1));
        failed
    })
    .await;
}

/// Staff give the account another address.
async fn moved_by_staff(
    app: &App,
    staff: Actor,
    user: UserId,
    email: &str,
) -> Result<UserView, UserError> {
    let permissions = [Permission::UsersWrite].into_iter().collect();
    let actor = Actor { permissions, ..staff };
    let edit = UserEdit { email: EmailAddress::parse(email), ..UserEdit::default() };
    let change: &dyn EditUser = app.resolve_ref();
    change.execute(EditUserCommand { actor, user, edit, provenance: Provenance::default() }).await
}

#[tokio::test]
async fn an_address_that_staff_replace_is_told_and_ends_plans_to_move() {
    let shop = Shop::open();
    let ann = shop.register("ann").await.user;
    let (app, staff) = (shop.app(), shop.staff());
    move_to(&app, actor_of(&shop, &ann), "elsewhere@new.example").await.unwrap();
    let plan = last_word(&delivered(&shop, &app).await[0]);

    let moved = moved_by_staff(&app, staff, ann.id, "anna@new.example").await.unwrap();
    assert_eq!((moved.email.as_str(), moved.is_verified), ("anna@new.example", false));
    let told = delivered(&shop, &app).await;
    let [mail] = &told[..] else { panic!("{told:?}") };
    assert!(mail.starts_with("ann@example.com: email_changed "), "{mail}");
    let late = verify(&app, &plan).await;
    assert!(matches!(late, Err(EmailTokenError::BadToken)), "{late:?}");

    // Every address learns that it was replaced, however soon; what stays the same is no news.
    moved_by_staff(&app, staff, ann.id, "third@new.example").await.unwrap();
    moved_by_staff(&app, staff, ann.id, "THIRD@new.example").await.unwrap();
    let told = delivered(&shop, &app).await;
    let [mail] = &told[..] else { panic!("{told:?}") };
    assert!(mail.starts_with("anna@new.example: email_changed "), "{mail}");
    assert_eq!(shop.audited(), ["user.updated"; 3]);
}

#[tokio::test]
async fn replacing_an_address_is_all_or_nothing() {
    at_each_step(7, async |faults| {
        let shop = Shop::open();
        let (ann, staff) = (shop.register("ann").await.user.id, shop.staff());
        let before = shop.snapshot();
        let app = shop.app_over_people(flaky(&shop, faults));
        let failed = moved_by_staff(&app, staff, ann, "anna@new.example").await.is_err();
        if failed {
            assert_eq!(shop.snapshot(), before);
            moved_by_staff(&app, staff, ann, "anna@new.example").await.unwrap();
        }
        let mails = shop.state.lock().mails.len();
        assert_eq!((mails, shop.audited().len()), (1, 1));
        failed
    })
    .await;
}

async fn register_quietly(app: &App, command: RegisterUserCommand) -> Result<(), RegisterError> {
    let register: &dyn RegisterQuietly = app.resolve_ref();
    register.execute(command).await
}

/// Lets the worker decide on every request, and deliver.
async fn decided(shop: &Shop, app: &App) -> Vec<String> {
    let events: Vec<_> = shop.state.lock().outbox.values().map(|row| row.event.clone()).collect();
    let handler = handler(app, "email_token_mail");
    for event in events {
        if handler.subscriber().events.contains(&event.event.name()) {
            handler.handle(&event).await.unwrap();
        }
    }
    delivered(shop, app).await
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
