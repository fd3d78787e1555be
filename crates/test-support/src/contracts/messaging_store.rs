//! Contract of [`MessagingStore`](domain::messaging::MessagingStore), the mail queue and the dead
//! letters.

use domain::{
    identity::{UserId, UserRegistered},
    messaging::{
        DeadLetter, DeadLetterId, DeadLetterView, Mail, MailId, MailTemplate, Task, TaskId,
    },
    shared::{
        event::{AggregateType, EventId},
        page::{Page, Window},
        ports::IdGenerator,
    },
};

use super::{StoreFixture, store::at};
use crate::builders::{new_event, user_registered};

fn mail(f: &StoreFixture, recipient: UserId, template: MailTemplate) -> Mail {
    Mail {
        id: MailId::new(f.ids.next()),
        event: EventId::new(f.ids.next()),
        template,
        recipient,
        subject_id: recipient.raw(),
        created_at: at(0),
    }
}

async fn enqueue(f: &StoreFixture, mail: &Mail, commit: bool) -> bool {
    let mut uow = f.messaging.begin(&StoreFixture::provenance()).await.unwrap();
    let queued = uow.mails().enqueue(mail).await.unwrap();
    if commit {
        uow.commit().await.unwrap();
    }
    queued
}

async fn claim(f: &StoreFixture, now: i64, until: i64) -> Vec<(Mail, u32)> {
    let claimed = f.mails.claim(10, at(now), at(until)).await.unwrap();
    claimed.into_iter().map(|outgoing| (outgoing.mail, outgoing.attempts)).collect()
}

/// One consumer handles one event once; a rolled back attempt does not count.
pub async fn an_event_is_handled_once_by_each_consumer(f: StoreFixture) {
    let (one, two) = (EventId::new(f.ids.next()), EventId::new(f.ids.next()));
    for (consumer, event, commit, expected) in [
        ("mailer", one, false, true),
        ("mailer", one, true, true),
        ("mailer", one, true, false),
        ("refunder", one, true, true),
        ("mailer", two, true, true),
        ("mailer", two, true, false),
    ] {
        let mut uow = f.messaging.begin(&StoreFixture::provenance()).await.unwrap();
        let first = uow.inbox().first_time(consumer, event, at(0)).await.unwrap();
        assert_eq!(first, expected, "{consumer}");
        if expected {
            assert!(!uow.inbox().first_time(consumer, event, at(0)).await.unwrap());
        }
        if commit {
            uow.commit().await.unwrap();
        }
    }
}

/// One mail is queued for each event and template.
pub async fn a_mail_is_queued_once_for_each_event_and_template(f: StoreFixture) {
    let ann = f.user("ann").await;
    let welcome = mail(&f, ann, MailTemplate::Welcome);
    assert!(enqueue(&f, &welcome, false).await);
    assert!(enqueue(&f, &welcome, true).await);
    let again = Mail { id: MailId::new(f.ids.next()), ..welcome.clone() };
    assert!(!enqueue(&f, &again, true).await);
    let other = Mail { template: MailTemplate::OrderPaid, ..again };
    assert!(enqueue(&f, &other, true).await);
    let mut claimed = claim(&f, 0, 60).await;
    claimed.sort_by_key(|(mail, _)| mail.id);
    assert_eq!(claimed, [(welcome, 0), (other, 0)]);
}

/// What is claimed is not claimed again until the claim lapses; what was sent never is.
pub async fn a_sent_mail_is_gone(f: StoreFixture) {
    let ann = f.user("ann").await;
    let welcome = mail(&f, ann, MailTemplate::Welcome);
    enqueue(&f, &welcome, true).await;
    assert_eq!(claim(&f, 0, 60).await.len(), 1);
    assert_eq!(claim(&f, 59, 119).await, []);
    let [(claimed, _)] = <[_; 1]>::try_from(claim(&f, 61, 121).await).unwrap();
    assert_eq!(claimed, welcome);
    f.mails.mark_sent(welcome.id, at(62)).await.unwrap();
    assert_eq!(claim(&f, 3600, 7200).await, []);
}

/// What did not leave is tried again when it is due, counted, or never.
pub async fn a_failed_mail_is_tried_again_when_it_is_due(f: StoreFixture) {
    let ann = f.user("ann").await;
    let welcome = mail(&f, ann, MailTemplate::Welcome);
    enqueue(&f, &welcome, true).await;
    assert_eq!(claim(&f, 0, 60).await, [(welcome.clone(), 0)]);
    f.mails.mark_failed(welcome.id, "no answer", Some(at(100))).await.unwrap();
    assert_eq!(claim(&f, 99, 159).await, []);
    assert_eq!(claim(&f, 100, 160).await, [(welcome.clone(), 1)]);
    f.mails.mark_failed(welcome.id, "no such box", None).await.unwrap();
    assert_eq!(claim(&f, 36_000, 72_000).await, []);
}

/// No more mails are claimed than asked for.
pub async fn a_claim_of_mails_is_bounded(f: StoreFixture) {
    let ann = f.user("ann").await;
    for _ in 0..3 {
        enqueue(&f, &mail(&f, ann, MailTemplate::Welcome), true).await;
    }
    assert_eq!(f.mails.claim(2, at(0), at(60)).await.unwrap().len(), 2);
    assert_eq!(f.mails.claim(2, at(0), at(60)).await.unwrap().len(), 1);
}

/// A dead letter is kept once for each consumer and event.
pub async fn a_dead_letter_is_kept_once(f: StoreFixture) {
    assert_eq!(f.dead_letters.count().await.unwrap(), 0);
    let letter = DeadLetter {
        id: DeadLetterId::new(f.ids.next()),
        consumer: "mailer".to_owned(),
        reason: "poison".to_owned(),
        attempts: 5,
        event: user_registered(&f.ids),
        created_at: at(0),
    };
    f.dead_letters.keep(&letter).await.unwrap();
    let again = DeadLetter { id: DeadLetterId::new(f.ids.next()), ..letter.clone() };
    f.dead_letters.keep(&again).await.unwrap();
    assert_eq!(f.dead_letters.count().await.unwrap(), 1);
    let elsewhere = DeadLetter {
        id: DeadLetterId::new(f.ids.next()),
        consumer: "refunder".to_owned(),
        ..letter
    };
    f.dead_letters.keep(&elsewhere).await.unwrap();
    assert_eq!(f.dead_letters.count().await.unwrap(), 2);
}

/// A letter about an event that was recorded and published.
async fn letter(f: &StoreFixture, consumer: &str) -> DeadLetter {
    let event = new_event(
        &f.ids,
        AggregateType::User,
        UserRegistered { user_id: UserId::new(f.ids.next()) }.into(),
    );
    let mut uow = f.messaging.begin(&StoreFixture::provenance()).await.unwrap();
    uow.outbox().append(std::slice::from_ref(&event)).await.unwrap();
    uow.commit().await.unwrap();
    let claimed = f.outbox.claim(10, at(0), at(60)).await.unwrap();
    f.outbox.mark_published(&[claimed[0].seq], at(1)).await.unwrap();
    let letter = DeadLetter {
        id: DeadLetterId::new(f.ids.next()),
        consumer: consumer.to_owned(),
        reason: "no disk".to_owned(),
        attempts: 5,
        event: claimed[0].clone(),
        created_at: at(2),
    };
    f.dead_letters.keep(&letter).await.unwrap();
    letter
}

/// Dead letters are shown newest first, in windows, with what arrived.
pub async fn dead_letters_are_shown(f: StoreFixture) {
    let (one, two, three) =
        (letter(&f, "mailer").await, letter(&f, "mailer").await, letter(&f, "refunder").await);
    let page = f.dead_letters.list(Window::Offset { limit: 2, offset: 0 }).await.unwrap();
    let ids = |page: &Page<DeadLetterView>| page.items.iter().map(|l| l.id).collect::<Vec<_>>();
    assert_eq!((ids(&page), page.total), (vec![three.id, two.id], Some(3)));
    let after = page.next.unwrap();
    let page = f.dead_letters.list(Window::After { limit: 2, after }).await.unwrap();
    assert_eq!((ids(&page), page.total, page.next), (vec![one.id], None, None));
    let shown = f.dead_letters.find(three.id).await.unwrap().unwrap();
    assert_eq!(
        (shown.consumer.as_str(), shown.reason.as_str(), shown.attempts, shown.event),
        ("refunder", "no disk", 5, three.event.id)
    );
    assert_eq!(shown.created_at, at(2));
    let name = three.event.event.name();
    assert!(shown.envelope.contains(name), "{}", shown.envelope);
    assert!(f.dead_letters.find(DeadLetterId::new(f.ids.next())).await.unwrap().is_none());
}

/// A replayed letter is gone, once, and its event leaves the outbox again.
pub async fn a_replayed_event_leaves_again(f: StoreFixture) {
    let letter = letter(&f, "mailer").await;
    for (commit, expected) in [(false, true), (true, true), (true, false)] {
        let mut uow = f.messaging.begin(&StoreFixture::provenance()).await.unwrap();
        assert_eq!(uow.dead_letters().replay(letter.id).await.unwrap(), expected);
        if commit {
            uow.commit().await.unwrap();
        }
    }
    assert_eq!(f.dead_letters.count().await.unwrap(), 0);
    assert_eq!(f.outbox.claim(10, at(3), at(63)).await.unwrap(), [letter.event]);
}

/// A dropped letter is gone, once, and its event stays where it is.
pub async fn a_dropped_event_stays_published(f: StoreFixture) {
    let letter = letter(&f, "mailer").await;
    for expected in [true, false] {
        let mut uow = f.messaging.begin(&StoreFixture::provenance()).await.unwrap();
        assert_eq!(uow.dead_letters().drop_letter(letter.id).await.unwrap(), expected);
        uow.commit().await.unwrap();
    }
    assert_eq!(f.dead_letters.count().await.unwrap(), 0);
    assert_eq!(f.outbox.claim(10, at(3), at(63)).await.unwrap(), []);
}

/// A task is shown as it was pushed, and when it was handled.
pub async fn a_task_is_shown_and_handled(f: StoreFixture) {
    let task = |content: &str, sender: Option<&str>, seconds: i64| Task {
        id: TaskId::new(f.ids.next()),
        content: content.to_owned(),
        sender: sender.map(str::to_owned),
        pushed_at: at(seconds),
        handled_at: None,
    };
    let (one, two) = (task("one", None, 0), task("two", Some("ann"), 1));
    let mut uow = f.messaging.begin(&StoreFixture::provenance()).await.unwrap();
    uow.tasks().insert(&one).await.unwrap();
    uow.tasks().insert(&two).await.unwrap();
    uow.commit().await.unwrap();
    let window = Window::Offset { limit: 10, offset: 0 };
    let shown = f.tasks.tasks(window).await.unwrap();
    assert_eq!((shown.items, shown.total), (vec![two.clone(), one.clone()], Some(2)));
    let handled = Task { handled_at: Some(at(5)), ..one.clone() };
    let mut uow = f.messaging.begin(&StoreFixture::provenance()).await.unwrap();
    assert_eq!(uow.tasks().handle(one.id, at(5)).await.unwrap(), Some(handled.clone()));
    assert_eq!(uow.tasks().handle(TaskId::new(f.ids.next()), at(5)).await.unwrap(), None);
    uow.commit().await.unwrap();
    let after = Window::After { limit: 10, after: two.id.raw() };
    assert_eq!(f.tasks.tasks(after).await.unwrap().items, [handled]);
}

/// One test for each clause.
#[macro_export]
macro_rules! messaging_store_contract {
    ($fixture:expr) => {
        $crate::contract_tests!(messaging_store, $fixture;
            an_event_is_handled_once_by_each_consumer,
            a_mail_is_queued_once_for_each_event_and_template,
            a_sent_mail_is_gone,
            a_failed_mail_is_tried_again_when_it_is_due,
            a_claim_of_mails_is_bounded,
            a_dead_letter_is_kept_once,
            dead_letters_are_shown,
            a_replayed_event_leaves_again,
            a_dropped_event_stays_published,
            a_task_is_shown_and_handled,
        );
    };
}
