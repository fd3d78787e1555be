use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use domain::{
    identity::Permission,
    ordering::{Order, OrderStatus},
    payments::{
        CaptureMode, CreatePayment, CreatePaymentCommand, CreatePaymentError, CreatedAtProvider,
        Fact, FactKind, GatewayError, NewPayment, Payment, PaymentGateway, PaymentId,
        PaymentRequest, PaymentView, PaymentsStore, PaymentsUnitOfWork, ProviderName,
    },
    shared::{
        error::StoreError,
        event::Stamp,
        id::RawId,
        idempotency::{Claim, IdempotencyError, Outcome, StoredResponse},
        ports::{Clock, IdGenerator, stamp},
    },
};
use shaku::Component;

use super::{
    settle::order_of,
    take_in::{Learning, take_in_named},
};
use crate::retry::retry_lost_races;

/// Implements [`CreatePayment`].
#[derive(Component)]
#[shaku(interface = CreatePayment)]
pub struct CreatePaymentUseCase {
    #[shaku(inject)]
    store: Arc<dyn PaymentsStore>,
    #[shaku(inject)]
    gateways: HashMap<ProviderName, Arc<dyn PaymentGateway>>,
    #[shaku(inject)]
    clock: Arc<dyn Clock>,
    #[shaku(inject)]
    ids: Arc<dyn IdGenerator>,
    /// Who moves the money when nobody says otherwise.
    default_provider: ProviderName,
    /// When it is taken when nobody says otherwise.
    capture: CaptureMode,
}

/// Where the first transaction leaves the request.
enum Begun {
    /// The attempt is stored, and the provider's answer is not.
    Ask(Box<Payment>, PaymentRequest),
    /// The provider answered before, only the client was not told.
    Known(Box<Payment>),
    /// The client was told before.
    Replayed(StoredResponse),
}

/// What is known once the provider was asked.
enum Answer {
    Created(CreatedAtProvider),
    Refused(String),
    /// The answer was stored before, under another key.
    Known,
}

#[async_trait]
impl CreatePayment for CreatePaymentUseCase {
    #[tracing::instrument(name = "payments.create_payment", skip_all, fields(order = %command.order))]
    async fn execute(
        &self,
        command: CreatePaymentCommand,
    ) -> Result<Outcome<PaymentView>, CreatePaymentError> {
        let provider = command.provider.unwrap_or(self.default_provider);
        let capture = command.capture.unwrap_or(self.capture);
        let capabilities = self.gateway(provider)?.capabilities();
        if capture == CaptureMode::Manual && !capabilities.manual_capture {
            return Err(CreatePaymentError::CaptureUnsupported);
        }
        let id = PaymentId::new(self.ids.next());
        let requested = stamp(&*self.clock, &*self.ids);
        let begun =
            retry_lost_races(|| self.begin(&command, (provider, capture), id, requested)).await?;
        let (payment, answer) = match begun {
            Begun::Replayed(answer) => return Ok(Outcome::Replayed(answer)),
            Begun::Known(payment) => (payment, Answer::Known),
            // No transaction is open while the provider is waited for.
            Begun::Ask(payment, request) => match self.ask(&payment, &request).await? {
                Some(answer) => (payment, answer),
                None => return Ok(Outcome::Done(PaymentView::from(&*payment))),
            },
        };
        let answered = stamp(&*self.clock, &*self.ids);
        let id = payment.id();
        retry_lost_races(|| self.finish(&command, id, &answer, answered)).await.map(Outcome::Done)
    }
}

impl CreatePaymentUseCase {
    fn gateway(&self, provider: ProviderName) -> Result<&dyn PaymentGateway, CreatePaymentError> {
        self.gateways
            .get(&provider)
            .map(|gateway| &**gateway)
            .ok_or(CreatePaymentError::UnknownProvider)
    }

    /// Asks the provider; `None` when nobody knows whether it heard.
    async fn ask(
        &self,
        payment: &Payment,
        request: &PaymentRequest,
    ) -> Result<Option<Answer>, CreatePaymentError> {
        match self.gateway(payment.provider())?.create(request).await {
            Ok(created) => Ok(Some(Answer::Created(created))),
            Err(GatewayError::Refused { reason }) => Ok(Some(Answer::Refused(reason))),
            Err(error @ GatewayError::Unknown(_)) => {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(payment = %payment.id(), error, "the provider's answer was lost");
                Ok(None)
            }
        }
    }

    /// Stores the attempt before the provider hears of it, or finds the one to go on with.
    async fn begin(
        &self,
        command: &CreatePaymentCommand,
        (provider, capture): (ProviderName, CaptureMode),
        id: PaymentId,
        stamp: Stamp,
    ) -> Result<Begun, CreatePaymentError> {
        let mut uow = self.store.begin(&command.provenance).await?;
        // First, because it keeps others from the money of the order: what is read of the order
        // after it stays true.
        let active = uow.payments().active_of(command.order).await?;
        let order = uow.orders().find(command.order).await?;
        let order = order
            .filter(|order| {
                command
                    .actor
                    .scope(Permission::OrdersWrite)
                    .is_none_or(|owner| owner == order.customer())
            })
            .ok_or(CreatePaymentError::OrderNotFound)?;
        let resource = active.as_ref().map_or(id, Payment::id).raw();
        if let Some(request) = &command.idempotency {
            match uow.idempotency().claim(&request.key, resource, None, stamp.at).await? {
                Claim::Fresh => {}
                Claim::Answered(answer) => return Ok(Begun::Replayed(answer)),
                Claim::Started { resource } => return started(&mut *uow, resource).await,
            }
        }
        let status = order.state().status;
        if status != OrderStatus::Pending {
            return Err(CreatePaymentError::NotPayable { status });
        }
        if let Some(active) = active {
            if !active.is_unanswered() {
                return Err(CreatePaymentError::AlreadyActive(Box::new((&active).into())));
            }
            uow.commit().await?;
            return Ok(to_ask(active, &order));
        }
        let new = NewPayment { id, order: order.id(), provider, amount: order.total(), capture };
        let payment = Payment::request(new, stamp);
        uow.payments().insert(&payment).await.map_err(lost_to_another)?;
        uow.commit().await.map_err(lost_to_another)?;
        Ok(to_ask(payment, &order))
    }

    /// Stores what the provider said, and the answer of the key with it.
    async fn finish(
        &self,
        command: &CreatePaymentCommand,
        id: PaymentId,
        answer: &Answer,
        stamp: Stamp,
    ) -> Result<PaymentView, CreatePaymentError> {
        let mut uow = self.store.begin(&command.provenance).await?;
        let missing = || StoreError::Corrupt(format!("payment {id} is gone"));
        let mut payment = uow.payments().find(id).await?.ok_or_else(missing)?;
        match answer {
            Answer::Known => {}
            Answer::Created(created) => {
                let (name, url) = (&created.provider_payment_id, created.checkout_url.clone());
                payment.note_created(name.clone(), url);
                if let Some(kind) = created.state.filter(|kind| !is_about_money(*kind)) {
                    learn(&mut payment, kind, None, stamp);
                }
                uow.payments().update(&payment).await?;
                // What the provider reported before its answer arrived.
                let parked = uow.payments().unpark(payment.provider(), name).await?;
                if !parked.is_empty() {
                    let at = (payment.provider(), &**name);
                    let (clock, ids) = (&*self.clock, &*self.ids);
                    let learning = Learning { clock, ids, at: stamp.at };
                    payment = take_in_named(&mut *uow, at, (&parked, &[]), &learning).await?;
                }
            }
            // Unless another request for the same attempt was told otherwise.
            Answer::Refused(_) if !payment.is_unanswered() => {}
            Answer::Refused(reason) => {
                learn(&mut payment, FactKind::Failed, Some(reason.clone()), stamp);
                uow.payments().update(&payment).await?;
            }
        }
        let view = PaymentView::from(&payment);
        if let Some(request) = &command.idempotency {
            uow.idempotency().answer(&request.key, &(request.render)(&view)).await?;
        }
        uow.commit().await?;
        Ok(view)
    }
}

async fn started(
    uow: &mut dyn PaymentsUnitOfWork,
    resource: RawId,
) -> Result<Begun, CreatePaymentError> {
    let found = uow.payments().find(PaymentId::new(resource)).await?;
    let payment = found.ok_or(IdempotencyError::InProgress)?;
    if !payment.is_unanswered() {
        return Ok(Begun::Known(Box::new(payment)));
    }
    let order = order_of(uow, &payment).await?;
    match order.state().status {
        OrderStatus::Pending => Ok(to_ask(payment, &order)),
        status => Err(CreatePaymentError::NotPayable { status }),
    }
}

fn learn(payment: &mut Payment, kind: FactKind, reason: Option<String>, stamp: Stamp) {
    let (key, amount) = (format!("state:{kind}"), payment.amount());
    payment.learn(Fact { key, kind, amount, reason, at: stamp.at }, stamp);
}

/// Money counts only when the provider reports it under a key of its own: learnt from here as
/// well, one capture would be two.
const fn is_about_money(kind: FactKind) -> bool {
    matches!(
        kind,
        FactKind::Authorized | FactKind::Captured | FactKind::Refunded | FactKind::Disputed
    )
}

fn to_ask(payment: Payment, order: &Order) -> Begun {
    let request = PaymentRequest {
        payment: payment.id(),
        amount: payment.amount(),
        order_number: order.number().as_str().to_owned(),
        capture: payment.capture(),
    };
    Begun::Ask(Box::new(payment), request)
}

/// Another attempt became the active one meanwhile; reading again finds it.
fn lost_to_another(error: StoreError) -> StoreError {
    match error {
        StoreError::AlreadyExists { constraint } if constraint == "uq_payments_active_order" => {
            StoreError::Conflict
        }
        error => error,
    }
}
