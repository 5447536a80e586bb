//! Making one's own account.

use std::fmt;

use mockly_domain::ErrorCode;

use super::Registration;
use super::account::AccountFields;
use super::signed_in::SignedIn;
use crate::{ServiceError, Services};

/// An account to be made; `Debug` does not show the password.
#[derive(Clone)]
pub struct Register {
    /// Address; unique among own accounts, in any case.
    pub email: String,
    /// 8 to 128 characters.
    pub password: String,
    /// 1 to 120 characters.
    pub display_name: String,
}

impl fmt::Debug for Register {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Register").field("display_name", &self.display_name).finish_non_exhaustive()
    }
}

impl Services {
    /// Makes an account and signs it in.
    ///
    /// # Errors
    /// `registration-closed`, `validation-failed`, `email-taken`; `unavailable` where too many passwords are being
    /// hashed.
    pub async fn register(&self, register: Register) -> Result<SignedIn, ServiceError> {
        if self.inner.identity.settings.registration == Registration::Closed {
            return Err(ServiceError::refused(
                ErrorCode::RegistrationClosed,
                "Accounts are made by whoever runs this server; ask there for one.",
            ));
        }
        let fields = AccountFields::check(&register.email, &register.password, &register.display_name)?;
        let now = self.now();
        let (work, user) = self.store_account(fields, false, Vec::new(), now).await?;
        let signed_in = self.hand_tokens(&work, user, self.inner.ids.uuid(), now).await?;
        work.commit().await?;
        Ok(signed_in)
    }
}
