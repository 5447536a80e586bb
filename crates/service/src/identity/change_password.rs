//! Another password for an own account.

use std::fmt;

use mockly_data::{Store, UnitOfWork};
use mockly_domain::{ErrorCode, FieldError, User, UserId};

use super::account::{PASSWORD_CHARS_MAX, check_password, faulty, lock_verified, normal_email, refuse};
use super::signed_in::SignedIn;
use crate::{Principal, ServiceError, Services};

/// A password in place of another; `Debug` shows neither.
pub struct ChangePassword {
    /// The one that the account has.
    pub current: String,
    /// The one that it gets, 8 to 128 characters.
    pub new: String,
}

impl fmt::Debug for ChangePassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChangePassword").finish_non_exhaustive()
    }
}

impl Services {
    /// Changes the caller's password and signs them in anew. Every other sign-in of the account ends: its refresh tokens
    /// are revoked, and its access tokens run out by themselves.
    ///
    /// # Errors
    /// `validation-failed`, also where the current password is wrong; `forbidden` for one who signs in elsewhere;
    /// `unavailable` where too many passwords are being hashed.
    pub async fn change_password(
        &self,
        principal: &Principal,
        change: ChangePassword,
    ) -> Result<SignedIn, ServiceError> {
        refuse(check_password("newPassword", &change.new).err().into_iter().collect())?;
        let Some(credential) = self.db().credentials().find(principal.user_id()).await? else {
            return Err(ServiceError::refused(
                ErrorCode::Forbidden,
                "This account has no password here; change it where you sign in.",
            ));
        };
        if change.current.chars().count() > PASSWORD_CHARS_MAX
            || !self.inner.identity.passwords.verify(change.current, Some(&credential.password_hash)).await?
        {
            return Err(wrong());
        }
        let new_hash = self.inner.identity.passwords.hash(change.new, &*self.inner.ids).await?;

        let work = self.begin().await?;
        let user = lock_verified(&work, &credential).await?.ok_or_else(wrong)?;
        self.replace_password(&work, &user.id, new_hash).await?;
        let signed_in = self.hand_tokens(&work, user, self.inner.ids.uuid(), self.now()).await?;
        work.commit().await?;
        Ok(signed_in)
    }

    /// Gives an account another password for whoever runs the server, and ends all its sign-ins.
    ///
    /// # Errors
    /// `validation-failed`; `unknown-user` where no account has the address; `unavailable` where too many passwords are
    /// being hashed.
    pub async fn set_password(&self, email: &str, password: &str) -> Result<User, ServiceError> {
        refuse(check_password("password", password).err().into_iter().collect())?;
        let unknown = || ServiceError::refused(ErrorCode::UnknownUser, "No account has this e-mail address.");
        let credential = self.db().credentials().find_by_email(&normal_email(email)).await?.ok_or_else(unknown)?;
        let new_hash = self.inner.identity.passwords.hash(password.to_owned(), &*self.inner.ids).await?;

        let work = self.begin().await?;
        let user = work.users().lock(&credential.user_id).await?.ok_or_else(unknown)?;
        self.replace_password(&work, &user.id, new_hash).await?;
        work.commit().await?;
        Ok(user)
    }

    /// Ends all sign-ins with the password. The user must be locked by this unit of work, so that no sign-in and no
    /// refresh at the same moment keeps what ends here.
    async fn replace_password(&self, work: &UnitOfWork, user: &UserId, new_hash: String) -> Result<(), ServiceError> {
        work.credentials().update_hash(user, new_hash).await?;
        Ok(work.refresh_tokens().revoke_user(user, self.now()).await?)
    }
}

fn wrong() -> ServiceError {
    faulty(vec![FieldError::new("currentPassword", "is not the password of this account")])
}
