use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use domain::{
    ordering::{Order, OrderStatus},
    payments::{
        CHECK_AFTER, CheckPayment, FactKind, GatewayError, Payment, PaymentGateway, PaymentId,
        PaymentRequest, PaymentsStore, ProviderFact, ProviderName, ResolveError,
    },
    shared::{
        event::Provenance,
        ports::{Clock, IdGenerator},
    },
};
use shaku::Component;

use super::{
    settle::order_of,
    take_in::{Learning, Said, take_in},
};
use crate::retry::retry_lost_races;

/// Implements [`CheckPayment`].
#[derive(Component)]
#[shaku(interface = CheckPayment)]
pub struct CheckPaymentUseCase {
    #[shaku(inject)]
    store: Arc<dyn PaymentsStore>,
    #[shaku(inject)]
    gateways: HashMap<ProviderName, Arc<dyn PaymentGateway>>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    #[shaku(inject)]
    ids: Arc<dyn IdGenerator>,
}

#[async_trait]
impl CheckPayment for CheckPaymentUseCase {
    #[tracing::instrument(name = "payments.check_payment", skip_all, fields(%payment))]
    async fn execute(&self, payment: PaymentId) -> Result<(), ResolveError> {
        let (payment, order) = self.load(payment).await?;
        if !payment.status().is_active() {
            return Ok(());
        }
        // No transaction is open while the provider is waited for.
        let Some(said) = self.ask(&payment, &order).await? else { return Ok(()) };
        retry_lost_races(|| self.finish(payment.id(), &said)).await
    }
}

impl CheckPaymentUseCase {
    async fn load(&self, id: PaymentId) -> Result<(Payment, Order), ResolveError> {
        let mut uow = self.store.begin(&Provenance::default()).await?;
        let payment = uow.payments().find(id).await?.ok_or(ResolveError::NotFound)?;
        let order = order_of(&mut *uow, &payment).await?;
        Ok((payment, order))
    }

    /// What the provider says; `None` when it is nothing to go on.
    async fn ask(&self, payment: &Payment, order: &Order) -> Result<Option<Said>, ResolveError> {
        let gateway =
            self.gateways.get(&payment.provider()).ok_or(ResolveError::UnknownProvider)?;
        let name = payment.state().provider_payment_id.as_deref();
        match gateway.fetch(payment.id(), name).await {
            Ok(Some(fetched)) => Ok(Some(fetched.into())),
            Ok(None) if name.is_some() => {
                tracing::error!(payment = %payment.id(), "the provider does not know it any more");
                Ok(None)
            }
            Ok(None) if order.state().status == OrderStatus::Pending => {
                self.ask_again(&**gateway, payment, order).await.map(Some)
            }
            // The request may still be on its way to the provider for a while.
            Ok(None) if self.clock.now() < payment.created_at() + CHECK_AFTER => Ok(None),
            Ok(None) => Ok(Some(ended(payment, FactKind::Canceled, None))),
            Err(error) => Err(ResolveError::Unknown(error.into())),
        }
    }

    /// The same request under the same key: whoever answered it before answers the same.
    async fn ask_again(
        &self,
        gateway: &dyn PaymentGateway,
        payment: &Payment,
        order: &Order,
    ) -> Result<Said, ResolveError> {
        let request = PaymentRequest {
            payment: payment.id(),
            amount: payment.amount(),
            order_number: order.number().as_str().to_owned(),
            capture: payment.capture(),
        };
        match gateway.create(&request).await {
            Ok(created) => {
                let named = Some((created.provider_payment_id, created.checkout_url));
                Ok(Said { named, facts: Vec::new() })
            }
            Err(GatewayError::Refused { reason }) => {
                Ok(ended(payment, FactKind::Failed, Some(reason)))
            }
            Err(error) => Err(ResolveError::Unknown(error.into())),
        }
    }

    async fn finish(&self, id: PaymentId, said: &Said) -> Result<(), ResolveError> {
        let at = self.clock.now();
        let mut uow = self.store.begin(&Provenance::default()).await?;
        let learning = Learning { clock: &*self.clock, ids: &*self.ids, at };
        take_in(&mut *uow, id, said, &learning).await?;
        Ok(uow.commit().await?)
    }
}

fn ended(payment: &Payment, kind: FactKind, reason: Option<String>) -> Said {
    let fact = ProviderFact { key: kind.to_string(), kind, amount: payment.amount(), reason };
    Said { named: None, facts: vec![fact] }
}
