//! Notifications, to their users' topics.

use std::ops::RangeInclusive;
use std::sync::Arc;

use bytes::Bytes;
use mockly_data::{ByPosition, DataError, NewRows, Store};
use mockly_domain::{EventId, Notification};
use mockly_realtime::{Message, Topic};
use tokio::sync::Notify;

use super::source::Source;
use crate::Services;

pub(super) struct Notifications;

impl Source for Notifications {
    const NAME: &'static str = "notifications";

    type Row = Notification;

    fn stored<'s>(&self, services: &'s Services) -> &'s Notify {
        &services.inner.notifications_stored
    }

    fn table<'s>(&self, services: &'s Services) -> impl ByPosition + Send + Sync + 's {
        services.db().notifications()
    }

    async fn list_new(
        &self,
        services: &Services,
        after: i64,
        holes: &[RangeInclusive<i64>],
        limit: u64,
    ) -> Result<NewRows<Notification>, DataError> {
        services.db().notifications().list_new(after, holes, limit).await
    }

    fn publish(&self, services: &Services, row: Notification) {
        let message = Arc::new(message_of(&row));
        services.hub().publish(&Topic::UserNotifications(row.user_id), &message);
    }
}

/// A notification has no place in a session, so its topic has the order of storing alone.
pub(crate) fn message_of(notification: &Notification) -> Message {
    Message {
        event_id: EventId(notification.id.0),
        sequence: 0,
        position: notification.position,
        body: Bytes::from(notification.body()),
        room: None,
    }
}
