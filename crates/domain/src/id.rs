//! Identifiers. All but user ids are UUID v7, so that they sort by time; a user id is opaque text, because a trusted
//! issuer's `sub` is used as it is (ADR 0006).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::InvalidId;

macro_rules! uuid_id {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            /// Accepts the hyphenated form only, in any case: one id has one spelling in paths, topics and logs.
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                if text.len() != 36 {
                    return Err(InvalidId::NotAUuid);
                }
                Uuid::try_parse(text).map(Self).map_err(|_malformed| InvalidId::NotAUuid)
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::schema::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .format(Some(utoipa::openapi::schema::SchemaFormat::KnownFormat(
                        utoipa::openapi::schema::KnownFormat::Uuid,
                    )))
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {}
    )+};
}

uuid_id!(
    /// A session.
    SessionId,
    /// One user's place in one session.
    ParticipantId,
    /// A stored session event; what `last-event-id` names.
    EventId,
    /// A class, whose lessons are sessions.
    ClassId,
    /// An address that is invited to a class.
    InvitationId,
    /// A file that belongs to a session.
    ArtifactId,
    /// What was found in a recording.
    AnalysisId,
    /// Something that was told to one user.
    NotificationId,
    /// A row of follow-up work.
    JobId,
    /// One run of one server process.
    NodeId,
    /// One life of a room: a session's own id, or that of an ad-hoc room from its first user to its last.
    RoomId,
    /// One transport link to a room.
    ConnectionId,
    /// A chat message.
    MessageId,
    /// A poll.
    PollId,
    /// A key of another service.
    ServiceKeyId,
);

/// The id of a user: 1 to 128 characters of opaque text without control characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct UserId(String);

impl UserId {
    /// The longest id accepted, in Unicode scalar values.
    pub const CHARS_MAX: usize = 128;

    /// Checks and wraps an id.
    ///
    /// # Errors
    /// [`InvalidId::NotAUserId`] when the text is empty, too long or has control characters.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidId> {
        let text = text.into();
        let well_formed =
            !text.is_empty() && text.chars().count() <= Self::CHARS_MAX && !text.chars().any(char::is_control);
        if well_formed { Ok(Self(text)) } else { Err(InvalidId::NotAUserId) }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for UserId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Self::new(text)
    }
}

impl<'de> Deserialize<'de> for UserId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl utoipa::PartialSchema for UserId {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::schema::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .min_length(Some(1))
            .max_length(Some(Self::CHARS_MAX))
            .description(Some("Opaque text: a UUID v7 for own accounts, the issuer's `sub` for everyone else."))
            .into()
    }
}

impl utoipa::ToSchema for UserId {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_ids_of_every_known_issuer_are_accepted() {
        for id in ["auth0|5f7c8ec7c33c6c004bbafe82", "user_2NxZ", "507f1f77bcf86cd799439011", "ключ", &"x".repeat(128)]
        {
            assert_eq!(UserId::new(id).unwrap().as_str(), id);
        }
    }

    #[test]
    fn empty_long_and_controlling_user_ids_are_refused() {
        for id in ["", "a\nb", "nul\0", &"x".repeat(129)] {
            assert_eq!(UserId::new(id), Err(InvalidId::NotAUserId), "{id:?}");
        }
    }

    #[test]
    fn a_uuid_has_one_spelling() {
        assert!("0197c1a0-0000-7000-8000-000000000000".parse::<SessionId>().is_ok());
        for id in ["0197c1a0000070008000000000000000", "{0197c1a0-0000-7000-8000-000000000000}", "1", ""] {
            assert!(id.parse::<SessionId>().is_err(), "{id}");
        }
    }
}
