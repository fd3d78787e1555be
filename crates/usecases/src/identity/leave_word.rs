use domain::{
    identity::{EmailToken, EmailTokenPurpose, IdentityUnitOfWork},
    messaging::{Mail, MailId, MailTemplate},
    shared::{error::StoreError, event::EventId},
};
use time::OffsetDateTime;

/// Identities of what is written when an account moves, drawn once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    /// The mail to the old address.
    pub(super) mail: MailId,
    /// What the mail is about.
    pub(super) event: EventId,
}

/// Leaves word at the address that `moved` took the place of, and ends other plans to move.
pub(super) async fn leave_word(
    uow: &mut dyn IdentityUnitOfWork,
    moved: &EmailToken,
    word: Word,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    uow.email_tokens().spend_all(moved.user, EmailTokenPurpose::Change, now).await?;
    let mail = Mail {
        id: word.mail,
        event: word.event,
        template: MailTemplate::EmailChanged,
        recipient: moved.user,
        subject_id: moved.id.raw(),
        created_at: now,
    };
    uow.mails().enqueue(&mail).await.map(drop)
}
