//! `GET /api/notifications`.

use mockly_data::Store;
use mockly_domain::Notification;

use crate::{Page, Paged, Principal, ServiceError, Services};

impl Services {
    /// The caller's notifications, newest first.
    ///
    /// # Errors
    /// [`ServiceError::Data`] where storage fails.
    pub async fn list_notifications(
        &self,
        caller: &Principal,
        unread_only: bool,
        page: Page,
    ) -> Result<Paged<Notification>, ServiceError> {
        let (repository, user) = (self.db().notifications(), caller.user_id());
        let total = repository.count(user, unread_only).await?;
        let items = repository.list_newest(user, unread_only, page.offset(), page.limit()).await?;
        Ok(Paged { items, total, page: page.page, size: page.size })
    }
}
