use domain::{
    identity::{
        Authenticate, AuthenticateError, Device, LogIn, LogInCommand, LogOut, LogOutCommand,
        RefreshError, RefreshSession, RefreshToken, Secret, Session, SignedIn, StepUp,
        StepUpCommand, StepUpError,
    },
    shared::{actor::Actor, event::Provenance},
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

async fn log_out(shop: &Shop, tokens: &SignedIn, everywhere: bool) {
    let actor = authenticate(shop, tokens).await.unwrap();
    let app = shop.app();
    let log_out: &dyn LogOut = app.resolve_ref();
    log_out.execute(LogOutCommand { actor, everywhere }).await.unwrap();
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
    log_out(&shop, &here, false).await;

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
    log_out(&shop, &here, true).await;

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
async fn without_the_cache_the_database_is_asked() {
    let shop = Shop::open();
    let tokens = shop.register("ann").await.tokens;
    shop.cache.switch_off();
    authenticate(&shop, &tokens).await.unwrap();
    log_out(&shop, &tokens, false).await;
    let refused = authenticate(&shop, &tokens).await;
    assert!(matches!(refused, Err(AuthenticateError::SessionRevoked)), "{refused:?}");
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
    log_out(&shop, &tokens, false).await;
    let refused = step_up(&shop, actor, "correct horse").await;
    assert!(matches!(refused, Err(StepUpError::SessionRevoked)), "{refused:?}");
    shop.state.lock().users.get_mut(&actor.user).unwrap().deactivate(FrozenClock::START);
    let refused = step_up(&shop, actor, "correct horse").await;
    assert!(matches!(refused, Err(StepUpError::SessionRevoked)), "{refused:?}");
}
