//! Proving an address: what is mailed to it, and what may be done with that.

use async_trait::async_trait;
use shaku::Interface;
use time::{Duration, OffsetDateTime};

use super::{
    EmailAddress, EmailTokenError, PasswordResetRequested, ResetPasswordError, Secret, User,
    UserId, UserView, VerificationRequested,
};
use crate::{
    shared::{
        error::StoreError,
        event::{AggregateType, NewEvent, Provenance, Stamp},
    },
    text_enum, typed_id,
};

typed_id!(
    /// Identity of a request for a mail with a token.
    EmailRequestId
);

typed_id!(
    /// Identity of a mailed token.
    EmailTokenId
);

text_enum!(
    /// What a mailed token is good for.
    EmailTokenPurpose {
        /// Proving the address of the account.
        Verify = "verify",
        /// Setting a new password.
        Reset = "reset",
        /// Moving the account to the address it was mailed to.
        Change = "change",
    }
);

text_enum!(
    /// What somebody who is not signed in may have mailed to an account.
    EmailRequestKind {
        /// A token that proves the address.
        Verify = "verify",
        /// A token that sets a new password.
        Reset = "reset",
    }
);

impl EmailRequestKind {
    /// What the token that is asked for will be good for.
    pub const fn purpose(self) -> EmailTokenPurpose {
        match self {
            Self::Verify => EmailTokenPurpose::Verify,
            Self::Reset => EmailTokenPurpose::Reset,
        }
    }
}

/// Somebody asked for a mail to an address. Whether anybody has it is found out by the worker, so
/// that neither the answer nor the time it takes tells.
#[derive(Clone, PartialEq, Eq)]
pub struct EmailRequest {
    /// Identity.
    pub id: EmailRequestId,
    /// What for.
    pub kind: EmailRequestKind,
    /// [`EmailAddress::key`] of the address.
    pub email_key: String,
    /// When.
    pub created_at: OffsetDateTime,
}

impl std::fmt::Debug for EmailRequest {
    /// Personal data stays out of logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EmailRequest").field("id", &self.id).finish_non_exhaustive()
    }
}

impl EmailRequest {
    /// What is recorded of it; the address stays in its row.
    pub fn event(&self, stamp: Stamp) -> NewEvent {
        let request_id = self.id;
        NewEvent {
            id: stamp.event,
            aggregate_type: AggregateType::EmailRequest,
            aggregate_id: self.id.raw(),
            aggregate_version: 1,
            occurred_at: stamp.at,
            event: match self.kind {
                EmailRequestKind::Verify => VerificationRequested { request_id }.into(),
                EmailRequestKind::Reset => PasswordResetRequested { request_id }.into(),
            },
        }
    }
}

/// A token that was, or is to be, mailed. Its text is kept nowhere: it is made of the identity and
/// a key of the server when the mail leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailToken {
    /// Identity.
    pub id: EmailTokenId,
    /// Whose account.
    pub user: UserId,
    /// What it is good for.
    pub purpose: EmailTokenPurpose,
    /// Where it is mailed to, which is what it proves.
    pub email: EmailAddress,
    /// The address that one took the place of.
    pub replaced: Option<EmailAddress>,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When it is no good any more.
    pub expires_at: OffsetDateTime,
    /// When it was used, or made useless.
    pub spent_at: Option<OffsetDateTime>,
}

impl EmailToken {
    /// How long a token is good.
    pub const LIFETIME: Duration = Duration::HOUR;
    /// Not more than one of a purpose for each account in so long.
    pub const PAUSE: Duration = Duration::MINUTE;
    /// Tokens of a purpose for each account in [`LIFETIME`](Self::LIFETIME).
    pub const MOST: u32 = 3;

    /// A token for `user`, mailed to `email`.
    pub fn new(
        id: EmailTokenId,
        user: UserId,
        purpose: EmailTokenPurpose,
        email: EmailAddress,
        now: OffsetDateTime,
    ) -> Self {
        Self {
            id,
            user,
            purpose,
            email,
            replaced: None,
            created_at: now,
            expires_at: now + Self::LIFETIME,
            spent_at: None,
        }
    }

    /// What is kept of a move from `replaced` to the address of `user` that nobody had to confirm:
    /// spent already, and there for word to be left at the old address.
    pub fn moved(
        id: EmailTokenId,
        user: &User,
        replaced: EmailAddress,
        now: OffsetDateTime,
    ) -> Self {
        let email = user.profile.email.clone();
        let token = Self::new(id, user.id, EmailTokenPurpose::Change, email, now);
        Self { replaced: Some(replaced), spent_at: Some(now), ..token }
    }

    /// Whether it may be used.
    pub fn is_live(&self, now: OffsetDateTime) -> bool {
        self.spent_at.is_none() && now < self.expires_at
    }

    /// Whether it still proves something about `user`: one that was mailed to the account is no
    /// good once the account has another address.
    pub fn is_about(&self, user: &User) -> bool {
        let is_theirs = self.user == user.id && user.state().is_active;
        is_theirs
            && match self.purpose {
                EmailTokenPurpose::Verify | EmailTokenPurpose::Reset => {
                    self.email.key() == user.profile.email.key()
                }
                EmailTokenPurpose::Change => true,
            }
    }
}

/// Requests and tokens inside one unit of work.
#[async_trait]
pub trait EmailTokenRepository: Send {
    /// Stores a request and records it.
    async fn request(&mut self, request: &EmailRequest, stamp: Stamp) -> Result<(), StoreError>;
    /// The request, which is gone afterwards.
    async fn take_request(
        &mut self,
        id: EmailRequestId,
    ) -> Result<Option<EmailRequest>, StoreError>;
    /// Stores a token; `false`, and nothing is stored, when its account had
    /// [one](EmailToken::PAUSE) or [enough](EmailToken::MOST) of its purpose lately. The person
    /// has to be loaded in this unit of work.
    async fn issue(&mut self, token: &EmailToken) -> Result<bool, StoreError>;
    /// Stores what is kept of a [move](EmailToken::moved), however many there were lately.
    async fn note_move(&mut self, moved: &EmailToken) -> Result<(), StoreError>;
    /// The token.
    async fn find(&mut self, id: EmailTokenId) -> Result<Option<EmailToken>, StoreError>;
    /// Uses the token, with the address it took the place of; `false` when it is no good.
    async fn spend(
        &mut self,
        id: EmailTokenId,
        replaced: Option<&EmailAddress>,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError>;
    /// Makes every token of `purpose` for `user` useless.
    async fn spend_all(
        &mut self,
        user: UserId,
        purpose: EmailTokenPurpose,
        now: OffsetDateTime,
    ) -> Result<(), StoreError>;
    /// Removes at most `limit` tokens and as many requests made before `before`; answers how many
    /// were removed.
    async fn remove_old(&mut self, before: OffsetDateTime, limit: u32) -> Result<u32, StoreError>;
}

/// Reads tokens.
#[async_trait]
pub trait EmailTokenReads: Interface {
    /// The token.
    async fn email_token(&self, id: EmailTokenId) -> Result<Option<EmailToken>, StoreError>;
}

/// Makes the text of mailed tokens, and takes it apart.
pub trait EmailTokens: Interface {
    /// The text of the token, always the same.
    fn text(&self, id: EmailTokenId) -> Secret;
    /// Which token this is the text of; `None` when it is not ours.
    fn parse(&self, text: &Secret) -> Option<EmailTokenId>;
}

/// Input of [`RequestEmailToken`].
#[derive(Clone, Debug)]
pub struct RequestEmailTokenCommand {
    /// What for.
    pub kind: EmailRequestKind,
    /// To where.
    pub email: EmailAddress,
    /// What set it off.
    pub provenance: Provenance,
}

/// Has a token mailed to whoever has an address, if anybody does.
#[async_trait]
pub trait RequestEmailToken: Interface {
    /// Does the same work, whoever has the address.
    async fn execute(&self, command: RequestEmailTokenCommand) -> Result<(), StoreError>;
}

/// Input of [`VerifyEmail`].
#[derive(Clone, Debug)]
pub struct VerifyEmailCommand {
    /// As it was mailed.
    pub token: Secret,
    /// What set it off.
    pub provenance: Provenance,
}

/// Takes the proof that an address is somebody's: that of the account, or one it moves to.
#[async_trait]
pub trait VerifyEmail: Interface {
    /// Each token is good once.
    async fn execute(&self, command: VerifyEmailCommand) -> Result<UserView, EmailTokenError>;
}

/// Input of [`ResetPassword`].
#[derive(Clone, Debug)]
pub struct ResetPasswordCommand {
    /// As it was mailed.
    pub token: Secret,
    /// The password there shall be, in plain, NFC.
    pub password: Secret,
    /// What set it off.
    pub provenance: Provenance,
}

/// Sets a new password by a mailed token.
#[async_trait]
pub trait ResetPassword: Interface {
    /// Ends every session, and makes other tokens for the same useless.
    async fn execute(&self, command: ResetPasswordCommand) -> Result<(), ResetPasswordError>;
}
