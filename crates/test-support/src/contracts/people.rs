//! Contract of [`PeopleReads`](domain::identity::PeopleReads), and of what else is told of people:
//! their orders and payments.

use domain::{
    identity::{
        EmailAddress, NewUser, PeopleFilter, PeopleSort, Permissions, Role, User, UserId, Username,
    },
    shared::{
        event::Stamp,
        page::{Page, Window},
        ports::IdGenerator,
    },
};

use super::{StoreFixture, store::at};
use crate::builders::{self, stamp_at};

/// Makes somebody at `seconds`, and changes the account before it is stored.
async fn person(
    f: &StoreFixture,
    (name, first_name, role): (&str, &str, Role),
    seconds: i64,
    change: impl FnOnce(&mut User, Stamp),
) -> UserId {
    let profile = NewUser {
        email: EmailAddress::parse(&format!("{name}@Example.com")).unwrap(),
        username: Username::parse(&format!("{name}_user")),
        first_name: Some(first_name.to_owned()),
        last_name: Some("Lee".to_owned()),
        role,
        permissions: Permissions::NONE,
    };
    let stamp = stamp_at(&f.ids, at(seconds));
    let id = UserId::new(f.ids.next());
    let mut user = User::register(id, profile, "hash".to_owned(), stamp);
    change(&mut user, f.stamp(seconds + 100));
    let mut uow = f.identity.begin(&StoreFixture::provenance()).await.unwrap();
    uow.users().insert(&user).await.unwrap();
    uow.commit().await.unwrap();
    id
}

/// Four people: a customer, one who proved the address, one on the staff, one switched off.
async fn crowd(f: &StoreFixture) -> [UserId; 4] {
    [
        person(f, ("dora", "Дора", Role::User), 1, |_, _| {}).await,
        person(f, ("carl", "Carl_%", Role::User), 2, |user, stamp| {
            user.note_verified(true, stamp.at);
        })
        .await,
        person(f, ("bob", "Bob", Role::Staff), 3, |_, _| {}).await,
        person(f, ("ann", "Ann\\", Role::User), 4, |user, stamp| user.deactivate(stamp.at)).await,
    ]
}

async fn window(
    f: &StoreFixture,
    filter: &PeopleFilter,
    sort: PeopleSort,
    window: Window,
) -> (Vec<UserId>, Option<u64>, Option<uuid::Uuid>) {
    let Page { items, total, next } = f.people.people(filter, sort, window).await.unwrap();
    (items.into_iter().map(|user| user.id).collect(), total, next)
}

async fn found(f: &StoreFixture, filter: PeopleFilter) -> Vec<UserId> {
    let all = Window::Offset { limit: 100, offset: 0 };
    let (found, total, next) = window(f, &filter, PeopleSort::Newest, all).await;
    assert_eq!((total, next), (u64::try_from(found.len()).ok(), None));
    found
}

/// Each order is total, and a window continues where the one before ended.
pub async fn people_are_listed_in_every_order_and_window(f: StoreFixture) {
    let [dora, carl, bob, ann] = crowd(&f).await;
    let nameless = f.user("zoe").await;
    for (sort, expected) in [
        (PeopleSort::Newest, [nameless, ann, bob, carl, dora]),
        (PeopleSort::Email, [ann, bob, carl, dora, nameless]),
        (PeopleSort::Username, [nameless, ann, bob, carl, dora]),
    ] {
        let filter = PeopleFilter::default();
        let first = window(&f, &filter, sort, Window::Offset { limit: 2, offset: 1 }).await;
        assert_eq!(first, (expected[1..3].to_vec(), Some(5), Some(expected[2].raw())), "{sort:?}");
        let after = Window::After { limit: 2, after: expected[0].raw() };
        let second = window(&f, &filter, sort, after).await;
        assert_eq!(second, (expected[1..3].to_vec(), None, Some(expected[2].raw())), "{sort:?}");
        let after = Window::After { limit: 2, after: expected[2].raw() };
        let last = window(&f, &filter, sort, after).await;
        assert_eq!(last, (expected[3..].to_vec(), None, None), "{sort:?}");
    }
}

/// Everything that is given has to hold.
pub async fn people_are_found_by_what_they_are(f: StoreFixture) {
    let [dora, carl, bob, ann] = crowd(&f).await;
    let filter = PeopleFilter::default;
    for (wanted, expected) in [
        (filter(), vec![ann, bob, carl, dora]),
        (PeopleFilter { role: Some(Role::Staff), ..filter() }, vec![bob]),
        (PeopleFilter { is_active: Some(false), ..filter() }, vec![ann]),
        (PeopleFilter { is_verified: Some(true), ..filter() }, vec![carl]),
        (PeopleFilter { created_after: Some(at(2)), ..filter() }, vec![ann, bob]),
        (PeopleFilter { created_before: Some(at(2)), ..filter() }, vec![dora]),
        (
            PeopleFilter { role: Some(Role::User), is_active: Some(true), ..filter() },
            vec![carl, dora],
        ),
    ] {
        assert_eq!(found(&f, wanted.clone()).await, expected, "{wanted:?}");
    }
}

/// Text is looked for in every name in any case, and nothing in it is a wildcard.
pub async fn people_are_found_by_part_of_a_name(f: StoreFixture) {
    let [dora, carl, bob, ann] = crowd(&f).await;
    for (text, expected) in [
        ("BOB@exam", vec![bob]),
        ("carl_USER", vec![carl]),
        ("дОРА lee", vec![dora]),
        ("lee", vec![ann, bob, carl, dora]),
        ("_%", vec![carl]),
        ("%", vec![carl]),
        ("n\\", vec![ann]),
        ("b_b", vec![]),
    ] {
        let text = Some(text.to_owned());
        assert_eq!(found(&f, PeopleFilter { text, ..PeopleFilter::default() }).await, expected);
    }
}

/// One is found by either key, several by identity; the erased are nowhere.
pub async fn people_are_found_by_who_they_are_unless_erased(f: StoreFixture) {
    let [dora, carl, bob, ann] = crowd(&f).await;
    let mut uow = f.identity.begin(&StoreFixture::provenance()).await.unwrap();
    let mut gone = uow.users().find(ann).await.unwrap().unwrap();
    gone.erase(f.stamp(200));
    uow.users().update(&gone).await.unwrap();
    uow.commit().await.unwrap();

    let by_email = f.people.by_email("bob@example.com").await.unwrap().unwrap();
    assert_eq!((by_email.id, by_email.email.as_str()), (bob, "bob@Example.com"));
    assert_eq!(f.people.by_username("bob_user").await.unwrap().unwrap().id, bob);
    for nobody in ["ann@example.com", &format!("erased:{ann}"), "bob_user"] {
        assert_eq!(f.people.by_email(nobody).await.unwrap(), None, "{nobody}");
    }
    assert_eq!(f.people.by_username("ann_user").await.unwrap(), None);
    let unknown = UserId::new(f.ids.next());
    let batch = f.people.batch(&[dora, unknown, ann, carl]).await.unwrap();
    let mut batch: Vec<_> = batch.into_iter().map(|user| user.id).collect();
    batch.sort();
    assert_eq!(batch, [dora, carl]);
    assert_eq!(f.people.batch(&[]).await.unwrap(), []);
    assert_eq!(found(&f, PeopleFilter::default()).await, [bob, carl, dora]);
    let switched_off = PeopleFilter { is_active: Some(false), ..PeopleFilter::default() };
    assert_eq!(found(&f, switched_off).await, []);
}

/// The newest orders of each customer, with their lines, whatever others have.
pub async fn the_newest_orders_of_each_are_told(f: StoreFixture) {
    let (ann, bob, eve) = (f.user("ann").await, f.user("bob").await, f.user("eve").await);
    let tea = f.goods("tea", 100).await;
    let mut orders = Vec::new();
    for customer in [ann, bob, ann, eve, ann, bob] {
        orders.push(f.placed(customer, &tea, 2).await.id());
    }
    let recent = async |customers: &[UserId], each| {
        let recent = f.order_reads.recent(customers, each).await.unwrap();
        assert!(recent.iter().all(|order| order.lines.len() == 1));
        recent.into_iter().map(|order| order.id).collect::<Vec<_>>()
    };
    assert_eq!(recent(&[ann, bob], 2).await, [orders[5], orders[4], orders[2], orders[1]]);
    assert_eq!(recent(&[ann], u32::MAX).await, [orders[4], orders[2], orders[0]]);
    assert_eq!(recent(&[UserId::new(f.ids.next())], 5).await, []);
    assert_eq!(recent(&[], 5).await, []);
}

/// Every attempt to pay what a customer ordered, and nobody else's.
pub async fn the_payments_of_a_customer_are_told(f: StoreFixture) {
    let (ann, bob) = (f.user("ann").await, f.user("bob").await);
    let tea = f.goods("tea", 100).await;
    let mut payments = Vec::new();
    for (customer, seconds) in [(ann, 3), (bob, 1), (ann, 2)] {
        let order = f.placed(customer, &tea, 1).await;
        let payment = builders::payment(&f.ids, &order, at(seconds));
        f.store_payment(&payment).await;
        payments.push(payment.id());
    }
    let told = f.payment_reads.payments_by(ann).await.unwrap();
    let told: Vec<_> = told.into_iter().map(|payment| payment.id).collect();
    assert_eq!(told, [payments[2], payments[0]], "oldest first");
}

/// One test for each clause.
#[macro_export]
macro_rules! people_contract {
    ($fixture:expr) => {
        $crate::contract_tests!(people, $fixture;
            people_are_listed_in_every_order_and_window,
            people_are_found_by_what_they_are,
            people_are_found_by_part_of_a_name,
            people_are_found_by_who_they_are_unless_erased,
            the_newest_orders_of_each_are_told,
            the_payments_of_a_customer_are_told,
        );
    };
}
