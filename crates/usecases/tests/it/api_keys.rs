use domain::{
    identity::{
        ApiKeyError, Authenticate, AuthenticateError, CreateApiKey, CreateApiKeyCommand,
        IdentityStore, MAX_API_KEYS, NewApiKey, Permission, Permissions, RevokeApiKey,
        RevokeApiKeyCommand, Role,
    },
    shared::{actor::Actor, event::Provenance},
};
use infra_memory::store::MemoryIdentityStore;
use shaku::HasComponent;
use test_support::builders;
use time::Duration;

use crate::shop::Shop;

fn scopes(all: &[Permission]) -> Permissions {
    all.iter().copied().collect()
}

/// Somebody on the staff who may write the catalogue and read orders.
async fn clerk(shop: &Shop) -> Actor {
    let mut user = builders::user(&shop.ids, "clerk");
    user.profile.role = Role::Staff;
    user.profile.permissions = scopes(&[Permission::CatalogueWrite, Permission::OrdersRead]);
    let store = MemoryIdentityStore::over(shop.state.clone());
    let mut uow = store.begin(&Provenance::default()).await.unwrap();
    uow.users().insert(&user).await.unwrap();
    uow.commit().await.unwrap();
    Actor { user: user.id, permissions: user.profile.permissions, ..shop.staff() }
}

async fn create(shop: &Shop, actor: Actor, scopes: Permissions) -> Result<NewApiKey, ApiKeyError> {
    let app = shop.app();
    let create_api_key: &dyn CreateApiKey = app.resolve_ref();
    let expires_at = Some(domain::shared::ports::Clock::now(&shop.clock) + Duration::DAY);
    let (name, provenance) = ("till".to_owned(), Provenance::default());
    create_api_key
        .execute(CreateApiKeyCommand {
            actor,
            by: actor.into(),
            name,
            scopes,
            expires_at,
            provenance,
        })
        .await
}

async fn who(shop: &Shop, key: &NewApiKey) -> Result<Actor, AuthenticateError> {
    let app = shop.app();
    let authenticate: &dyn Authenticate = app.resolve_ref();
    authenticate.execute(&key.token.0).await
}

#[tokio::test]
async fn a_key_may_what_it_was_made_for_as_long_as_its_owner_may() {
    let shop = Shop::open();
    let clerk = clerk(&shop).await;
    let key = create(&shop, clerk, scopes(&[Permission::OrdersRead])).await.unwrap();
    let program = who(&shop, &key).await.unwrap();
    assert_eq!((program.user, program.session), (clerk.user, None));
    assert!(program.may(Permission::OrdersRead) && !program.may(Permission::CatalogueWrite));

    let demote = |permissions| {
        let mut tables = shop.state.lock();
        tables.users.get_mut(&clerk.user).unwrap().profile.permissions = permissions;
    };
    demote(Permissions::NONE);
    assert!(!who(&shop, &key).await.unwrap().may(Permission::OrdersRead));
}

#[tokio::test]
async fn nobody_makes_a_key_that_may_more_than_they_do() {
    let shop = Shop::open();
    let clerk = clerk(&shop).await;
    let refused = create(&shop, clerk, scopes(&[Permission::UsersWrite])).await;
    assert!(matches!(refused, Err(ApiKeyError::Scope(_))), "{refused:?}");
    let ann = shop.customer("ann").await;
    let refused = create(&shop, ann, scopes(&[Permission::OrdersRead])).await;
    assert!(matches!(refused, Err(ApiKeyError::Scope(_))), "{refused:?}");
    assert!(shop.state.lock().api_keys.is_empty());
}

#[tokio::test]
async fn a_key_ends_when_it_is_revoked_or_its_time_is_up() {
    let shop = Shop::open();
    let (ann, bob) = (shop.customer("ann").await, shop.customer("bob").await);
    let first = create(&shop, ann, Permissions::NONE).await.unwrap();
    let second = create(&shop, ann, Permissions::NONE).await.unwrap();
    let revoke = async |actor: Actor| {
        let app = shop.app();
        let revoke_api_key: &dyn RevokeApiKey = app.resolve_ref();
        let (key, provenance) = (first.key.id, Provenance::default());
        revoke_api_key
            .execute(RevokeApiKeyCommand { owner: actor.user, by: actor.into(), key, provenance })
            .await
    };
    assert!(matches!(revoke(bob).await, Err(ApiKeyError::NotFound)));
    assert_eq!(who(&shop, &first).await.unwrap().user, ann.user);
    revoke(ann).await.unwrap();
    assert!(matches!(who(&shop, &first).await, Err(AuthenticateError::BadToken)));
    assert!(matches!(revoke(ann).await, Err(ApiKeyError::NotFound)));

    who(&shop, &second).await.unwrap();
    shop.clock.advance(Duration::DAY);
    assert!(matches!(who(&shop, &second).await, Err(AuthenticateError::BadToken)));
}

#[tokio::test]
async fn a_person_has_no_more_keys_than_the_limit() {
    let shop = Shop::open();
    let ann = shop.customer("ann").await;
    for _ in 0..MAX_API_KEYS {
        create(&shop, ann, Permissions::NONE).await.unwrap();
    }
    let refused = create(&shop, ann, Permissions::NONE).await;
    assert!(matches!(refused, Err(ApiKeyError::TooMany)), "{refused:?}");
}
