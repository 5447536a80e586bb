//! From a key to the service that it speaks for.

use mockly_data::Store;
use mockly_domain::{ErrorCode, ServiceKey};

use super::PREFIX;
use crate::identity::presented;
use crate::{ServiceError, Services};

impl Services {
    /// Finds the service that a key speaks for.
    ///
    /// # Errors
    /// `invalid-service-key`.
    pub async fn authenticate_service(&self, key: &str) -> Result<ServiceKey, ServiceError> {
        let found = match key.strip_prefix(PREFIX).and_then(presented) {
            Some(hash) => self.db().service_keys().find_by_hash(&hash).await?,
            None => None,
        };
        found.ok_or_else(|| {
            ServiceError::refused(
                ErrorCode::InvalidServiceKey,
                "There is no such service key, or it was revoked; an admin makes a new one.",
            )
        })
    }
}
