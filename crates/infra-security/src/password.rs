use std::{sync::Arc, time::Duration};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{
        self, PasswordHasher as _, PasswordVerifier as _,
        phc::{self, PasswordHash},
    },
};
use async_trait::async_trait;
use domain::{
    identity::{HashError, PasswordHasher, Secret},
    shared::{error::Cause, ports::Randomness},
};
use shaku::Component;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{bcrypt, hashing_threads::HashingThreads};

/// Callers that wait for each hash computed at the same time. More could not have their turn in a
/// second, and would take the places of requests that hash nothing.
const WAITING: usize = 128;

/// How hard hashing is, and how much of it may happen at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argon2Settings {
    /// Memory of one hash, KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub iterations: u32,
    /// Lanes.
    pub parallelism: u32,
    /// Hashes computed at the same time, 1 at least; half the cores leaves room for the rest.
    pub concurrent: usize,
    /// How long a caller waits for its turn before it is told to come back later.
    pub queue_wait: Duration,
}

impl Default for Argon2Settings {
    /// 19 MiB, two passes, one lane (OWASP), one at a time, one second.
    fn default() -> Self {
        Self {
            memory_kib: 19_456,
            iterations: 2,
            parallelism: 1,
            concurrent: 1,
            queue_wait: Duration::from_secs(1),
        }
    }
}

/// The parameters are outside of what argon2 and this machine allow.
#[derive(Debug, thiserror::Error)]
#[error("the argon2 parameters are not possible")]
pub struct InvalidArgon2Settings(#[source] Cause);

/// Argon2id with its parameters, and the gate in front of it.
#[derive(Clone)]
pub struct Argon2Engine {
    argon2: Argon2<'static>,
    gate: Arc<Semaphore>,
    line: Arc<Semaphore>,
    threads: Arc<HashingThreads>,
    queue_wait: Duration,
    nobody: Arc<str>,
}

impl Argon2Engine {
    /// Checks the parameters and makes the threads that hash.
    ///
    /// # Errors
    /// [`InvalidArgon2Settings`] when argon2 does not take them, or no thread is to be had.
    pub fn new(settings: Argon2Settings) -> Result<Self, InvalidArgon2Settings> {
        let Argon2Settings { memory_kib, iterations, parallelism, concurrent, queue_wait } =
            settings;
        let params = Params::new(memory_kib, iterations, parallelism, None)
            .map_err(|error| InvalidArgon2Settings(error.into()))?;
        let concurrent = concurrent.max(1);
        let threads =
            HashingThreads::new(concurrent).map_err(|error| InvalidArgon2Settings(error.into()))?;
        // Salt and hash are all zeros: no password is known that belongs to it.
        let nobody = format!(
            "$argon2id$v=19$m={memory_kib},t={iterations},p={parallelism}${}${}",
            "A".repeat(22),
            "A".repeat(43),
        );
        Ok(Self {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            gate: Arc::new(Semaphore::new(concurrent)),
            line: Arc::new(Semaphore::new(WAITING * concurrent)),
            threads: Arc::new(threads),
            queue_wait,
            nobody: nobody.into(),
        })
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit, HashError> {
        let Ok(_place) = self.line.try_acquire() else { return Err(HashError::Busy) };
        match tokio::time::timeout(self.queue_wait, Arc::clone(&self.gate).acquire_owned()).await {
            Ok(permit) => permit.map_err(|closed| HashError::Failed(closed.into())),
            Err(_elapsed) => Err(HashError::Busy),
        }
    }

    /// Runs `work` away from the threads that serve requests. The turn ends with the work, also
    /// when the caller has gone.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Argon2<'static>) -> Result<T, Cause> + Send + 'static,
    ) -> Result<T, HashError> {
        let turn = self.turn().await?;
        let argon2 = self.argon2.clone();
        let done = self.threads.run(move || {
            let done = work(&argon2);
            drop(turn);
            done
        });
        done.await.map_err(|gone| HashError::Failed(gone.into()))?.map_err(HashError::Failed)
    }
}

/// Hashes passwords with argon2id.
#[derive(Component)]
#[shaku(interface = PasswordHasher)]
pub struct Argon2PasswordHasher {
    /// Where salts come from.
    #[shaku(inject)]
    pub randomness: Arc<dyn Randomness>,
    /// Argon2id with its parameters.
    pub engine: Argon2Engine,
}

#[async_trait]
impl PasswordHasher for Argon2PasswordHasher {
    async fn hash(&self, password: &Secret) -> Result<String, HashError> {
        let password = password.clone();
        let secret = self.randomness.secret();
        self.engine
            .run(move |argon2| {
                let (salt, _) = secret.split_at(16);
                let hash: PasswordHash =
                    argon2.hash_password_with_salt(password.0.as_bytes(), salt)?;
                Ok(hash.to_string())
            })
            .await
    }

    async fn verify(&self, password: &Secret, hash: Option<&str>) -> Result<bool, HashError> {
        let somebody = hash.is_some();
        let hash = hash.unwrap_or(&self.engine.nobody).to_owned();
        let password = password.clone();
        let matches = self.engine.run(move |argon2| matches(argon2, &password.0, &hash)).await?;
        Ok(somebody && matches)
    }

    fn is_outdated(&self, hash: &str) -> bool {
        let settings = |hash: &str| hash.rsplitn(3, '$').nth(2).map(str::to_owned);
        settings(hash) != settings(&self.engine.nobody)
    }
}

fn matches(argon2: &Argon2<'_>, password: &str, hash: &str) -> Result<bool, Cause> {
    if bcrypt::is_bcrypt(hash) {
        return bcrypt::matches(password, hash);
    }
    let hash = PasswordHash::new(hash).map_err(|error: phc::Error| Cause::from(error))?;
    match argon2.verify_password(password.as_bytes(), &hash) {
        Ok(()) => Ok(true),
        Err(password_hash::Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Waker};

    use std::{sync::Arc, time::Duration};

    use argon2::Argon2;
    use domain::{
        identity::{HashError, PasswordHasher, Secret},
        shared::ports::Randomness,
    };

    use super::{Argon2Engine, Argon2PasswordHasher, Argon2Settings, WAITING};

    struct Fixed([u8; 32]);

    impl Randomness for Fixed {
        fn secret(&self) -> [u8; 32] {
            self.0
        }
    }

    const CHEAP: Argon2Settings = Argon2Settings {
        memory_kib: 64,
        iterations: 1,
        parallelism: 1,
        concurrent: 2,
        queue_wait: Duration::from_secs(30),
    };

    fn hasher(settings: Argon2Settings, salt: u8) -> Argon2PasswordHasher {
        let engine = Argon2Engine::new(settings).unwrap();
        Argon2PasswordHasher { randomness: Arc::new(Fixed([salt; 32])), engine }
    }

    fn secret(text: &str) -> Secret {
        Secret(text.to_owned())
    }

    #[tokio::test]
    async fn a_password_belongs_to_its_own_hash_only() {
        let hasher = hasher(CHEAP, 1);
        let hash = hasher.hash(&secret("correct horse")).await.unwrap();
        assert!(hasher.verify(&secret("correct horse"), Some(&hash)).await.unwrap());
        assert!(!hasher.verify(&secret("correct horsf"), Some(&hash)).await.unwrap());
        assert!(!hasher.verify(&secret(""), Some(&hash)).await.unwrap());
    }

    #[tokio::test]
    async fn hashes_are_argon2id_with_the_configured_parameters() {
        let hash = hasher(Argon2Settings::default(), 1).hash(&secret("x")).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
    }

    #[tokio::test]
    async fn another_salt_gives_another_hash_and_old_parameters_still_verify() {
        let old = hasher(CHEAP, 1).hash(&secret("x")).await.unwrap();
        let new = hasher(Argon2Settings { iterations: 2, ..CHEAP }, 2);
        assert_ne!(old, new.hash(&secret("x")).await.unwrap());
        assert!(new.verify(&secret("x"), Some(&old)).await.unwrap());
    }

    #[tokio::test]
    async fn hashes_of_other_parameters_and_algorithms_are_outdated() {
        let today = hasher(CHEAP, 1);
        assert!(!today.is_outdated(&today.hash(&secret("x")).await.unwrap()));
        for settings in [
            Argon2Settings { memory_kib: 128, ..CHEAP },
            Argon2Settings { iterations: 2, ..CHEAP },
            Argon2Settings { memory_kib: 128, parallelism: 2, ..CHEAP },
        ] {
            assert!(today.is_outdated(&hasher(settings, 1).hash(&secret("x")).await.unwrap()));
        }
        assert!(today.is_outdated(crate::bcrypt::tests::HASH));
        assert!(today.is_outdated("plain"));
    }

    #[tokio::test]
    async fn hashes_of_older_systems_are_checked_in_the_same_queue() {
        let settings = Argon2Settings { concurrent: 1, queue_wait: Duration::ZERO, ..CHEAP };
        let hasher = hasher(settings, 1);
        let (word, hash) = (secret("correct horse"), Some(crate::bcrypt::tests::HASH));
        assert!(hasher.verify(&word, hash).await.unwrap());
        assert!(!hasher.verify(&secret("correct horsf"), hash).await.unwrap());
        let turn = hasher.engine.turn().await.unwrap();
        assert!(matches!(hasher.verify(&word, hash).await, Err(HashError::Busy)));
        drop(turn);
    }

    #[tokio::test]
    async fn who_finds_the_line_full_is_told_so_without_waiting() {
        let engine = hasher(Argon2Settings { concurrent: 1, ..CHEAP }, 1).engine;
        let turn = engine.turn().await.unwrap();
        let mut waiting: Vec<_> = (0..WAITING).map(|_| Box::pin(engine.turn())).collect();
        let mut context = Context::from_waker(Waker::noop());
        for caller in &mut waiting {
            assert!(caller.as_mut().poll(&mut context).is_pending());
        }
        assert!(matches!(engine.turn().await, Err(HashError::Busy)));
        drop((turn, waiting));
        assert!(engine.turn().await.is_ok());
    }

    #[tokio::test]
    async fn without_a_hash_the_same_work_is_done_and_the_answer_is_no() {
        let hasher = hasher(CHEAP, 1);
        let real = hasher.hash(&secret("x")).await.unwrap();
        let cost = |hash: &str| hash.rsplitn(3, '$').nth(2).unwrap().to_owned();
        assert_eq!(cost(&hasher.engine.nobody), cost(&real));
        assert_eq!(hasher.engine.nobody.len(), real.len());
        // Read as a stored hash it is a well-formed one that nothing belongs to.
        for password in ["", "x", "\0"] {
            let nobody = Some(&*hasher.engine.nobody);
            assert!(!hasher.verify(&secret(password), nobody).await.unwrap());
            assert!(!hasher.verify(&secret(password), None).await.unwrap());
        }
    }

    #[tokio::test]
    async fn who_cannot_have_a_turn_in_time_is_told_so_at_once() {
        let settings = Argon2Settings { concurrent: 1, queue_wait: Duration::ZERO, ..CHEAP };
        let hasher = hasher(settings, 1);
        let word = secret("x");
        let turn = hasher.engine.turn().await.unwrap();
        assert!(matches!(hasher.hash(&word).await, Err(HashError::Busy)));
        assert!(matches!(hasher.verify(&word, None).await, Err(HashError::Busy)));
        drop(turn);
        assert!(hasher.hash(&word).await.is_ok(), "the turn was given back");
    }

    #[tokio::test]
    async fn a_caller_that_left_does_not_free_the_turn_before_the_work_is_done() {
        let hasher = hasher(Argon2Settings { concurrent: 1, ..CHEAP }, 1);
        let (finish, finished) = std::sync::mpsc::channel::<()>();
        {
            let work = move |_: &Argon2<'static>| Ok(finished.recv()?);
            let mut leaving = std::pin::pin!(hasher.engine.run(work));
            let polled = std::future::poll_fn(|context| {
                std::task::Poll::Ready(leaving.as_mut().poll(context).is_pending())
            });
            assert!(polled.await);
        }
        assert_eq!(hasher.engine.gate.available_permits(), 0);
        finish.send(()).unwrap();
        assert!(hasher.hash(&secret("x")).await.is_ok(), "the next one has its turn");
    }

    #[tokio::test]
    async fn a_stored_hash_that_cannot_be_read_is_a_failure_and_not_a_no() {
        let hasher = hasher(CHEAP, 1);
        for hash in
            ["", "plain", "$argon2id$", "$sha1$v=19$m=64,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAA"]
        {
            let answer = hasher.verify(&secret("x"), Some(hash)).await;
            assert!(matches!(answer, Err(HashError::Failed(_))), "{hash}: {answer:?}");
        }
    }

    #[test]
    fn impossible_parameters_are_refused() {
        for settings in [
            Argon2Settings { memory_kib: 0, ..CHEAP },
            Argon2Settings { iterations: 0, ..CHEAP },
            Argon2Settings { parallelism: 0, ..CHEAP },
        ] {
            assert!(Argon2Engine::new(settings).is_err(), "{settings:?}");
        }
    }
}
