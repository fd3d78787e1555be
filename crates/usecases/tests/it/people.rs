//! Accounts, changed by their owners and by those who look after them.

use std::sync::Arc;

use domain::{
    identity::{
        Authenticate, ChangePassword, ChangePasswordCommand, CreateUser, CreateUserCommand, Device,
        Edit, EditUser, EditUserCommand, EmailAddress, EraseUser, EraseUserCommand, LogIn,
        LogInCommand, NewUser, PasswordRefused, Permission, Permissions, ProfileEdit, Role, Secret,
        SessionId, SignedIn, UserEdit, UserError, UserId, UserView,
    },
    shared::{actor::Actor, event::Provenance, ports::IdGenerator},
};
use infra_memory::store::MemoryIdentityStore;
use shaku::HasComponent;
use test_support::{
    clock::FrozenClock,
    flaky::{Faults, FlakyIdentityStore},
};

use crate::{app::App, meanwhile::Meanwhile, shop::Shop};

pub(crate) fn profile(name: &str, role: Role) -> NewUser {
    NewUser {
        email: EmailAddress::parse(&format!("{name}@example.com")).unwrap(),
        username: None,
        first_name: Some(name.to_owned()),
        last_name: Some("Lee".to_owned()),
        role,
        permissions: Permissions::of_new(role),
    }
}

pub(crate) fn creation(by: Option<Actor>, profile: NewUser) -> CreateUserCommand {
    CreateUserCommand {
        by,
        profile,
        password: Secret("correct horse battery".into()),
        is_active: true,
        is_verified: false,
        provenance: Provenance::default(),
    }
}

/// Somebody with an account, made at the command line, and not signed in.
pub(crate) async fn person(shop: &Shop, name: &str, role: Role) -> Actor {
    let app = shop.app();
    let create: &dyn CreateUser = app.resolve_ref();
    let user = create.execute(creation(None, profile(name, role))).await.unwrap();
    let session = SessionId::new(shop.ids.next());
    actor(&user, session)
}

pub(crate) fn actor(user: &UserView, session: SessionId) -> Actor {
    Actor {
        user: user.id,
        role: user.role,
        permissions: user.permissions,
        session: Some(session),
        authenticated_at: FrozenClock::START,
    }
}

/// The same person, who may also write accounts.
pub(crate) fn keeper(actor: Actor) -> Actor {
    let permissions = [Permission::UsersRead, Permission::UsersWrite].into_iter().collect();
    Actor { permissions, ..actor }
}

fn edit(actor: Actor, user: UserId, edit: UserEdit) -> EditUserCommand {
    EditUserCommand { actor, user, edit, provenance: Provenance::default() }
}

async fn change(app: &App, command: EditUserCommand) -> Result<UserView, UserError> {
    let edit: &dyn EditUser = app.resolve_ref();
    edit.execute(command).await
}

pub(crate) async fn erase(app: &App, actor: Actor, user: UserId) -> Result<(), UserError> {
    let erase: &dyn EraseUser = app.resolve_ref();
    erase.execute(EraseUserCommand { actor, user, provenance: Provenance::default() }).await
}

fn role(role: Role) -> UserEdit {
    UserEdit { role: Some(role), ..UserEdit::default() }
}

fn activity(is_active: bool) -> UserEdit {
    UserEdit { is_active: Some(is_active), ..UserEdit::default() }
}

fn first_name(name: &str) -> UserEdit {
    let profile = ProfileEdit { first_name: Edit::Set(name.into()), ..ProfileEdit::default() };
    UserEdit { profile, ..UserEdit::default() }
}

pub(crate) async fn log_in(shop: &Shop, name: &str, password: &str) -> Option<SignedIn> {
    let app = shop.app();
    let log_in: &dyn LogIn = app.resolve_ref();
    let login = format!("{name}@example.com");
    let (password, device) = (Secret(password.into()), Device::default());
    let command = LogInCommand { login, password, device, known_device: None };
    log_in.execute(command).await.ok().map(|logged_in| logged_in.tokens)
}

pub(crate) async fn is_signed_in(shop: &Shop, tokens: &SignedIn) -> bool {
    let app = shop.app();
    let authenticate: &dyn Authenticate = app.resolve_ref();
    authenticate.execute(&tokens.access_token.0).await.is_ok()
}

/// What was noted: who did what to whom, and the details.
pub(crate) fn noted(shop: &Shop) -> Vec<(String, String, String)> {
    let tables = shop.state.lock();
    let entries = tables.audit.iter();
    entries.map(|one| (one.actor_kind.clone(), one.action.clone(), one.details.clone())).collect()
}

pub(crate) fn note(kind: &str, action: &str, details: &str) -> (String, String, String) {
    (kind.into(), action.into(), details.into())
}

#[tokio::test]
async fn an_account_made_for_somebody_has_no_session_and_is_noted() {
    let shop = Shop::open();
    let ann = person(&shop, "ann", Role::SuperAdmin).await;
    let app = shop.app();
    let create: &dyn CreateUser = app.resolve_ref();
    let command = CreateUserCommand {
        is_active: false,
        is_verified: true,
        ..creation(Some(ann), profile("bob", Role::Staff))
    };
    let bob = create.execute(command).await.unwrap();
    assert!(!bob.is_active && bob.is_verified);
    assert_eq!((bob.role, bob.permissions), (Role::Staff, Permissions::of_new_staff()));
    assert!(shop.state.lock().sessions.is_empty());
    assert_eq!(shop.events(), ["identity.user_registered.v1"; 2]);
    let expected = [
        note("cli", "user.created", "role=super_admin"),
        note("user", "user.created", "role=staff"),
    ];
    assert_eq!(noted(&shop), expected);
}

#[tokio::test]
async fn only_a_super_admin_makes_staff_and_every_rule_of_registering_holds() {
    let shop = Shop::open();
    let (ann, bob) =
        (person(&shop, "ann", Role::SuperAdmin).await, person(&shop, "bob", Role::Staff).await);
    let app = shop.app();
    let create: &dyn CreateUser = app.resolve_ref();
    let before = shop.snapshot();
    for wanted in [Role::Staff, Role::SuperAdmin] {
        let refused = create.execute(creation(Some(keeper(bob)), profile("eve", wanted))).await;
        assert!(matches!(refused, Err(UserError::Forbidden(_))), "{refused:?}");
    }
    let all = NewUser { permissions: Permissions::ALL, ..profile("eve", Role::User) };
    let refused = create.execute(creation(Some(ann), all)).await;
    assert!(matches!(refused, Err(UserError::NotOnStaff)), "{refused:?}");
    let refused = create.execute(creation(Some(ann), profile("BOB", Role::User))).await;
    assert!(matches!(refused, Err(UserError::EmailTaken)), "{refused:?}");
    let weak = CreateUserCommand {
        password: Secret("short".into()),
        ..creation(Some(ann), profile("eve", Role::User))
    };
    let refused = create.execute(weak).await;
    assert!(matches!(refused, Err(UserError::Password(PasswordRefused::TooShort))), "{refused:?}");
    assert_eq!(shop.snapshot(), before);
    create.execute(creation(Some(keeper(bob)), profile("eve", Role::User))).await.unwrap();
}

#[tokio::test]
async fn names_are_changed_without_a_trace_and_without_ending_sessions() {
    let shop = Shop::open();
    let registered = shop.register("ann").await;
    let ann = actor(&registered.user, SessionId::new(shop.ids.next()));
    let app = shop.app();
    shop.clock.advance(time::Duration::SECOND);
    let changed = change(&app, edit(ann, ann.user, first_name("Anna"))).await.unwrap();
    assert_eq!(changed.first_name.as_deref(), Some("Anna"));
    assert!(changed.updated_at > registered.user.updated_at);
    assert!(is_signed_in(&shop, &registered.tokens).await);
    assert_eq!(noted(&shop), []);
    let refused = change(&app, edit(ann, UserId::new(shop.ids.next()), first_name("X"))).await;
    assert!(matches!(refused, Err(UserError::NotFound)), "{refused:?}");
}

#[tokio::test]
async fn rights_are_what_decides_whose_account_is_changed() {
    let shop = Shop::open();
    let boss = person(&shop, "boss", Role::SuperAdmin).await;
    let staff = person(&shop, "staff", Role::Staff).await;
    let colleague = person(&shop, "colleague", Role::Staff).await;
    let (ann, bob) =
        (person(&shop, "ann", Role::User).await, person(&shop, "bob", Role::User).await);
    let app = shop.app();
    let rights =
        |wanted: Permissions| UserEdit { permissions: Some(wanted), ..UserEdit::default() };
    let keeper = keeper(staff);
    for (actor, user, wanted) in [
        // A customer changes nobody else, and nothing but names.
        (ann, bob, first_name("X")),
        (ann, ann, activity(true)),
        (ann, ann, UserEdit { is_verified: Some(true), ..UserEdit::default() }),
        (ann, ann, UserEdit { email: EmailAddress::parse("x@y.zz"), ..UserEdit::default() }),
        (ann, ann, role(Role::Staff)),
        (ann, ann, rights(Permissions::ALL)),
        // Staff without the permission, too.
        (staff, ann, first_name("X")),
        // With it nobody on the staff, and no rights, not even their own.
        (keeper, colleague, first_name("X")),
        (keeper, boss, activity(false)),
        (keeper, ann, role(Role::Staff)),
        (keeper, staff, rights(Permissions::ALL)),
        (keeper, staff, role(Role::SuperAdmin)),
        (keeper, staff, activity(true)),
    ] {
        let before = shop.snapshot();
        let refused = change(&app, edit(actor, user.user, wanted.clone())).await;
        assert!(matches!(refused, Err(UserError::Forbidden(_))), "{wanted:?}: {refused:?}");
        assert_eq!(shop.snapshot(), before);
    }
    change(&app, edit(keeper, ann.user, first_name("Anna"))).await.unwrap();
    change(&app, edit(keeper, ann.user, role(Role::User))).await.unwrap();
    change(&app, edit(staff, staff.user, first_name("Sta"))).await.unwrap();
    change(&app, edit(boss, staff.user, role(Role::SuperAdmin))).await.unwrap();
    let expected = [
        note("user", "user.updated", "fields=first_name"),
        note("user", "user.role_changed", "from=staff to=super_admin permissions="),
    ];
    assert_eq!(noted(&shop)[5..], expected);
}

#[tokio::test]
async fn permissions_are_given_taken_and_go_with_the_role() {
    let shop = Shop::open();
    let boss = person(&shop, "boss", Role::SuperAdmin).await;
    let ann = person(&shop, "ann", Role::User).await;
    let app = shop.app();
    let read: Permissions = [Permission::UsersRead].into_iter().collect();
    let ask = async |role: Option<Role>, permissions: Option<Permissions>| {
        let wanted = UserEdit { role, permissions, ..UserEdit::default() };
        change(&app, edit(boss, ann.user, wanted)).await.map(|user| (user.role, user.permissions))
    };
    for (role, permissions, expected) in [
        (Some(Role::Staff), None, (Role::Staff, Permissions::of_new_staff())),
        (None, Some(read), (Role::Staff, read)),
        (Some(Role::Staff), None, (Role::Staff, read)),
        (None, Some(Permissions::NONE), (Role::Staff, Permissions::NONE)),
        (Some(Role::SuperAdmin), None, (Role::SuperAdmin, Permissions::NONE)),
        (Some(Role::Staff), Some(read), (Role::Staff, read)),
        (Some(Role::User), Some(Permissions::NONE), (Role::User, Permissions::NONE)),
    ] {
        assert_eq!(ask(role, permissions).await.unwrap(), expected);
    }
    for role in [None, Some(Role::User), Some(Role::SuperAdmin)] {
        let refused = ask(role, Some(read)).await;
        assert!(matches!(refused, Err(UserError::NotOnStaff)), "{refused:?}");
    }
}

#[tokio::test]
async fn other_rights_and_switching_off_end_every_session_at_once() {
    let shop = Shop::open();
    let boss = person(&shop, "boss", Role::SuperAdmin).await;
    let ann = person(&shop, "ann", Role::Staff).await;
    let app = shop.app();
    let write: Permissions = [Permission::UsersWrite].into_iter().collect();
    let rights = UserEdit { permissions: Some(write), ..UserEdit::default() };
    for (wanted, ends) in [
        (first_name("Anna"), false),
        (activity(true), false),
        (role(Role::Staff), false),
        (rights, true),
        (role(Role::User), true),
        (activity(false), true),
    ] {
        let tokens = log_in(&shop, "ann", "correct horse battery").await.unwrap();
        // The liveness is in the cache, as it would be.
        assert!(is_signed_in(&shop, &tokens).await);
        change(&app, edit(boss, ann.user, wanted.clone())).await.unwrap();
        assert_eq!(is_signed_in(&shop, &tokens).await, !ends, "{wanted:?}");
    }
    assert!(log_in(&shop, "ann", "correct horse battery").await.is_none());
    change(&app, edit(boss, ann.user, activity(true))).await.unwrap();
    assert!(log_in(&shop, "ann", "correct horse battery").await.is_some());
}

#[tokio::test]
async fn the_last_super_admin_stays() {
    let shop = Shop::open();
    let boss = person(&shop, "boss", Role::SuperAdmin).await;
    let other = person(&shop, "other", Role::SuperAdmin).await;
    let app = shop.app();
    // Whoever cannot sign in does not count.
    change(&app, edit(boss, other.user, activity(false))).await.unwrap();
    let before = shop.snapshot();
    for wanted in [role(Role::Staff), role(Role::User), activity(false)] {
        for actor in [boss, other] {
            let refused = change(&app, edit(actor, boss.user, wanted.clone())).await;
            assert!(matches!(refused, Err(UserError::LastSuperAdmin)), "{refused:?}");
        }
    }
    for actor in [boss, other] {
        let refused = erase(&app, actor, boss.user).await;
        assert!(matches!(refused, Err(UserError::LastSuperAdmin)), "{refused:?}");
    }
    assert_eq!(shop.snapshot(), before);
    change(&app, edit(boss, boss.user, first_name("B"))).await.unwrap();
    change(&app, edit(boss, other.user, activity(true))).await.unwrap();
    change(&app, edit(boss, boss.user, role(Role::User))).await.unwrap();
}

#[tokio::test]
async fn of_two_super_admins_who_remove_each_other_one_stays() {
    for wanted in [role(Role::User), activity(false)] {
        let shop = Shop::open();
        let boss = person(&shop, "boss", Role::SuperAdmin).await;
        let other = person(&shop, "other", Role::SuperAdmin).await;
        let app = shop.app();
        let (one, two) = tokio::join!(
            change(&app, edit(boss, other.user, wanted.clone())),
            change(&app, edit(other, boss.user, wanted.clone())),
        );
        let lost = match (one, two) {
            (Ok(_), Err(lost)) | (Err(lost), Ok(_)) => lost,
            both => panic!("{both:?}"),
        };
        assert!(matches!(lost, UserError::LastSuperAdmin), "{lost:?}");
    }
}

fn password(actor: Actor, current: &str, new: &str) -> ChangePasswordCommand {
    ChangePasswordCommand {
        actor,
        current: Secret(current.into()),
        new: Secret(new.into()),
        provenance: Provenance::default(),
    }
}

#[tokio::test]
async fn a_new_password_ends_every_other_session() {
    let shop = Shop::open();
    let registered = shop.register("ann").await;
    let other = log_in(&shop, "ann", "correct horse").await.unwrap();
    let app = shop.app();
    let authenticate: &dyn Authenticate = app.resolve_ref();
    let ann = authenticate.execute(&registered.tokens.access_token.0).await.unwrap();
    assert!(is_signed_in(&shop, &other).await);
    let change: &dyn ChangePassword = app.resolve_ref();

    let before = shop.snapshot();
    let wrong = change.execute(password(ann, "wrong horse", "better battery")).await;
    assert!(matches!(wrong, Err(UserError::WrongPassword)), "{wrong:?}");
    let weak = change.execute(password(ann, "correct horse", "short")).await;
    assert!(matches!(weak, Err(UserError::Password(PasswordRefused::TooShort))), "{weak:?}");
    assert_eq!(shop.snapshot(), before);

    change.execute(password(ann, "correct horse", "better battery")).await.unwrap();
    assert!(is_signed_in(&shop, &registered.tokens).await);
    assert!(!is_signed_in(&shop, &other).await);
    assert!(log_in(&shop, "ann", "correct horse").await.is_none());
    assert!(log_in(&shop, "ann", "better battery").await.is_some());
    assert_eq!(noted(&shop), [note("user", "password.changed", "sessions_ended=1")]);
}

#[tokio::test]
async fn a_password_that_was_changed_meanwhile_is_not_changed_back() {
    let shop = Shop::open();
    let user = shop.register("ann").await.user;
    let ann = actor(&user, SessionId::new(shop.ids.next()));
    let thief = Actor { session: Some(SessionId::new(shop.ids.next())), ..ann };
    let owner = shop.app();
    let meanwhile = async move {
        let change: &dyn ChangePassword = owner.resolve_ref();
        change.execute(password(ann, "correct horse", "better battery")).await.unwrap();
    };
    let store = Meanwhile::new(MemoryIdentityStore::over(shop.state.clone()), 1, meanwhile);
    let app = shop.app_over_people(store);
    let change: &dyn ChangePassword = app.resolve_ref();
    let late = change.execute(password(thief, "correct horse", "stolen horse")).await;
    assert!(matches!(late, Err(UserError::WrongPassword)), "{late:?}");
    assert!(log_in(&shop, "ann", "better battery").await.is_some());
}

/// Runs `ask` with the store of people failing at each step; it answers whether it failed.
async fn at_each_step(steps: u32, ask: impl AsyncFn(&App, Actor, Actor) -> bool) {
    let scene = async |faults: &Faults| {
        let shop = Shop::open();
        let boss = person(&shop, "boss", Role::SuperAdmin).await;
        let ann = person(&shop, "ann", Role::Staff).await;
        log_in(&shop, "ann", "correct horse battery").await.unwrap();
        let before = shop.snapshot();
        let store = Arc::new(MemoryIdentityStore::over(shop.state.clone()));
        let app = shop.app_over_people(FlakyIdentityStore::new(store, faults.clone()));
        let failed = ask(&app, boss, ann).await;
        if failed {
            assert_eq!(shop.snapshot(), before);
            assert!(!ask(&app, boss, ann).await, "asking again ends well");
        }
        assert_ne!(shop.snapshot(), before);
        failed
    };
    let counted = Faults::none();
    assert!(!scene(&counted).await, "fails without a fault");
    assert!(counted.steps() >= steps, "{} steps", counted.steps());
    for step in 1..=counted.steps() {
        assert!(scene(&Faults::at(step)).await, "the fault at step {step} was swallowed");
    }
}

#[tokio::test]
async fn every_change_of_an_account_is_all_or_nothing() {
    at_each_step(6, async |app, boss, ann| {
        change(app, edit(boss, ann.user, role(Role::User))).await.is_err()
    })
    .await;
    at_each_step(6, async |app, boss, ann| erase(app, boss, ann.user).await.is_err()).await;
    at_each_step(5, async |app, _, ann| {
        let change: &dyn ChangePassword = app.resolve_ref();
        let command = password(ann, "correct horse battery", "better battery than horse");
        change.execute(command).await.is_err()
    })
    .await;
    at_each_step(3, async |app, boss, _| {
        let create: &dyn CreateUser = app.resolve_ref();
        create.execute(creation(Some(boss), profile("eve", Role::User))).await.is_err()
    })
    .await;
}
