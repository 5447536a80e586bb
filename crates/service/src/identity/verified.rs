//! What a genuine token says, and what follows for the user's row.

use mockly_domain::{ErrorCode, Timestamp, User, UserId, UserSource};

use super::profile::Profile;
use crate::ServiceError;

/// Who a user without any name is.
const NAMELESS: &str = "User";

/// What a genuine token says.
#[derive(Debug)]
pub(super) struct Verified {
    pub(super) user_id: UserId,
    pub(super) source: UserSource,
    /// `None` for an own account's token, which says nothing about the user.
    pub(super) profile: Option<Profile>,
    pub(super) expires_at: Timestamp,
}

/// What a genuine token makes of the row of its user: the row to write, or `None` where the known one says it all.
///
/// # Errors
/// `wrong-issuer` where the id belongs to the other source, `invalid-token` where an own account is gone.
pub(super) fn follow(known: Option<&User>, token: &Verified, now: Timestamp) -> Result<Option<User>, ServiceError> {
    let mut user = match (known, &token.profile) {
        (Some(known), _) => known.clone(),
        (None, Some(_)) => blank(token.user_id.clone(), now),
        (None, None) => {
            return Err(ServiceError::refused(
                ErrorCode::InvalidToken,
                "The token's account does not exist here; sign in again.",
            ));
        }
    };
    match user.source {
        None => user.source = Some(token.source),
        Some(source) if source == token.source => {}
        Some(source) => return Err(wrong_issuer(source)),
    }
    if let Some(profile) = &token.profile {
        profile.apply(&mut user);
    }
    if known == Some(&user) {
        return Ok(None);
    }
    user.updated_at = now;
    Ok(Some(user))
}

fn wrong_issuer(owner: UserSource) -> ServiceError {
    let owner = match owner {
        UserSource::Secret => "tokens signed with this server's secret",
        UserSource::Oidc => "tokens of the OIDC issuer",
    };
    ServiceError::refused(
        ErrorCode::WrongIssuer,
        format!("This user id belongs to {owner}; sign in there, or use another id."),
    )
}

/// A user of whom nothing is known but the id.
pub(super) fn blank(id: UserId, now: Timestamp) -> User {
    User {
        id,
        source: None,
        display_name: NAMELESS.to_owned(),
        email: None,
        email_verified: false,
        avatar_url: None,
        roles: Vec::new(),
        profile_issued_at: None,
        created_at: now,
        updated_at: now,
    }
}
