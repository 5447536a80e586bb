//! `DELETE /api/sessions/{id}/participants/{userId}` (R9).

use mockly_data::Store;
use mockly_domain::access::Action;
use mockly_domain::room::{Audience, Closing, RoomEvent};
use mockly_domain::{ErrorCode, EventType, Participant, ParticipantStatus, SessionId, UserId};

use super::Change;
use crate::jobs::Work;
use crate::rooms::{Draft, actor_of};
use crate::{Principal, ServiceError, Services};

impl Services {
    /// Removes a participant: out of the session, its topic and its media room, until a host undoes it.
    ///
    /// # Errors
    /// `access-denied`, `forbidden`, `session-closed`, `participant-not-found`.
    pub async fn remove_participant(
        &self,
        caller: &Principal,
        id: SessionId,
        user: &UserId,
    ) -> Result<(), ServiceError> {
        let mut change = Change::begin(self, id).await?;
        change.authorize(caller, Action::RemoveParticipant).await?;
        change.require_open()?;
        if user == caller.user_id() {
            return Err(ServiceError::refused(ErrorCode::Forbidden, "You cannot remove yourself; leave instead."));
        }
        let participant = change.participant(user).await?.ok_or(ErrorCode::ParticipantNotFound)?;
        change.remove(participant).await?;
        change.admit_who_need_not_wait().await?;
        change.commit().await
    }
}

impl Change<'_> {
    /// Takes somebody out for good; a repeat changes nothing.
    pub(crate) async fn remove(&mut self, mut participant: Participant) -> Result<(), ServiceError> {
        if participant.status == ParticipantStatus::Removed {
            return Ok(());
        }
        let (id, now) = (self.session.id, self.now);
        let was_here = matches!(participant.status, ParticipantStatus::Joined | ParticipantStatus::Waiting);
        if participant.status == ParticipantStatus::Joined {
            participant.left_at = Some(now);
            participant.last_seen_at = participant.last_seen_at.max(Some(now));
        }
        participant.status = ParticipantStatus::Removed;
        participant.admitted = false;
        participant.holds = participant.holds && participant.user_id == self.session.created_by;
        self.work().participants().update(&participant).await?;
        let removed = [participant.user_id.clone()];
        self.tell(EventType::ParticipantLeft, &removed, &removed).await?;
        let event = RoomEvent::RemoveParticipant(actor_of(self.work(), &participant.user_id).await?);
        self.tell_room(Draft::new(event, Audience::hosts_and(removed.to_vec()))).await?;
        if was_here {
            self.room_left(&participant.user_id, Closing::TurnedAway(removed.to_vec())).await?;
        }
        if self.work().livekit().find_room(id).await?.is_some() {
            let identity = participant.user_id.to_string();
            self.schedule(Work::RemoveFromRoom { session_id: id, identity }, now).await?;
        }
        self.note_absence(now).await
    }
}
