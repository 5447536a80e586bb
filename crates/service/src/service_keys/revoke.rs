//! `DELETE /api/admin/service-keys/{id}`.

use mockly_data::Store;
use mockly_domain::{ErrorCode, ServiceKeyId};

use crate::{Principal, ServiceError, Services};

impl Services {
    /// Ends a key: the next request with it is refused.
    ///
    /// # Errors
    /// `forbidden` for everyone but admins, `service-key-not-found`.
    pub async fn revoke_service_key(&self, caller: &Principal, id: ServiceKeyId) -> Result<(), ServiceError> {
        caller.require_admin()?;
        let work = self.begin().await?;
        if !work.service_keys().delete(id).await? {
            return Err(ServiceError::refused(
                ErrorCode::ServiceKeyNotFound,
                "There is no service key with this id; it may have been revoked before.",
            ));
        }
        work.commit().await?;
        tracing::info!(service_key.id = %id, user.id = %caller.user_id(), "a service key was revoked");
        Ok(())
    }
}
