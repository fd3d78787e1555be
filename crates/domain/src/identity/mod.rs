//! Identity: people with accounts, and the sessions they are signed in with.

mod api_key;
mod email;
mod email_token;
mod email_token_error;
mod error;
mod events;
mod folding;
mod login_guard;
mod new_password;
mod password;
mod people;
mod people_error;
mod people_reads;
mod permission;
mod ports;
mod reads;
mod session;
mod user;

pub use api_key::{
    ApiKey, ApiKeyError, ApiKeyGrant, ApiKeyId, ApiKeyReads, ApiKeyRepository, ApiKeyTokens,
    CreateApiKey, CreateApiKeyCommand, MAX_API_KEYS, NewApiKey, RevokeApiKey, RevokeApiKeyCommand,
};
pub use email::{EmailAddress, Username, login_key};
pub use email_token::{
    EmailRequest, EmailRequestId, EmailRequestKind, EmailToken, EmailTokenId, EmailTokenPurpose,
    EmailTokenReads, EmailTokenRepository, EmailTokens, RequestEmailToken,
    RequestEmailTokenCommand, ResetPassword, ResetPasswordCommand, VerifyEmail, VerifyEmailCommand,
};
pub use email_token_error::{EmailTokenError, ResetPasswordError};
pub use error::{
    AuthenticateError, LogInError, LogOutError, RefreshError, RegisterError, StepUpError,
};
pub use events::{
    PasswordResetRequested, SessionFamilyRevoked, UserDeleted, UserRegistered, UserVerified,
    VerificationRequested,
};
pub use login_guard::{
    DeviceId, DeviceTokens, Knocker, LoginGuard, LoginLimits, TooManyTries, UnblockLogin,
    UnblockLoginCommand,
};
pub use new_password::{AcceptPassword, AcceptPasswordError, PasswordStrength};
pub use password::{
    MAX_PASSWORD_CHARS, MIN_PASSWORD_CHARS, PasswordOwner, PasswordPolicy, PasswordRefused,
};
pub use people::{
    ChangeEmail, ChangeEmailCommand, ChangePassword, ChangePasswordCommand, CreateUser,
    CreateUserCommand, EditUser, EditUserCommand, EraseUser, EraseUserCommand, ExportPerson,
    PersonExport, UserEdit, may_look_after,
};
pub use people_error::UserError;
pub use people_reads::{PeopleFilter, PeopleReads, PeopleSort};
pub use permission::{Permission, Permissions};
pub use ports::{
    AccessClaims, AccessToken, AccessTokens, Authenticate, CleanUpSessions, CsrfTokens, HashError,
    IdentityStore, IdentityUnitOfWork, KnownDevice, KnownSessions, LogIn, LogInCommand, LogOut,
    LogOutCommand, LoggedIn, OwnSessions, PasswordHasher, PublicKey, RefreshSession, RefreshTokens,
    RegisterQuietly, RegisterUser, RegisterUserCommand, Registered, RevokeSessions,
    RevokeSessionsCommand, Secret, SessionRepository, SignedIn, StepUp, StepUpCommand, TokenError,
    UserRepository,
};
pub use reads::{Credentials, IdentityReads, SessionState, SessionView, Standing, UserView};
pub use session::{
    Device, PresentedRefresh, RefreshToken, Session, SessionId, SessionLimits, SessionRotation,
};
pub use user::{Edit, Locale, NewUser, ProfileEdit, Role, User, UserId, UserState};
