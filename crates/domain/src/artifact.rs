//! Artifacts: files that belong to a session.

use crate::wire_enum::wire_enum;
use crate::{ArtifactId, SessionId, Timestamp};

wire_enum!(
    /// What a file is.
    ArtifactType {
        /// Everyone in one track.
        AudioMixed = "AUDIO_MIXED",
        /// The first speaker alone.
        AudioLeft = "AUDIO_LEFT",
        /// The second speaker alone.
        AudioRight = "AUDIO_RIGHT",
        /// Media as it arrived.
        RawWebrtc = "RAW_WEBRTC",
        /// Picture and sound.
        Video = "VIDEO",
        /// What was said.
        Transcript = "TRANSCRIPT",
        /// A document.
        Document = "DOCUMENT",
        /// What was drawn.
        Whiteboard = "WHITEBOARD",
    }
);

/// A file that belongs to a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// Id.
    pub id: ArtifactId,
    /// Session.
    pub session_id: SessionId,
    /// What it is.
    pub artifact_type: ArtifactType,
    /// Where its bytes are.
    pub storage_url: String,
    /// The name it was given.
    pub file_name: String,
    /// Media type.
    pub content_type: String,
    /// Length of the recording in seconds, where it has one.
    pub duration_sec: Option<i64>,
    /// Size in bytes.
    pub size_bytes: i64,
    /// Hex digest of the bytes.
    pub sha256: String,
    /// When it was stored.
    pub created_at: Timestamp,
}
