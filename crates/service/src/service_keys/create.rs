//! `POST /api/admin/service-keys`.

use std::fmt;

use mockly_data::Store;
use mockly_domain::service_key::{KEYS_MAX, NAME_CHARS_MAX};
use mockly_domain::{ErrorCode, FieldError, ServiceKey, ServiceKeyId, ServiceKeyScope};

use super::PREFIX;
use crate::error::Refused;
use crate::identity::Handed;
use crate::{Principal, ServiceError, Services};

/// A key that was just made; `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct CreatedServiceKey {
    /// What is stored of it.
    pub key: ServiceKey,
    /// The key itself, this once.
    pub secret: String,
}

impl fmt::Debug for CreatedServiceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreatedServiceKey").field("key", &self.key).finish_non_exhaustive()
    }
}

impl Services {
    /// Makes a key.
    ///
    /// # Errors
    /// `forbidden` for everyone but admins, `validation-failed`, `limit-exceeded` where there are 1,000 keys.
    pub async fn create_service_key(
        &self,
        caller: &Principal,
        name: &str,
        mut scopes: Vec<ServiceKeyScope>,
    ) -> Result<CreatedServiceKey, ServiceError> {
        caller.require_admin()?;
        scopes.sort_unstable();
        scopes.dedup();
        let name = check(name, &scopes)?;
        let handed = Handed::new(&*self.inner.ids);
        let key = ServiceKey {
            id: ServiceKeyId(self.inner.ids.uuid()),
            name,
            scopes,
            created_by: caller.user_id().clone(),
            created_at: self.now(),
        };
        let work = self.begin().await?;
        if work.service_keys().count().await? >= KEYS_MAX {
            return Err(ServiceError::refused(
                ErrorCode::LimitExceeded,
                format!("There are {KEYS_MAX} service keys; revoke those that nobody uses first."),
            ));
        }
        work.service_keys().insert(&key, &handed.hash).await?;
        work.commit().await?;
        tracing::info!(service_key.id = %key.id, user.id = %key.created_by, "a service key was made");
        Ok(CreatedServiceKey { key, secret: format!("{PREFIX}{}", handed.text) })
    }
}

fn check(name: &str, scopes: &[ServiceKeyScope]) -> Result<String, ServiceError> {
    let name = name.trim();
    let mut faults = Vec::new();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX || name.chars().any(char::is_control) {
        faults.push(FieldError::new("name", "must have 1 to 100 characters and no control characters"));
    }
    if scopes.is_empty() {
        faults.push(FieldError::new("scopes", "must name at least one scope"));
    }
    if faults.is_empty() {
        return Ok(name.to_owned());
    }
    let said: Vec<String> = faults.iter().map(|fault| format!("{} {}", fault.field, fault.message)).collect();
    let mut refused = Refused::new(ErrorCode::ValidationFailed, format!("{}.", said.join("; ")));
    refused.fields = faults;
    Err(ServiceError::Refused(Box::new(refused)))
}
