use domain::{
    audit::AuditActor,
    identity::{
        Authenticate, AuthenticateError, CleanUpSessions, Device, LogIn, LogInCommand, LogOut,
        LogOutCommand, LogOutError, OwnSessions, RefreshError, RefreshSession, RefreshToken,
        RevokeSessions, RevokeSessionsCommand, Secret, Session, SessionId, SignedIn, StepUp,
        StepUpCommand, StepUpError,
    },
    shared::{actor::Actor, event::Provenance, ports::IdGenerator},
};
use shaku::HasComponent;
use test_support::clock::FrozenClock;
use time::Duration;

use crate::shop::Shop;

async fn refresh(shop: &Shop, token: &RefreshToken) -> Result<SignedIn, RefreshError> {
    let app = shop.app();
    let refresh: &dyn RefreshSession = app.resolve_ref();
    refresh.execute(token.clone(), Provenance::default()).await
}

async fn authenticate(shop: &Shop, tokens: &SignedIn) -> Result<Actor, AuthenticateError> {
    let app = shop.app();
    let authenticate: &dyn Authenticate = app.resolve_ref();
    authenticate.execute(&tokens.access_token.0).await
}

async fn log_out(shop: &Shop, tokens: &SignedIn, which: OwnSessions) {
    let actor = authenticate(shop, tokens).await.unwrap();
    let app = shop.app();
    let log_out: &dyn LogOut = app.resolve_ref();
    let provenance = Provenance::default();
    log_out.execute(LogOutCommand { actor, which, provenance }).await.unwrap();
}

async fn log_in(shop: &Shop) -> SignedIn {
    let app = shop.app();
    let log_in: &dyn LogIn = app.resolve_ref();
    let (login, password) = ("ann@example.com".into(), Secret("correct horse".into()));
    let device = Device::default();
    let known_device = None;
    let command = LogInCommand { login, password, device, known_device };
    log_in.execute(command).await.unwrap().tokens
}

#[tokio::test]
async fn a_refresh_token_is_spent_for_the_next_one() {
    let shop = Shop::open();
    let mut tokens = shop.register("ann").await.tokens;
    for _ in 0..3 {
        shop.clock.advance(Session::GRACE);
        let next = refresh(&shop, &tokens.refresh_token).await.unwrap();
        assert_ne!(next.refresh_token, tokens.refresh_token);
        authenticate(&shop, &next).await.unwrap();
        tokens = next;
    }
    assert_eq!(shop.state.lock().sessions.values().next().unwrap().generation, 4);
}

#[tokio::test]
async fn parallel_tabs_get_the_same_successor() {
    let shop = Shop::open();
    let tokens = shop.register("ann").await.tokens;
    let app = std::sync::Arc::new(shop.app());
    let tabs: Vec<_> = (0..5)
        .map(|_| {
            let refresh: std::sync::Arc<dyn RefreshSession> = app.resolve();
            let token = tokens.refresh_token.clone();
            tokio::spawn(async move { refresh.execute(token, Provenance::default()).await })
        })
        .collect();
    let mut successors = Vec::new();
    for tab in tabs {
        successors.push(tab.await.unwrap().unwrap().refresh_token);
    }
    successors.dedup();
    assert_eq!(successors.len(), 1);
    assert_eq!(shop.state.lock().sessions.values().next().unwrap().generation, 2);
}

#[tokio::test]
async fn a_spent_token_that_comes_back_ends_the_whole_family() {
    let shop = Shop::open();
    let tokens = shop.register("ann").await.tokens;
    let next = refresh(&shop, &tokens.refresh_token).await.unwrap();
    authenticate(&shop, &next).await.unwrap();
    shop.clock.advance(Session::GRACE);
    // Remembered as live a moment ago, which must not help.
    authenticate(&shop, &next).await.unwrap();

    let refused = refresh(&shop, &tokens.refresh_token).await;

    assert!(matches!(refused, Err(RefreshError::SessionRevoked)), "{refused:?}");
    assert_eq!(shop.events().last(), Some(&"identity.session_family_revoked.v1"));
    assert_eq!(shop.audited(), ["session.family_revoked"]);
    let refused = refresh(&shop, &next.refresh_token).await;
    assert!(matches!(refused, Err(RefreshError::SessionRevoked)), "{refused:?}");
    let refused = authenticate(&shop, &next).await;
    assert!(matches!(refused, Err(AuthenticateError::SessionRevoked)), "{refused:?}");
    let revoked = shop.events().iter().filter(|name| name.contains("family_revoked")).count();
    assert_eq!(revoked, 1);
}

#[tokio::test]
async fn what_is_no_refresh_token_of_a_live_session_is_refused() {
    let shop = Shop::open();
    let registered = shop.register("ann").await;
    let before = shop.snapshot();
    let stray = "00000000-0000-0000-0000-000000000000 1 1";
    for text in [stray, "", &registered.tokens.access_token.0] {
        let refused = refresh(&shop, &RefreshToken(text.to_owned())).await;
        assert!(matches!(refused, Err(RefreshError::BadToken)), "{refused:?}");
    }
    assert_eq!(shop.snapshot(), before);

    shop.state.lock().users.get_mut(&registered.user.id).unwrap().deactivate(FrozenClock::START);
    let refused = refresh(&shop, &registered.tokens.refresh_token).await;
    assert!(matches!(refused, Err(RefreshError::SessionRevoked)), "{refused:?}");
    shop.state.lock().users.get_mut(&registered.user.id).unwrap().activate(FrozenClock::START);
    shop.clock.advance(Duration::days(30));
    let refused = refresh(&shop, &registered.tokens.refresh_token).await;
    assert!(matches!(refused, Err(RefreshError::SessionRevoked)), "{refused:?}");
}

#[tokio::test]
async fn logging_out_ends_this_session_at_once_and_no_other() {
    let shop = Shop::open();
    let here = shop.register("ann").await.tokens;
    let there = log_in(&shop).await;
    // Remembered as live a moment ago, which must not help.
    authenticate(&shop, &here).await.unwrap();
    log_out(&shop, &here, OwnSessions::This).await;

    let refused = authenticate(&shop, &here).await;
    assert!(matches!(refused, Err(AuthenticateError::SessionRevoked)), "{refused:?}");
    let refused = refresh(&shop, &here.refresh_token).await;
    assert!(matches!(refused, Err(RefreshError::SessionRevoked)), "{refused:?}");
    authenticate(&shop, &there).await.unwrap();
}

#[tokio::test]
async fn logging_out_everywhere_ends_every_session_of_the_person_only() {
    let shop = Shop::open();
    let bob = shop.register("bob").await.tokens;
    let here = shop.register("ann").await.tokens;
    let there = log_in(&shop).await;
    authenticate(&shop, &there).await.unwrap();
    log_out(&shop, &here, OwnSessions::All).await;

    for tokens in [&here, &there] {
        let refused = authenticate(&shop, tokens).await;
        assert!(matches!(refused, Err(AuthenticateError::SessionRevoked)), "{refused:?}");
    }
    authenticate(&shop, &bob).await.unwrap();
}

#[tokio::test]
async fn a_token_that_is_not_good_identifies_nobody() {
    let shop = Shop::open();
    let tokens = shop.register("ann").await.tokens;
    let app = shop.app();
    let execute: &dyn Authenticate = app.resolve_ref();
    let refused = execute.execute("forged").await;
    assert!(matches!(refused, Err(AuthenticateError::BadToken)), "{refused:?}");
    shop.clock.advance(Duration::seconds(900));
    let refused = authenticate(&shop, &tokens).await;
    assert!(matches!(refused, Err(AuthenticateError::BadToken)), "{refused:?}");
}

#[tokio::test]
async fn a_session_that_ends_elsewhere_is_noticed_within_a_second() {
    let shop = Shop::open();
    let tokens = shop.register("ann").await.tokens;
    authenticate(&shop, &tokens).await.unwrap();
    let now = domain::shared::ports::Clock::now(&shop.clock);
    for session in shop.state.lock().sessions.values_mut() {
        session.revoked_at = Some(now);
    }
    authenticate(&shop, &tokens).await.unwrap();
    shop.clock.advance(Duration::SECOND);
    assert!(authenticate(&shop, &tokens).await.is_err());
}

#[tokio::test]
async fn one_session_of_the_person_is_ended_and_nobody_elses() {
    let shop = Shop::open();
    let bob = shop.register("bob").await.tokens;
    let here = shop.register("ann").await.tokens;
    let there = log_in(&shop).await;
    let app = shop.app();
    let end: &dyn LogOut = app.resolve_ref();
    let actor = authenticate(&shop, &here).await.unwrap();
    let end = async |session: SessionId| {
        let which = OwnSessions::One(session);
        end.execute(LogOutCommand { actor, which, provenance: Provenance::default() }).await
    };
    let foreign = authenticate(&shop, &bob).await.unwrap().session.unwrap();
    let other = authenticate(&shop, &there).await.unwrap().session.unwrap();
    for unknown in [foreign, SessionId::new(shop.ids.next())] {
        let refused = end(unknown).await;
        assert!(matches!(refused, Err(LogOutError::NotFound)), "{refused:?}");
    }
    end(other).await.unwrap();
    let refused = authenticate(&shop, &there).await;
    assert!(matches!(refused, Err(AuthenticateError::SessionRevoked)), "{refused:?}");
    authenticate(&shop, &here).await.unwrap();
    authenticate(&shop, &bob).await.unwrap();
    assert!(matches!(end(other).await, Err(LogOutError::NotFound)), "it is over already");
}

#[tokio::test]
async fn sessions_ended_by_somebody_else_are_dead_at_once_and_in_the_audit_log() {
    let shop = Shop::open();
    let registered = shop.register("ann").await;
    let there = log_in(&shop).await;
    authenticate(&shop, &there).await.unwrap();
    let app = shop.app();
    let revoke: &dyn RevokeSessions = app.resolve_ref();
    let user = registered.user.id;
    let command = RevokeSessionsCommand {
        by: AuditActor::Cli,
        user,
        only: None,
        provenance: Provenance::default(),
    };
    assert_eq!(revoke.execute(command.clone()).await.unwrap().len(), 2);
    for tokens in [&registered.tokens, &there] {
        let refused = authenticate(&shop, tokens).await;
        assert!(matches!(refused, Err(AuthenticateError::SessionRevoked)), "{refused:?}");
    }
    assert_eq!(revoke.execute(command).await.unwrap(), [], "there is nothing left to end");
    assert_eq!(shop.audited(), ["session.revoked"]);
}

#[tokio::test]
async fn a_session_lasts_as_long_as_it_is_used_but_no_longer_than_its_days() {
    let shop = Shop::open();
    let mut tokens = shop.register("ann").await.tokens;
    for _ in 0..3 {
        shop.clock.advance(Duration::days(29));
        assert!(authenticate(&shop, &tokens).await.is_err(), "the access token is old");
        tokens = refresh(&shop, &tokens.refresh_token).await.unwrap();
    }
    shop.clock.advance(Duration::days(3) - Duration::MINUTE);
    tokens = refresh(&shop, &tokens.refresh_token).await.unwrap();
    authenticate(&shop, &tokens).await.unwrap();
    shop.clock.advance(Duration::MINUTE);
    let refused = refresh(&shop, &tokens.refresh_token).await;
    assert!(matches!(refused, Err(RefreshError::SessionRevoked)), "{refused:?}");
    let refused = authenticate(&shop, &tokens).await;
    assert!(matches!(refused, Err(AuthenticateError::SessionRevoked)), "{refused:?}");
}

#[tokio::test]
async fn what_is_over_for_long_is_removed() {
    let shop = Shop::open();
    let tokens = shop.register("ann").await.tokens;
    let kept = log_in(&shop).await;
    log_out(&shop, &tokens, OwnSessions::This).await;
    let app = shop.app();
    let clean_up: &dyn CleanUpSessions = app.resolve_ref();
    shop.clock.advance(Duration::days(7));
    // Of registering, the request that nobody took.
    assert_eq!(clean_up.execute(Some(Duration::days(7).unsigned_abs()), 10).await.unwrap(), 1);
    shop.clock.advance(Duration::SECOND);
    assert_eq!(clean_up.execute(Some(Duration::days(7).unsigned_abs()), 10).await.unwrap(), 1);
    refresh(&shop, &kept.refresh_token).await.unwrap();
    let refused = refresh(&shop, &tokens.refresh_token).await;
    assert!(matches!(refused, Err(RefreshError::BadToken)), "{refused:?}");
}

async fn step_up(shop: &Shop, actor: Actor, password: &str) -> Result<String, StepUpError> {
    let app = shop.app();
    let step_up: &dyn StepUp = app.resolve_ref();
    let password = Secret(password.into());
    step_up.execute(StepUpCommand { actor, password }).await.map(|made| made.token.0)
}

#[tokio::test]
async fn the_moment_of_the_password_goes_with_the_session_until_it_is_given_again() {
    let shop = Shop::open();
    let opened = domain::shared::ports::Clock::now(&shop.clock);
    let tokens = shop.register("ann").await.tokens;
    shop.clock.advance(Duration::HOUR);
    let next = refresh(&shop, &tokens.refresh_token).await.unwrap();
    let actor = authenticate(&shop, &next).await.unwrap();
    assert_eq!(actor.authenticated_at, opened, "refreshing proves nothing");

    let again = domain::shared::ports::Clock::now(&shop.clock);
    let token = step_up(&shop, actor, "correct horse").await.unwrap();
    let app = shop.app();
    let execute: &dyn Authenticate = app.resolve_ref();
    assert_eq!(execute.execute(&token).await.unwrap().authenticated_at, again);
    shop.clock.advance(Duration::MINUTE);
    let next = refresh(&shop, &next.refresh_token).await.unwrap();
    assert_eq!(authenticate(&shop, &next).await.unwrap().authenticated_at, again);
}

#[tokio::test]
async fn a_wrong_password_or_an_ended_session_proves_nothing() {
    let shop = Shop::open();
    let tokens = shop.register("ann").await.tokens;
    let actor = authenticate(&shop, &tokens).await.unwrap();
    let before = shop.snapshot();
    let refused = step_up(&shop, actor, "wrong").await;
    assert!(matches!(refused, Err(StepUpError::BadPassword)), "{refused:?}");
    assert_eq!(shop.snapshot(), before);
    log_out(&shop, &tokens, OwnSessions::This).await;
    let refused = step_up(&shop, actor, "correct horse").await;
    assert!(matches!(refused, Err(StepUpError::SessionRevoked)), "{refused:?}");
    shop.state.lock().users.get_mut(&actor.user).unwrap().deactivate(FrozenClock::START);
    let refused = step_up(&shop, actor, "correct horse").await;
    assert!(matches!(refused, Err(StepUpError::SessionRevoked)), "{refused:?}");
}
