//! What can be asked about the services around a store without changing anything.

use std::sync::Arc;

use config::{MailTransportKind, Settings};
use domain::shared::ports::HealthCheck;
use infra_mail::SmtpHealth;
use infra_rabbitmq::{RabbitReach, RabbitTopology};
use infra_redis::RedisHealth;

use crate::{
    AssembleError,
    assemble::{broker, mail_server, redis},
};

/// Questions to each service the settings name, the database aside; none to what is in process.
///
/// # Errors
/// [`AssembleError::Settings`] when what they say cannot work.
pub fn inspections(settings: &Settings) -> Result<Vec<Arc<dyn HealthCheck>>, AssembleError> {
    let mut all: Vec<Arc<dyn HealthCheck>> = Vec::new();
    if let Some(pool) = redis(settings)? {
        all.push(Arc::new(RedisHealth { pool }));
    }
    if let Some(bus) = broker(settings)? {
        all.push(Arc::new(RabbitReach { bus: bus.clone() }));
        all.push(Arc::new(RabbitTopology { bus }));
    }
    if settings.mail.transport == MailTransportKind::Smtp {
        all.push(Arc::new(SmtpHealth { server: mail_server(settings)? }));
    }
    Ok(all)
}
