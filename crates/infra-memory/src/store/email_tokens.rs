use async_trait::async_trait;
use domain::{
    identity::{
        EmailAddress, EmailRequest, EmailRequestId, EmailToken, EmailTokenId, EmailTokenPurpose,
        EmailTokenReads, EmailTokenRepository, UserId,
    },
    shared::{error::StoreError, event::Stamp},
};
use shaku::Component;
use time::OffsetDateTime;

use super::{MemoryState, MemoryUnitOfWork};

#[async_trait]
impl EmailTokenRepository for MemoryUnitOfWork {
    async fn request(&mut self, request: &EmailRequest, stamp: Stamp) -> Result<(), StoreError> {
        self.write().email_requests.insert(request.id, request.clone());
        self.record(&[request.event(stamp)])
    }

    async fn take_request(
        &mut self,
        id: EmailRequestId,
    ) -> Result<Option<EmailRequest>, StoreError> {
        Ok(self.write().email_requests.remove(&id))
    }

    async fn issue(&mut self, token: &EmailToken) -> Result<bool, StoreError> {
        let made_since = |age| {
            let since = token.created_at - age;
            let same = |other: &&EmailToken| {
                (other.user, other.purpose) == (token.user, token.purpose)
                    && other.created_at > since
            };
            self.tables().email_tokens.values().filter(same).count()
        };
        let most = usize::try_from(EmailToken::MOST).unwrap_or(usize::MAX);
        if made_since(EmailToken::PAUSE) > 0 || made_since(EmailToken::LIFETIME) >= most {
            return Ok(false);
        }
        self.write().email_tokens.insert(token.id, token.clone());
        Ok(true)
    }

    async fn note_move(&mut self, moved: &EmailToken) -> Result<(), StoreError> {
        self.write().email_tokens.insert(moved.id, moved.clone());
        Ok(())
    }

    async fn find(&mut self, id: EmailTokenId) -> Result<Option<EmailToken>, StoreError> {
        Ok(self.tables().email_tokens.get(&id).cloned())
    }

    async fn spend(
        &mut self,
        id: EmailTokenId,
        replaced: Option<&EmailAddress>,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let tokens = &mut self.write().email_tokens;
        let Some(token) = tokens.get_mut(&id).filter(|token| token.is_live(now)) else {
            return Ok(false);
        };
        token.spent_at = Some(now);
        token.replaced = replaced.cloned();
        Ok(true)
    }

    async fn spend_all(
        &mut self,
        user: UserId,
        purpose: EmailTokenPurpose,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let tokens = self.write().email_tokens.values_mut();
        let theirs = tokens.filter(|token| (token.user, token.purpose) == (user, purpose));
        for token in theirs.filter(|token| token.is_live(now)) {
            token.spent_at = Some(now);
        }
        Ok(())
    }

    async fn remove_old(&mut self, before: OffsetDateTime, limit: u32) -> Result<u32, StoreError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let tables = self.write();
        let mut tokens: Vec<_> =
            tables.email_tokens.values().map(|token| (token.created_at, token.id)).collect();
        let mut requests: Vec<_> =
            tables.email_requests.values().map(|one| (one.created_at, one.id)).collect();
        tokens.retain(|(at, _)| *at < before);
        tokens.sort_unstable();
        requests.retain(|(at, _)| *at < before);
        requests.sort_unstable();
        let mut removed = 0;
        for (_, id) in tokens.iter().take(limit) {
            removed += u32::from(tables.email_tokens.remove(id).is_some());
        }
        for (_, id) in requests.iter().take(limit) {
            removed += u32::from(tables.email_requests.remove(id).is_some());
        }
        Ok(removed)
    }
}

/// [`EmailTokenReads`] over a [`MemoryState`].
#[derive(Component)]
#[shaku(interface = EmailTokenReads)]
pub struct MemoryEmailTokenReads {
    /// The database.
    #[shaku(default)]
    state: MemoryState,
}

impl MemoryEmailTokenReads {
    /// Reads of existing state.
    pub const fn over(state: MemoryState) -> Self {
        Self { state }
    }
}

#[async_trait]
impl EmailTokenReads for MemoryEmailTokenReads {
    async fn email_token(&self, id: EmailTokenId) -> Result<Option<EmailToken>, StoreError> {
        Ok(self.state.lock().email_tokens.get(&id).cloned())
    }
}
