use async_trait::async_trait;
use domain::{
    identity::{
        EmailAddress, EmailRequest, EmailRequestId, EmailRequestKind, EmailToken, EmailTokenId,
        EmailTokenPurpose, EmailTokenReads, EmailTokenRepository, UserId,
    },
    shared::{error::StoreError, event::Stamp},
};
use shaku::Component;
use time::OffsetDateTime;

use crate::{
    connect::Database,
    row::{get, get_enum, get_optional_time, get_time, micros},
    sql::{Row, Sql},
    sql_list::{insert, values},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl EmailTokenRepository for SeaUnitOfWork {
    async fn request(&mut self, request: &EmailRequest, stamp: Stamp) -> Result<(), StoreError> {
        let row = values![
            request.id.raw(),
            request.kind.as_str(),
            request.email_key.as_str(),
            micros(request.created_at),
        ];
        insert(self, REQUEST, vec![row]).await?;
        self.append_events(&[request.event(stamp)]);
        Ok(())
    }

    async fn take_request(
        &mut self,
        id: EmailRequestId,
    ) -> Result<Option<EmailRequest>, StoreError> {
        let rows = self.fetch(TAKE_REQUEST, values![id.raw()].to_vec()).await?;
        rows.first().map(request).transpose()
    }

    async fn issue(&mut self, token: &EmailToken) -> Result<bool, StoreError> {
        let values = values![
            token.id.raw(),
            token.user.raw(),
            token.purpose.as_str(),
            token.email.as_str(),
            micros(token.created_at),
            micros(token.expires_at),
            micros(token.created_at - EmailToken::PAUSE),
            micros(token.created_at - EmailToken::LIFETIME),
            i64::from(EmailToken::MOST),
        ];
        Ok(self.execute(ISSUE, values.to_vec()).await? == 1)
    }

    async fn note_move(&mut self, moved: &EmailToken) -> Result<(), StoreError> {
        let row = values![
            moved.id.raw(),
            moved.user.raw(),
            moved.purpose.as_str(),
            moved.email.as_str(),
            moved.replaced.as_ref().map(|address| address.as_str().to_owned()),
            micros(moved.created_at),
            micros(moved.expires_at),
            moved.spent_at.map(micros),
        ];
        insert(self, NOTE_MOVE, vec![row]).await
    }

    async fn find(&mut self, id: EmailTokenId) -> Result<Option<EmailToken>, StoreError> {
        let row = self.fetch_first(FIND, values![id.raw()].to_vec()).await?;
        row.as_ref().map(token).transpose()
    }

    async fn spend(
        &mut self,
        id: EmailTokenId,
        replaced: Option<&EmailAddress>,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let replaced = replaced.map(|address| address.as_str().to_owned());
        let values = values![micros(now), replaced, id.raw()].to_vec();
        Ok(self.execute(SPEND, values).await? == 1)
    }

    async fn spend_all(
        &mut self,
        user: UserId,
        purpose: EmailTokenPurpose,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let values = values![micros(now), user.raw(), purpose.as_str()].to_vec();
        self.execute(SPEND_ALL, values).await.map(drop)
    }

    async fn remove_old(&mut self, before: OffsetDateTime, limit: u32) -> Result<u32, StoreError> {
        let mut removed = 0;
        for sql in [REMOVE_OLD_TOKENS, REMOVE_OLD_REQUESTS] {
            let values = values![micros(before), i64::from(limit)].to_vec();
            removed += self.execute(sql, values).await?;
        }
        Ok(u32::try_from(removed).unwrap_or(u32::MAX))
    }
}

/// Reads mailed tokens from SQLite or PostgreSQL.
#[derive(Component)]
#[shaku(interface = EmailTokenReads)]
pub struct SeaEmailTokenReads {
    /// Where they are kept.
    pub db: Database,
}

#[async_trait]
impl EmailTokenReads for SeaEmailTokenReads {
    async fn email_token(&self, id: EmailTokenId) -> Result<Option<EmailToken>, StoreError> {
        let row = self.db.fetch_first(FIND, values![id.raw()].to_vec()).await?;
        row.as_ref().map(token).transpose()
    }
}

fn request(row: &Row) -> Result<EmailRequest, StoreError> {
    Ok(EmailRequest {
        id: EmailRequestId::new(get(row, "id")?),
        kind: get_enum(row, "kind", EmailRequestKind::parse)?,
        email_key: get(row, "email_key")?,
        created_at: get_time(row, "created_at")?,
    })
}

fn token(row: &Row) -> Result<EmailToken, StoreError> {
    Ok(EmailToken {
        id: EmailTokenId::new(get(row, "id")?),
        user: UserId::new(get(row, "user_id")?),
        purpose: get_enum(row, "purpose", EmailTokenPurpose::parse)?,
        email: EmailAddress::stored(get(row, "email")?),
        replaced: get::<Option<String>>(row, "replaced_email")?.map(EmailAddress::stored),
        created_at: get_time(row, "created_at")?,
        expires_at: get_time(row, "expires_at")?,
        spent_at: get_optional_time(row, "spent_at")?,
    })
}

const REQUEST: &str = "INSERT INTO email_requests (id, kind, email_key, created_at)";

const TAKE_REQUEST: &str = "DELETE FROM email_requests WHERE id = $1 \
    RETURNING id, kind, email_key, created_at";

/// Two at once would each overlook the other, did the first not hold the person.
const ISSUE: &str = "INSERT INTO email_tokens (id, user_id, purpose, email, created_at, \
    expires_at) SELECT $1, $2, $3, $4, $5, $6 \
    WHERE NOT EXISTS (SELECT 1 FROM email_tokens \
     WHERE user_id = $2 AND purpose = $3 AND created_at > $7) \
    AND (SELECT COUNT(*) FROM email_tokens \
     WHERE user_id = $2 AND purpose = $3 AND created_at > $8) < $9";

const NOTE_MOVE: &str = "INSERT INTO email_tokens (id, user_id, purpose, email, replaced_email, \
    created_at, expires_at, spent_at)";

const FIND: &str = "SELECT id, user_id, purpose, email, replaced_email, created_at, expires_at, \
    spent_at FROM email_tokens WHERE id = $1";

const SPEND: &str = "UPDATE email_tokens SET spent_at = $1, replaced_email = $2 \
    WHERE id = $3 AND spent_at IS NULL AND expires_at > $1";

const SPEND_ALL: &str = "UPDATE email_tokens SET spent_at = $1 \
    WHERE user_id = $2 AND purpose = $3 AND spent_at IS NULL AND expires_at > $1";

macro_rules! remove_old {
    ($table:literal) => {
        concat!(
            "DELETE FROM ",
            $table,
            " WHERE id IN (SELECT id FROM ",
            $table,
            " WHERE created_at < $1 ORDER BY created_at LIMIT $2)",
        )
    };
}

const REMOVE_OLD_TOKENS: &str = remove_old!("email_tokens");
const REMOVE_OLD_REQUESTS: &str = remove_old!("email_requests");
