//! `POST /api/notifications/{id}/read` and `/read-all`.

use mockly_data::Store;
use mockly_domain::{ErrorCode, Notification, NotificationId};

use crate::{Principal, ServiceError, Services};

impl Services {
    /// Notes that the caller has read one; reading it again changes nothing.
    ///
    /// # Errors
    /// `notification-not-found`, `access-denied` where it is somebody else's.
    pub async fn mark_notification_read(
        &self,
        caller: &Principal,
        id: NotificationId,
    ) -> Result<Notification, ServiceError> {
        let found = self.db().notifications().find(id).await?;
        let mut notification = found.ok_or_else(|| {
            let detail = "There is no notification with this id; they are kept for 90 days.";
            ServiceError::refused(ErrorCode::NotificationNotFound, detail)
        })?;
        if notification.user_id != *caller.user_id() {
            let detail = "This notification belongs to another user.";
            return Err(ServiceError::refused(ErrorCode::AccessDenied, detail));
        }
        if notification.read_at.is_none() {
            let now = self.now();
            let work = self.begin().await?;
            work.notifications().mark_read(id, now).await?;
            work.commit().await?;
            notification.read_at = Some(now);
        }
        Ok(notification)
    }

    /// Notes that the caller has read everything.
    ///
    /// # Errors
    /// [`ServiceError::Data`] where storage fails.
    pub async fn mark_all_notifications_read(&self, caller: &Principal) -> Result<(), ServiceError> {
        let work = self.begin().await?;
        work.notifications().mark_all_read(caller.user_id(), self.now()).await?;
        Ok(work.commit().await?)
    }
}
