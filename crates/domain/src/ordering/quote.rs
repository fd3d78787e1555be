use super::Discount;
use crate::shared::money::{Currency, MAX_MINOR_UNITS, Money, MoneyError};

/// What one line costs before anything is taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PricedLine {
    /// Price of one unit.
    pub unit_price: Money,
    /// Units.
    pub quantity: u32,
}

/// What one line costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuotedLine {
    /// Units times price.
    pub subtotal: Money,
    /// What is taken off, at most the subtotal.
    pub discount: Money,
}

/// What an order costs, line by line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// As many as were asked about, in their order.
    pub lines: Vec<QuotedLine>,
    /// Sum of the lines before anything is taken off.
    pub subtotal: Money,
    /// What is taken off of all lines together.
    pub discount: Money,
    /// What has to be paid.
    pub total: Money,
}

/// The price of `lines` in `currency`: the one place where totals are made.
///
/// A percentage is taken of the subtotal and rounded half up to a whole minor unit, once. The
/// discount is spread over the lines in proportion to what they cost, by largest remainder, so that
/// the parts add up to it exactly.
///
/// # Errors
/// [`MoneyError`] for another currency, or a subtotal above [`MAX_MINOR_UNITS`].
pub fn quote(
    currency: Currency,
    lines: &[PricedLine],
    discount: Option<Discount>,
) -> Result<Quote, MoneyError> {
    let mut subtotal = Money::zero(currency);
    let mut quoted = Vec::with_capacity(lines.len());
    for line in lines {
        let of_line = line.unit_price.times(line.quantity)?;
        subtotal = subtotal.plus(of_line)?;
        quoted.push(QuotedLine { subtotal: of_line, discount: Money::zero(currency) });
    }
    if subtotal.minor > MAX_MINOR_UNITS {
        return Err(MoneyError::Overflow);
    }
    let taken_off = match discount {
        Some(discount) => discount.of(subtotal)?,
        None => Money::zero(currency),
    };
    spread(&mut quoted, subtotal.minor, taken_off.minor);
    Ok(Quote { lines: quoted, subtotal, discount: taken_off, total: subtotal.minus(taken_off)? })
}

/// Gives every line its share of `discount`: rounded down first, then one minor unit more to those
/// that lost most by it, the earlier first.
fn spread(lines: &mut [QuotedLine], subtotal: i64, discount: i64) {
    if subtotal == 0 || discount == 0 {
        return;
    }
    let whole = i128::from(subtotal);
    let mut left = discount;
    let mut remainders = Vec::with_capacity(lines.len());
    for (at, line) in lines.iter_mut().enumerate() {
        let exact = i128::from(line.subtotal.minor) * i128::from(discount);
        // No more than the discount itself, so it fits.
        let share = i64::try_from(exact / whole).unwrap_or(discount);
        line.discount.minor = share;
        left -= share;
        remainders.push((std::cmp::Reverse(exact % whole), at));
    }
    remainders.sort_unstable();
    // Fewer units are left than there are lines with a remainder.
    for (_, at) in remainders {
        if left == 0 {
            break;
        }
        if let Some(line) = lines.get_mut(at) {
            line.discount.minor += 1;
            left -= 1;
        }
    }
}
