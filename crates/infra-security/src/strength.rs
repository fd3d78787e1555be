use async_trait::async_trait;
use domain::identity::{HashError, PasswordStrength, Secret};
use shaku::Component;

use crate::Argon2Engine;

/// Guesses as attackers do: dictionaries of common passwords, words and names, keyboards, dates,
/// repetitions, and the usual replacements of letters.
#[derive(Component)]
#[shaku(interface = PasswordStrength)]
pub struct ZxcvbnStrength {
    /// Bounds how many passwords are looked at together with how many are hashed.
    pub engine: Argon2Engine,
}

#[async_trait]
impl PasswordStrength for ZxcvbnStrength {
    async fn guesses_log10(&self, password: &Secret, known: &[&str]) -> Result<f64, HashError> {
        let password = password.clone();
        let known: Vec<String> = known.iter().map(|word| (*word).to_owned()).collect();
        self.engine
            .run(move |_| {
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                Ok(zxcvbn::zxcvbn(&password.0, &known).guesses_log10())
            })
            .await
    }
}

#[cfg(test)]
mod tests {
    use domain::identity::{PasswordPolicy, PasswordStrength, Secret};

    use super::ZxcvbnStrength;
    use crate::{Argon2Engine, Argon2Settings};

    async fn is_common(password: &str) -> bool {
        let engine = Argon2Engine::new(Argon2Settings::default()).unwrap();
        let known = ["ann.lee@example.com", "Ann_the_Great"];
        let password = Secret(password.to_owned());
        let guesses = ZxcvbnStrength { engine }.guesses_log10(&password, &known).await.unwrap();
        PasswordPolicy::default().check_guesses(guesses).is_err()
    }

    #[tokio::test]
    async fn what_everybody_chooses_is_common_however_it_is_dressed() {
        for password in [
            "password",
            "Password1",
            "PASSWORD",
            "p4ssw0rd",
            "drowssap",
            "12345678",
            "qwertyuiop",
            "1q2w3e4r",
            "aaaaaaaaaaaa",
            "iloveyou",
            "letmein1",
            "anniversary",
            "ann_the_great",
            "Ann.Lee@Example.com",
        ] {
            assert!(is_common(password).await, "{password}");
        }
    }

    #[tokio::test]
    async fn what_is_not_guessed_first_is_taken() {
        for password in [
            "correct horse",
            "long enough",
            "cafe\u{301} noir",
            "\u{43f}\u{430}\u{440}\u{43e}\u{43b}\u{44c}12",
            "Sup3rSecret",
        ] {
            assert!(!is_common(password).await, "{password}");
        }
    }

    #[tokio::test]
    async fn the_longest_password_is_looked_at_in_no_time() {
        let began = std::time::Instant::now();
        for password in ["p4$$w0rD".repeat(16), "1".repeat(128), "@4$(83".repeat(21)] {
            is_common(&password).await;
        }
        assert!(began.elapsed().as_secs() < 5, "{:?}", began.elapsed());
    }
}
