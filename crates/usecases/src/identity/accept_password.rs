use std::sync::Arc;

use async_trait::async_trait;
use domain::identity::{
    AcceptPassword, AcceptPasswordError, PasswordHasher, PasswordOwner, PasswordPolicy,
    PasswordStrength, Secret,
};
use shaku::Component;

/// Implements [`AcceptPassword`].
#[derive(Component)]
#[shaku(interface = AcceptPassword)]
pub struct AcceptPasswordUseCase {
    #[shaku(inject)]
    strength: Arc<dyn PasswordStrength>,
    #[shaku(inject)]
    hasher: Arc<dyn PasswordHasher>,
    /// Which passwords are accepted.
    policy: PasswordPolicy,
}

#[async_trait]
impl AcceptPassword for AcceptPasswordUseCase {
    #[tracing::instrument(name = "identity.accept_password", skip_all)]
    async fn execute(
        &self,
        password: &Secret,
        owner: &PasswordOwner<'_>,
    ) -> Result<String, AcceptPasswordError> {
        self.policy.check(&password.0, owner)?;
        let known: Vec<&str> = [Some(owner.email), owner.username].into_iter().flatten().collect();
        self.policy.check_guesses(self.strength.guesses_log10(password, &known).await?)?;
        Ok(self.hasher.hash(password).await?)
    }
}
