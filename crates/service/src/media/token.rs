//! `GET /api/sessions/{id}/token`.

use std::time::Duration;

use mockly_data::{LivekitRoom, Store};
use mockly_domain::join::JoinOutcome;
use mockly_domain::{ErrorCode, SessionId};

use super::{Grant, MediaError, RoomSpec, TokenSpec};
use crate::services::Wakes;
use crate::{Principal, ServiceError, Services, jobs};

/// How long a media token lives at most (R10).
const TOKEN_TTL: Duration = Duration::from_hours(24);
/// LiveKit's own limit stands this much above ours, as a backstop (R6).
const SEATS_ABOVE: u32 = 2;

/// A way into the media room.
#[derive(Clone, PartialEq, Eq)]
pub struct MediaToken {
    /// The signed token.
    pub token: String,
    /// Name of the LiveKit room.
    pub room_id: String,
    /// Where to connect, in ws form.
    pub url: String,
}

impl std::fmt::Debug for MediaToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MediaToken").field("room_id", &self.room_id).finish_non_exhaustive()
    }
}

impl Services {
    /// Signs a token for the session's media room, which is made where it is not there. Takes the join decision and
    /// changes no state of the session.
    ///
    /// # Errors
    /// What refuses a join, `waiting`, `livekit-not-configured`, `livekit-unavailable`.
    pub async fn media_token(&self, caller: &Principal, id: SessionId) -> Result<MediaToken, ServiceError> {
        if !self.inner.media.is_configured() {
            return Err(MediaError::NotConfigured.into());
        }
        let asked = self.ask_to_join(self.db(), caller.user_id(), id, None).await?;
        match asked.outcome.map_err(|refusal| ServiceError::join(&refusal))? {
            JoinOutcome::Enter | JoinOutcome::AlreadyIn => {}
            JoinOutcome::Wait | JoinOutcome::AlreadyWaiting => return Err(ErrorCode::Waiting.into()),
        }
        let (session, participant) = (asked.session, asked.participant.ok_or(ErrorCode::AccessDenied)?);
        let room_id = session.livekit_room_name();
        let sid = self
            .inner
            .media
            .ensure_room(&RoomSpec {
                name: room_id.clone(),
                empty_timeout_sec: u32::try_from(self.inner.settings.empty_room_timeout.as_secs()).unwrap_or(u32::MAX),
                max_participants: session.max_participants.saturating_add(SEATS_ABOVE),
            })
            .await?;
        self.note_room(id, &room_id, sid).await?;

        let now = self.now();
        let latest = now.plus(TOKEN_TTL);
        let window_end = self.inner.settings.join_window.of(&session).map(|(_, closes)| closes);
        let token = self.inner.media.sign_token(&TokenSpec {
            room: &room_id,
            identity: caller.user_id(),
            name: &caller.user.display_name,
            metadata: participant.role.as_str(),
            grant: Grant::of(participant.role, session.media),
            not_before: now,
            expires_at: window_end.map_or(latest, |end| latest.min(end)),
        })?;
        Ok(MediaToken { token, room_id, url: self.inner.media.client_url().to_owned() })
    }

    /// Notes that a media room lives; a session deleted in the meantime needs no note.
    async fn note_room(&self, id: SessionId, name: &str, sid: String) -> Result<(), ServiceError> {
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
        let room =
            LivekitRoom { session_id: id, name: name.to_owned(), sid: Some(sid), created_at: now, finished_at: None };
        work.livekit().upsert_room(&room).await?;
        Ok(work.commit().await?)
    }
}
