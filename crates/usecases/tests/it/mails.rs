use std::sync::atomic::Ordering;

use domain::{
    identity::UserId,
    messaging::{DeliverMails, Mail, MailId, MailTemplate, MessagingStore},
    shared::{
        event::{EventId, Provenance},
        ports::{Clock, IdGenerator},
    },
};
use infra_memory::store::{MailRow, MemoryMessagingStore};
use shaku::HasComponent;
use time::{Duration, OffsetDateTime};

use crate::shop::Shop;

async fn queue(shop: &Shop, template: MailTemplate, recipient: UserId, subject: uuid::Uuid) {
    let mail = Mail {
        id: MailId::new(shop.ids.next()),
        event: EventId::new(shop.ids.next()),
        template,
        recipient,
        subject_id: subject,
        created_at: shop.clock.now(),
    };
    let store = MemoryMessagingStore::over(shop.state.clone());
    let mut uow = store.begin(&Provenance::default()).await.unwrap();
    assert!(uow.mails().enqueue(&mail).await.unwrap());
    uow.commit().await.unwrap();
}

async fn deliver(shop: &Shop) -> u32 {
    let app = shop.app();
    let deliver: &dyn DeliverMails = app.resolve_ref();
    deliver.execute(10).await.unwrap()
}

fn row(shop: &Shop) -> MailRow {
    shop.state.lock().mails.values().next().unwrap().clone()
}

fn sent(shop: &Shop) -> Vec<(String, String)> {
    let sent = shop.transport.sent.lock().unwrap();
    sent.iter().map(|mail| (mail.to.clone(), mail.text.clone())).collect()
}

#[tokio::test]
async fn what_is_queued_is_rendered_from_current_data_and_sent_once() {
    let shop = Shop::open();
    let (ann, tea) = (shop.customer("ann").await, shop.goods("tea", 10).await);
    let order = shop.place(ann, tea, 1).await;
    queue(&shop, MailTemplate::Welcome, ann.user, ann.user.raw()).await;
    queue(&shop, MailTemplate::OrderPaid, ann.user, order.id.raw()).await;

    assert_eq!(deliver(&shop).await, 2);
    assert_eq!(deliver(&shop).await, 0);

    let to = "ann@example.com".to_owned();
    let expected =
        [(to.clone(), "welcome ann".to_owned()), (to, format!("order_paid ann {}", order.number))];
    assert_eq!(sent(&shop), expected);
    assert!(row(&shop).sent_at.is_some());
}

#[tokio::test]
async fn a_mail_that_is_not_taken_is_tried_ever_more_rarely_and_then_given_up() {
    let shop = Shop::open();
    let ann = shop.customer("ann").await;
    queue(&shop, MailTemplate::Welcome, ann.user, ann.user.raw()).await;
    shop.transport.failures.store(u32::MAX, Ordering::SeqCst);

    let mut waits = Vec::new();
    loop {
        assert_eq!(deliver(&shop).await, 1);
        let Some(due_at) = row(&shop).due_at else { break };
        let wait: Duration = due_at - shop.clock.now();
        waits.push(wait.whole_seconds());
        shop.clock.set(due_at - Duration::MICROSECOND);
        assert_eq!(deliver(&shop).await, 0);
        shop.clock.set(due_at);
    }

    assert_eq!(waits, [10, 20, 40, 80, 160, 320, 640, 1_280, 2_560]);
    let reason = row(&shop).last_error.unwrap();
    assert_eq!(reason, "the mail was not taken: 421 try later");
    shop.clock.advance(Duration::DAY);
    assert_eq!(deliver(&shop).await, 0);
}

#[tokio::test]
async fn a_mail_is_sent_when_the_transport_is_back() {
    let shop = Shop::open();
    let ann = shop.customer("ann").await;
    queue(&shop, MailTemplate::Welcome, ann.user, ann.user.raw()).await;
    shop.transport.failures.store(1, Ordering::SeqCst);
    assert_eq!(deliver(&shop).await, 1);
    assert_eq!(sent(&shop), []);
    shop.clock.advance(Duration::seconds(10));
    assert_eq!(deliver(&shop).await, 1);
    assert_eq!(sent(&shop).len(), 1);
}

#[tokio::test]
async fn a_mail_that_can_never_be_sent_is_given_up_and_the_others_are_sent() {
    let shop = Shop::open();
    let ann = shop.customer("ann").await;
    let unrenderable = shop.customer("unrenderable").await;
    let (nobody, nothing) = (UserId::new(shop.ids.next()), shop.ids.next());
    queue(&shop, MailTemplate::Welcome, nobody, nobody.raw()).await;
    queue(&shop, MailTemplate::OrderPaid, ann.user, nothing).await;
    queue(&shop, MailTemplate::Welcome, unrenderable.user, nothing).await;
    queue(&shop, MailTemplate::Welcome, ann.user, ann.user.raw()).await;

    assert_eq!(deliver(&shop).await, 4);

    assert_eq!(sent(&shop).len(), 1);
    let due: Vec<Option<OffsetDateTime>> =
        shop.state.lock().mails.values().take(3).map(|row| row.due_at).collect();
    assert_eq!(due, [None, None, None]);
    shop.clock.advance(Duration::DAY);
    assert_eq!(deliver(&shop).await, 0);
}
