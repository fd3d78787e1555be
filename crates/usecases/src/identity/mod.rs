//! Use cases of the identity context.

mod accept_password;
mod authenticate;
mod change_password;
mod clean_up_sessions;
mod create_user;
mod edit_user;
mod ended_sessions;
mod erase_user;
mod export_person;
mod log_in;
mod log_out;
mod login_guard;
pub(crate) mod on_user_registered;
mod refresh_session;
mod register_user;
mod revoke_sessions;
mod sign_in;
mod step_up;

pub use accept_password::{AcceptPasswordUseCase, AcceptPasswordUseCaseParameters};
pub use authenticate::{AuthenticateUseCase, AuthenticateUseCaseParameters};
pub use change_password::{ChangePasswordUseCase, ChangePasswordUseCaseParameters};
pub use clean_up_sessions::{CleanUpSessionsUseCase, CleanUpSessionsUseCaseParameters};
pub use create_user::{CreateUserUseCase, CreateUserUseCaseParameters};
pub use edit_user::{EditUserUseCase, EditUserUseCaseParameters};
pub use erase_user::{EraseUserUseCase, EraseUserUseCaseParameters};
pub use export_person::{ExportPersonUseCase, ExportPersonUseCaseParameters};
pub use log_in::{LogInUseCase, LogInUseCaseParameters};
pub use log_out::{LogOutUseCase, LogOutUseCaseParameters};
pub use login_guard::{CountingLoginGuard, CountingLoginGuardParameters};
pub use on_user_registered::{SendWelcome, SendWelcomeParameters};
pub use refresh_session::{RefreshSessionUseCase, RefreshSessionUseCaseParameters};
pub use register_user::{RegisterUserUseCase, RegisterUserUseCaseParameters};
pub use revoke_sessions::{RevokeSessionsUseCase, RevokeSessionsUseCaseParameters};
pub use step_up::{StepUpUseCase, StepUpUseCaseParameters};
