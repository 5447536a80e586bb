//! Signing out.

use mockly_data::Store;

use super::presented;
use super::refresh::lock_family;
use crate::{ServiceError, Services};

impl Services {
    /// Ends the sign-in that a refresh token descends from; its access tokens run out by themselves. Signing out twice,
    /// or with a token that is none, is no error: the caller is signed out either way.
    ///
    /// # Errors
    /// [`ServiceError::Data`] where storage fails.
    pub async fn sign_out(&self, refresh_token: &str) -> Result<(), ServiceError> {
        let Some(hash) = presented(refresh_token) else { return Ok(()) };
        // Looked for before a turn to write is taken: strangers who guess must not keep others from writing.
        if self.db().refresh_tokens().find_by_hash(&hash).await?.is_none() {
            return Ok(());
        }
        let work = self.begin().await?;
        let Some((token, _user)) = lock_family(&work, &hash).await? else { return Ok(()) };
        work.refresh_tokens().revoke_family(token.family_id, self.now()).await?;
        Ok(work.commit().await?)
    }
}
