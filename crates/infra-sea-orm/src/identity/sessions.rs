use async_trait::async_trait;
use domain::{
    identity::{Device, Role, Session, SessionFamilyRevoked, SessionId, SessionRepository, UserId},
    shared::{
        error::StoreError,
        event::{AggregateType, NewEvent, Stamp},
    },
};
use time::OffsetDateTime;

use crate::{
    row::{get, get_enum, get_optional_time, get_time, micros},
    sql::{Row, Sql},
    sql_list::{insert, values},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl SessionRepository for SeaUnitOfWork {
    async fn open(&mut self, session: &Session, keep: u32) -> Result<(), StoreError> {
        let row = values![
            session.id.raw(),
            session.user.raw(),
            session.generation,
            session.current_hash.to_vec(),
            session.previous_hash.map(|hash| hash.to_vec()),
            micros(session.rotated_at),
            micros(session.created_at),
            micros(session.expires_at),
            session.revoked_at.map(micros),
            0_i64,
            micros(session.authenticated_at),
            session.device.name.as_deref(),
            session.device.network.as_deref(),
        ];
        insert(self, INSERT, vec![row]).await?;
        let surplus =
            values![micros(session.created_at), session.user.raw(), i64::from(keep)].to_vec();
        self.execute(END_SURPLUS, surplus).await.map(drop)
    }

    async fn find(&mut self, id: SessionId) -> Result<Option<(Session, Role, bool)>, StoreError> {
        let row = self.fetch_first(FIND, values![id.raw()].to_vec()).await?;
        row.as_ref().map(session).transpose()
    }

    async fn rotate(
        &mut self,
        session: &Session,
        next_hash: [u8; 32],
        now: OffsetDateTime,
        expires_at: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let values = values![
            next_hash.to_vec(),
            micros(now),
            micros(expires_at),
            session.id.raw(),
            session.generation
        ]
        .to_vec();
        Ok(self.execute(ROTATE, values).await? == 1)
    }

    async fn authenticated(
        &mut self,
        user: UserId,
        id: SessionId,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let values = values![micros(now), user.raw(), id.raw()].to_vec();
        Ok(self.execute(AUTHENTICATED, values).await? == 1)
    }

    async fn revoke_family(&mut self, session: &Session, stamp: Stamp) -> Result<(), StoreError> {
        let values = values![micros(stamp.at), session.id.raw()].to_vec();
        // Whoever ended it first has recorded why.
        let Some(row) = self.fetch_first(REVOKE_FAMILY, values).await? else { return Ok(()) };
        let event = SessionFamilyRevoked { user_id: session.user, session_id: session.id };
        let recorded = NewEvent {
            id: stamp.event,
            aggregate_type: AggregateType::Session,
            aggregate_id: session.id.raw(),
            aggregate_version: get(&row, "version")?,
            occurred_at: stamp.at,
            event: event.into(),
        };
        self.append_events(&[recorded]);
        Ok(())
    }

    async fn revoke(
        &mut self,
        user: UserId,
        only: Option<SessionId>,
        now: OffsetDateTime,
    ) -> Result<Vec<SessionId>, StoreError> {
        let rows = match only {
            Some(id) => {
                let values = values![micros(now), user.raw(), id.raw()].to_vec();
                self.fetch(REVOKE_ONE, values).await?
            }
            None => self.fetch(REVOKE_ALL, values![micros(now), user.raw()].to_vec()).await?,
        };
        rows.iter().map(|row| get(row, "id").map(SessionId::new)).collect()
    }

    async fn remove_over(&mut self, before: OffsetDateTime, limit: u32) -> Result<u32, StoreError> {
        let values = values![micros(before), i64::from(limit)].to_vec();
        let removed = self.execute(REMOVE_OVER, values).await?;
        Ok(u32::try_from(removed).unwrap_or(u32::MAX))
    }

    async fn revoke_others(
        &mut self,
        user: UserId,
        keep: SessionId,
        now: OffsetDateTime,
    ) -> Result<Vec<SessionId>, StoreError> {
        let values = values![micros(now), user.raw(), keep.raw()].to_vec();
        let rows = self.fetch(REVOKE_OTHERS, values).await?;
        rows.iter().map(|row| get(row, "id").map(SessionId::new)).collect()
    }
}

fn session(row: &Row) -> Result<(Session, Role, bool), StoreError> {
    let session = Session {
        id: SessionId::new(get(row, "id")?),
        user: UserId::new(get(row, "user_id")?),
        generation: get(row, "generation")?,
        current_hash: hash(get(row, "current_hash")?)?,
        previous_hash: get::<Option<Vec<u8>>>(row, "previous_hash")?.map(hash).transpose()?,
        rotated_at: get_time(row, "rotated_at")?,
        created_at: get_time(row, "created_at")?,
        expires_at: get_time(row, "expires_at")?,
        revoked_at: get_optional_time(row, "revoked_at")?,
        authenticated_at: get_time(row, "authenticated_at")?,
        device: Device { name: get(row, "device")?, network: get(row, "network")? },
    };
    Ok((session, get_enum(row, "role", Role::parse)?, get(row, "is_active")?))
}

fn hash(bytes: Vec<u8>) -> Result<[u8; 32], StoreError> {
    <[u8; 32]>::try_from(bytes)
        .map_err(|bytes| StoreError::Corrupt(format!("a token hash of {} bytes", bytes.len())))
}

const INSERT: &str = "INSERT INTO sessions (id, user_id, generation, current_hash, \
    previous_hash, rotated_at, created_at, expires_at, revoked_at, version, authenticated_at, device, network)";

const END_SURPLUS: &str = "UPDATE sessions SET revoked_at = $1 \
    WHERE user_id = $2 AND revoked_at IS NULL AND id NOT IN \
    (SELECT kept.id FROM sessions kept WHERE kept.user_id = $2 AND kept.revoked_at IS NULL \
     ORDER BY kept.created_at DESC, kept.id DESC LIMIT $3)";

const FIND: &str = "SELECT s.id, s.user_id, s.generation, s.current_hash, s.previous_hash, \
    s.rotated_at, s.created_at, s.expires_at, s.revoked_at, s.authenticated_at, s.device, s.network, u.role, u.is_active \
    FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = $1";

const ROTATE: &str = "UPDATE sessions SET generation = generation + 1, \
    previous_hash = current_hash, current_hash = $1, rotated_at = $2, expires_at = $3 \
    WHERE id = $4 AND generation = $5 AND revoked_at IS NULL";

const AUTHENTICATED: &str = "UPDATE sessions SET authenticated_at = $1 \
    WHERE user_id = $2 AND id = $3 AND revoked_at IS NULL";

const REVOKE_FAMILY: &str = "UPDATE sessions SET revoked_at = $1, version = version + 1 \
    WHERE id = $2 AND revoked_at IS NULL RETURNING version";

const REVOKE_ONE: &str = "UPDATE sessions SET revoked_at = $1 \
    WHERE user_id = $2 AND id = $3 AND revoked_at IS NULL RETURNING id";

const REVOKE_ALL: &str = "UPDATE sessions SET revoked_at = $1 \
    WHERE user_id = $2 AND revoked_at IS NULL RETURNING id";

const REVOKE_OTHERS: &str = "UPDATE sessions SET revoked_at = $1 \
    WHERE user_id = $2 AND id <> $3 AND revoked_at IS NULL RETURNING id";

const REMOVE_OVER: &str = "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions \
    WHERE COALESCE(revoked_at, expires_at) < $1 \
    ORDER BY COALESCE(revoked_at, expires_at) LIMIT $2)";
