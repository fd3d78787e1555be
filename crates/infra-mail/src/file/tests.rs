use std::{fs, path::Path};

use domain::messaging::{DevMailbox, MailError, MailId, MailTransport, SentMail};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{FileDevMailbox, FileMailTransport};
use crate::{LogMailTransport, NoMailbox};

fn mail(id: u128) -> SentMail {
    SentMail {
        id: MailId::new(Uuid::from_u128(id)),
        to: "ann@example.com".to_owned(),
        subject: "Hello".to_owned(),
        text: "text".to_owned(),
        html: "<p>html</p>".to_owned(),
        created_at: OffsetDateTime::UNIX_EPOCH + Duration::seconds(i64::try_from(id).unwrap()),
    }
}

async fn send(dir: &Path, mail: &SentMail) {
    FileMailTransport { dir: dir.to_owned() }.send(mail).await.unwrap();
}

async fn list(dir: &Path, limit: usize) -> Vec<SentMail> {
    FileDevMailbox { dir: dir.to_owned() }.list(limit).await.unwrap().unwrap()
}

#[tokio::test]
async fn mails_come_back_whole_and_newest_first() {
    let temporary = tempfile::tempdir().unwrap();
    let dir = temporary.path().join("not/there/yet");
    assert!(list(&dir, 10).await.is_empty());
    for id in [2, 1, 3] {
        send(&dir, &mail(id)).await;
    }
    assert_eq!(list(&dir, 10).await, [mail(3), mail(2), mail(1)]);
    assert_eq!(list(&dir, 2).await, [mail(3), mail(2)]);
    assert!(list(&dir, 0).await.is_empty());
}

#[tokio::test]
async fn a_mail_sent_again_is_one_mail_and_nothing_unfinished_stays() {
    let dir = tempfile::tempdir().unwrap();
    send(dir.path(), &mail(1)).await;
    let again = SentMail { subject: "Again".to_owned(), ..mail(1) };
    send(dir.path(), &again).await;
    assert_eq!(list(dir.path(), 10).await, [again]);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn the_same_mail_sent_at_once_by_many_is_whole() {
    let dir = tempfile::tempdir().unwrap();
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let dir = dir.path().to_owned();
            tokio::spawn(async move { send(&dir, &mail(1)).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(list(dir.path(), 10).await, [mail(1)]);
}

#[tokio::test]
async fn other_files_are_no_mails() {
    let dir = tempfile::tempdir().unwrap();
    send(dir.path(), &mail(1)).await;
    for name in ["notes.json", "README", ".x.tmp", "00000000-0000-0000-0000-000000000002.txt"] {
        fs::write(dir.path().join(name), "x").unwrap();
    }
    assert_eq!(list(dir.path(), 10).await, [mail(1)]);
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_may_read_a_mail() {
    use std::os::unix::fs::PermissionsExt;
    let temporary = tempfile::tempdir().unwrap();
    let dir = temporary.path().join("mail");
    send(&dir, &mail(1)).await;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    assert_eq!(mode(&dir.join("00000000-0000-0000-0000-000000000001.json")), 0o600);
}

#[tokio::test]
async fn a_directory_that_cannot_be_written_is_a_failure_of_the_transport() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "x").unwrap();
    let answer = FileMailTransport { dir: file.clone() }.send(&mail(1)).await;
    assert!(matches!(answer, Err(MailError::Transport(_))));
    assert!(FileDevMailbox { dir: file }.list(1).await.is_err());
}

#[tokio::test]
async fn without_a_mailbox_nothing_is_kept() {
    LogMailTransport.send(&mail(1)).await.unwrap();
    assert!(NoMailbox.list(10).await.unwrap().is_none());
}
