//! `PUT /api/users/{id}`: another service makes its users ahead of their first token, and keeps their profiles.

use std::fmt;

use mockly_data::{Store, UnitOfWork};
use mockly_domain::{ErrorCode, FieldError, ServiceKeyScope, User, UserId, UserRole};

use super::account::{check_name, is_email, is_web_url, refuse};
use super::verified::blank;
use crate::principal::Requester;
use crate::{ServiceError, Services};

/// A user as another service knows them; `None` leaves a thing as it is.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PutUser {
    /// 1 to 120 characters.
    pub display_name: String,
    /// An e-mail address, or none. It counts as not confirmed.
    pub email: Option<Option<String>>,
    /// An http or https URL of at most 2,048 bytes, or no picture.
    pub avatar_url: Option<Option<String>>,
    /// Roles; not ADMIN. MEMBER is everyone's.
    pub roles: Option<Vec<UserRole>>,
}

impl fmt::Debug for PutUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PutUser").field("roles", &self.roles).finish_non_exhaustive()
    }
}

impl Services {
    /// Makes a user, or brings one up to date; whether the user is new comes with them. A user who is made this way
    /// belongs to the issuer of their first token, and tokens go on changing the profile.
    ///
    /// # Errors
    /// `service-key-scope` for anybody but a key of scope USERS, for the role ADMIN, and where the user is an admin or an
    /// own account; `validation-failed`.
    pub async fn put_user(
        &self,
        requester: Requester<'_>,
        id: &UserId,
        wanted: PutUser,
    ) -> Result<(User, bool), ServiceError> {
        requester.require_scope(ServiceKeyScope::Users)?;
        let wanted = check(wanted)?;
        let now = self.now();
        let work = self.begin().await?;
        let mut known = work.users().lock(id).await?;
        if known.is_none() {
            let mut fresh = blank(id.clone(), now);
            apply(wanted.clone(), &mut fresh);
            if work.users().insert(&fresh).await? {
                work.commit().await?;
                return Ok((fresh, true));
            }
            // Somebody was first; the insert has waited for them.
            known = work.users().lock(id).await?;
        }
        let before = known.ok_or_else(|| ServiceError::Internal("a user that was there is gone".to_owned()))?;
        require_below(&work, &before).await?;
        let mut user = before.clone();
        apply(wanted, &mut user);
        if user != before {
            user.updated_at = now;
            work.users().update(&user).await?;
            work.commit().await?;
        }
        Ok((user, false))
    }
}

/// A key reaches neither an admin nor somebody who has an account here.
async fn require_below(work: &UnitOfWork, user: &User) -> Result<(), ServiceError> {
    let detail = if user.is_admin() {
        "This user is an ADMIN; a service key does not change admins."
    } else if work.credentials().find(&user.id).await?.is_some() {
        "This user has an account of their own here; a service key does not change those."
    } else {
        return Ok(());
    };
    Err(ServiceError::refused(ErrorCode::ServiceKeyScope, detail))
}

/// Checks all fields, so that one answer names every fault.
fn check(mut wanted: PutUser) -> Result<PutUser, ServiceError> {
    let mut faults = Vec::new();
    wanted.display_name = check_name(&wanted.display_name).unwrap_or_else(|fault| {
        faults.push(fault);
        String::new()
    });
    if let Some(Some(email)) = &mut wanted.email {
        *email = email.trim().to_owned();
        if !is_email(email) {
            faults.push(FieldError::new("email", "must be an e-mail address of at most 254 characters, or null"));
        }
    }
    if let Some(Some(url)) = &wanted.avatar_url
        && !is_web_url(url)
    {
        faults.push(FieldError::new("avatarUrl", "must be an http or https URL of at most 2048 characters, or null"));
    }
    refuse(faults)?;
    if let Some(roles) = &mut wanted.roles {
        if roles.contains(&UserRole::Admin) {
            return Err(ServiceError::refused(
                ErrorCode::ServiceKeyScope,
                "A service key cannot make anybody an ADMIN; leave that role out.",
            ));
        }
        roles.retain(|role| *role != UserRole::Member);
        roles.sort_unstable();
        roles.dedup();
    }
    Ok(wanted)
}

fn apply(wanted: PutUser, user: &mut User) {
    user.display_name = wanted.display_name;
    if let Some(email) = wanted.email
        && email != user.email
    {
        user.email = email;
        user.email_verified = false;
    }
    if let Some(avatar_url) = wanted.avatar_url {
        user.avatar_url = avatar_url;
    }
    if let Some(roles) = wanted.roles {
        user.roles = roles;
    }
}
