use async_trait::async_trait;
use shaku::Interface;

use super::{InvalidTransition, OrderId, OrderView, Parcel, ShipRefused};
use crate::{
    inventory::Shortage,
    shared::{
        actor::Actor,
        error::{Coded, ErrorKind, StoreError},
        event::Provenance,
    },
};

/// What the staff does with a paid order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FulfilmentStep {
    /// Begin packing.
    Start,
    /// Send these units, or all that are left when there are none.
    Ship(Vec<Parcel>),
    /// It arrived.
    Deliver,
    /// Close it.
    Complete,
}

/// Input of [`FulfilOrder`].
#[derive(Clone, Debug)]
pub struct FulfilOrderCommand {
    /// Who does it; the edge lets in only who may write orders.
    pub actor: Actor,
    /// Which order.
    pub order: OrderId,
    /// What is done.
    pub step: FulfilmentStep,
    /// What set it off.
    pub provenance: Provenance,
}

/// Moves a paid order towards its customer.
#[async_trait]
pub trait FulfilOrder: Interface {
    /// Takes one step; what is shipped leaves the stock in the same transaction.
    async fn execute(&self, command: FulfilOrderCommand) -> Result<OrderView, FulfilOrderError>;
}

/// Why a step was not taken. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum FulfilOrderError {
    /// There is no such order.
    #[error("no such order")]
    NotFound,
    /// The order is not at this step.
    #[error(transparent)]
    Transition(#[from] InvalidTransition),
    /// These units cannot be shipped.
    #[error(transparent)]
    Ship(ShipRefused),
    /// Units that were sold on back order are not there yet.
    #[error("not enough on hand")]
    NotOnHand(Vec<Shortage>),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ShipRefused> for FulfilOrderError {
    fn from(refused: ShipRefused) -> Self {
        match refused {
            ShipRefused::Transition(error) => Self::Transition(error),
            refused => Self::Ship(refused),
        }
    }
}

impl Coded for FulfilOrderError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::Transition(error) => error.kind(),
            Self::Ship(error) => error.kind(),
            Self::NotOnHand(_) => ErrorKind::Conflict,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "order_not_found",
            Self::Transition(error) => error.code(),
            Self::Ship(error) => error.code(),
            Self::NotOnHand(_) => "not_on_hand",
            Self::Store(error) => error.code(),
        }
    }
}
