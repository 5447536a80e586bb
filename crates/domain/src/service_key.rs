//! Keys by which other services call: what each may do, and never more than that.

use crate::wire_enum::wire_enum;
use crate::{ServiceKeyId, Timestamp, UserId};

/// The longest name of a key, in characters.
pub const NAME_CHARS_MAX: usize = 100;
/// Most keys of a server.
pub const KEYS_MAX: u64 = 1_000;

wire_enum!(
    /// What a service key may do.
    ServiceKeyScope {
        /// Make users ahead of their first token, and keep their profiles up to date.
        Users = "USERS",
        /// Act for a user on REST.
        ActAs = "ACT_AS",
        /// Send notifications.
        Notifications = "NOTIFICATIONS",
        /// Report what came of an analysis.
        Analyses = "ANALYSES",
    }
);

/// A key of another service; the key itself is nowhere but with that service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceKey {
    /// Id.
    pub id: ServiceKeyId,
    /// What its admin calls it.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<ServiceKeyScope>,
    /// The admin who made it.
    pub created_by: UserId,
    /// When it was made.
    pub created_at: Timestamp,
}

impl ServiceKey {
    /// Whether it may do something.
    pub fn may(&self, scope: ServiceKeyScope) -> bool {
        self.scopes.contains(&scope)
    }
}
