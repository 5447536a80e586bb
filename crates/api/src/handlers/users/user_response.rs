//! A user as the caller sees their own.

use mockly_domain::{Timestamp, User, UserId, UserRole};
use serde::Serialize;
use utoipa::ToSchema;

/// A profile, with what only its user and their services see.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserResponse {
    /// Id.
    id: UserId,
    /// The name that others see.
    display_name: String,
    /// E-mail address, where known.
    email: Option<String>,
    /// Picture, where known.
    avatar_url: Option<String>,
    /// What the user may do account-wide; everyone is a MEMBER.
    roles: Vec<UserRole>,
    /// Since when the user is known.
    created_at: Timestamp,
}

impl From<User> for UserResponse {
    fn from(user: User) -> Self {
        Self {
            roles: roles(&user),
            id: user.id,
            display_name: user.display_name,
            email: user.email,
            avatar_url: user.avatar_url,
            created_at: user.created_at,
        }
    }
}

/// Everyone is a member, whether the row says so or not.
pub(crate) fn roles(user: &User) -> Vec<UserRole> {
    let others = user.roles.iter().copied().filter(|role| *role != UserRole::Member);
    std::iter::once(UserRole::Member).chain(others).collect()
}
