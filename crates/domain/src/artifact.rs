//! Artifacts: files that belong to a session.

use crate::wire_enum::wire_enum;
use crate::{ArtifactId, SessionId, Timestamp, UserId};

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
    /// Where its bytes are: a path on this server, or an absolute URL.
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
    /// Who added it; nobody where the server itself did.
    pub uploaded_by: Option<UserId>,
    /// When it was stored.
    pub created_at: Timestamp,
}

/// The longest name of a file, in bytes of UTF-8: what common file systems take.
pub const FILE_NAME_BYTES_MAX: usize = 255;

/// Media types that say nothing, which every type takes.
const UNKNOWN: &str = "application/octet-stream";

impl ArtifactType {
    /// Media types that a file of this type may have; `*` stands for any subtype.
    pub const fn media_types(self) -> &'static [&'static str] {
        match self {
            Self::AudioMixed | Self::AudioLeft | Self::AudioRight => {
                &["audio/*", "video/mp4", "video/webm", "video/ogg", "application/ogg", UNKNOWN]
            }
            Self::RawWebrtc => &["audio/*", "video/*", "application/*"],
            Self::Video => &["video/*", "application/ogg", UNKNOWN],
            Self::Transcript => &["text/*", "application/json", "application/pdf", "application/x-subrip", UNKNOWN],
            Self::Document => &["application/*", "text/*", "image/*"],
            Self::Whiteboard => &["image/*", "application/pdf", "application/json", UNKNOWN],
        }
    }

    /// Whether a file of this type may have that media type, given in lower case and without parameters.
    pub fn takes(self, media_type: &str) -> bool {
        self.media_types().iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(group) => media_type.starts_with(group),
            None => media_type == *pattern,
        })
    }

    /// Whether sound may be in it.
    pub const fn is_recording(self) -> bool {
        match self {
            Self::AudioMixed | Self::AudioLeft | Self::AudioRight | Self::RawWebrtc | Self::Video => true,
            Self::Transcript | Self::Document | Self::Whiteboard => false,
        }
    }
}

/// Checks the name that a file was sent under, which is only ever shown: no path on the server is made of it.
///
/// Spaces around it are dropped, and so are invisible characters that would show it in another order than it has.
///
/// # Errors
/// What is wrong with a name that means a place and not a file, that is too long, or that nobody can read.
pub fn file_name(given: &str) -> Result<String, &'static str> {
    if given.contains(['/', '\\']) {
        return Err("must be a name without `/` and `\\`, not a path");
    }
    if given.chars().any(char::is_control) {
        return Err("must not have control characters in its name");
    }
    let name: String = given.chars().filter(|character| !is_invisible(*character)).collect();
    let name = name.trim();
    if name.is_empty() || name.bytes().all(|byte| byte == b'.') {
        return Err("must have a name, such as `interview.ogg`");
    }
    if name.len() > FILE_NAME_BYTES_MAX {
        return Err("must have a name of at most 255 bytes");
    }
    Ok(name.to_owned())
}

/// Marks of direction and of nothing at all: with them `gpj.exe` can look like `exe.jpg`.
const fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_name_and_no_place() {
        for (given, expected) in [
            ("interview.ogg", Some("interview.ogg")),
            ("  Gespräch 1.wav ", Some("Gespräch 1.wav")),
            (".hidden", Some(".hidden")),
            ("photo\u{202e}gpj.exe", Some("photogpj.exe")),
            ("../../etc/passwd", None),
            ("/etc/passwd", None),
            ("C:\\boot.ini", None),
            ("..", None),
            (".", None),
            ("", None),
            ("\u{200b}", None),
            ("a\0b", None),
            ("a\r\nSet-Cookie: x", None),
        ] {
            assert_eq!(file_name(given).ok().as_deref(), expected, "{given:?}");
        }
        assert!(file_name(&"x".repeat(255)).is_ok());
        assert!(file_name(&"ö".repeat(128)).is_err());
    }

    #[test]
    fn a_type_takes_what_can_be_it() {
        for (artifact_type, media_type, expected) in [
            (ArtifactType::AudioMixed, "audio/ogg", true),
            (ArtifactType::AudioLeft, "video/mp4", true),
            (ArtifactType::AudioRight, "text/html", false),
            (ArtifactType::Video, "video/webm", true),
            (ArtifactType::Video, "audio/wav", false),
            (ArtifactType::Transcript, "text/vtt", true),
            (ArtifactType::Whiteboard, "image/svg+xml", true),
            (ArtifactType::Whiteboard, "video/mp4", false),
            (ArtifactType::Document, "application/pdf", true),
            (ArtifactType::Document, "multipart/mixed", false),
        ] {
            assert_eq!(artifact_type.takes(media_type), expected, "{artifact_type} {media_type}");
        }
        assert!(ArtifactType::ALL.iter().all(|artifact_type| artifact_type.takes(UNKNOWN)));
    }
}
