use std::cmp::Reverse;

use async_trait::async_trait;
use domain::{
    messaging::{
        DeadLetter, DeadLetterDesk, DeadLetterId, DeadLetterView, DeadLetters, Mail, MailId,
        MailQueue, MessagingUnitOfWork, OutgoingMail, OutgoingMailQueue, TaskRepository,
    },
    shared::{
        error::StoreError,
        page::{Page, Window},
    },
};
use shaku::Component;
use time::OffsetDateTime;

use super::{MemoryState, MemoryUnitOfWork, page::cut, state::MailRow};

impl MessagingUnitOfWork for MemoryUnitOfWork {
    fn mails(&mut self) -> &mut dyn MailQueue {
        self
    }

    fn dead_letters(&mut self) -> &mut dyn DeadLetterDesk {
        self
    }

    fn tasks(&mut self) -> &mut dyn TaskRepository {
        self
    }
}

#[async_trait]
impl MailQueue for MemoryUnitOfWork {
    async fn enqueue(&mut self, mail: &Mail) -> Result<bool, StoreError> {
        let same =
            |row: &MailRow| row.mail.event == mail.event && row.mail.template == mail.template;
        if self.tables().mails.values().any(same) {
            return Ok(false);
        }
        let row = MailRow {
            mail: mail.clone(),
            attempts: 0,
            due_at: Some(mail.created_at),
            claimed_until: None,
            sent_at: None,
            last_error: None,
        };
        self.write().mails.insert(mail.id, row);
        Ok(true)
    }
}

/// [`OutgoingMailQueue`] over a [`MemoryState`].
#[derive(Component)]
#[shaku(interface = OutgoingMailQueue)]
pub struct MemoryOutgoingMails {
    /// The database.
    #[shaku(default)]
    state: MemoryState,
}

impl MemoryOutgoingMails {
    /// The mails of existing state.
    pub const fn over(state: MemoryState) -> Self {
        Self { state }
    }
}

fn is_due(row: &MailRow, now: OffsetDateTime) -> bool {
    row.sent_at.is_none()
        && row.due_at.is_some_and(|due| due <= now)
        && row.claimed_until.is_none_or(|until| until <= now)
}

#[async_trait]
impl OutgoingMailQueue for MemoryOutgoingMails {
    async fn claim(
        &self,
        limit: u32,
        now: OffsetDateTime,
        until: OffsetDateTime,
    ) -> Result<Vec<OutgoingMail>, StoreError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut tables = self.state.lock();
        let due = tables.mails.values_mut().filter(|row| is_due(row, now)).take(limit);
        let claimed: Vec<_> = due
            .map(|row| {
                row.claimed_until = Some(until);
                OutgoingMail { mail: row.mail.clone(), attempts: row.attempts }
            })
            .collect();
        if !claimed.is_empty() {
            tables.version += 1;
        }
        Ok(claimed)
    }

    async fn mark_sent(&self, id: MailId, now: OffsetDateTime) -> Result<(), StoreError> {
        self.state.change(|tables| {
            if let Some(row) = tables.mails.get_mut(&id) {
                row.sent_at = Some(now);
            }
        });
        Ok(())
    }

    async fn mark_failed(
        &self,
        id: MailId,
        reason: &str,
        next: Option<OffsetDateTime>,
    ) -> Result<(), StoreError> {
        self.state.change(|tables| {
            if let Some(row) = tables.mails.get_mut(&id) {
                row.attempts += 1;
                row.due_at = next;
                row.claimed_until = None;
                row.last_error = Some(reason.to_owned());
            }
        });
        Ok(())
    }
}

/// [`DeadLetters`] over a [`MemoryState`].
#[derive(Component)]
#[shaku(interface = DeadLetters)]
pub struct MemoryDeadLetters {
    /// The database.
    #[shaku(default)]
    state: MemoryState,
}

impl MemoryDeadLetters {
    /// The dead letters of existing state.
    pub const fn over(state: MemoryState) -> Self {
        Self { state }
    }
}

#[async_trait]
impl DeadLetters for MemoryDeadLetters {
    async fn keep(&self, letter: &DeadLetter) -> Result<(), StoreError> {
        self.state.change(|tables| {
            let same = |other: &DeadLetter| {
                other.consumer == letter.consumer && other.event.id == letter.event.id
            };
            if !tables.dead_letters.iter().any(same) {
                tables.dead_letters.push(letter.clone());
            }
        });
        Ok(())
    }

    async fn count(&self) -> Result<u64, StoreError> {
        Ok(u64::try_from(self.state.lock().dead_letters.len()).unwrap_or(u64::MAX))
    }

    async fn list(&self, window: Window) -> Result<Page<DeadLetterView>, StoreError> {
        let tables = self.state.lock();
        let mut letters: Vec<_> = tables.dead_letters.iter().map(view).collect::<Result<_, _>>()?;
        letters.sort_by_key(|letter| Reverse(letter.id));
        Ok(cut(letters, |letter| letter.id.raw(), window))
    }

    async fn find(&self, id: DeadLetterId) -> Result<Option<DeadLetterView>, StoreError> {
        self.state.lock().dead_letters.iter().find(|letter| letter.id == id).map(view).transpose()
    }
}

#[async_trait]
impl DeadLetterDesk for MemoryUnitOfWork {
    async fn drop_letter(&mut self, id: DeadLetterId) -> Result<bool, StoreError> {
        let letters = &mut self.write().dead_letters;
        let before = letters.len();
        letters.retain(|letter| letter.id != id);
        Ok(letters.len() < before)
    }

    async fn replay(&mut self, id: DeadLetterId) -> Result<bool, StoreError> {
        let found = self.tables().dead_letters.iter().find(|letter| letter.id == id);
        let Some(event) = found.map(|letter| letter.event.id) else { return Ok(false) };
        self.drop_letter(id).await?;
        let row = self.write().outbox.values_mut().find(|row| row.event.id == event);
        let lost = || StoreError::Corrupt(format!("event {event} is not in the outbox"));
        let row = row.ok_or_else(lost)?;
        (row.published_at, row.claimed_until) = (None, None);
        Ok(true)
    }
}

fn view(letter: &DeadLetter) -> Result<DeadLetterView, StoreError> {
    let envelope = serde_json::to_string(&letter.event)
        .map_err(|error| StoreError::Corrupt(format!("{}: {error}", letter.event.id)))?;
    Ok(DeadLetterView {
        id: letter.id,
        consumer: letter.consumer.clone(),
        event: letter.event.id,
        reason: letter.reason.clone(),
        attempts: letter.attempts,
        envelope,
        created_at: letter.created_at,
    })
}
