use super::Payment;
use crate::{
    ordering::PaymentStatus,
    shared::money::{Currency, Money, MoneyError},
};

/// All the money of one order: the sums over all its attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Takings {
    /// Set aside and not taken yet.
    pub authorized: Money,
    /// Taken.
    pub captured: Money,
    /// Given back.
    pub refunded: Money,
    /// About to be given back.
    pub refunding: Money,
    /// Whether something set aside was let go.
    pub voided: bool,
    /// Whether a bank disputes any of it.
    pub disputed: bool,
}

impl Takings {
    /// No money at all.
    pub const fn none(currency: Currency) -> Self {
        let zero = Money::zero(currency);
        let (authorized, captured, refunded, refunding) = (zero, zero, zero, zero);
        Self { authorized, captured, refunded, refunding, voided: false, disputed: false }
    }

    /// These takings and those of one more attempt.
    ///
    /// # Errors
    /// [`MoneyError`] when amounts cannot be combined.
    pub fn with(self, payment: &Payment) -> Result<Self, MoneyError> {
        let state = payment.state();
        let open = state.authorized.minus(state.captured)?;
        let authorized = if payment.status().is_active() && open.minor > 0 {
            self.authorized.plus(open)?
        } else {
            self.authorized
        };
        Ok(Self {
            authorized,
            captured: self.captured.plus(state.captured)?,
            refunded: self.refunded.plus(state.refunded)?,
            refunding: self.refunding,
            voided: self.voided || payment.was_voided(),
            disputed: self.disputed || payment.is_disputed(),
        })
    }

    /// Money that is with us and will stay unless a refund is made.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`].
    pub fn held(&self) -> Result<Money, MoneyError> {
        self.captured.minus(self.refunded)?.minus(self.refunding)
    }

    /// What became of the money of an order that costs `total`.
    pub const fn status(&self, total: Money) -> PaymentStatus {
        let (captured, refunded) = (self.captured.minor, self.refunded.minor);
        if self.disputed {
            PaymentStatus::Disputed
        } else if captured == 0 {
            if self.authorized.minor > 0 {
                PaymentStatus::Authorized
            } else if total.minor == 0 {
                PaymentStatus::Paid
            } else if self.voided {
                PaymentStatus::Voided
            } else {
                PaymentStatus::None
            }
        } else if refunded >= captured {
            PaymentStatus::Refunded
        } else if captured - refunded > total.minor {
            PaymentStatus::Overpaid
        } else if refunded > 0 && captured - refunded < total.minor {
            PaymentStatus::PartiallyRefunded
        } else if captured - refunded < total.minor {
            PaymentStatus::PartiallyPaid
        } else {
            PaymentStatus::Paid
        }
    }
}
