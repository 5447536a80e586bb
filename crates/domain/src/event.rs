//! Domain events: what the two documented topics carry.

use crate::wire_enum::wire_enum;
use crate::{EventId, SessionId, Timestamp, UserId};

wire_enum!(
    /// The five documented types (R15).
    EventType {
        /// It was made.
        SessionCreated = "SESSION_CREATED",
        /// Its status, an edit, an admission or role, a recording or artifact changed.
        SessionUpdated = "SESSION_UPDATED",
        /// Somebody joined.
        ParticipantJoined = "PARTICIPANT_JOINED",
        /// Somebody left or was removed.
        ParticipantLeft = "PARTICIPANT_LEFT",
        /// It ended or was canceled.
        SessionEnded = "SESSION_ENDED",
    }
);

/// Sessions with more participants than this keep `PARTICIPANT_*` off user topics, and their events name only those
/// concerned.
pub const PARTICIPANTS_INLINE_MAX: usize = 50;

/// A stored event, as written in the transaction of the change that caused it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionEvent {
    /// Its place in the node-independent order of storing; has holes, never repeats.
    pub position: i64,
    /// Session.
    pub session_id: SessionId,
    /// Its place in the session, from 1, without gaps.
    pub sequence: i64,
    /// Tells a repeat.
    pub event_id: EventId,
    /// What happened.
    pub event_type: EventType,
    /// The session as of then: a `SessionResponse` as JSON text.
    pub data: String,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// The users whose right to the session's topic ends with this event.
    pub revokes: Vec<UserId>,
}

impl SessionEvent {
    /// The body of the event's MESSAGE: `{type, data, eventId, sequence, occurredAt}`.
    ///
    /// `data` goes in as it was stored; reading and writing it again would cost more than everything else on the path.
    pub fn body(&self) -> String {
        format!(
            r#"{{"type":"{}","data":{},"eventId":"{}","sequence":{},"occurredAt":"{}"}}"#,
            self.event_type, self.data, self.event_id, self.sequence, self.occurred_at
        )
    }
}
