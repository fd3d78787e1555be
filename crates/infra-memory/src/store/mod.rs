//! Reference stores for unit tests: every constraint by its name, every race decided at commit.
//! Nothing here is meant for production.

mod api_keys;
mod audit;
mod browse;
mod catalogue;
mod identity;
mod messaging;
mod ordering;
mod outbox;
mod page;
mod payments;
mod people;
mod state;
mod stock;
mod stores;
mod unit_of_work;

pub use api_keys::MemoryApiKeyReads;
pub use audit::MemoryAuditReads;
pub use catalogue::{MemoryCatalogueBackroom, MemoryCatalogueReads};
pub use identity::MemoryIdentityReads;
pub use messaging::{MemoryDeadLetters, MemoryOutgoingMails};
pub use ordering::MemoryOrderReads;
pub use outbox::MemoryOutboxFeed;
pub use payments::MemoryPaymentReads;
pub use people::MemoryPeopleReads;
pub use state::{
    MailRow, MemoryState, Movement, OutboxRow, PaymentRow, StockLevelRow, StoredKey, Tables,
};
pub use stock::MemoryInventoryReads;
pub use stores::{
    MemoryCatalogueStore, MemoryIdentityStore, MemoryInventoryStore, MemoryMessagingStore,
    MemoryOrderingStore, MemoryPaymentsStore,
};
pub use unit_of_work::MemoryUnitOfWork;
