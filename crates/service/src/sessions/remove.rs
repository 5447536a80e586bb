//! `DELETE /api/sessions/{id}/participants/{userId}` (R9).

use mockly_data::Store;
use mockly_domain::access::Action;
use mockly_domain::{ErrorCode, EventType, ParticipantStatus, SessionId, UserId};

use super::Change;
use crate::jobs::Work;
use crate::{Principal, ServiceError, Services};

impl Services {
    /// Removes a participant: out of the session, its topic and its media room, until a host undoes it.
    ///
    /// # Errors
    /// `access-denied`, `forbidden`, `participant-not-found`.
    pub async fn remove_participant(
        &self,
        caller: &Principal,
        id: SessionId,
        user: &UserId,
    ) -> Result<(), ServiceError> {
        let mut change = Change::begin(self, id).await?;
        change.authorize(caller, Action::RemoveParticipant).await?;
        if user == caller.user_id() {
            return Err(ServiceError::refused(ErrorCode::Forbidden, "You cannot remove yourself; leave instead."));
        }
        let mut participant = change.participant(user).await?.ok_or(ErrorCode::ParticipantNotFound)?;
        if participant.status == ParticipantStatus::Removed {
            return Ok(());
        }
        let now = change.now;
        if participant.status == ParticipantStatus::Joined {
            participant.left_at = Some(now);
            participant.last_seen_at = participant.last_seen_at.max(Some(now));
        }
        participant.status = ParticipantStatus::Removed;
        participant.admitted = false;
        participant.holds = participant.holds && *user == change.session.created_by;
        change.work().participants().update(&participant).await?;
        let removed = [user.clone()];
        change.tell(EventType::ParticipantLeft, &removed, &removed).await?;
        if change.work().livekit().find_room(id).await?.is_some() {
            change.schedule(Work::RemoveFromRoom { session_id: id, identity: user.to_string() }, now).await?;
        }
        change.note_absence(now).await?;
        change.commit().await
    }
}
