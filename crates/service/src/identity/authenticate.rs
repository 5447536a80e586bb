//! From an access token to who it speaks for.

use mockly_data::Store;
use mockly_domain::{Timestamp, User};

use super::verified::{Verified, follow};
use crate::{Principal, ServiceError, Services};

impl Services {
    /// Checks an access token, own or OIDC, and brings its user up to date with it: a user is made from the first token,
    /// and name, address, picture and roles follow the newest one. A token that says nothing new costs one read.
    ///
    /// # Errors
    /// `invalid-token`, `token-expired`, `wrong-issuer`; `unavailable` where the OIDC issuer's keys cannot be had.
    pub async fn authenticate(&self, token: &str) -> Result<Principal, ServiceError> {
        let now = self.now();
        let verified = self.inner.identity.verify(token, now).await?;
        let known = self.db().find_user(&verified.user_id).await?;
        let user = match (follow(known.as_ref(), &verified, now)?, known) {
            (None, Some(known)) => known,
            (Some(_) | None, _) => self.store_user(&verified, now).await?,
        };
        Ok(Principal { user, expires_at: verified.expires_at })
    }

    /// Decides once more with the row locked, since several first tokens, or an older and a newer one, may come at once.
    async fn store_user(&self, verified: &Verified, now: Timestamp) -> Result<User, ServiceError> {
        let work = self.begin().await?;
        let mut known = work.users().lock(&verified.user_id).await?;
        if known.is_none()
            && let Some(fresh) = follow(None, verified, now)?
        {
            if work.users().insert(&fresh).await? {
                work.commit().await?;
                self.attach_invitations(&fresh).await?;
                return Ok(fresh);
            }
            // Somebody was first; the insert has waited for them.
            known = work.users().lock(&verified.user_id).await?;
        }
        let stored = match (follow(known.as_ref(), verified, now)?, known) {
            (Some(changed), _) => {
                work.users().update(&changed).await?;
                changed
            }
            (None, Some(known)) => known,
            (None, None) => return Err(ServiceError::Internal("a user that was there is gone".to_owned())),
        };
        work.commit().await?;
        self.attach_invitations(&stored).await?;
        Ok(stored)
    }
}
