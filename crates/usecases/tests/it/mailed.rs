//! What is done by mail: whoever asks, what is sent to whom, and what it proves.

use std::sync::Arc;

use domain::{
    identity::{
        ChangePassword, ChangePasswordCommand, CleanUpSessions, EmailAddress, EmailRequestKind,
        EmailToken, EmailTokenError, EraseUser, EraseUserCommand, Locale, RegisterUser,
        RegisterUserCommand, RequestEmailToken, RequestEmailTokenCommand, ResetPasswordError,
        Secret, UserView, VerifyEmail, VerifyEmailCommand,
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
    app::App,
    atomicity::at_each_step,
    reactions::handler,
    resetting::{NEW, reset},
    shop::{Shop, registration},
};

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
pub(crate) async fn token(shop: &Shop, kind: EmailRequestKind, email: &str) -> Secret {
    let mails = ask(shop, kind, email).await;
    let [mail] = &mails[..] else { panic!("{mails:?}") };
    Secret(mail.rsplit_once(' ').unwrap().1.to_owned())
}

pub(crate) async fn verify(app: &App, token: &Secret) -> Result<UserView, EmailTokenError> {
    let verify: &dyn VerifyEmail = app.resolve_ref();
    let (token, provenance) = (token.clone(), Provenance::default());
    verify.execute(VerifyEmailCommand { token, provenance }).await
}

pub(crate) fn actor_of(shop: &Shop, user: &UserView) -> Actor {
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

pub(crate) fn flaky(shop: &Shop, faults: &Faults) -> FlakyIdentityStore {
    let store = Arc::new(MemoryIdentityStore::over(shop.state.clone()));
    FlakyIdentityStore::new(store, faults.clone())
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

/// Delivers what is queued; answers where it went and what it says.
pub(crate) async fn delivered(shop: &Shop, app: &App) -> Vec<String> {
    let deliver: &dyn DeliverMails = app.resolve_ref();
    deliver.execute(100).await.unwrap();
    let mails: Vec<_> = shop.transport.sent.lock().unwrap().drain(..).collect();
    mails.into_iter().map(|mail| format!("{}: {}", mail.to, mail.text)).collect()
}

pub(crate) fn last_word(text: &str) -> Secret {
    Secret(text.rsplit_once(' ').unwrap().1.to_owned())
}

/// Lets the worker decide on every request, and deliver.
pub(crate) async fn decided(shop: &Shop, app: &App) -> Vec<String> {
    let events: Vec<_> = shop.state.lock().outbox.values().map(|row| row.event.clone()).collect();
    let handler = handler(app, "email_token_mail");
    for event in events {
        if handler.subscriber().events.contains(&event.event.name()) {
            handler.handle(&event).await.unwrap();
        }
    }
    delivered(shop, app).await
}
