//! What a topic carries.

use bytes::Bytes;
use mockly_domain::EventId;
use mockly_domain::room::RoomMessage;

/// What one message takes in a queue beyond its body.
const OVERHEAD_BYTES: usize = 128;

/// One message of a topic; made once and shared by every subscriber in an `Arc`.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Tells a repeat; `message-id` and `last-event-id` on the wire.
    pub event_id: EventId,
    /// Its place in the session, from 1, without gaps; orders a session's topic. 0 where there is no such place.
    pub sequence: i64,
    /// Its place in the order of storing; orders a user's topic, with holes.
    pub position: i64,
    /// JSON text in UTF-8.
    pub body: Bytes,
    /// What happened in a room, for the doors, which write it each in their dialect; `None` on all other topics.
    pub room: Option<Box<RoomMessage>>,
}

impl Message {
    /// What it counts for in a bounded queue, in bytes.
    pub(crate) fn cost_bytes(&self) -> usize {
        self.body.len().saturating_add(OVERHEAD_BYTES)
    }
}
