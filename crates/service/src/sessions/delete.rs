//! `DELETE /api/sessions/{id}`.

use mockly_data::Store;
use mockly_domain::access::Action;
use mockly_domain::{EndReason, ErrorCode, SessionId, SessionStatus};

use super::Change;
use crate::{Principal, ServiceError, Services};

impl Services {
    /// Deletes a session and all that hangs on it but its events. A SCHEDULED one is canceled first, so that everyone
    /// is told.
    ///
    /// # Errors
    /// `access-denied`, `forbidden`, `session-active`.
    pub async fn delete_session(&self, caller: &Principal, id: SessionId) -> Result<(), ServiceError> {
        let mut change = Change::begin(self, id).await?;
        change.authorize(caller, Action::Delete).await?;
        match change.session.status {
            SessionStatus::Active => {
                return Err(ServiceError::refused(ErrorCode::SessionActive, "End the session first, then delete it."));
            }
            SessionStatus::Scheduled => {
                // Whoever was turned away has lost the right already and hears nothing more.
                let everyone = change.everyone().await?;
                change.notify_canceled(Some(caller.user_id()), EndReason::Canceled).await?;
                change.close(SessionStatus::Canceled, EndReason::Canceled, &everyone).await?;
            }
            SessionStatus::Ended | SessionStatus::Canceled => {}
        }
        change.abandon_analyses(None).await?;
        change.delete_blobs().await?;
        change.work().rooms().delete(change.room_id()).await?;
        change.work().sessions().delete(id).await?;
        change.commit_deleted().await
    }
}
