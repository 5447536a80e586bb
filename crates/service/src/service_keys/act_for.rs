//! `X-Act-As`: a service speaks for one of the users.

use mockly_domain::{ErrorCode, ServiceKey, ServiceKeyScope, UserId};

use crate::principal::Requester;
use crate::{Principal, ServiceError, Services};

impl Services {
    /// The user for whom a service acts. Good for the one request: it expires as it is made.
    ///
    /// # Errors
    /// `service-key-scope` where the key may not act for anybody, or the user is an admin; `unknown-user`.
    pub async fn act_for(&self, key: &ServiceKey, user: &UserId) -> Result<Principal, ServiceError> {
        Requester::Service(key).require_scope(ServiceKeyScope::ActAs)?;
        let user = self.db().find_user(user).await?.ok_or_else(|| {
            ServiceError::refused(
                ErrorCode::UnknownUser,
                format!("X-Act-As names {user}, whom nobody knows; PUT /api/users/{{id}} makes users ahead of time."),
            )
        })?;
        if user.is_admin() {
            return Err(ServiceError::refused(
                ErrorCode::ServiceKeyScope,
                "X-Act-As names an ADMIN; nobody acts for admins.",
            ));
        }
        Ok(Principal { user, expires_at: self.now() })
    }
}
