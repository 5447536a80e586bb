//! What signing in, by whichever way, ends with.

use std::fmt;

use mockly_data::{RefreshToken, Store, UnitOfWork};
use mockly_domain::{Timestamp, User};
use uuid::Uuid;

use super::Handed;
use crate::{ServiceError, Services};

/// A signed-in user's tokens; `Debug` does not show them.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// A JWT.
    pub access_token: String,
    /// Life of the access token, in seconds.
    pub expires_in_sec: u64,
    /// Opaque text, good for one use.
    pub refresh_token: String,
    /// Until when the refresh token can be used.
    pub refresh_expires_at: Timestamp,
    /// Who signed in.
    pub user: User,
}

impl fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedIn")
            .field("expires_in_sec", &self.expires_in_sec)
            .field("refresh_expires_at", &self.refresh_expires_at)
            .field("user", &self.user.id)
            .finish_non_exhaustive()
    }
}

impl Services {
    /// Makes tokens within a unit of work: the first of a family, or the next one.
    pub(super) async fn hand_tokens(
        &self,
        work: &UnitOfWork,
        user: User,
        family_id: Uuid,
        now: Timestamp,
    ) -> Result<SignedIn, ServiceError> {
        let identity = &self.inner.identity;
        let refresh = Handed::new(&*self.inner.ids);
        let refresh_expires_at = now.plus(identity.settings.refresh_token_ttl);
        let row = RefreshToken {
            id: self.inner.ids.uuid(),
            family_id,
            user_id: user.id.clone(),
            token_hash: refresh.hash,
            issued_at: now,
            expires_at: refresh_expires_at,
            spent_at: None,
            revoked_at: None,
        };
        work.refresh_tokens().insert(&row).await?;
        Ok(SignedIn {
            access_token: identity.tokens.sign(&user.id, now)?,
            expires_in_sec: identity.tokens.ttl_sec(),
            refresh_token: refresh.text,
            refresh_expires_at,
            user,
        })
    }
}
