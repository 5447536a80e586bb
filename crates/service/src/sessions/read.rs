//! `GET /api/sessions/{id}`.

use std::collections::HashSet;

use mockly_data::Store;
use mockly_domain::access::{self, Action, Caller};
use mockly_domain::event::PARTICIPANTS_INLINE_MAX;
use mockly_domain::view::SessionView;
use mockly_domain::{ErrorCode, Session, SessionId};

use super::is_enrolled;
use super::view::view_of;
use crate::{Principal, ServiceError, Services};

impl Services {
    /// One session; without its files where the caller's own status keeps them.
    ///
    /// # Errors
    /// `session-not-found`, `access-denied`.
    pub async fn read_session(&self, caller: &Principal, id: SessionId) -> Result<SessionView, ServiceError> {
        let session = self.authorized(caller, id, Action::Read).await?;
        let participants = self.db().participants().list(id, 0, PARTICIPANTS_INLINE_MAX as u64).await?;
        let mut view = view_of(self, self.db(), &session, &participants).await?;
        if !self.kept_from_records(caller, &[id]).await?.is_empty() {
            view.artifacts.clear();
        }
        Ok(view)
    }

    /// Of these sessions, those from whose records the caller is kept by the own status.
    pub(super) async fn kept_from_records(
        &self,
        caller: &Principal,
        ids: &[SessionId],
    ) -> Result<HashSet<SessionId>, ServiceError> {
        if caller.is_admin() {
            return Ok(HashSet::new());
        }
        Ok(self.db().participants().kept_from_records(caller.user_id(), ids).await?)
    }

    /// The session, if the caller may do this with it.
    pub(crate) async fn authorized(
        &self,
        caller: &Principal,
        id: SessionId,
        action: Action,
    ) -> Result<Session, ServiceError> {
        let session = self.db().sessions().find(id).await?.ok_or(ErrorCode::SessionNotFound)?;
        let participant = self.db().participants().find(id, caller.user_id()).await?;
        let is_enrolled = is_enrolled(self.db(), &session, caller.user_id(), participant.as_ref()).await?;
        let asks = Caller {
            user_id: caller.user_id(),
            is_admin: caller.is_admin(),
            participant: participant.as_ref(),
            is_enrolled,
        };
        access::authorize(action, &session, asks)?;
        Ok(session)
    }
}
