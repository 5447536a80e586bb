//! Changing one's own name and picture.

use mockly_data::Store;
use mockly_domain::{ErrorCode, FieldError, User};

use super::account::{check_name, is_web_url, refuse};
use crate::{Principal, ServiceError, Services};

/// What to change; `None` leaves a thing as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProfilePatch {
    /// 1 to 120 characters.
    pub display_name: Option<String>,
    /// An http or https URL of at most 2,048 bytes, or no picture.
    pub avatar_url: Option<Option<String>>,
}

impl Services {
    /// Changes the caller's name and picture.
    ///
    /// A user whose tokens carry a profile (OIDC, or a service that shares the secret) may do so too, but the next token
    /// that is newer than what is known sets them anew, and one without `iat` at once.
    ///
    /// # Errors
    /// `validation-failed`; `unauthenticated` where the user is gone.
    pub async fn update_profile(&self, principal: &Principal, patch: ProfilePatch) -> Result<User, ServiceError> {
        let mut faults = Vec::new();
        let name = patch.display_name.as_deref().map(check_name).transpose().unwrap_or_else(|fault| {
            faults.push(fault);
            None
        });
        if let Some(Some(url)) = &patch.avatar_url
            && !is_web_url(url)
        {
            faults
                .push(FieldError::new("avatarUrl", "must be an http or https URL of at most 2048 characters, or null"));
        }
        refuse(faults)?;

        let work = self.begin().await?;
        let Some(mut user) = work.users().lock(principal.user_id()).await? else {
            return Err(ServiceError::refused(ErrorCode::Unauthenticated, "This account is gone; sign in again."));
        };
        let before = user.clone();
        if let Some(name) = name {
            user.display_name = name;
        }
        if let Some(avatar_url) = patch.avatar_url {
            user.avatar_url = avatar_url;
        }
        if user != before {
            user.updated_at = self.now();
            work.users().update(&user).await?;
            work.commit().await?;
        }
        Ok(user)
    }
}
