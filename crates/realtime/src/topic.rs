//! Topics: what a destination on the wire means, parsed once at the edge.

use std::fmt;

use mockly_domain::{RoomId, SessionId, UserId};

use crate::percent;

const SESSIONS: &str = "/topic/sessions/";
const USERS: &str = "/topic/users/";

/// Something that can be listened to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Topic {
    /// `/topic/sessions/{id}`: everything that happens to one session, in the order of `sequence`.
    Session(SessionId),
    /// `/topic/users/{userId}/sessions`: what happens to a user's sessions, at least once.
    UserSessions(UserId),
    /// `/topic/users/{userId}/notifications`: what was sent to the user.
    UserNotifications(UserId),
    /// What another back end emits to a user. It has no destination: only the user's Socket.IO clients listen to it.
    UserEmits(UserId),
    /// What happens in a room. It has no destination: only the doors listen to it.
    Room(RoomId),
}

/// The destination is none of the topics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "no such destination; known are /topic/sessions/{{id}}, /topic/users/{{userId}}/sessions and \
     /topic/users/{{userId}}/notifications, with the user id percent-encoded"
)]
pub struct UnknownTopic;

impl Topic {
    /// Reads a destination; user ids in it are percent-encoded.
    ///
    /// # Errors
    /// [`UnknownTopic`] for every other text, an id of a wrong form among it.
    pub fn parse(destination: &str) -> Result<Self, UnknownTopic> {
        if let Some(id) = destination.strip_prefix(SESSIONS) {
            return id.parse().map(Self::Session).map_err(|_malformed| UnknownTopic);
        }
        let rest = destination.strip_prefix(USERS).ok_or(UnknownTopic)?;
        let (user, kind) = rest.split_once('/').ok_or(UnknownTopic)?;
        let user = percent::decode(user).and_then(|id| UserId::new(id).ok()).ok_or(UnknownTopic)?;
        match kind {
            "sessions" => Ok(Self::UserSessions(user)),
            "notifications" => Ok(Self::UserNotifications(user)),
            _ => Err(UnknownTopic),
        }
    }

    /// The session whose topic this is.
    pub fn session_id(&self) -> Option<SessionId> {
        match self {
            Self::Session(id) => Some(*id),
            Self::UserSessions(_) | Self::UserNotifications(_) | Self::UserEmits(_) | Self::Room(_) => None,
        }
    }
}

/// The destination, with user ids percent-encoded; [`Topic::parse`] reads it back.
impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (user, kind) = match self {
            Self::Session(id) => return write!(f, "{SESSIONS}{id}"),
            Self::UserSessions(user) => (user, "sessions"),
            Self::UserNotifications(user) => (user, "notifications"),
            Self::UserEmits(user) => return write!(f, "emits to {user}"),
            Self::Room(id) => return write!(f, "room {id}"),
        };
        f.write_str(USERS)?;
        percent::encode(user.as_str(), f)?;
        write!(f, "/{kind}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn destinations_come_back_as_they_were() {
        for destination in [
            "/topic/sessions/0197c1a0-0000-7000-8000-000000000000",
            "/topic/users/auth0%7C5f7c8ec7/sessions",
            "/topic/users/user_2NxZ/notifications",
            "/topic/users/a%2Fb/sessions",
        ] {
            assert_eq!(Topic::parse(destination).unwrap().to_string(), destination);
        }
        assert_eq!(Topic::parse("/topic/users/a|b/sessions").unwrap().to_string(), "/topic/users/a%7Cb/sessions");
    }

    #[test]
    fn everything_else_is_unknown() {
        for destination in [
            "",
            "/topic",
            "/topic/sessions/",
            "/topic/sessions/1",
            "/topic/sessions/0197c1a0-0000-7000-8000-000000000000/x",
            "/topic/users//sessions",
            "/topic/users/a",
            "/topic/users/a/b/sessions",
            "/topic/users/%zz/sessions",
            "/topic/users/%00/sessions",
            "/queue/a",
        ] {
            assert_eq!(Topic::parse(destination), Err(UnknownTopic), "{destination}");
        }
    }
}
