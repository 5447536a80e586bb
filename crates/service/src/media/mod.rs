//! Media behind a small trait: LiveKit, or none where no key is configured.

mod error;
mod grant;
mod livekit;
mod none;
mod room;
mod token;
mod webhook;

pub(crate) mod follow;
pub(crate) mod reconcile;

use async_trait::async_trait;
use mockly_domain::room::MediaSource;
use mockly_domain::{Timestamp, UserId};

pub use error::MediaError;
pub use grant::Grant;
pub use livekit::{LivekitMedia, LivekitSettings};
pub use none::NoMedia;
pub use room::MediaRoomPlace;
pub use token::MediaToken;
pub use webhook::{WebhookEvent, WebhookParticipant, WebhookRoom};

use crate::ServiceError;

/// Whether media works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LivekitReadiness {
    /// It answers.
    Up,
    /// It does not; everything but media works.
    Degraded,
    /// There is no key.
    NotConfigured,
}

/// A media room to be made.
#[derive(Debug, Clone)]
pub struct RoomSpec {
    /// Its name.
    pub name: String,
    /// Seconds it stays when nobody comes or everybody has left.
    pub empty_timeout_sec: u32,
    /// Most participants.
    pub max_participants: u32,
}

/// A media token to be signed.
#[derive(Debug, Clone)]
pub struct TokenSpec<'a> {
    /// Room.
    pub room: &'a str,
    /// Identity in the room, which is the user's id.
    pub identity: &'a UserId,
    /// The name that others see.
    pub name: &'a str,
    /// Metadata: the role.
    pub metadata: &'a str,
    /// What the bearer may do.
    pub grant: Grant,
    /// First instant of validity.
    pub not_before: Timestamp,
    /// Last one.
    pub expires_at: Timestamp,
}

/// A media room as LiveKit lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaRoom {
    /// Name.
    pub name: String,
    /// Id of its present life.
    pub sid: String,
}

/// Somebody in a media room as LiveKit lists them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaParticipant {
    /// Id of this connection.
    pub sid: String,
    /// Identity, which for people is the user's id.
    pub identity: String,
    /// Whether this is a person, and no recorder, ingress or agent.
    pub is_person: bool,
    /// When they came.
    pub joined_at: Timestamp,
    /// What they may publish, where it is told.
    pub grant: Option<Grant>,
}

/// What the use cases need of a media server.
///
/// Every call ends within the adapter's own deadline (a few seconds). Calls are idempotent: what is gone already is no
/// fault.
#[async_trait]
pub trait Media: Send + Sync {
    /// Whether there is a media server at all.
    fn is_configured(&self) -> bool;

    /// Where clients connect, in ws form.
    fn client_url(&self) -> &str;

    /// Whether it answers.
    async fn readiness(&self) -> LivekitReadiness;

    /// Makes a room, or finds it made already; its `sid`.
    async fn ensure_room(&self, room: &RoomSpec) -> Result<String, MediaError>;

    /// Signs a token that lets its bearer into a room.
    ///
    /// # Errors
    /// [`MediaError::NotConfigured`] without a key.
    fn sign_token(&self, token: &TokenSpec<'_>) -> Result<String, MediaError>;

    /// The rooms with these names that exist.
    async fn list_rooms(&self, names: Vec<String>) -> Result<Vec<MediaRoom>, MediaError>;

    /// Everyone in a room.
    async fn list_participants(&self, room: &str) -> Result<Vec<MediaParticipant>, MediaError>;

    /// Throws somebody out of a room; a token they still have lets them in again.
    async fn remove_participant(&self, room: &str, identity: &str) -> Result<(), MediaError>;

    /// Mutes everything that somebody in a room publishes of a source.
    async fn mute_tracks(&self, room: &str, identity: &str, source: MediaSource) -> Result<(), MediaError>;

    /// Changes what somebody in a room may do.
    async fn update_grant(&self, room: &str, identity: &str, grant: Grant) -> Result<(), MediaError>;

    /// Closes a room.
    async fn delete_room(&self, room: &str) -> Result<(), MediaError>;

    /// Checks a webhook's signature and reads it.
    ///
    /// # Errors
    /// `invalid-signature` (401) or `malformed-webhook` (400).
    fn read_webhook(&self, authorization: &str, body: &[u8], now: Timestamp) -> Result<WebhookEvent, ServiceError>;
}
