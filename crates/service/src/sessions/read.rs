//! `GET /api/sessions/{id}`.

use mockly_domain::access::{self, Action, Caller};
use mockly_domain::view::SessionView;
use mockly_domain::{ErrorCode, Participant, Session, SessionId};

use super::is_enrolled;
use super::view::view_for_reader;
use crate::{Principal, ServiceError, Services};

impl Services {
    /// One session; without its files where the caller's own status keeps them.
    ///
    /// # Errors
    /// `session-not-found`, `access-denied`.
    pub async fn read_session(&self, caller: &Principal, id: SessionId) -> Result<SessionView, ServiceError> {
        let sight = self.sight(caller, id).await?;
        sight.allows(caller, Action::Read)?;
        let mut view = view_for_reader(self, &sight.session).await?;
        if sight.allows(caller, Action::ReadRecords).is_err() {
            view.artifacts.clear();
        }
        Ok(view)
    }

    /// The session, if the caller may do this with it.
    pub(crate) async fn authorized(
        &self,
        caller: &Principal,
        id: SessionId,
        action: Action,
    ) -> Result<Session, ServiceError> {
        let sight = self.sight(caller, id).await?;
        sight.allows(caller, action)?;
        Ok(sight.session)
    }

    async fn sight(&self, caller: &Principal, id: SessionId) -> Result<Sight, ServiceError> {
        let found = self.db().find_session_with_place(id, caller.user_id()).await?;
        let (session, place) = found.ok_or(ErrorCode::SessionNotFound)?;
        let is_enrolled = is_enrolled(self.db(), &session, caller.user_id(), place.as_ref()).await?;
        Ok(Sight { session, place, is_enrolled })
    }
}

/// A session, and how the caller stands to it.
struct Sight {
    session: Session,
    place: Option<Participant>,
    is_enrolled: bool,
}

impl Sight {
    fn allows(&self, caller: &Principal, action: Action) -> Result<(), ErrorCode> {
        let asks = Caller {
            user_id: caller.user_id(),
            is_admin: caller.is_admin(),
            participant: self.place.as_ref(),
            is_enrolled: self.is_enrolled,
        };
        access::authorize(action, &self.session, asks)
    }
}
