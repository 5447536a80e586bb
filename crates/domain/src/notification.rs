//! Notifications: what is told to single users, whether they listen at the moment or not.

use crate::{NotificationId, Timestamp, UserId};

/// The longest name of an event, in characters.
pub const EVENT_CHARS_MAX: usize = 128;
/// The largest payload, in bytes of JSON.
pub const PAYLOAD_BYTES_MAX: usize = 16 * 1024;
/// Names that mean something to every Socket.IO client, which refuses to send or hear them as events.
pub const EVENTS_RESERVED: [&str; 6] =
    ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];

/// Whether a text can name an event: 1 to 128 characters without control characters, and none of the reserved names.
pub fn is_event_name(text: &str) -> bool {
    (1..=EVENT_CHARS_MAX).contains(&text.chars().count())
        && !text.chars().any(char::is_control)
        && !EVENTS_RESERVED.contains(&text)
}

/// A stored notification, as written in the transaction of the change that caused it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Its place in the node-independent order of storing; has holes, never repeats. 0 before it is stored.
    pub position: i64,
    /// Id; tells a repeat.
    pub id: NotificationId,
    /// Whom it is for.
    pub user_id: UserId,
    /// What it is about, as its reader's code knows it: `livekit:room-failed`.
    pub event: String,
    /// What there is to say: a JSON object as text.
    pub payload: String,
    /// When it was stored.
    pub created_at: Timestamp,
    /// When it was read.
    pub read_at: Option<Timestamp>,
}

impl Notification {
    /// The body of its MESSAGE: `{id, event, payload, timestamp}`.
    ///
    /// `payload` goes in as it was stored.
    pub fn body(&self) -> String {
        format!(
            r#"{{"id":"{}","event":{},"payload":{},"timestamp":"{}"}}"#,
            self.id,
            serde_json::Value::from(self.event.as_str()),
            self.payload,
            self.created_at
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_socket_io_keeps_for_itself_names_no_event() {
        for name in ["analysis:started", "ключ", "Connect", &"x".repeat(128)] {
            assert!(is_event_name(name), "{name}");
        }
        for name in ["", "connect", "disconnecting", "removeListener", "a\nb", &"x".repeat(129)] {
            assert!(!is_event_name(name), "{name:?}");
        }
    }

    #[test]
    fn a_body_is_json_whatever_the_event_is_called() {
        let notification = Notification {
            position: 1,
            id: "0197c1a0-0000-7000-8000-000000000000".parse().unwrap(),
            user_id: UserId::new("ada").unwrap(),
            event: "say \"hi\"\n".to_owned(),
            payload: r#"{"a":[1]}"#.to_owned(),
            created_at: Timestamp::from_secs(1_768_471_200),
            read_at: None,
        };
        let body: serde_json::Value = serde_json::from_str(&notification.body()).unwrap();
        assert_eq!(
            body,
            serde_json::json!({
                "id": "0197c1a0-0000-7000-8000-000000000000",
                "event": "say \"hi\"\n",
                "payload": { "a": [1] },
                "timestamp": "2026-01-15T10:00:00Z"
            })
        );
    }
}
