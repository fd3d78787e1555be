//! Accounts that move to another address, and word that is left at the old one.

use domain::{
    identity::{
        ChangeEmail, ChangeEmailCommand, EditUser, EditUserCommand, EmailAddress, EmailTokenError,
        Permission, UserEdit, UserError, UserId, UserView,
    },
    shared::{actor::Actor, event::Provenance},
};
use shaku::HasComponent;
use time::Duration;

use crate::{
    app::App,
    atomicity::at_each_step,
    mailed::{actor_of, delivered, flaky, last_word, verify},
    shop::Shop,
};

async fn move_to(app: &App, actor: Actor, email: &str) -> Result<(), UserError> {
    let change: &dyn ChangeEmail = app.resolve_ref();
    let email = EmailAddress::parse(email).unwrap();
    let provenance = Provenance::default();
    change.execute(ChangeEmailCommand { actor, email, provenance }).await
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
