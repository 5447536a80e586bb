//! A refresh token for the next one, and an access token with it.

use mockly_data::{RefreshToken, Store, UnitOfWork};
use mockly_domain::{ErrorCode, User};

use super::presented;
use super::signed_in::SignedIn;
use crate::{ServiceError, Services};

impl Services {
    /// Exchanges a refresh token. Each can be used once: whoever uses a spent one, be it a thief or the one robbed, ends
    /// its whole family (RFC 9700, section 4.14.2), and signs in anew. There is no grace: of two uses at once one wins,
    /// and the other ends the family.
    ///
    /// # Errors
    /// `invalid-refresh-token`.
    pub async fn refresh(&self, refresh_token: &str) -> Result<SignedIn, ServiceError> {
        let now = self.now();
        let Some(hash) = presented(refresh_token) else { return Err(invalid()) };
        // Looked for before a turn to write is taken: strangers who guess must not keep others from writing.
        if self.db().refresh_tokens().find_by_hash(&hash).await?.is_none() {
            return Err(invalid());
        }
        let work = self.begin().await?;
        let Some((token, user)) = lock_family(&work, &hash).await? else { return Err(invalid()) };
        if token.spent_at.is_some() {
            work.refresh_tokens().revoke_family(token.family_id, now).await?;
            work.commit().await?;
            tracing::warn!(user.id = %user.id, "a spent refresh token was used again; its family is revoked");
            return Err(invalid());
        }
        if token.revoked_at.is_some() || token.expires_at <= now || !work.refresh_tokens().spend(token.id, now).await? {
            return Err(invalid());
        }
        let signed_in = self.hand_tokens(&work, user, token.family_id, now).await?;
        work.commit().await?;
        Ok(signed_in)
    }
}

/// Finds a token and its user, and keeps everyone else off the user's tokens until the unit of work ends: without that
/// a family's revocation could miss the token that a refresh at the same time is about to add to it.
pub(super) async fn lock_family(
    work: &UnitOfWork,
    token_hash: &[u8; 32],
) -> Result<Option<(RefreshToken, User)>, ServiceError> {
    let Some(found) = work.refresh_tokens().find_by_hash(token_hash).await? else { return Ok(None) };
    let Some(user) = work.users().lock(&found.user_id).await? else { return Ok(None) };
    // Read again: it may have been spent while the lock was waited for.
    let token = work.refresh_tokens().find_by_hash(token_hash).await?;
    Ok(token.map(|token| (token, user)))
}

fn invalid() -> ServiceError {
    ServiceError::refused(
        ErrorCode::InvalidRefreshToken,
        "The refresh token is unknown, used, expired or revoked; sign in again.",
    )
}
