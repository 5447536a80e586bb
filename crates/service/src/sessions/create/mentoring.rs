//! A MENTORING: a mentor is booked by a mentee, or gives a mentee time, at a time that both have free.
//!
//! Its media room has a row from the beginning. Making it is a job's, at once and again when the session opens, so that
//! LiveKit being away fails no booking.

use mockly_data::{LivekitRoom, Store};
use mockly_domain::view::SessionView;
use mockly_domain::{ErrorCode, MediaPolicy, ParticipantRole, SessionKind};

use super::{CreateSession, Defaults, Pair, announce, new_session, place, unknown_user};
use crate::jobs::Work;
use crate::sessions::Change;
use crate::sessions::slot::{lock_pair, require_free};
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
        let (own_id, other_id) = (caller.user_id(), &pair.other);
        if own_id == other_id {
            return Err(ErrorCode::SameUser.into());
        }
        let defaults = Defaults {
            kind: SessionKind::Mentoring,
            title: "Mentoring",
            scheduled_at,
            max_participants: 2,
            media: MediaPolicy::default(),
        };
        let session = new_session(self, caller, request, defaults)?;

        let work = self.begin().await?;
        let (own, other) = lock_pair(&work, own_id, other_id).await?;
        let other = other.ok_or_else(|| unknown_user(other_id))?;
        let mentor = if pair.other_role == ParticipantRole::Mentor { Some(other) } else { own };
        if !mentor.is_some_and(|mentor| mentor.is_mentor()) {
            return Err(ServiceError::refused(
                ErrorCode::NotAMentor,
                "Whoever is booked as mentor needs the role MENTOR; GET /api/users?role=MENTOR lists who has it.",
            ));
        }
        require_free(&work, &session, [own_id, other_id]).await?;
        let mut change = Change::create(self, work, session).await?;
        let session = &change.session;
        let own = place(self, session.id, own_id.clone(), pair.own_role, false);
        let other = place(self, session.id, other_id.clone(), pair.other_role, false);
        let room = LivekitRoom {
            session_id: session.id,
            name: session.livekit_room_name(),
            sid: None,
            created_at: session.created_at,
            finished_at: None,
        };
        change.work().participants().insert_many(&[own, other]).await?;
        change.work().livekit().upsert_room(&room).await?;
        if self.inner.media.is_configured() {
            let (session_id, now) = (change.session.id, change.now);
            change.schedule(Work::PrepareRoom { session_id }, now).await?;
        }
        announce(change, caller, std::slice::from_ref(&pair.other)).await
    }
}
