//! The two dialects: which one a door speaks, and how it writes.

use bytes::Bytes;
use mockly_domain::UserId;
use mockly_domain::room::{Door, RoomCommand, RoomEvent};
use mockly_realtime::{Encoding, Message, Resume, Topic};
use mockly_service::Entered;

use super::class;
use super::inbound::{Fault, Inbound};
use crate::socket::ws::frame::{self, Opcode};

/// How the frames of a door look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// `{event, payload}`.
    Zoom,
    /// `{action, …}` in, `{type, data}` out.
    Class,
}

impl Dialect {
    pub(super) const fn of(door: Door) -> Self {
        match door {
            Door::Zoom | Door::Chat | Door::Screenshare => Self::Zoom,
            Door::Class => Self::Class,
        }
    }

    /// Reads a frame.
    pub(super) fn read(self, text: &[u8], sender: &UserId, room: &str) -> Result<RoomCommand, Fault> {
        let inbound = match self {
            Self::Zoom => Inbound::of_event(text)?,
            Self::Class => class::inbound(text, room)?,
        };
        inbound.command(sender)
    }

    /// An event as a WebSocket frame.
    pub(super) fn frame(self, event: &RoomEvent) -> Bytes {
        let text = match self {
            Self::Zoom => serde_json::to_vec(event),
            Self::Class => serde_json::to_vec(&class::outbound(event)),
        };
        // The types serialise always; an empty frame would be the least of the troubles where one did not.
        frame::encode(Opcode::Text, &text.unwrap_or_default())
    }

    /// What one who came in is told first.
    pub(super) fn greeting(self, entered: &Entered) -> Vec<Bytes> {
        let mut frames = Vec::new();
        if self == Self::Class {
            let welcome = serde_json::to_vec(&class::welcome(entered)).unwrap_or_default();
            frames.push(frame::encode(Opcode::Text, &welcome));
        }
        frames.push(self.frame(&RoomEvent::RoomState(entered.state.clone())));
        frames.extend(entered.told.iter().map(|event| self.frame(event)));
        frames
    }
}

/// Frames of a dialect, shared by everybody who hears the same.
pub(super) struct RoomEncoding(pub(super) Dialect);

impl Encoding for RoomEncoding {
    fn key(&self) -> &str {
        match self.0 {
            Dialect::Zoom => "room/zoom",
            Dialect::Class => "room/class",
        }
    }

    fn encode(&self, _topic: &Topic, message: &Message, _resume: Resume) -> Bytes {
        match (&message.room, self.0) {
            (Some(room), Dialect::Class) => self.0.frame(&room.event),
            // The body is this frame already.
            _ => frame::encode(Opcode::Text, &message.body),
        }
    }
}
