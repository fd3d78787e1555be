use super::{NewUser, Role, Username};
use crate::shared::error::{Coded, ErrorKind};

/// The longest password that is hashed, in characters.
pub const MAX_PASSWORD_CHARS: usize = 128;

/// The shortest password any setting allows, in characters.
pub const MIN_PASSWORD_CHARS: usize = 8;

/// Which passwords are accepted. Lengths are characters after NFC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordPolicy {
    /// Shortest accepted, [`MIN_PASSWORD_CHARS`] at least.
    pub min_chars: usize,
    /// Shortest accepted of people who work for the shop.
    pub staff_min_chars: usize,
    /// How many of the four kinds of characters (small letters, capitals, digits, others) are
    /// wanted; 0 asks for none.
    pub min_kinds: u8,
    /// Guesses an attacker has to need, as a power of ten; 0 takes every password.
    pub min_guesses: u8,
}

impl Default for PasswordPolicy {
    /// 8 characters, 15 of staff (NIST SP 800-63B), and none of the ten thousand likeliest.
    fn default() -> Self {
        Self { min_chars: MIN_PASSWORD_CHARS, staff_min_chars: 15, min_kinds: 0, min_guesses: 4 }
    }
}

/// Whose password it will be.
#[derive(Clone, Copy, Debug)]
pub struct PasswordOwner<'a> {
    /// What the person is to the shop.
    pub role: Role,
    /// Where the person's mail goes.
    pub email: &'a str,
    /// The person's second name to log in with.
    pub username: Option<&'a str>,
}

impl<'a> PasswordOwner<'a> {
    /// Whoever makes an account.
    pub fn of(profile: &'a NewUser) -> Self {
        let username = profile.username.as_ref().map(Username::as_str);
        Self { role: profile.role, email: profile.email.as_str(), username }
    }
}

impl PasswordPolicy {
    /// Accepts or refuses a password by everything that can be seen without guessing.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn check(&self, password: &str, owner: &PasswordOwner<'_>) -> Result<(), PasswordRefused> {
        let wanted = match owner.role {
            Role::User => self.min_chars,
            Role::Staff | Role::SuperAdmin => self.staff_min_chars.max(self.min_chars),
        };
        let chars = password.chars().count();
        if chars < wanted.max(MIN_PASSWORD_CHARS) {
            return Err(PasswordRefused::TooShort);
        }
        if chars > MAX_PASSWORD_CHARS {
            return Err(PasswordRefused::TooLong);
        }
        let lower = password.to_lowercase();
        let email = owner.email.to_lowercase();
        if lower == email || email.rsplit_once('@').is_some_and(|(local, _)| lower == local) {
            return Err(PasswordRefused::SameAsEmail);
        }
        if owner.username.is_some_and(|name| lower == name.to_lowercase()) {
            return Err(PasswordRefused::SameAsUsername);
        }
        if kinds(password) < self.min_kinds {
            return Err(PasswordRefused::TooFewKinds);
        }
        Ok(())
    }

    /// Accepts or refuses a password by the decimal logarithm of the guesses it withstands.
    ///
    /// # Errors
    /// [`PasswordRefused::TooCommon`].
    pub fn check_guesses(&self, log10: f64) -> Result<(), PasswordRefused> {
        if log10 < f64::from(self.min_guesses) { Err(PasswordRefused::TooCommon) } else { Ok(()) }
    }
}

/// How many of the four kinds of characters there are; letters without case are small.
fn kinds(password: &str) -> u8 {
    let any = |kind: fn(char) -> bool| u8::from(password.chars().any(kind));
    any(|c| c.is_alphabetic() && !c.is_uppercase())
        + any(char::is_uppercase)
        + any(char::is_numeric)
        + any(|c| !c.is_alphanumeric())
}

/// Why a password was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRefused {
    /// Fewer characters than the policy asks for.
    #[error("the password is too short")]
    TooShort,
    /// More than [`MAX_PASSWORD_CHARS`].
    #[error("the password is too long")]
    TooLong,
    /// Nobody would have to guess.
    #[error("the password is the e-mail address")]
    SameAsEmail,
    /// Nobody would have to guess.
    #[error("the password is the user name")]
    SameAsUsername,
    /// Fewer kinds of characters than the policy asks for.
    #[error("small letters, capitals, digits and other characters: more of these are wanted")]
    TooFewKinds,
    /// One of the passwords that are tried first.
    #[error("the password is one of the first that are guessed")]
    TooCommon,
}

impl Coded for PasswordRefused {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn code(&self) -> &'static str {
        match self {
            Self::TooShort => "password_too_short",
            Self::TooLong => "password_too_long",
            Self::SameAsEmail => "password_same_as_email",
            Self::SameAsUsername => "password_same_as_username",
            Self::TooFewKinds => "password_too_few_kinds",
            Self::TooCommon => "password_too_common",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{PasswordOwner, PasswordPolicy, PasswordRefused};
    use crate::identity::Role;

    const ANN: PasswordOwner<'_> =
        PasswordOwner { role: Role::User, email: "ann.lee-smith@example.com", username: None };

    #[test]
    fn staff_need_longer_passwords_and_no_setting_goes_below_eight() {
        let policy = PasswordPolicy { min_chars: 1, ..PasswordPolicy::default() };
        assert_eq!(policy.check("1234567", &ANN), Err(PasswordRefused::TooShort));
        assert_eq!(policy.check("12345678", &ANN), Ok(()));
        for role in [Role::Staff, Role::SuperAdmin] {
            let owner = PasswordOwner { role, ..ANN };
            assert_eq!(policy.check("12345678901234", &owner), Err(PasswordRefused::TooShort));
            assert_eq!(policy.check("123456789012345", &owner), Ok(()));
        }
        let policy = PasswordPolicy { min_chars: 20, ..policy };
        let owner = PasswordOwner { role: Role::Staff, ..ANN };
        assert_eq!(policy.check("123456789012345", &owner), Err(PasswordRefused::TooShort));
    }

    #[test]
    fn lengths_are_characters_and_not_bytes() {
        let policy = PasswordPolicy::default();
        assert_eq!(policy.check(&"\u{1f600}".repeat(7), &ANN), Err(PasswordRefused::TooShort));
        assert_eq!(policy.check(&"\u{1f600}".repeat(128), &ANN), Ok(()));
        assert_eq!(policy.check(&"x".repeat(129), &ANN), Err(PasswordRefused::TooLong));
    }

    #[test]
    fn names_to_log_in_with_are_no_passwords() {
        let policy = PasswordPolicy::default();
        let owner = PasswordOwner { username: Some("Ann_the_Great"), ..ANN };
        for (password, expected) in [
            ("ANN.lee-smith@example.com", PasswordRefused::SameAsEmail),
            ("Ann.Lee-Smith", PasswordRefused::SameAsEmail),
            ("ann_THE_great", PasswordRefused::SameAsUsername),
        ] {
            assert_eq!(policy.check(password, &owner), Err(expected), "{password}");
        }
    }

    #[test]
    fn kinds_of_characters_are_asked_for_only_when_they_are_set() {
        for (password, kinds) in
            [("abcdefgh", 1), ("abcdEFGH", 2), ("пароль-Я1", 4), ("漢字漢字漢字漢字", 1)]
        {
            for min_kinds in 0..=4 {
                let policy = PasswordPolicy { min_kinds, ..PasswordPolicy::default() };
                let expected =
                    if min_kinds <= kinds { Ok(()) } else { Err(PasswordRefused::TooFewKinds) };
                assert_eq!(policy.check(password, &ANN), expected, "{password} {min_kinds}");
            }
        }
    }

    #[test]
    fn what_is_guessed_first_is_refused_unless_that_is_switched_off() {
        let policy = PasswordPolicy::default();
        assert_eq!(policy.check_guesses(3.99), Err(PasswordRefused::TooCommon));
        assert_eq!(policy.check_guesses(4.0), Ok(()));
        assert_eq!(PasswordPolicy { min_guesses: 0, ..policy }.check_guesses(0.0), Ok(()));
    }
}
