//! The media room of a session: made where it is not there, whoever asks for it.

use mockly_data::{LivekitRoom, Store};
use mockly_domain::access::Action;
use mockly_domain::{ErrorCode, Session, SessionId};

use super::{MediaError, RoomSpec};
use crate::notifications::{Notice, admins};
use crate::services::Wakes;
use crate::sessions::Change;
use crate::{Principal, ServiceError, Services, jobs};

/// LiveKit's own limit stands this much above ours, as a backstop (R6).
const SEATS_ABOVE: u32 = 2;

/// A session's media room and where its people meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaRoomPlace {
    /// Id of the room's row, which is the session's.
    pub room_id: SessionId,
    /// Name of the LiveKit room.
    pub room_name: String,
    /// The page to meet on.
    pub meeting_url: String,
}

impl Services {
    /// Makes the session's media room, or finds it made already.
    ///
    /// # Errors
    /// `session-not-found`, `access-denied`, the own status, `session-closed`, `livekit-not-configured`,
    /// `livekit-unavailable`.
    pub async fn create_media_room(&self, caller: &Principal, id: SessionId) -> Result<MediaRoomPlace, ServiceError> {
        if !self.inner.media.is_configured() {
            return Err(MediaError::NotConfigured.into());
        }
        let session = self.authorized(caller, id, Action::ReadRecords).await?;
        if !session.status.is_open() {
            return Err(ErrorCode::SessionClosed.into());
        }
        self.ensure_room(&session).await?;
        Ok(MediaRoomPlace {
            room_id: id,
            room_name: session.livekit_room_name(),
            meeting_url: self.inner.settings.public_url.meeting(id),
        })
    }

    /// Makes the room in LiveKit and notes that it lives.
    ///
    /// # Errors
    /// [`ServiceError::Media`]; `session-closed` where the session ended meanwhile.
    pub(crate) async fn ensure_room(&self, session: &Session) -> Result<(), ServiceError> {
        let name = session.livekit_room_name();
        let sid = self
            .inner
            .media
            .ensure_room(&RoomSpec {
                name: name.clone(),
                empty_timeout_sec: u32::try_from(self.inner.settings.empty_room_timeout.as_secs()).unwrap_or(u32::MAX),
                max_participants: session.max_participants.saturating_add(SEATS_ABOVE),
            })
            .await?;
        self.note_room(session.id, name, sid).await
    }

    /// Notes that a media room lives; a session deleted in the meantime needs no note.
    async fn note_room(&self, id: SessionId, name: String, sid: String) -> Result<(), ServiceError> {
        let known = self.db().livekit().find_room(id).await?;
        if known.is_some_and(|room| room.sid.as_ref() == Some(&sid) && room.finished_at.is_none()) {
            return Ok(());
        }
        let work = self.begin().await?;
        let session = work.sessions().lock(id).await?.ok_or(ErrorCode::SessionNotFound)?;
        let now = self.now();
        if !session.status.is_open() {
            // It ended while the room was made: the room must not outlive it (R5).
            jobs::schedule(&work, self, jobs::Work::DeleteRoom { session_id: id }, now).await?;
            self.commit(work, Wakes { jobs: true, ..Wakes::default() }).await?;
            return Err(ErrorCode::SessionClosed.into());
        }
        let room = LivekitRoom { session_id: id, name, sid: Some(sid), created_at: now, finished_at: None };
        work.livekit().upsert_room(&room).await?;
        Ok(work.commit().await?)
    }

    /// Makes the room of a booked session: at once, so that a LiveKit that does not answer is known in good time, and
    /// again when the session opens, since LiveKit closes a room to which nobody comes.
    pub(crate) async fn prepare_room(&self, id: SessionId) -> Result<(), ServiceError> {
        let Some(session) = self.db().sessions().find(id).await? else { return Ok(()) };
        let window = self.inner.settings.join_window.of(&session);
        if !session.status.is_open() || window.is_some_and(|(_, closes)| self.now() > closes) {
            return Ok(());
        }
        let outcome = self.ensure_room(&session).await;
        match &outcome {
            Ok(()) | Err(ServiceError::Media(_)) => {}
            // Ended or deleted meanwhile.
            Err(ServiceError::Refused(_)) => return Ok(()),
            Err(_) => return outcome,
        }
        let Some(mut change) = Change::find(self, id).await? else { return Ok(()) };
        if outcome.is_err() && change.work().livekit().note_failure_told(id, change.now).await? {
            let admins = admins(change.work()).await?;
            let session = change.session.clone();
            change.notify(&admins, &Notice::LivekitRoomFailed { session: &session }).await?;
        }
        let opens_at = self.opens_at(&change.session);
        let opens_later = change.session.status.is_open() && opens_at > change.now;
        if opens_later {
            change.schedule(jobs::Work::PrepareRoom { session_id: id }, opens_at).await?;
        }
        change.commit().await?;
        // Before it opens there is a time to try again; from then on the failed job is tried again by itself.
        if opens_later { Ok(()) } else { outcome }
    }
}
