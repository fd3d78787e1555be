//! What is done by mail.

use super::*;

#[async_trait]
impl RequestEmailToken for Stub {
    async fn execute(&self, command: RequestEmailTokenCommand) -> Result<(), StoreError> {
        let RequestEmailTokenCommand { kind, email, .. } = command;
        self.mail_asked.lock().unwrap().push((kind, email.as_str().to_owned()));
        Ok(())
    }
}

#[async_trait]
impl VerifyEmail for Stub {
    async fn execute(&self, command: VerifyEmailCommand) -> Result<UserView, EmailTokenError> {
        match command.token.0.as_str() {
            "good" => Ok(UserView { is_verified: true, ..user_view(CUSTOMER, Role::User) }),
            "used" => Err(EmailTokenError::AlreadyVerified),
            "taken" => Err(EmailTokenError::EmailTaken),
            _ => Err(EmailTokenError::BadToken),
        }
    }
}

#[async_trait]
impl ResetPassword for Stub {
    async fn execute(&self, command: ResetPasswordCommand) -> Result<(), ResetPasswordError> {
        if command.token.0 != "good" {
            return Err(ResetPasswordError::BadToken);
        }
        let owner = PasswordOwner { role: Role::User, email: "ann@example.com", username: None };
        PasswordPolicy::default().check(&command.password.0, &owner)?;
        *self.reset.lock().unwrap() = Some(command);
        Ok(())
    }
}

#[async_trait]
impl RegisterQuietly for Stub {
    async fn execute(&self, command: RegisterUserCommand) -> Result<(), RegisterError> {
        self.registered_quietly.lock().unwrap().push(command.email.as_str().to_owned());
        Ok(())
    }
}

#[async_trait]
impl ChangeEmail for Stub {
    async fn execute(&self, command: ChangeEmailCommand) -> Result<(), UserError> {
        if command.email.as_str() == "again@example.com" {
            return Err(TooManyTries::Wait(Duration::from_secs(60)).into());
        }
        *self.moved.lock().unwrap() = Some(command);
        Ok(())
    }
}
