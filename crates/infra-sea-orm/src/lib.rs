//! The store in SQLite and PostgreSQL: every driven storage port of the domain.
//!
//! SQL is written out and the same for both databases where they allow it.

mod audit;
mod binds;
mod catalogue;
mod claims;
mod connect;
mod constraints;
mod content;
mod counted;
mod error;
mod health;
mod idempotency;
mod identity;
mod inbox;
mod inventory;
mod messaging;
mod operations;
mod ordering;
mod outbox;
mod outbox_feed;
mod paging;
mod payments;
mod row;
mod sql;
mod sql_list;
mod unit_of_work;
mod writer;

pub use audit::{SeaAuditReads, SeaAuditReadsParameters};
pub use catalogue::{
    SeaCatalogueBackroom, SeaCatalogueBackroomParameters, SeaCatalogueReads,
    SeaCatalogueReadsParameters, SeaCatalogueStore, SeaCatalogueStoreParameters,
};
pub use connect::{ConnectError, Database, DatabaseSettings};
pub use content::{
    SeaContentStore, SeaContentStoreParameters, SeaPostReads, SeaPostReadsParameters,
};
pub use health::{SeaDatabaseHealth, SeaDatabaseHealthParameters};
pub use identity::{
    SeaApiKeyReads, SeaApiKeyReadsParameters, SeaEmailTokenReads, SeaEmailTokenReadsParameters,
    SeaIdentityReads, SeaIdentityReadsParameters, SeaIdentityStore, SeaIdentityStoreParameters,
    SeaPeopleReads, SeaPeopleReadsParameters,
};
pub use inventory::{
    SeaInventoryReads, SeaInventoryReadsParameters, SeaInventoryStore, SeaInventoryStoreParameters,
};
pub use messaging::{
    SeaDeadLetters, SeaDeadLettersParameters, SeaMessagingStore, SeaMessagingStoreParameters,
    SeaOutgoingMails, SeaOutgoingMailsParameters, SeaTaskReads, SeaTaskReadsParameters,
};
pub use operations::{
    SeaDoctor, SeaDoctorParameters, SeaHousekeeping, SeaHousekeepingParameters, SeaJobBoard,
    SeaJobBoardParameters, SeaRepairs, SeaRepairsParameters,
};
pub use ordering::{
    SeaCouponReads, SeaCouponReadsParameters, SeaOrderReads, SeaOrderReadsParameters,
    SeaOrderingStore, SeaOrderingStoreParameters,
};
pub use outbox_feed::{SeaOutboxFeed, SeaOutboxFeedParameters};
pub use payments::{
    SeaMockBooks, SeaMockBooksParameters, SeaPaymentReads, SeaPaymentReadsParameters,
    SeaPaymentsStore, SeaPaymentsStoreParameters, SeaUnresolvedPayments,
    SeaUnresolvedPaymentsParameters,
};
pub use unit_of_work::SeaUnitOfWork;
