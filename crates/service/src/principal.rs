//! Who a verified token speaks for.

use mockly_domain::room::Actor;
use mockly_domain::{ErrorCode, ServiceKey, ServiceKeyScope, Timestamp, User, UserId};

use crate::ServiceError;

/// A user, for as long as the token lives that spoke for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The user as of the check.
    pub user: User,
    /// When the token expires; its sockets are closed 60 s later.
    pub expires_at: Timestamp,
}

impl Principal {
    /// The user's id.
    pub fn user_id(&self) -> &UserId {
        &self.user.id
    }

    /// Whether the user reads, ends and removes everywhere.
    pub fn is_admin(&self) -> bool {
        self.user.is_admin()
    }

    /// The one who acts, for those who are told of it.
    pub(crate) fn actor(&self) -> Actor {
        Actor { client_id: self.user.id.clone(), display_name: self.user.display_name.clone() }
    }

    /// Refuses everyone but admins.
    pub(crate) fn require_admin(&self) -> Result<(), ServiceError> {
        if self.is_admin() {
            return Ok(());
        }
        Err(ServiceError::refused(ErrorCode::Forbidden, "This is for users with the role ADMIN."))
    }
}

/// Who asks, where a service may ask for itself.
#[derive(Debug, Clone, Copy)]
pub enum Requester<'a> {
    /// A user, by a token of their own.
    User(&'a Principal),
    /// A service, by its key.
    Service(&'a ServiceKey),
}

impl Requester<'_> {
    /// Refuses keys without a scope.
    pub(crate) fn require_scope(self, scope: ServiceKeyScope) -> Result<(), ServiceError> {
        match self {
            Self::Service(key) if key.may(scope) => Ok(()),
            Self::Service(_) | Self::User(_) => Err(ServiceError::refused(
                ErrorCode::ServiceKeyScope,
                format!("This needs an X-API-Key with the scope {scope}; an admin makes one."),
            )),
        }
    }

    /// Refuses keys without a scope, and users who are no admins.
    pub(crate) fn require_scope_or_admin(self, scope: ServiceKeyScope) -> Result<(), ServiceError> {
        match self {
            Self::User(principal) => principal.require_admin(),
            Self::Service(_) => self.require_scope(scope),
        }
    }
}
