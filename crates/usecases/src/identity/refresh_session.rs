use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    audit::{AuditAction, AuditActor, AuditEntry, AuditTargetKind},
    identity::{
        AccessClaims, AccessTokens, IdentityStore, PresentedRefresh, RefreshError, RefreshSession,
        RefreshToken, RefreshTokens, SessionRotation, SignedIn,
    },
    shared::{
        announcements::Announcements,
        error::StoreError,
        event::{Provenance, Stamp},
        ports::{Clock, IdGenerator, stamp},
    },
};
use shaku::Component;

use super::{
    ended_sessions::announce_ended,
    sign_in::{claims_of, signed_in},
};
use crate::retry::retry_lost_races;

/// Implements [`RefreshSession`].
#[derive(Component)]
#[shaku(interface = RefreshSession)]
pub struct RefreshSessionUseCase {
    #[shaku(inject)]
    store: Arc<dyn IdentityStore>,
    #[shaku(inject)]
    access_tokens: Arc<dyn AccessTokens>,
    #[shaku(inject)]
    refresh_tokens: Arc<dyn RefreshTokens>,
    #[shaku(inject)]
    announcements: Arc<dyn Announcements>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    #[shaku(inject)]
    ids: Arc<dyn IdGenerator>,
}

/// What presenting a token came to.
enum Presented {
    /// The successor is the live token now.
    Good(AccessClaims, RefreshToken),
    /// The session was ended in this call.
    FamilyRevoked,
}

#[async_trait]
impl RefreshSession for RefreshSessionUseCase {
    #[tracing::instrument(name = "identity.refresh_session", skip_all)]
    async fn execute(
        &self,
        token: RefreshToken,
        provenance: Provenance,
    ) -> Result<SignedIn, RefreshError> {
        let presented = self.refresh_tokens.parse(&token).ok_or(RefreshError::BadToken)?;
        let stamp = stamp(&*self.clock, &*self.ids);
        match retry_lost_races(|| self.attempt(&presented, stamp, &provenance)).await? {
            Presented::Good(claims, successor) => {
                Ok(signed_in(&*self.access_tokens, &claims, successor, stamp.at)?)
            }
            Presented::FamilyRevoked => {
                tracing::warn!(session = %presented.session, "a spent refresh token came back");
                announce_ended(&*self.announcements, &[presented.session]).await;
                Err(RefreshError::SessionRevoked)
            }
        }
    }
}

impl RefreshSessionUseCase {
    async fn attempt(
        &self,
        presented: &PresentedRefresh,
        stamp: Stamp,
        provenance: &Provenance,
    ) -> Result<Presented, RefreshError> {
        let mut uow = self.store.begin(provenance).await?;
        let found = uow.sessions().find(presented.session).await?;
        let (session, role, is_active) = found.ok_or(RefreshError::BadToken)?;
        if !is_active {
            return Err(RefreshError::SessionRevoked);
        }
        let claims = claims_of(&session, role);
        // Derived from the presented secret: whoever presents it gets this very successor.
        let (successor, hash) = self.refresh_tokens.successor(presented);
        match session.present(presented, stamp.at) {
            SessionRotation::Rotate => {
                let limits = self.refresh_tokens.limits();
                let expires_at = limits.expiry(session.created_at, stamp.at);
                let rotated = uow.sessions().rotate(&session, hash, stamp.at, expires_at).await?;
                if !rotated {
                    // Read again: what was live a moment ago is now the predecessor in grace.
                    return Err(StoreError::Conflict.into());
                }
                uow.commit().await?;
                Ok(Presented::Good(claims, successor))
            }
            SessionRotation::Repeat => Ok(Presented::Good(claims, successor)),
            SessionRotation::Reused => {
                uow.sessions().revoke_family(&session, stamp).await?;
                let (action, kind) = (AuditAction::SessionFamilyRevoked, AuditTargetKind::Session);
                let id = session.id.raw();
                uow.audit().record(AuditEntry::new(AuditActor::System, action, kind, id, stamp.at));
                uow.commit().await?;
                Ok(Presented::FamilyRevoked)
            }
            SessionRotation::Dead => Err(RefreshError::SessionRevoked),
        }
    }
}
