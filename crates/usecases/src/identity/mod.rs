//! Use cases of the identity context.

mod accept_password;
mod authenticate;
mod log_in;
mod log_out;
mod login_guard;
pub(crate) mod on_user_registered;
mod refresh_session;
mod register_user;
mod session_cache;
mod sign_in;
mod step_up;

pub use accept_password::{AcceptPasswordUseCase, AcceptPasswordUseCaseParameters};
pub use authenticate::{AuthenticateUseCase, AuthenticateUseCaseParameters};
pub use log_in::{LogInUseCase, LogInUseCaseParameters};
pub use log_out::{LogOutUseCase, LogOutUseCaseParameters};
pub use login_guard::{CountingLoginGuard, CountingLoginGuardParameters};
pub use on_user_registered::{SendWelcome, SendWelcomeParameters};
pub use refresh_session::{RefreshSessionUseCase, RefreshSessionUseCaseParameters};
pub use register_user::{RegisterUserUseCase, RegisterUserUseCaseParameters};
pub use step_up::{StepUpUseCase, StepUpUseCaseParameters};
