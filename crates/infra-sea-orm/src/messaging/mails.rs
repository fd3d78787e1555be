use async_trait::async_trait;
use domain::{
    messaging::{Mail, MailQueue},
    shared::error::StoreError,
};

use crate::{row::micros, sql::Sql, unit_of_work::SeaUnitOfWork};

#[async_trait]
impl MailQueue for SeaUnitOfWork {
    async fn enqueue(&mut self, mail: &Mail) -> Result<bool, StoreError> {
        let sql = "INSERT INTO mails (id, event_id, template, recipient_id, subject_id, status,
                attempts, due_at, created_at)
            VALUES ($1, $2, $3, $4, $5, 'queued', 0, $6, $6)
            ON CONFLICT (event_id, template) DO NOTHING";
        let values = vec![
            mail.id.raw().into(),
            mail.event.raw().into(),
            mail.template.as_str().into(),
            mail.recipient.raw().into(),
            mail.subject_id.into(),
            micros(mail.created_at).into(),
        ];
        Ok(self.execute(sql, values).await? == 1)
    }
}
