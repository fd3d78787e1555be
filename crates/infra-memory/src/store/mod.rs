//! Reference stores for unit tests: every constraint by its name, every race decided at commit.
//! Nothing here is meant for production.

mod api_keys;
mod audit;
mod browse;
mod catalogue;
mod categories;
mod content;
mod coupons;
mod email_tokens;
mod identity;
mod jobs;
mod messaging;
mod ordering;
mod outbox;
mod page;
mod payments;
mod people;
mod state;
mod stock;
mod stores;
mod tasks;
mod unit_of_work;
mod unresolved;

pub use api_keys::MemoryApiKeyReads;
pub use audit::MemoryAuditReads;
pub use catalogue::{MemoryCatalogueBackroom, MemoryCatalogueReads};
pub use content::MemoryPostReads;
pub use coupons::{MemoryCouponReads, RedemptionRow};
pub use email_tokens::MemoryEmailTokenReads;
pub use identity::MemoryIdentityReads;
pub use jobs::MemoryJobBoard;
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
    MemoryCatalogueStore, MemoryContentStore, MemoryIdentityStore, MemoryInventoryStore,
    MemoryMessagingStore, MemoryOrderingStore, MemoryPaymentsStore,
};
pub use tasks::MemoryTaskReads;
pub use unit_of_work::MemoryUnitOfWork;
pub use unresolved::{MemoryMockBooks, MemoryUnresolvedPayments};
