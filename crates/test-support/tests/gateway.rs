//! The scripted provider keeps the promises of the port, so that what is proven with it holds with
//! every provider.

use std::{
    future::{Ready, ready},
    sync::Arc,
};

use async_trait::async_trait;
use domain::payments::{CreatedAtProvider, PaymentId, WebhookRequest};
use test_support::{
    contracts::gateway::{Act, Customer, GatewayFixture},
    gateway::ScriptedGateway,
};

struct Buyer(ScriptedGateway);

#[async_trait]
impl Customer for Buyer {
    async fn act(
        &self,
        act: Act,
        payment: PaymentId,
        _: &CreatedAtProvider,
    ) -> Vec<WebhookRequest> {
        let told = match act {
            Act::Pay => self.0.pay(payment),
            Act::Decline => self.0.decline(payment),
        };
        told.into_iter().collect()
    }
}

fn scripted() -> Ready<GatewayFixture> {
    let gateway = ScriptedGateway::default();
    ready(GatewayFixture::new(Arc::new(gateway.clone()), Box::new(Buyer(gateway))))
}

test_support::gateway_contract!(scripted());
