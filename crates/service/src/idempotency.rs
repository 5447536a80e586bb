//! Idempotency keys: the same request under the same key has one effect and one answer for a day.

use std::time::Duration;

use mockly_data::{IdempotencyClaim, Store};
use mockly_domain::{ErrorCode, ServiceKeyId, UserId};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::error::Refused;
use crate::{ServiceError, Services};

/// How long an answer is kept.
const KEPT_FOR: Duration = Duration::from_hours(24);
/// How long a request may be under way before its key is free again: more than any request may take.
const CLAIMED_FOR: Duration = Duration::from_mins(2);

/// To whom an idempotency key belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyOwner {
    /// A user, whoever acts for them.
    User(UserId),
    /// A service that acts for nobody.
    Service(ServiceKeyId),
}

impl KeyOwner {
    /// One text an owner; a user's id has no control characters, so no user has a service's.
    fn text(&self) -> String {
        match self {
            Self::User(user) => user.to_string(),
            Self::Service(key) => format!("\u{1}{key}"),
        }
    }
}

/// Whose key it is and for what.
#[derive(Debug, Clone)]
pub struct IdempotencyKey {
    /// Whose key it is.
    pub owner: KeyOwner,
    /// The full path of the request.
    pub path: String,
    /// The key itself.
    pub key: String,
}

/// An answer as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// HTTP status.
    pub status: u16,
    /// The headers that belong to the answer.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// A key that a request has for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClaimedKey {
    key_hash: [u8; 32],
    claim: Uuid,
}

/// What a key gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// The request is the first one: do it, then complete or release.
    Fresh(ClaimedKey),
    /// It was done before; this was the answer.
    Replay(StoredAnswer),
}

impl Services {
    /// Claims a key for a request.
    ///
    /// # Errors
    /// `idempotency-key-reused` where the key belongs to another body, `request-in-progress` where its request has not
    /// been answered yet.
    pub async fn claim_key(&self, key: &IdempotencyKey, body_sha256: [u8; 32]) -> Result<Claim, ServiceError> {
        let now = self.now();
        let claim = IdempotencyClaim {
            key_hash: hash(key),
            body_sha256,
            claim: self.inner.ids.uuid(),
            claimed_until: now.plus(CLAIMED_FOR),
            expires_at: now.plus(KEPT_FOR),
        };
        let work = self.begin().await?.surely(self.db());
        let fresh = work.idempotency().claim(&claim, now).await?;
        work.commit().await?;
        if fresh {
            return Ok(Claim::Fresh(ClaimedKey { key_hash: claim.key_hash, claim: claim.claim }));
        }
        let in_progress = || {
            let mut refused = Refused::new(
                ErrorCode::RequestInProgress,
                "A request with this Idempotency-Key has not been answered yet; ask again in a moment.",
            );
            refused.retry_after = Some(Duration::from_secs(1));
            ServiceError::Refused(Box::new(refused))
        };
        // Released in between: whoever asks again finds it free.
        let row = self.db().idempotency().find(&claim.key_hash).await?.ok_or_else(in_progress)?;
        if row.body_sha256 != body_sha256 {
            return Err(ServiceError::refused(
                ErrorCode::IdempotencyKeyReused,
                "This Idempotency-Key was used for another body; use a new key for a new request.",
            ));
        }
        let (status, headers, body) = row.answer.ok_or_else(in_progress)?;
        let headers = serde_json::from_str(&headers)
            .map_err(|error| ServiceError::Internal(format!("a kept answer cannot be read: {error}")))?;
        Ok(Claim::Replay(StoredAnswer { status, headers, body }))
    }

    /// Keeps the answer to a claimed request.
    ///
    /// # Errors
    /// [`ServiceError::Data`] where storage fails.
    pub async fn complete_key(&self, key: ClaimedKey, answer: StoredAnswer) -> Result<(), ServiceError> {
        let headers = serde_json::json!(answer.headers).to_string();
        let work = self.begin().await?.surely(self.db());
        work.idempotency().complete(&key.key_hash, key.claim, (answer.status, headers, answer.body)).await?;
        Ok(work.commit().await?)
    }

    /// Gives a claim up: its answer is not to be kept.
    ///
    /// # Errors
    /// [`ServiceError::Data`] where storage fails.
    pub async fn release_key(&self, key: ClaimedKey) -> Result<(), ServiceError> {
        let work = self.begin().await?;
        work.idempotency().release(&key.key_hash, key.claim).await?;
        Ok(work.commit().await?)
    }
}

/// Lengths go in too, so that no two different triples run together to the same bytes.
fn hash(key: &IdempotencyKey) -> [u8; 32] {
    let mut digest = Sha256::new();
    for part in [key.owner.text().as_str(), &key.path, &key.key] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    digest.finalize().into()
}
