//! Passwords of older systems: bcrypt hashes are checked, and never made.
//!
//! bcrypt reads the first 72 bytes and no more, so until such a hash is replaced at the next
//! log-in, whoever knows those bytes of a longer password is let in, as the older system did.

use std::io;

use domain::shared::error::Cause;

/// Costs above this would hold up everybody else: 2^15 rounds take seconds.
const HIGHEST_COST: u32 = 15;

/// Whether `hash` begins like one of bcrypt, in any of its spellings.
pub(crate) fn is_bcrypt(hash: &str) -> bool {
    ["$2a$", "$2b$", "$2x$", "$2y$"].iter().any(|prefix| hash.starts_with(prefix))
}

/// Whether `password` belongs to `hash`.
pub(crate) fn matches(password: &str, hash: &str) -> Result<bool, Cause> {
    let parts: bcrypt::HashParts = hash.parse()?;
    if parts.get_cost() > HIGHEST_COST {
        return Err(io::Error::other("the cost of a bcrypt hash is over the limit").into());
    }
    Ok(bcrypt::verify(password, hash)?)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{is_bcrypt, matches};

    /// `correct horse`, made by another implementation.
    pub(crate) const HASH: &str = "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e";

    #[test]
    fn every_spelling_of_the_algorithm_is_known() {
        for spelling in ["$2a$", "$2b$", "$2y$"] {
            let hash = HASH.replacen("$2b$", spelling, 1);
            assert!(is_bcrypt(&hash) && matches("correct horse", &hash).unwrap(), "{hash}");
            assert!(!matches("Correct horse", &hash).unwrap(), "{hash}");
        }
        assert!(!is_bcrypt("$argon2id$v=19$") && !is_bcrypt("$2$04$"));
    }

    #[test]
    fn a_hash_that_is_damaged_or_too_costly_is_a_failure_and_not_a_no() {
        for hash in ["$2b$", "$2b$04$short", &HASH.replacen("$04$", "$16$", 1)] {
            assert!(matches("correct horse", hash).is_err(), "{hash}");
        }
    }

    #[test]
    fn only_the_first_72_bytes_count() {
        let long = "x".repeat(72);
        let hash = bcrypt::hash(&long, 4).unwrap();
        assert!(matches(&format!("{long} and more"), &hash).unwrap());
        assert!(!matches(&"x".repeat(71), &hash).unwrap());
    }
}
