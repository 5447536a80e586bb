//! `POST /api/sessions/{id}/end`, and being over in general (R11).

use std::collections::HashSet;

use mockly_data::Store;
use mockly_domain::access::Action;
use mockly_domain::lifecycle::Transition;
use mockly_domain::room::RoomEvent;
use mockly_domain::view::SessionView;
use mockly_domain::{
    EndReason, EventType, Participant, ParticipantRole, ParticipantStatus, SessionId, SessionStatus, UserId,
};

use super::Change;
use super::create::place;
use super::enrolled::enrolled;
use crate::jobs::Work;
use crate::{Principal, ServiceError, Services};

impl Services {
    /// Ends an ACTIVE session.
    ///
    /// # Errors
    /// `access-denied`, `forbidden`, `invalid-transition`.
    pub async fn end_session(&self, caller: &Principal, id: SessionId) -> Result<SessionView, ServiceError> {
        let mut change = Change::begin(self, id).await?;
        change.authorize(caller, Action::End).await?;
        match change.transition(SessionStatus::Ended)? {
            Transition::Repeat => {}
            Transition::Apply => change.close(SessionStatus::Ended, EndReason::Ended, &[]).await?,
        }
        change.commit_and_view().await
    }
}

impl Change<'_> {
    /// Ends or cancels the session: state, reason, attendance and follow-up work in one transaction.
    pub(crate) async fn close(
        &mut self,
        status: SessionStatus,
        reason: EndReason,
        revokes: &[UserId],
    ) -> Result<(), ServiceError> {
        let (session_id, now) = (self.session.id, self.now);
        self.session.status = status;
        self.session.ended_at = Some(now);
        self.session.end_reason = Some(reason);
        self.bump_version();
        for mut participant in self.participants().await? {
            let was_in = matches!(participant.status, ParticipantStatus::Joined | ParticipantStatus::Waiting);
            if was_in {
                if participant.status == ParticipantStatus::Joined {
                    participant.left_at = Some(now);
                    participant.last_seen_at = participant.last_seen_at.max(Some(now));
                }
                participant.status = ParticipantStatus::Left;
            }
            if was_in || participant.holds {
                participant.holds = false;
                self.work().participants().update(&participant).await?;
            }
        }
        self.note_no_shows().await?;
        for connection in self.work().livekit().list_present(&[session_id]).await? {
            self.work().livekit().close_participant(&connection.sid, now).await?;
        }
        let deadlines = [
            Work::Expire { session_id },
            Work::Remind { session_id },
            Work::EndEmpty { session_id },
            Work::PrepareRoom { session_id },
            Work::TellHostAbsent { session_id, since: now },
            Work::EndHostAbsent { session_id },
        ];
        self.unschedule(&deadlines).await?;
        // A booking's row stands before LiveKit has made the room.
        let room = self.work().livekit().find_room(session_id).await?;
        if room.is_some_and(|room| room.sid.is_some()) {
            self.schedule(Work::DeleteRoom { session_id }, now).await?;
        }
        self.tell(EventType::SessionEnded, &[], revokes).await?;
        self.room_closed(RoomEvent::SessionEnded { end_reason: reason }).await
    }

    /// Gives everyone who is enrolled and never came a place, so that attendance and the right to read the session
    /// outlive their enrolment.
    async fn note_no_shows(&self) -> Result<(), ServiceError> {
        let enrolled = enrolled(self.work(), &self.session).await?;
        if enrolled.is_empty() {
            return Ok(());
        }
        let places: HashSet<UserId> =
            self.participants().await?.into_iter().map(|participant| participant.user_id).collect();
        let missing: Vec<Participant> = enrolled
            .into_iter()
            .filter(|user| !places.contains(user))
            .map(|user| place(self.services(), self.session.id, user, ParticipantRole::Student, false))
            .collect();
        Ok(self.work().participants().insert_many(&missing).await?)
    }
}
