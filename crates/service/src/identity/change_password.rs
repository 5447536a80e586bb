//! Another password for an own account.

use std::fmt;

use mockly_data::{Credential, Store, UnitOfWork};
use mockly_domain::{ErrorCode, FieldError, User};

use super::account::{PASSWORD_CHARS_MAX, check_password, faulty, normal_email, refuse};
use super::signed_in::SignedIn;
use crate::{Principal, ServiceError, Services};

/// A password in place of another; `Debug` shows neither.
#[derive(Clone)]
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
    /// `unauthenticated` where the user is gone; `unavailable` where too many passwords are being hashed.
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
        let Some((work, user)) = self.replace_password(&credential, new_hash).await? else { return Err(wrong()) };
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
        let replaced = self.replace_password(&credential, new_hash).await?;
        let Some((work, user)) = replaced else {
            return Err(ServiceError::refused(
                ErrorCode::Unavailable,
                "The password was changed at the same moment; try again.",
            ));
        };
        work.commit().await?;
        Ok(user)
    }

    /// Puts a password in the place of the one of `known` and ends all sign-ins, in a unit of work that is left open for
    /// more; `None` where the account or that password is gone meanwhile.
    async fn replace_password(
        &self,
        known: &Credential,
        new_hash: String,
    ) -> Result<Option<(UnitOfWork, User)>, ServiceError> {
        let work = self.begin().await?;
        // Locked, so that no sign-in and no refresh at the same moment keeps what ends here.
        let Some(user) = work.users().lock(&known.user_id).await? else { return Ok(None) };
        let credential = work.credentials().find(&known.user_id).await?;
        if credential.is_none_or(|credential| credential.password_hash != known.password_hash) {
            return Ok(None);
        }
        work.credentials().update_hash(&known.user_id, new_hash).await?;
        work.refresh_tokens().revoke_user(&known.user_id, self.now()).await?;
        Ok(Some((work, user)))
    }
}

fn wrong() -> ServiceError {
    faulty(vec![FieldError::new("currentPassword", "is not the password of this account")])
}
