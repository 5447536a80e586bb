//! Signing in with address and password.

use mockly_data::Store;
use mockly_domain::ErrorCode;

use super::account::{PASSWORD_CHARS_MAX, is_email, lock_verified, normal_email};
use super::signed_in::SignedIn;
use crate::classes::NOT_ATTACHED;
use crate::error::log_failure;
use crate::{ServiceError, Services};

impl Services {
    /// Signs an own account in. An unknown address takes as long as a wrong password and is answered alike, so that
    /// nobody learns who has an account.
    ///
    /// # Errors
    /// `invalid-credentials`; `unavailable` where too many passwords are being hashed.
    pub async fn sign_in(&self, email: &str, password: &str) -> Result<SignedIn, ServiceError> {
        let email = normal_email(email);
        // Neither can be an account's; both are told by the request alone, so the shorter time gives nothing away.
        if !is_email(&email) || password.chars().count() > PASSWORD_CHARS_MAX {
            return Err(wrong());
        }
        let credential = self.db().credentials().find_by_email(&email).await?;
        let hash = credential.as_ref().map(|credential| credential.password_hash.as_str());
        let fits = self.inner.identity.passwords.verify(password.to_owned(), hash).await?;
        let Some(credential) = credential.filter(|_known| fits) else { return Err(wrong()) };

        let work = self.begin().await?;
        let user = lock_verified(&work, &credential).await?.ok_or_else(wrong)?;
        let signed_in = self.hand_tokens(&work, user, self.inner.ids.uuid(), self.now()).await?;
        work.commit().await?;
        log_failure(self.attach_invitations(&signed_in.user).await, NOT_ATTACHED);
        Ok(signed_in)
    }
}

fn wrong() -> ServiceError {
    ServiceError::refused(ErrorCode::InvalidCredentials, "E-mail address or password is wrong; try again.")
}
