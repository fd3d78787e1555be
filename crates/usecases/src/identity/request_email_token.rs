use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    identity::{
        EmailRequest, EmailRequestId, IdentityStore, RequestEmailToken, RequestEmailTokenCommand,
    },
    shared::{
        error::StoreError,
        event::{Provenance, Stamp},
        ports::{Clock, IdGenerator, stamp},
    },
};
use shaku::Component;

use crate::retry::retry_lost_races;

/// Implements [`RequestEmailToken`] by writing down what is wanted, and looking nobody up.
#[derive(Component)]
#[shaku(interface = RequestEmailToken)]
pub struct RequestEmailTokenUseCase {
    #[shaku(inject)]
    store: Arc<dyn IdentityStore>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    #[shaku(inject)]
    ids: Arc<dyn IdGenerator>,
}

#[async_trait]
impl RequestEmailToken for RequestEmailTokenUseCase {
    #[tracing::instrument(name = "identity.request_email_token", skip_all)]
    async fn execute(&self, command: RequestEmailTokenCommand) -> Result<(), StoreError> {
        let stamp = stamp(&*self.clock, &*self.ids);
        let request = EmailRequest {
            id: EmailRequestId::new(self.ids.next()),
            kind: command.kind,
            email_key: command.email.key(),
            created_at: stamp.at,
        };
        retry_lost_races(|| self.attempt(&request, stamp, &command.provenance)).await
    }
}

impl RequestEmailTokenUseCase {
    async fn attempt(
        &self,
        request: &EmailRequest,
        stamp: Stamp,
        provenance: &Provenance,
    ) -> Result<(), StoreError> {
        let mut uow = self.store.begin(provenance).await?;
        uow.email_tokens().request(request, stamp).await?;
        uow.commit().await
    }
}
