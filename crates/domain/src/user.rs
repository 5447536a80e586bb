//! Users: everyone a verified token has spoken for.

use crate::wire_enum::wire_enum;
use crate::{Timestamp, UserId};

wire_enum!(
    /// What a user may do account-wide, beyond what any session gives.
    UserRole {
        /// Everyone.
        Member = "MEMBER",
        /// May create classes.
        Teacher = "TEACHER",
        /// May be booked.
        Mentor = "MENTOR",
        /// Reads, ends and removes everywhere; opens no door.
        Admin = "ADMIN",
    }
);

wire_enum!(
    /// Whose tokens a user id belongs to: those of the first one that spoke for it.
    UserSource {
        /// Tokens signed with our secret: own accounts, and services that share it.
        Secret = "SECRET",
        /// Tokens of the configured OIDC issuer.
        Oidc = "OIDC",
    }
);

/// A user as the rules see one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Opaque id.
    pub id: UserId,
    /// Whose tokens speak for this id; `None` until the first one does.
    pub source: Option<UserSource>,
    /// The name that others see.
    pub display_name: String,
    /// Address, where known; unique among own accounts only and never a link between two users.
    pub email: Option<String>,
    /// Whether the issuer says that the address is the user's.
    pub email_verified: bool,
    /// Picture, where known.
    pub avatar_url: Option<String>,
    /// Roles besides `MEMBER`, which everyone has.
    pub roles: Vec<UserRole>,
    /// `iat` of the newest token that the profile was taken from.
    pub profile_issued_at: Option<Timestamp>,
    /// When the row was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl User {
    /// Whether the user reads, ends and removes everywhere.
    pub fn is_admin(&self) -> bool {
        self.roles.contains(&UserRole::Admin)
    }

    /// Whether the user may be booked.
    pub fn is_mentor(&self) -> bool {
        self.roles.contains(&UserRole::Mentor)
    }
}
