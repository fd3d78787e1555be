//! Mail: texts from embedded templates, and the ways it leaves or is kept for the developer.

mod file;
mod log;
mod render;
mod smtp;

pub use file::{
    FileDevMailbox, FileDevMailboxParameters, FileMailTransport, FileMailTransportParameters,
};
pub use log::{LogMailTransport, NoMailbox};
pub use render::{
    MailTemplates, MailTexts, MinijinjaMailRenderer, MinijinjaMailRendererParameters,
};
pub use smtp::{
    InvalidSmtpSettings, SmtpHealth, SmtpMailTransport, SmtpMailTransportParameters, SmtpServer,
    SmtpSettings,
};
