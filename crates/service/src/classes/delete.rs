//! `DELETE /api/classes/{id}`.

use mockly_data::Store;
use mockly_domain::{ClassId, EndReason, ErrorCode, SessionStatus};

use super::lock_taught;
use crate::services::Wakes;
use crate::sessions::Change;
use crate::{Principal, ServiceError, Services};

impl Services {
    /// Deletes a class with its enrolments and invitations. Its SCHEDULED sessions are canceled first, so that everyone
    /// is told. Sessions that are over stay, with the class's name, for those who have a place in them: everyone who was
    /// enrolled when they ended.
    ///
    /// # Errors
    /// `class-not-found`, `not-the-teacher`, `session-active` while one of its sessions is ACTIVE.
    pub async fn delete_class(&self, caller: &Principal, id: ClassId) -> Result<(), ServiceError> {
        let mut work = self.begin().await?;
        let class = lock_taught(&work, caller, id).await?;
        let open = work.sessions().lock_open_of_class(id).await?;
        if let Some(active) = open.iter().find(|session| session.status == SessionStatus::Active) {
            return Err(ServiceError::refused(
                ErrorCode::SessionActive,
                format!("Session {} of this class is active: end it first, then delete the class.", active.id),
            ));
        }
        for session in open {
            let mut change = Change::on(self, work, session);
            change.notify_canceled(Some(caller.user_id()), EndReason::Canceled).await?;
            change.close(SessionStatus::Canceled, EndReason::Canceled, &[]).await?;
            work = change.put_down().await?;
        }
        work.sessions().leave_class(id, &class.name).await?;
        work.classes().delete(id).await?;
        self.commit(work, Wakes::ALL).await
    }
}
