//! Contract of [`MessagingStore`](domain::messaging::MessagingStore), the mail queue and the dead
//! letters.

use domain::{
    identity::UserId,
    messaging::{DeadLetter, DeadLetterId, Mail, MailId, MailTemplate},
    shared::{event::EventId, ports::IdGenerator},
};

use super::{StoreFixture, store::at};
use crate::builders::user_registered;

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
        );
    };
}
