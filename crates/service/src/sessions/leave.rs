//! `POST /api/sessions/{id}/leave`, and leaving by a lost connection.

use mockly_data::Store;
use mockly_domain::access::Action;
use mockly_domain::room::Closing;
use mockly_domain::view::SessionView;
use mockly_domain::{ErrorCode, EventType, Participant, ParticipantStatus, SessionId, Timestamp};

use super::{Change, is_enrolled};
use crate::jobs::Work;
use crate::{Principal, ServiceError, Services};

/// How somebody left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LeftBy {
    /// By saying so; whoever did not make the session no longer holds it.
    Choice,
    /// By a connection that did not come back; the hold stays.
    Absence,
}

impl Services {
    /// Leaves a session.
    ///
    /// # Errors
    /// `access-denied`, and the own status.
    pub async fn leave_session(&self, caller: &Principal, id: SessionId) -> Result<SessionView, ServiceError> {
        let mut change = Change::begin(self, id).await?;
        let Some(participant) = change.authorize(caller, Action::Leave).await? else {
            // One who is enrolled and never came has nothing to leave.
            let is_enrolled = is_enrolled(change.work(), &change.session, caller.user_id(), None).await?;
            return if is_enrolled { change.view().await } else { Err(ErrorCode::AccessDenied.into()) };
        };
        if change.session.status.is_open() {
            let now = change.now;
            change.leave(participant, now, LeftBy::Choice).await?;
        }
        change.commit_and_view().await
    }
}

impl Change<'_> {
    /// Takes a participant out. One who was not in causes no event.
    pub(crate) async fn leave(
        &mut self,
        mut participant: Participant,
        at: Timestamp,
        by: LeftBy,
    ) -> Result<(), ServiceError> {
        let user = participant.user_id.clone();
        let event = match participant.status {
            ParticipantStatus::Joined => {
                participant.status = ParticipantStatus::Left;
                participant.left_at = Some(at);
                participant.last_seen_at = participant.last_seen_at.max(Some(at));
                Some(EventType::ParticipantLeft)
            }
            ParticipantStatus::Waiting => {
                participant.status = ParticipantStatus::Invited;
                Some(EventType::SessionUpdated)
            }
            ParticipantStatus::Invited
            | ParticipantStatus::Left
            | ParticipantStatus::Denied
            | ParticipantStatus::Removed => None,
        };
        let releases = by == LeftBy::Choice && participant.holds && user != self.session.created_by;
        if releases {
            participant.holds = false;
        }
        if event.is_some() || releases {
            self.work().participants().update(&participant).await?;
        }
        if let Some(event) = event {
            self.tell(event, std::slice::from_ref(&user), &[]).await?;
            let closing = match by {
                LeftBy::Choice => Closing::Left(vec![user.clone()]),
                LeftBy::Absence => Closing::Nobody,
            };
            self.room_left(&user, closing).await?;
        }
        if by == LeftBy::Choice {
            // Whoever says that they leave does not stay in the media room.
            let session_id = self.session.id;
            let present = self.work().livekit().list_present(&[session_id]).await?;
            if present.iter().any(|connection| connection.user_id == user) {
                let now = self.now;
                self.schedule(Work::RemoveFromRoom { session_id, identity: user.to_string() }, now).await?;
            }
            let now = self.now;
            self.note_absence(now).await?;
        }
        Ok(())
    }
}
