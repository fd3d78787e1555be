use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    audit::{AuditAction, AuditEntry, AuditTargetKind},
    identity::{
        EditUser, EditUserCommand, EmailToken, EmailTokenId, IdentityStore, Permission, Role,
        SessionId, Standing, User, UserError, UserView,
    },
    messaging::MailId,
    shared::{
        announcements::Announcements,
        event::EventId,
        ports::{Clock, IdGenerator},
    },
};
use shaku::Component;
use time::OffsetDateTime;

use super::{
    ended_sessions::announce_ended,
    leave_word::{Word, leave_word},
};
use crate::retry::retry_lost_races;

/// Implements [`EditUser`].
#[derive(Component)]
#[shaku(interface = EditUser)]
pub struct EditUserUseCase {
    #[shaku(inject)]
    store: Arc<dyn IdentityStore>,
    #[shaku(inject)]
    announcements: Arc<dyn Announcements>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    #[shaku(inject)]
    ids: Arc<dyn IdGenerator>,
}

/// What is drawn once, before the first attempt.
struct Drawn {
    now: OffsetDateTime,
    /// Identity of a move to another address, if this is one.
    moved: EmailTokenId,
    word: Word,
}

#[async_trait]
impl EditUser for EditUserUseCase {
    #[tracing::instrument(name = "identity.edit_user", skip_all)]
    async fn execute(&self, command: EditUserCommand) -> Result<UserView, UserError> {
        let ids = &*self.ids;
        let drawn = Drawn {
            now: self.clock.now(),
            moved: EmailTokenId::new(ids.next()),
            // No event asks for the mail: it is one of its own.
            word: Word { mail: MailId::new(ids.next()), event: EventId::new(ids.next()) },
        };
        let (user, ended) = retry_lost_races(|| self.attempt(&command, &drawn)).await?;
        announce_ended(&*self.announcements, &ended).await;
        Ok(user)
    }
}

impl EditUserUseCase {
    async fn attempt(
        &self,
        command: &EditUserCommand,
        drawn: &Drawn,
    ) -> Result<(UserView, Vec<SessionId>), UserError> {
        let EditUserCommand { actor, user, edit, provenance } = command;
        let now = drawn.now;
        let mut uow = self.store.begin(provenance).await?;
        // Only a super admin takes the rights of one away.
        let admins = if actor.role == Role::SuperAdmin {
            uow.users().super_admins().await?
        } else {
            Vec::new()
        };
        let mut user = uow.users().find(*user).await?.ok_or(UserError::NotFound)?;
        edit.check(actor, &user)?;

        let (standing, was_admin) = (user.standing(), user.is_active_super_admin());
        let was_active = user.state().is_active;
        let address = user.profile.email.clone();
        edit.clone().apply(&mut user, now);
        let is_active = user.state().is_active;
        let left = was_admin && !user.is_active_super_admin();
        if left && !admins.iter().any(|other| *other != user.id) {
            return Err(UserError::LastSuperAdmin);
        }
        uow.users().update(&user).await?;
        // An address that is only spelt otherwise is the same mailbox.
        if user.profile.email.key() != address.key() {
            let moved = EmailToken::moved(drawn.moved, &user, address, now);
            uow.email_tokens().note_move(&moved).await?;
            leave_word(&mut *uow, &moved, drawn.word, now).await?;
        }
        let is_appointed = user.standing() != standing;
        let ended = if is_appointed || (was_active && !is_active) {
            uow.sessions().revoke(user.id, None, now).await?
        } else {
            Vec::new()
        };
        let note =
            |action| AuditEntry::new(*actor, action, AuditTargetKind::User, user.id.raw(), now);
        let fields = edit.fields();
        if actor.user != user.id && !fields.is_empty() {
            uow.audit().record(note(AuditAction::UserUpdated).fields(&fields));
        }
        if is_appointed {
            uow.audit().record(appointment(note(AuditAction::UserRoleChanged), standing, &user));
        }
        match (was_active, is_active) {
            (true, false) => uow.audit().record(note(AuditAction::UserDeactivated)),
            (false, true) => uow.audit().record(note(AuditAction::UserActivated)),
            (true, true) | (false, false) => {}
        }
        uow.commit().await?;
        Ok((UserView::from(&user), ended))
    }
}

/// Says what the person was and is, and may do now.
fn appointment(entry: AuditEntry, before: Standing, user: &User) -> AuditEntry {
    let now = user.standing();
    let permissions: Vec<_> = now.permissions.iter().map(Permission::as_str).collect();
    entry.with("from", before.role).with("to", now.role).with("permissions", permissions.join(","))
}
