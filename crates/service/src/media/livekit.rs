//! LiveKit by its own SDK.

use std::time::Duration;

use async_trait::async_trait;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use livekit_api::access_token::{Claims, VideoGrants};
use livekit_api::services::room::{CreateRoomOptions, RoomClient, UpdateParticipantOptions};
use livekit_api::services::{ServerError, ServerErrorCode, ServiceError as SdkError};
use livekit_protocol::{ParticipantPermission, TrackSource, participant_info};
use mockly_domain::Timestamp;
use mockly_domain::room::MediaSource;

use super::{Grant, Media, MediaError, MediaParticipant, MediaRoom, RoomSpec, TokenSpec, WebhookEvent, webhook};
use crate::{LivekitReadiness, ServiceError};

/// How to reach LiveKit.
#[derive(Clone)]
pub struct LivekitSettings {
    /// Where the server's API is, in http form.
    pub api_url: String,
    /// Where clients connect, in ws form.
    pub client_url: String,
    /// API key.
    pub api_key: String,
    /// Its secret.
    pub api_secret: String,
    /// A further secret that webhooks may be signed with.
    pub webhook_secret: Option<String>,
    /// How long a call may take.
    pub timeout: Duration,
}

impl std::fmt::Debug for LivekitSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LivekitSettings")
            .field("api_url", &self.api_url)
            .field("client_url", &self.client_url)
            .field("api_key", &self.api_key)
            .finish_non_exhaustive()
    }
}

/// A LiveKit server.
#[derive(Debug)]
pub struct LivekitMedia {
    settings: LivekitSettings,
    rooms: RoomClient,
}

impl LivekitMedia {
    /// An adapter; nothing is sent yet.
    pub fn new(settings: LivekitSettings) -> Self {
        let rooms = RoomClient::with_api_key(&settings.api_url, &settings.api_key, &settings.api_secret)
            .with_failover(false)
            .with_request_timeout(settings.timeout);
        Self { settings, rooms }
    }
}

#[async_trait]
impl Media for LivekitMedia {
    fn is_configured(&self) -> bool {
        true
    }

    fn client_url(&self) -> &str {
        &self.settings.client_url
    }

    async fn readiness(&self) -> LivekitReadiness {
        // A room that is not there: the answer is empty, and short.
        match self.list_rooms(vec!["mockly-readiness".to_owned()]).await {
            Ok(_) => LivekitReadiness::Up,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "LiveKit does not answer");
                LivekitReadiness::Degraded
            }
        }
    }

    async fn ensure_room(&self, room: &RoomSpec) -> Result<String, MediaError> {
        let options = CreateRoomOptions {
            empty_timeout: room.empty_timeout_sec,
            departure_timeout: room.empty_timeout_sec,
            max_participants: room.max_participants,
            ..CreateRoomOptions::default()
        };
        Ok(self.rooms.create_room(&room.name, options).await.map_err(unavailable)?.sid)
    }

    fn sign_token(&self, token: &TokenSpec<'_>) -> Result<String, MediaError> {
        // The SDK signs with the machine's clock; ours decides here, so its claims are signed by our own library.
        let claims = Claims {
            iss: self.settings.api_key.clone(),
            sub: token.identity.to_string(),
            name: token.name.to_owned(),
            metadata: token.metadata.to_owned(),
            nbf: unix(token.not_before),
            exp: unix(token.expires_at),
            video: video_grants(token.room, token.grant),
            ..Claims::default()
        };
        let key = EncodingKey::from_secret(self.settings.api_secret.as_bytes());
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key)
            .map_err(|error| MediaError::Unavailable(Box::new(error)))
    }

    async fn list_rooms(&self, names: Vec<String>) -> Result<Vec<MediaRoom>, MediaError> {
        let rooms = self.rooms.list_rooms(names).await.map_err(unavailable)?;
        Ok(rooms.into_iter().map(|room| MediaRoom { name: room.name, sid: room.sid }).collect())
    }

    async fn list_participants(&self, room: &str) -> Result<Vec<MediaParticipant>, MediaError> {
        let participants = match self.rooms.list_participants(room).await {
            Err(error) if is_gone(&error) => Vec::new(),
            answer => answer.map_err(unavailable)?,
        };
        let participants = participants.into_iter().map(|info| MediaParticipant {
            is_person: info.kind() == participant_info::Kind::Standard,
            joined_at: webhook::joined_at(info.joined_at_ms, info.joined_at),
            grant: info.permission.as_ref().map(|permission| {
                let sources = permission.can_publish_sources().map(|source| source.as_str_name());
                Grant::of_sources(permission.can_publish, sources)
            }),
            sid: info.sid,
            identity: info.identity,
        });
        Ok(participants.collect())
    }

    async fn remove_participant(&self, room: &str, identity: &str) -> Result<(), MediaError> {
        gone_is_fine(self.rooms.remove_participant(room, identity).await)
    }

    async fn mute_tracks(&self, room: &str, identity: &str, source: MediaSource) -> Result<(), MediaError> {
        let info = match self.rooms.get_participant(room, identity).await {
            Err(error) if is_gone(&error) => return Ok(()),
            answer => answer.map_err(unavailable)?,
        };
        for track in info.tracks.iter().filter(|track| !track.muted && is_of(track.source(), source)) {
            let muted = self.rooms.mute_published_track(room, identity, &track.sid, true).await;
            gone_is_fine(muted.map(drop))?;
        }
        Ok(())
    }

    async fn update_grant(&self, room: &str, identity: &str, grant: Grant) -> Result<(), MediaError> {
        let options =
            UpdateParticipantOptions { permission: Some(permission(grant)), ..UpdateParticipantOptions::default() };
        gone_is_fine(self.rooms.update_participant(room, identity, options).await)
    }

    async fn delete_room(&self, room: &str) -> Result<(), MediaError> {
        gone_is_fine(self.rooms.delete_room(room).await)
    }

    fn read_webhook(&self, authorization: &str, body: &[u8], now: Timestamp) -> Result<WebhookEvent, ServiceError> {
        let secrets = [Some(self.settings.api_secret.as_str()), self.settings.webhook_secret.as_deref()];
        webhook::verify(authorization, body, &self.settings.api_key, secrets.into_iter().flatten(), now)?;
        webhook::parse(body)
    }
}

fn video_grants(room: &str, grant: Grant) -> VideoGrants {
    let sources = sources(grant).into_iter().map(|source| source.as_str_name().to_lowercase()).collect();
    VideoGrants {
        room_join: true,
        room: room.to_owned(),
        can_subscribe: Some(true),
        can_publish: Some(grant.publishes()),
        can_publish_data: Some(true),
        can_publish_sources: sources,
        ..VideoGrants::default()
    }
}

fn permission(grant: Grant) -> ParticipantPermission {
    ParticipantPermission {
        can_subscribe: true,
        can_publish: grant.publishes(),
        can_publish_data: true,
        can_publish_sources: sources(grant).into_iter().map(i32::from).collect(),
        ..ParticipantPermission::default()
    }
}

/// The sources that a grant is limited to. In a token the names are in lower case (`screen_share_audio`), in
/// `UpdateParticipant` they are numbers.
///
/// To LiveKit none of them means no limit. Who may publish everything gets that, because a full list would still refuse
/// tracks of an unknown source, the default of several SDKs.
fn sources(grant: Grant) -> Vec<TrackSource> {
    let mut sources = Vec::new();
    if grant.is_everything() {
        return sources;
    }
    if grant.microphone {
        sources.push(TrackSource::Microphone);
    }
    if grant.camera {
        sources.push(TrackSource::Camera);
    }
    if grant.screen_share {
        sources.extend([TrackSource::ScreenShare, TrackSource::ScreenShareAudio]);
    }
    sources
}

fn unix(time: Timestamp) -> usize {
    usize::try_from(time.as_secs()).unwrap_or(0)
}

fn unavailable(error: SdkError) -> MediaError {
    MediaError::Unavailable(Box::new(error))
}

/// Whether a track comes from a source; the sound of a screen belongs to the screen.
const fn is_of(track: TrackSource, source: MediaSource) -> bool {
    match source {
        MediaSource::Microphone => matches!(track, TrackSource::Microphone),
        MediaSource::Camera => matches!(track, TrackSource::Camera),
        MediaSource::Screen => matches!(track, TrackSource::ScreenShare | TrackSource::ScreenShareAudio),
    }
}

fn is_gone(error: &SdkError) -> bool {
    matches!(error, SdkError::Twirp(ServerError::Twirp(refusal)) if refusal.code == ServerErrorCode::NOT_FOUND)
}

fn gone_is_fine<T>(answer: Result<T, SdkError>) -> Result<(), MediaError> {
    match answer {
        Ok(_) => Ok(()),
        Err(error) if is_gone(&error) => Ok(()),
        Err(error) => Err(unavailable(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// LiveKit refuses tracks of an unknown source to whoever has a list of sources, however long: a bot that named no
    /// source was refused although it might publish everything.
    #[test]
    fn only_who_may_not_publish_everything_is_limited_to_sources() {
        let all = Grant { microphone: true, camera: true, screen_share: true };
        let no_camera = Grant { camera: false, ..all };
        assert_eq!(permission(all).can_publish_sources, Vec::<i32>::new());
        assert_eq!(permission(no_camera).can_publish_sources, [2, 3, 4]);
        assert!(permission(all).can_publish && permission(no_camera).can_publish);
        assert_eq!(video_grants("room", all).can_publish_sources, Vec::<String>::new());
        let named = ["microphone", "screen_share", "screen_share_audio"];
        assert_eq!(video_grants("room", no_camera).can_publish_sources, named);
        // No sources at all means no limit, so this must not be said by them alone.
        let nothing = Grant { microphone: false, camera: false, screen_share: false };
        assert_eq!((permission(nothing).can_publish, video_grants("room", nothing).can_publish), (false, Some(false)));
    }
}
