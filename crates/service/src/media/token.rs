//! `GET /api/sessions/{id}/token`.

use std::time::Duration;

use mockly_data::Store;
use mockly_domain::join::JoinOutcome;
use mockly_domain::{ErrorCode, ParticipantRole, RoomId, SessionId, Timestamp};

use super::{Grant, MediaError, TokenSpec};
use crate::{Principal, ServiceError, Services};

/// How long a media token lives at most (R10).
const TOKEN_TTL: Duration = Duration::from_hours(24);

/// A way into the media room.
#[derive(Clone, PartialEq, Eq)]
pub struct MediaToken {
    /// The signed token.
    pub token: String,
    /// Name of the LiveKit room.
    pub room_id: String,
    /// Where to connect, in ws form.
    pub url: String,
    /// The name that others see.
    pub participant_name: String,
    /// The last instant at which it lets anybody in.
    pub expires_at: Timestamp,
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
        let session = asked.session;
        // One who is enrolled and has no place yet comes as a student.
        let role = asked.participant.map_or(ParticipantRole::Student, |participant| participant.role);
        let room_id = session.livekit_room_name();
        self.ensure_room(&session).await?;

        let member = self.db().rooms().find_member(RoomId(id.0), caller.user_id()).await?;
        let may_share = member.is_some_and(|member| member.may_share);
        let now = self.now();
        let latest = now.plus(TOKEN_TTL);
        let window_end = self.inner.settings.join_window.of(&session).map(|(_, closes)| closes);
        let expires_at = window_end.map_or(latest, |end| latest.min(end));
        let token = self.inner.media.sign_token(&TokenSpec {
            room: &room_id,
            identity: caller.user_id(),
            name: &caller.user.display_name,
            metadata: role.as_str(),
            grant: Grant::of(role, session.media, may_share),
            not_before: now,
            expires_at,
        })?;
        Ok(MediaToken {
            token,
            room_id,
            url: self.inner.media.client_url().to_owned(),
            participant_name: caller.user.display_name.clone(),
            expires_at,
        })
    }
}
