//! A notification as its user sees it.

use mockly_domain::{Notification, NotificationId, Timestamp};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// Something that its user was told.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "0197c1a0-7e5d-7c3a-9f00-1f6b2d3c4e61",
    "event": "session:invited",
    "payload": {
        "sessionId": "0197c1a0-7e5d-7c3a-9f00-1f6b2d3c4e5f",
        "title": "Back-end interview",
        "kind": "INTERVIEW",
        "scheduledAt": "2026-01-15T10:00:00Z",
        "message": "Carla Candidate invited you to \u{201c}Back-end interview\u{201d} at 2026-01-15T10:00:00Z.",
        "userId": "0197c1a0-7e5d-7c3a-9f00-1f6b2d3c4e60",
        "userDisplayName": "Carla Candidate"
    },
    "timestamp": "2026-01-10T08:30:00Z",
    "readAt": null
}))]
pub(crate) struct NotificationResponse {
    /// Id; the same as on the sockets.
    id: NotificationId,
    /// What it is about.
    event: String,
    /// What there is to say.
    #[schema(value_type = Object)]
    payload: Value,
    /// When it was told.
    timestamp: Timestamp,
    /// When it was read, if it was.
    read_at: Option<Timestamp>,
}

impl From<Notification> for NotificationResponse {
    fn from(notification: Notification) -> Self {
        Self {
            id: notification.id,
            event: notification.event,
            // It was written by us, as JSON.
            payload: serde_json::from_str(&notification.payload).unwrap_or_default(),
            timestamp: notification.created_at,
            read_at: notification.read_at,
        }
    }
}
