use async_trait::async_trait;
use domain::{
    identity::UserId,
    messaging::{Mail, MailId, MailTemplate, OutgoingMail, OutgoingMailQueue},
    shared::{
        error::StoreError,
        event::{EventId, Provenance},
        ports::UnitOfWork,
    },
};
use metrics::counter;
use sea_orm::Value;
use shaku::Component;
use time::OffsetDateTime;

use crate::{
    connect::Database,
    row::{get, get_count, get_enum, get_time, micros},
    sql::{Dialect, Row, Sql},
};

/// The mail queue as the sender sees it.
#[derive(Component)]
#[shaku(interface = OutgoingMailQueue)]
pub struct SeaOutgoingMails {
    /// The store.
    pub db: Database,
}

impl SeaOutgoingMails {
    async fn anything_due(&self, now: OffsetDateTime) -> Result<bool, StoreError> {
        let sql = "SELECT 1 AS one FROM mails WHERE status = 'queued' AND due_at <= $1 LIMIT 1";
        Ok(self.db.fetch_first(sql, vec![micros(now).into()]).await?.is_some())
    }

    async fn change(&self, sql: &str, values: Vec<Value>) -> Result<(), StoreError> {
        let uow = self.db.begin(&Provenance::default()).await?;
        uow.execute(sql, values).await?;
        Box::new(uow).commit().await
    }
}

#[async_trait]
impl OutgoingMailQueue for SeaOutgoingMails {
    async fn claim(
        &self,
        limit: u32,
        now: OffsetDateTime,
        until: OffsetDateTime,
    ) -> Result<Vec<OutgoingMail>, StoreError> {
        if !self.anything_due(now).await? {
            return Ok(Vec::new());
        }
        let uow = self.db.begin(&Provenance::default()).await?;
        // Counted when claimed: a sender that dies each time must come to an end too.
        let sql = match uow.dialect() {
            Dialect::Sqlite => {
                "UPDATE mails SET due_at = $2, attempts = attempts + 1 WHERE id IN (
                    SELECT id FROM mails WHERE status = 'queued' AND due_at <= $1
                    ORDER BY due_at, id LIMIT $3)
                RETURNING id, event_id, template, recipient_id, subject_id, created_at,
                    attempts - 1 AS earlier_attempts"
            }
            Dialect::Postgres => {
                "UPDATE mails SET due_at = $2, attempts = attempts + 1 WHERE id IN (
                    SELECT id FROM mails WHERE status = 'queued' AND due_at <= $1
                    ORDER BY due_at, id LIMIT $3 FOR UPDATE SKIP LOCKED)
                RETURNING id, event_id, template, recipient_id, subject_id, created_at,
                    attempts - 1 AS earlier_attempts"
            }
        };
        let values = vec![micros(now).into(), micros(until).into(), i64::from(limit).into()];
        let rows = uow.fetch(sql, values).await?;
        let mails = rows.iter().map(outgoing).collect::<Result<_, _>>()?;
        Box::new(uow).commit().await?;
        Ok(mails)
    }

    async fn mark_sent(&self, id: MailId, now: OffsetDateTime) -> Result<(), StoreError> {
        let sql = "UPDATE mails SET status = 'sent', sent_at = $2 WHERE id = $1";
        self.change(sql, vec![id.raw().into(), micros(now).into()]).await?;
        count("sent");
        Ok(())
    }

    async fn mark_failed(
        &self,
        id: MailId,
        reason: &str,
        next: Option<OffsetDateTime>,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE mails SET fail_reason = $2, due_at = COALESCE($3, due_at),
                status = CASE WHEN $4 THEN 'queued' ELSE 'failed' END
            WHERE id = $1 AND status = 'queued'";
        let values =
            vec![id.raw().into(), reason.into(), next.map(micros).into(), next.is_some().into()];
        self.change(sql, values).await?;
        count(if next.is_some() { "postponed" } else { "given_up" });
        Ok(())
    }
}

/// Counts what became of a mail.
fn count(outcome: &'static str) {
    counter!("kontor_mails_total", "outcome" => outcome).increment(1);
}

fn outgoing(row: &Row) -> Result<OutgoingMail, StoreError> {
    Ok(OutgoingMail {
        mail: Mail {
            id: MailId::new(get(row, "id")?),
            event: EventId::new(get(row, "event_id")?),
            template: get_enum(row, "template", MailTemplate::parse)?,
            recipient: UserId::new(get(row, "recipient_id")?),
            subject_id: get(row, "subject_id")?,
            created_at: get_time(row, "created_at")?,
        },
        attempts: get_count(row, "earlier_attempts")?,
    })
}
