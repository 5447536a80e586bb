//! `POST /api/sessions/{id}/cancel`.

use mockly_domain::access::Action;
use mockly_domain::lifecycle::Transition;
use mockly_domain::view::SessionView;
use mockly_domain::{EndReason, SessionId, SessionStatus};

use super::Change;
use crate::{Principal, ServiceError, Services};

impl Services {
    /// Cancels a SCHEDULED session.
    ///
    /// # Errors
    /// `access-denied`, `forbidden`, `invalid-transition`.
    pub async fn cancel_session(&self, caller: &Principal, id: SessionId) -> Result<SessionView, ServiceError> {
        let mut change = Change::begin(self, id).await?;
        change.authorize(caller, Action::Cancel).await?;
        match change.transition(SessionStatus::Canceled)? {
            Transition::Repeat => {}
            Transition::Apply => {
                change.notify_canceled(Some(caller.user_id()), EndReason::Canceled).await?;
                change.close(SessionStatus::Canceled, EndReason::Canceled, &[]).await?;
            }
        }
        change.commit_and_view().await
    }
}
