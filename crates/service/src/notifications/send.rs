//! `POST /api/notifications`.

use mockly_data::Store;
use mockly_domain::notification::{PAYLOAD_BYTES_MAX, is_event_name};
use mockly_domain::{ErrorCode, Notification, NotificationId, ServiceKeyScope, UserId};
use mockly_realtime::Topic;
use serde_json::{Map, Value};

use crate::principal::Requester;
use crate::services::Wakes;
use crate::{ServiceError, Services};

/// What became of a notification that was to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SentNotification {
    /// Its id.
    pub id: NotificationId,
    /// Whether a socket of the user listens on any node.
    pub delivered: bool,
}

impl Services {
    /// Stores a notification to a user and sends it to their sockets.
    ///
    /// # Errors
    /// `service-key-scope` for a key without the scope NOTIFICATIONS, `forbidden` for users who are no admins,
    /// `validation-failed`, `unknown-user`.
    pub async fn send_notification(
        &self,
        requester: Requester<'_>,
        user: &UserId,
        event: &str,
        payload: &Map<String, Value>,
    ) -> Result<SentNotification, ServiceError> {
        requester.require_scope_or_admin(ServiceKeyScope::Notifications)?;
        if !is_event_name(event) {
            return Err(ServiceError::field(
                "event",
                "must have 1 to 128 characters, no control characters, and must not be one of connect, connect_error, \
                 disconnect, disconnecting, newListener and removeListener",
            ));
        }
        let payload = serde_json::to_string(payload)
            .map_err(|error| ServiceError::Internal(format!("a payload cannot be written as JSON: {error}")))?;
        if payload.len() > PAYLOAD_BYTES_MAX {
            return Err(ServiceError::field("payload", "must have at most 16384 bytes as JSON"));
        }
        let notification = Notification {
            position: 0,
            id: NotificationId(self.inner.ids.uuid()),
            user_id: user.clone(),
            event: event.to_owned(),
            payload,
            created_at: self.now(),
            read_at: None,
        };
        let work = self.begin().await?;
        if work.users().find(user).await?.is_none() {
            return Err(ServiceError::refused(ErrorCode::UnknownUser, format!("There is no user with the id {user}.")));
        }
        work.notifications().append(&notification).await?;
        self.commit(work, Wakes { notifications: true, ..Wakes::default() }).await?;
        let is_heard_here = self.hub().is_heard(&Topic::UserNotifications(user.clone()));
        // It is stored: what cannot be found out now must not have the caller send it again.
        let delivered = is_heard_here || self.is_heard_elsewhere(user).await.unwrap_or_default();
        Ok(SentNotification { id: notification.id, delivered })
    }
}
