//! `GET /api/admin/service-keys`.

use mockly_data::Store;
use mockly_domain::ServiceKey;

use crate::{Page, Paged, Principal, ServiceError, Services};

impl Services {
    /// The keys that can be used, oldest first, without the keys themselves.
    ///
    /// # Errors
    /// `forbidden` for everyone but admins.
    pub async fn list_service_keys(&self, caller: &Principal, page: Page) -> Result<Paged<ServiceKey>, ServiceError> {
        caller.require_admin()?;
        let total = self.db().service_keys().count().await?;
        let items = self.db().service_keys().list(page.offset(), page.limit()).await?;
        Ok(Paged { items, total, page: page.page, size: page.size })
    }
}
