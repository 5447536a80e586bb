//! What one connection hears of its room: by its role, which the room's messages change, and by its door.

use std::sync::{Mutex, PoisonError};

use mockly_domain::UserId;
use mockly_domain::room::{Closing, Door, RoomEvent, RoomMessage, RoomRole};
use mockly_realtime::{Disconnect, Heard, Hearing, Listener, Message};

use super::dialect::Dialect;

/// One connection's ear.
pub(super) struct DoorListener {
    user: UserId,
    door: Door,
    /// The role as of the last message; `None` once the user has left.
    role: Mutex<Option<RoomRole>>,
}

impl DoorListener {
    pub(super) fn new(user: UserId, door: Door, role: RoomRole) -> Self {
        count(Some(role), 1.0);
        Self { user, door, role: Mutex::new(Some(role)) }
    }

    fn ending(&self, message: &RoomMessage) -> Option<Disconnect> {
        match &message.closing {
            Closing::Nobody => None,
            Closing::TurnedAway(users) => users.contains(&self.user).then_some(Disconnect::Removed),
            Closing::Left(users) => users.contains(&self.user).then_some(Disconnect::Left),
            Closing::Ended => Some(Disconnect::Ended),
        }
    }
}

impl Listener for DoorListener {
    fn hear(&self, message: &Message) -> Hearing {
        let Some(message) = &message.room else { return Hearing { heard: Heard::Nothing, then: None } };
        let mut role = self.role.lock().unwrap_or_else(PoisonError::into_inner);
        let before = *role;
        if let Some(change) = message.roles.iter().find(|change| change.user == self.user) {
            count(before, -1.0);
            count(change.role, 1.0);
            *role = change.role;
        }
        // Whoever goes hears of it, and whoever comes.
        let audience = &message.audience;
        let hears = audience.includes(&self.user, before) || audience.includes(&self.user, *role);
        let heard = match &message.event {
            event if !hears || !self.door.carries(event) => Heard::Nothing,
            RoomEvent::RoomState(state) if *role == Some(RoomRole::Waiting) => {
                let seen = RoomEvent::RoomState(state.as_seen_waiting(&self.user));
                Heard::Own(Dialect::of(self.door).frame(&seen))
            }
            _ => Heard::Shared,
        };
        Hearing { heard, then: self.ending(message) }
    }
}

impl Drop for DoorListener {
    fn drop(&mut self) {
        count(*self.role.get_mut().unwrap_or_else(PoisonError::into_inner), -1.0);
    }
}

/// Counts connections by their users' roles.
fn count(role: Option<RoomRole>, by: f64) {
    if let Some(role) = role {
        metrics::gauge!("mockly_room_connections", "role" => role.as_str()).increment(by);
    }
}
