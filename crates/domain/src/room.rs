//! Rooms: the live side of a session, or an ad-hoc room of its own. Roles, doors, what may be sent and who hears it.

mod audience;
mod command;
mod door;
mod event;
mod message_type;

pub use audience::{Audience, Closing, RoleChange, RoomMessage};
pub use command::{MediaSource, MessageRef, RoomCommand, Target};
pub use door::Door;
pub use event::{Actor, ChatMessage, Entrant, Gone, Member, PollOption, PollView, RoomEvent, RoomState};
pub use message_type::MessageType;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::InvalidId;
use crate::{ParticipantStatus, SessionId};

/// The longest chat message after trimming, in Unicode scalar values.
pub const CHAT_CHARS_MAX: usize = 1_000;
/// The longest id that a client may give a chat message, in Unicode scalar values.
pub const CHAT_ID_CHARS_MAX: usize = 128;
/// How many answers a poll may have.
pub const POLL_OPTIONS: std::ops::RangeInclusive<usize> = 2..=10;
/// The longest answer of a poll after trimming, in Unicode scalar values.
pub const POLL_OPTION_CHARS_MAX: usize = 200;
/// Rooms with more users present than this tell of a changed role by `connect`, not by everybody's `room_state`.
pub const STATE_TO_EVERYONE_MAX: usize = 50;
/// How long one who was denied has to wait before asking again (R3).
pub const ASK_AGAIN_AFTER: std::time::Duration = std::time::Duration::from_mins(1);
/// The longest name of an ad-hoc room, in characters.
const NAME_CHARS_MAX: usize = 128;

/// What somebody is in a room; each role may do what those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum RoomRole {
    /// At the door, not let in yet.
    Waiting,
    /// In.
    Participant,
    /// In, and allowed to share a screen by a host.
    Screenshare,
    /// Leads the room.
    Host,
}

impl RoomRole {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Participant => "participant",
            Self::Screenshare => "screenshare",
            Self::Host => "host",
        }
    }

    /// What the status and the place of somebody in a room come to; `None` for those who are not in it.
    pub const fn of(status: ParticipantStatus, is_host: bool, may_share: bool) -> Option<Self> {
        match status {
            ParticipantStatus::Waiting => Some(Self::Waiting),
            ParticipantStatus::Joined if is_host => Some(Self::Host),
            ParticipantStatus::Joined if may_share => Some(Self::Screenshare),
            ParticipantStatus::Joined => Some(Self::Participant),
            ParticipantStatus::Invited
            | ParticipantStatus::Left
            | ParticipantStatus::Denied
            | ParticipantStatus::Removed => None,
        }
    }
}

/// What a path names: a session's room, or an ad-hoc one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RoomKey {
    /// The room of a session.
    Session(SessionId),
    /// A room of that name.
    AdHoc(String),
}

impl FromStr for RoomKey {
    type Err = InvalidId;

    /// A UUID is a session; everything else of `A-Z a-z 0-9 . _ ~ -` names an ad-hoc room.
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        if let Ok(id) = text.parse() {
            return Ok(Self::Session(id));
        }
        let well_formed = (1..=NAME_CHARS_MAX).contains(&text.len())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '~' | '-'));
        if well_formed { Ok(Self::AdHoc(text.to_owned())) } else { Err(InvalidId::NotARoom) }
    }
}

impl fmt::Display for RoomKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Session(id) => id.fmt(f),
            Self::AdHoc(name) => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_a_session_or_an_ad_hoc_room() {
        let id = "0197c1a0-0000-7000-8000-000000000000";
        assert_eq!(id.parse(), Ok(RoomKey::Session(id.parse().unwrap())));
        for name in ["room123", "a.b_c~d-e", &"x".repeat(128)] {
            assert_eq!(name.parse(), Ok(RoomKey::AdHoc(name.to_owned())));
        }
        for name in ["", "a b", "a/b", "ä", &"x".repeat(129), "a\0"] {
            assert_eq!(name.parse::<RoomKey>(), Err(InvalidId::NotARoom), "{name:?}");
        }
    }

    #[test]
    fn only_those_who_wait_or_are_in_have_a_role() {
        use ParticipantStatus::{Denied, Invited, Joined, Left, Removed, Waiting};
        assert_eq!(RoomRole::of(Joined, true, true), Some(RoomRole::Host));
        assert_eq!(RoomRole::of(Joined, false, true), Some(RoomRole::Screenshare));
        assert_eq!(RoomRole::of(Joined, false, false), Some(RoomRole::Participant));
        assert_eq!(RoomRole::of(Waiting, false, false), Some(RoomRole::Waiting));
        for status in [Denied, Invited, Left, Removed] {
            assert_eq!(RoomRole::of(status, true, true), None);
        }
    }
}
