//! Argon2id, off the async threads and never more of it at once than the machine can take.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use mockly_domain::ErrorCode;
use tokio::sync::Semaphore;

use crate::error::Refused;
use crate::{IdSource, ServiceError};

/// What one hash costs: the least that OWASP's password storage cheat sheet asks of Argon2id, 19 MiB in two passes.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Hashes at once at most, whatever the machine: they hold 19 MiB each.
const RUNNING_MAX: usize = 8;
/// Hashes that may wait, each some tens of milliseconds; more are refused, since their callers would give up anyway.
const WAITING_MAX: usize = 64;
/// When to come back after that.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// Hashes and checks passwords.
pub(super) struct Passwords {
    /// Who may be here at all, running or waiting.
    admitted: Arc<Semaphore>,
    running: Arc<Semaphore>,
    /// What an unknown account's password is held against, so that it takes as long as a known one's.
    decoy: Arc<str>,
}

impl Passwords {
    pub(super) fn new() -> Self {
        let running = std::thread::available_parallelism().map_or(1, usize::from).min(RUNNING_MAX);
        Self::with_limits(running, WAITING_MAX)
    }

    fn with_limits(running: usize, waiting: usize) -> Self {
        // A salt and a hash that no password was ever found for; only the costs matter.
        let (salt, hash) = ("bm9ib2R5IGlzIGhlcmUgLg", "q0nFgXHmYkKrQqjKxTtpYGG2hPhTLQvMlP1mBWRcH3E");
        let decoy = format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${salt}${hash}");
        Self {
            admitted: Arc::new(Semaphore::new(running + waiting)),
            running: Arc::new(Semaphore::new(running)),
            decoy: decoy.into(),
        }
    }

    /// The hash of a password in PHC form.
    ///
    /// # Errors
    /// `unavailable` with a time to come back where too many wait already.
    pub(super) async fn hash(&self, password: String, ids: &dyn IdSource) -> Result<String, ServiceError> {
        let secret = ids.secret();
        self.run(move || {
            let (salt, _rest) = secret.split_at(16);
            let hash = hasher()?.hash_password_with_salt(password.as_bytes(), salt);
            Ok(hash.map_err(|error| internal(&error))?.to_string())
        })
        .await
    }

    /// Whether a password is the one behind a hash; without a hash it is not, after as long a time.
    ///
    /// # Errors
    /// `unavailable` with a time to come back where too many wait already.
    pub(super) async fn verify(&self, password: String, hash: Option<&str>) -> Result<bool, ServiceError> {
        let known = hash.is_some();
        let hash: Arc<str> = hash.map_or_else(|| Arc::clone(&self.decoy), Arc::from);
        let fits = self.run(move || {
            let hash = PasswordHash::new(&hash).map_err(|error| internal(&error))?;
            // The costs are the hash's own, so that older hashes stay good when the costs are raised.
            Ok(hasher()?.verify_password(password.as_bytes(), &hash).is_ok())
        });
        Ok(fits.await? && known)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, ServiceError> + Send + 'static,
    ) -> Result<T, ServiceError> {
        metrics::counter!("mockly_password_hashings_total").increment(1);
        let Ok(admitted) = Arc::clone(&self.admitted).try_acquire_owned() else { return Err(busy()) };
        let running = Arc::clone(&self.running).acquire_owned().await.map_err(|closed| internal(&closed))?;
        // The permits go along: hashing goes on when its caller has gone, and counts until it ends.
        let done = tokio::task::spawn_blocking(move || {
            let result = work();
            drop((admitted, running));
            result
        });
        done.await.map_err(|lost| internal(&lost))?
    }
}

fn hasher() -> Result<Argon2<'static>, ServiceError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|error| internal(&error))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn busy() -> ServiceError {
    let mut refused =
        Refused::new(ErrorCode::Unavailable, "Too many people sign in at this moment; try again in two seconds.");
    refused.retry_after = Some(RETRY_AFTER);
    ServiceError::Refused(Box::new(refused))
}

fn internal(error: &dyn std::fmt::Display) -> ServiceError {
    ServiceError::Internal(format!("a password cannot be hashed: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemIds;

    #[tokio::test]
    async fn a_password_fits_its_hash_and_no_other() {
        let passwords = Passwords::new();
        let hash = passwords.hash("correct horse".to_owned(), &SystemIds).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.verify("correct horse".to_owned(), Some(&hash)).await.unwrap());
        assert!(!passwords.verify("correct horsE".to_owned(), Some(&hash)).await.unwrap());
        assert_ne!(hash, passwords.hash("correct horse".to_owned(), &SystemIds).await.unwrap(), "salts differ");
    }

    /// The decoy must be a hash that is computed to the end, at the costs of today, not one that fails at once.
    #[tokio::test]
    async fn an_unknown_account_costs_as_much_as_a_known_one() {
        let passwords = Passwords::new();
        let decoy = PasswordHash::new(&passwords.decoy).unwrap();
        let params = Params::try_from(&decoy).unwrap();
        assert_eq!((params.m_cost(), params.t_cost(), params.p_cost()), (MEMORY_KIB, PASSES, LANES));
        let real = passwords.hash("correct horse".to_owned(), &SystemIds).await.unwrap();
        assert_eq!(real.len(), passwords.decoy.len());
        assert!(!passwords.verify("correct horse".to_owned(), None).await.unwrap());
    }

    #[tokio::test]
    async fn more_than_may_wait_are_sent_away_with_a_time_to_come_back() {
        let passwords = Passwords::with_limits(1, 1);
        let held = Arc::clone(&passwords.admitted).acquire_many_owned(2).await.unwrap();
        let Err(ServiceError::Refused(refused)) = passwords.verify("correct horse".to_owned(), None).await else {
            panic!("not refused")
        };
        assert_eq!((refused.code, refused.retry_after), (ErrorCode::Unavailable, Some(RETRY_AFTER)));
        drop(held);
        assert!(!passwords.verify("correct horse".to_owned(), None).await.unwrap());
    }
}
