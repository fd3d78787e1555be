//! What reactions write: mails to send, and events nobody could handle.

mod dead_letters;
mod mails;
mod outgoing;
mod tasks;

use async_trait::async_trait;
use domain::{
    messaging::{DeadLetterDesk, MailQueue, MessagingStore, MessagingUnitOfWork, TaskRepository},
    shared::{error::StoreError, event::Provenance},
};
use shaku::Component;

pub use self::{
    dead_letters::{SeaDeadLetters, SeaDeadLettersParameters},
    outgoing::{SeaOutgoingMails, SeaOutgoingMailsParameters},
    tasks::{SeaTaskReads, SeaTaskReadsParameters},
};
use crate::{connect::Database, unit_of_work::SeaUnitOfWork};

/// Opens units of work for reactions.
#[derive(Component)]
#[shaku(interface = MessagingStore)]
pub struct SeaMessagingStore {
    /// The store.
    pub db: Database,
}

#[async_trait]
impl MessagingStore for SeaMessagingStore {
    async fn begin(
        &self,
        provenance: &Provenance,
    ) -> Result<Box<dyn MessagingUnitOfWork>, StoreError> {
        Ok(Box::new(self.db.begin(provenance).await?))
    }
}

impl MessagingUnitOfWork for SeaUnitOfWork {
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
