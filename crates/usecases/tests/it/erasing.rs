//! What people take along when they go, and what is left of them.

use domain::{
    identity::{CreateUser, ExportPerson, NewUser, Role, SessionId, UserError, Username},
    shared::{event::Provenance, ports::IdGenerator},
};
use shaku::HasComponent;
use test_support::builders;

use crate::{
    people::{actor, creation, erase, is_signed_in, keeper, log_in, note, noted, person, profile},
    shop::Shop,
};

#[tokio::test]
async fn an_erased_person_leaves_no_name_anywhere() {
    let shop = Shop::open();
    let tea = shop.goods("tea", 5).await;
    let app = shop.app();
    let create: &dyn CreateUser = app.resolve_ref();
    let named = NewUser {
        username: Username::parse("Wilhelmina"),
        last_name: Some("Zzyzx".into()),
        ..profile("wilhelmina", Role::User)
    };
    let user = create.execute(creation(None, named)).await.unwrap();
    let tokens = log_in(&shop, "wilhelmina", "correct horse battery").await.unwrap();
    let ann = actor(&user, SessionId::new(shop.ids.next()));
    let order = shop.place(ann, tea, 1).await;
    assert!(shop.snapshot().to_lowercase().contains("wilhelmina"));

    erase(&app, ann, ann.user).await.unwrap();

    let left = shop.snapshot().to_lowercase();
    for trace in ["wilhelmina", "zzyzx", "plain:"] {
        assert!(!left.contains(trace), "{trace}");
    }
    assert!(!is_signed_in(&shop, &tokens).await);
    assert!(log_in(&shop, "wilhelmina", "correct horse battery").await.is_none());
    assert_eq!(shop.events().last(), Some(&"identity.user_deleted.v1"));
    assert_eq!(noted(&shop).last(), Some(&note("user", "user.erased", "")));
    assert_eq!(shop.state.lock().orders[&order.id].customer(), ann.user);
    let again = erase(&app, ann, ann.user).await;
    assert!(matches!(again, Err(UserError::NotFound)), "{again:?}");
    create.execute(creation(None, profile("wilhelmina", Role::User))).await.unwrap();
}

#[tokio::test]
async fn only_the_person_and_those_who_look_after_them_erase_an_account() {
    let shop = Shop::open();
    let boss = person(&shop, "boss", Role::SuperAdmin).await;
    let staff = person(&shop, "staff", Role::Staff).await;
    let colleague = person(&shop, "colleague", Role::Staff).await;
    let (ann, bob) =
        (person(&shop, "ann", Role::User).await, person(&shop, "bob", Role::User).await);
    let app = shop.app();
    let before = shop.snapshot();
    for (actor, user) in
        [(ann, bob), (ann, boss), (staff, ann), (keeper(staff), colleague), (keeper(staff), boss)]
    {
        let refused = erase(&app, actor, user.user).await;
        assert!(matches!(refused, Err(UserError::Forbidden(_))), "{refused:?}");
    }
    assert_eq!(shop.snapshot(), before);
    erase(&app, keeper(staff), ann.user).await.unwrap();
    erase(&app, boss, colleague.user).await.unwrap();
    erase(&app, staff, staff.user).await.unwrap();
}

#[tokio::test]
async fn a_person_is_handed_everything_and_only_their_own() {
    let shop = Shop::open();
    let tea = shop.goods("tea", 5).await;
    let (ann, bob) = (shop.customer("ann").await, shop.customer("bob").await);
    let order = shop.place(ann, tea, 1).await;
    let payment = shop.begin_to_pay(ann, order.id).await;
    shop.place(bob, tea, 1).await;
    let bicycle = shop.stock_up(builders::product("bicycle").owned_by(ann.user)).await.product;
    shop.stock_up(builders::product("car").owned_by(bob.user)).await;
    let app = shop.app();
    let export: &dyn ExportPerson = app.resolve_ref();
    let exported = export.execute(ann, &Provenance::default()).await.unwrap().unwrap();
    assert_eq!(exported.user.email, "ann@example.com");
    assert_eq!(exported.orders.iter().map(|order| order.id).collect::<Vec<_>>(), [order.id]);
    assert_eq!(exported.payments.iter().map(|one| one.id).collect::<Vec<_>>(), [payment.id]);
    assert_eq!(exported.listings.iter().map(|one| one.id).collect::<Vec<_>>(), [bicycle]);
    assert_eq!(noted(&shop), [note("user", "user.exported", "")]);
    erase(&app, ann, ann.user).await.unwrap();
    assert!(export.execute(ann, &Provenance::default()).await.unwrap().is_none());
}
