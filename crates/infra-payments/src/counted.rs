//! Counts what a provider is asked for, whichever it is.

use std::{sync::Arc, time::Instant};

use async_trait::async_trait;
use domain::payments::{
    Capabilities, CreatedAtProvider, FetchedPayment, GatewayError, MalformedNotice,
    OperationRequest, PaymentGateway, PaymentId, PaymentRequest, ProviderFact, ProviderName,
    ProviderNotice, RefundReport, RefundRequest, SignatureError, WebhookRequest,
};
use metrics::{Counter, counter, histogram};
use time::OffsetDateTime;

/// The same gateway, with its calls counted.
pub fn counted(
    provider: ProviderName,
    gateway: Arc<dyn PaymentGateway>,
) -> Arc<dyn PaymentGateway> {
    let counted = CountedGateway { provider: provider.as_str(), gateway };
    // What is watched for its first time is told from the start.
    counted.notices("not_believed").increment(0);
    for operation in ["create", "capture", "void", "fetch", "refund"] {
        counted.calls(operation, "unknown").increment(0);
    }
    Arc::new(counted)
}

struct CountedGateway {
    provider: &'static str,
    gateway: Arc<dyn PaymentGateway>,
}

impl CountedGateway {
    async fn call<T>(
        &self,
        operation: &'static str,
        answer: impl Future<Output = Result<T, GatewayError>> + Send,
    ) -> Result<T, GatewayError> {
        let began = Instant::now();
        let outcome = answer.await;
        let word = match &outcome {
            Ok(_) => "ok",
            Err(GatewayError::Refused { .. }) => "refused",
            Err(GatewayError::Unknown(_)) => "unknown",
        };
        let provider = self.provider;
        histogram!("kontor_provider_call_duration_seconds", "provider" => provider, "operation" => operation)
            .record(began.elapsed());
        self.calls(operation, word).increment(1);
        outcome
    }

    fn calls(&self, operation: &'static str, outcome: &'static str) -> Counter {
        counter!("kontor_provider_calls_total", "provider" => self.provider, "operation" => operation, "outcome" => outcome)
    }

    fn notices(&self, outcome: &'static str) -> Counter {
        counter!("kontor_provider_notices_total", "provider" => self.provider, "outcome" => outcome)
    }
}

#[async_trait]
impl PaymentGateway for CountedGateway {
    async fn create(&self, request: &PaymentRequest) -> Result<CreatedAtProvider, GatewayError> {
        self.call("create", self.gateway.create(request)).await
    }

    async fn capture(&self, request: &OperationRequest) -> Result<ProviderFact, GatewayError> {
        self.call("capture", self.gateway.capture(request)).await
    }

    async fn void(&self, request: &OperationRequest) -> Result<ProviderFact, GatewayError> {
        self.call("void", self.gateway.void(request)).await
    }

    async fn fetch(
        &self,
        payment: PaymentId,
        provider_payment_id: Option<&str>,
    ) -> Result<Option<FetchedPayment>, GatewayError> {
        self.call("fetch", self.gateway.fetch(payment, provider_payment_id)).await
    }

    fn capabilities(&self) -> Capabilities {
        self.gateway.capabilities()
    }

    async fn refund(&self, request: &RefundRequest) -> Result<RefundReport, GatewayError> {
        self.call("refund", self.gateway.refund(request)).await
    }

    fn verify_webhook(
        &self,
        request: &WebhookRequest,
        now: OffsetDateTime,
    ) -> Result<(), SignatureError> {
        let verdict = self.gateway.verify_webhook(request, now);
        self.notices(if verdict.is_ok() { "believed" } else { "not_believed" }).increment(1);
        verdict
    }

    fn parse_webhook(&self, request: &WebhookRequest) -> Result<ProviderNotice, MalformedNotice> {
        self.gateway.parse_webhook(request).inspect_err(|_| self.notices("malformed").increment(1))
    }
}
