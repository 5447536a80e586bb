//! No media: everything else works, and whoever asks for media is told that it is not configured.

use async_trait::async_trait;
use mockly_domain::room::MediaSource;
use mockly_domain::{ErrorCode, Timestamp};

use super::{Grant, Media, MediaError, MediaParticipant, MediaRoom, RoomSpec, TokenSpec, WebhookEvent};
use crate::{LivekitReadiness, ServiceError};

/// Stands in where no LiveKit key is configured.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoMedia;

#[async_trait]
impl Media for NoMedia {
    fn is_configured(&self) -> bool {
        false
    }

    fn client_url(&self) -> &'static str {
        ""
    }

    async fn readiness(&self) -> LivekitReadiness {
        LivekitReadiness::NotConfigured
    }

    async fn ensure_room(&self, _room: &RoomSpec) -> Result<String, MediaError> {
        Err(MediaError::NotConfigured)
    }

    fn sign_token(&self, _token: &TokenSpec<'_>) -> Result<String, MediaError> {
        Err(MediaError::NotConfigured)
    }

    async fn list_rooms(&self, _names: Vec<String>) -> Result<Vec<MediaRoom>, MediaError> {
        Ok(Vec::new())
    }

    async fn list_participants(&self, _room: &str) -> Result<Vec<MediaParticipant>, MediaError> {
        Ok(Vec::new())
    }

    async fn remove_participant(&self, _room: &str, _identity: &str) -> Result<(), MediaError> {
        Ok(())
    }

    async fn mute_tracks(&self, _room: &str, _identity: &str, _source: MediaSource) -> Result<(), MediaError> {
        Err(MediaError::NotConfigured)
    }

    async fn update_grant(&self, _room: &str, _identity: &str, _grant: Grant) -> Result<(), MediaError> {
        Ok(())
    }

    async fn delete_room(&self, _room: &str) -> Result<(), MediaError> {
        Ok(())
    }

    fn read_webhook(&self, _authorization: &str, _body: &[u8], _now: Timestamp) -> Result<WebhookEvent, ServiceError> {
        Err(ServiceError::refused(
            ErrorCode::InvalidSignature,
            "No LiveKit key is configured, so no webhook can be trusted; set LIVEKIT_API_KEY and LIVEKIT_API_SECRET.",
        ))
    }
}
