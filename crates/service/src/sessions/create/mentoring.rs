//! A MENTORING: a mentor and a mentee, at an agreed time.

use mockly_data::Store;
use mockly_domain::view::SessionView;
use mockly_domain::{MediaPolicy, SessionKind};

use super::{CreateSession, Defaults, Pair, announce, find_other, new_session, place};
use crate::sessions::Change;
use crate::{Principal, ServiceError, Services};

impl Services {
    pub(super) async fn create_mentoring(
        &self,
        caller: &Principal,
        request: CreateSession,
        pair: Pair,
    ) -> Result<SessionView, ServiceError> {
        let Some(scheduled_at) = request.scheduled_at else {
            return Err(ServiceError::field("scheduledAt", "must be given for a MENTORING"));
        };
        let defaults = Defaults {
            kind: SessionKind::Mentoring,
            title: "Mentoring",
            scheduled_at,
            max_participants: 2,
            media: MediaPolicy::default(),
        };
        let session = new_session(self, caller, request, defaults)?;
        let work = self.begin().await?;
        find_other(&work, caller, &pair.other).await?;
        work.sessions().insert(&session).await?;
        work.participants().insert(&place(self, session.id, caller.user_id().clone(), pair.own_role, false)).await?;
        work.participants().insert(&place(self, session.id, pair.other, pair.other_role, false)).await?;
        announce(Change::on(self, work, session)).await
    }
}
