//! Making an account, by whoever may.

use mockly_data::{Credential, DataError, Store, UnitOfWork};
use mockly_domain::{ErrorCode, Timestamp, User, UserId, UserRole, UserSource};

use super::account::AccountFields;
use crate::classes::NOT_ATTACHED;
use crate::error::log_failure;
use crate::{ServiceError, Services};

impl Services {
    /// Makes an account for whoever runs the server, registration closed or not. They vouch for the address, so it
    /// counts as confirmed.
    ///
    /// # Errors
    /// `validation-failed`, `email-taken`; `unavailable` where too many passwords are being hashed.
    pub async fn create_account(
        &self,
        email: &str,
        password: &str,
        display_name: &str,
        roles: Vec<UserRole>,
    ) -> Result<User, ServiceError> {
        let fields = AccountFields::check(email, password, display_name)?;
        let (work, user) = self.store_account(fields, true, roles, self.now()).await?;
        work.commit().await?;
        log_failure(self.attach_invitations(&user).await, NOT_ATTACHED);
        Ok(user)
    }

    /// Stores user and credential in a unit of work that is left open for more.
    pub(super) async fn store_account(
        &self,
        fields: AccountFields,
        email_verified: bool,
        mut roles: Vec<UserRole>,
        now: Timestamp,
    ) -> Result<(UnitOfWork, User), ServiceError> {
        let AccountFields { email, password, display_name } = fields;
        // Saves the hashing; the unique index is what decides.
        if self.db().credentials().find_by_email(&email).await?.is_some() {
            return Err(email_taken());
        }
        let password_hash = self.inner.identity.passwords.hash(password, &*self.inner.ids).await?;
        let id = UserId::new(self.inner.ids.uuid().to_string())
            .map_err(|error| ServiceError::Internal(format!("a new user id {error}")))?;
        roles.retain(|role| *role != UserRole::Member);
        roles.sort_unstable();
        roles.dedup();
        let user = User {
            id: id.clone(),
            source: Some(UserSource::Secret),
            display_name,
            email: Some(email.clone()),
            email_verified,
            avatar_url: None,
            roles,
            profile_issued_at: None,
            created_at: now,
            updated_at: now,
        };
        let work = self.begin().await?;
        work.users().insert(&user).await?;
        match work.credentials().insert(&Credential { user_id: id, email, password_hash }).await {
            Ok(()) => Ok((work, user)),
            Err(DataError::Conflict(_)) => Err(email_taken()),
            Err(error) => Err(error.into()),
        }
    }
}

fn email_taken() -> ServiceError {
    ServiceError::refused(
        ErrorCode::EmailTaken,
        "There is an account with this e-mail address; sign in, or register with another one.",
    )
}
