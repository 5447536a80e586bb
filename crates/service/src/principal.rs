//! Who a verified token speaks for.

use mockly_domain::{Timestamp, User, UserId};

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
}
