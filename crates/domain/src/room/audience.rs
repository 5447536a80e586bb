//! A message of a room: an event, who hears it, and what it does to those who hear it.

use serde::{Deserialize, Serialize};

use super::{RoomEvent, RoomRole};
use crate::{RoomId, UserId};

/// Who hears an event: those of a role or a higher one, and some by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audience {
    /// The lowest role that hears it; `None` where only those named do.
    pub from_role: Option<RoomRole>,
    /// Who hears it whatever their role.
    pub users: Vec<UserId>,
}

impl Audience {
    /// Everybody at a door of the room, whether waiting or in.
    pub const fn everyone() -> Self {
        Self { from_role: Some(RoomRole::Waiting), users: Vec::new() }
    }

    /// Everybody who is in.
    pub const fn admitted() -> Self {
        Self { from_role: Some(RoomRole::Participant), users: Vec::new() }
    }

    /// The hosts.
    pub const fn hosts() -> Self {
        Self { from_role: Some(RoomRole::Host), users: Vec::new() }
    }

    /// The hosts, and those whom it concerns.
    pub const fn hosts_and(users: Vec<UserId>) -> Self {
        Self { from_role: Some(RoomRole::Host), users }
    }

    /// Some users alone.
    pub const fn only(users: Vec<UserId>) -> Self {
        Self { from_role: None, users }
    }

    /// Whether one with this role hears it.
    pub fn includes(&self, user: &UserId, role: Option<RoomRole>) -> bool {
        let by_role = self.from_role.is_some_and(|from| role.is_some_and(|role| role >= from));
        by_role || self.users.contains(user)
    }
}

/// Somebody's role from an event on; `None` where they are no longer in the room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleChange {
    /// Whose.
    pub user: UserId,
    /// Which one.
    pub role: Option<RoomRole>,
}

/// Whose connections end after an event, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Closing {
    /// Nobody's.
    Nobody,
    /// Those of users who were denied or removed.
    TurnedAway(Vec<UserId>),
    /// Those of users who left by choice.
    Left(Vec<UserId>),
    /// Everybody's: the session is over.
    Ended,
}

/// One message of a room, as stored in the transaction of the change that caused it.
#[derive(Debug, Clone, PartialEq)]
pub struct RoomMessage {
    /// Its place in the order of storing; has holes, never repeats.
    pub position: i64,
    /// The room.
    pub room_id: RoomId,
    /// Its place in the room, from 1, without gaps.
    pub sequence: i64,
    /// What happened.
    pub event: RoomEvent,
    /// Who hears it.
    pub audience: Audience,
    /// Roles that are new from this message on; they decide about the next one, and for the users named here about this
    /// one too.
    pub roles: Vec<RoleChange>,
    /// Whose connections end with it.
    pub closing: Closing,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_audience_is_a_role_or_a_name() {
        let ada = UserId::new("ada").unwrap();
        let bob = UserId::new("bob").unwrap();
        let cases = [
            (Audience::everyone(), Some(RoomRole::Waiting), true),
            (Audience::everyone(), None, false),
            (Audience::admitted(), Some(RoomRole::Waiting), false),
            (Audience::admitted(), Some(RoomRole::Screenshare), true),
            (Audience::hosts(), Some(RoomRole::Screenshare), false),
            (Audience::hosts_and(vec![ada.clone()]), Some(RoomRole::Waiting), true),
            (Audience::hosts_and(vec![bob.clone()]), Some(RoomRole::Participant), false),
            (Audience::only(vec![ada.clone()]), None, true),
            (Audience::only(vec![bob]), Some(RoomRole::Host), false),
        ];
        for (audience, role, expected) in cases {
            assert_eq!(audience.includes(&ada, role), expected, "{audience:?} as {role:?}");
        }
    }
}
