use async_trait::async_trait;
use domain::{
    catalogue::{CatalogueStore, CatalogueUnitOfWork},
    content::{ContentStore, ContentUnitOfWork},
    identity::{IdentityStore, IdentityUnitOfWork},
    inventory::{InventoryStore, InventoryUnitOfWork},
    messaging::{MessagingStore, MessagingUnitOfWork},
    ordering::{OrderingStore, OrderingUnitOfWork},
    payments::{PaymentsStore, PaymentsUnitOfWork},
    shared::{error::StoreError, event::Provenance},
};
use shaku::Component;

use super::{MemoryState, MemoryUnitOfWork};

macro_rules! store {
    ($name:ident: $port:ident opens $unit_of_work:ident) => {
        #[doc = concat!("[`", stringify!($port), "`] over a [`MemoryState`].")]
        #[derive(Component)]
        #[shaku(interface = $port)]
        pub struct $name {
            /// The database.
            #[shaku(default)]
            state: MemoryState,
        }

        impl $name {
            /// A store over existing state.
            pub const fn over(state: MemoryState) -> Self {
                Self { state }
            }
        }

        #[async_trait]
        impl $port for $name {
            async fn begin(
                &self,
                provenance: &Provenance,
            ) -> Result<Box<dyn $unit_of_work>, StoreError> {
                Ok(Box::new(MemoryUnitOfWork::begin(&self.state, provenance).await))
            }
        }
    };
}

store!(MemoryIdentityStore: IdentityStore opens IdentityUnitOfWork);
store!(MemoryCatalogueStore: CatalogueStore opens CatalogueUnitOfWork);
store!(MemoryContentStore: ContentStore opens ContentUnitOfWork);
store!(MemoryInventoryStore: InventoryStore opens InventoryUnitOfWork);
store!(MemoryOrderingStore: OrderingStore opens OrderingUnitOfWork);
store!(MemoryPaymentsStore: PaymentsStore opens PaymentsUnitOfWork);
store!(MemoryMessagingStore: MessagingStore opens MessagingUnitOfWork);
