//! Session events, to the session's topic and to those of the users whom they concern.
//!
//! A session's events are stored under its lock, so they reach the hub in the order of `sequence` without a gap.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

use bytes::Bytes;
use mockly_data::{ByPosition, DataError, NewRows, Store};
use mockly_domain::{SessionEvent, UserId};
use mockly_realtime::{Message, Topic};
use tokio::sync::Notify;

use super::source::Source;
use crate::Services;

pub(super) struct SessionEvents;

/// An event and whose user topic carries it.
pub(super) struct Row {
    event: SessionEvent,
    recipients: Vec<UserId>,
}

impl Source for SessionEvents {
    const NAME: &'static str = "session events";

    type Row = Row;

    fn stored<'s>(&self, services: &'s Services) -> &'s Notify {
        &services.inner.events_stored
    }

    fn table<'s>(&self, services: &'s Services) -> impl ByPosition + Send + Sync + 's {
        services.db().events()
    }

    async fn list_new(
        &self,
        services: &Services,
        after: i64,
        holes: &[RangeInclusive<i64>],
        limit: u64,
    ) -> Result<NewRows<Row>, DataError> {
        let NewRows { rows, positions, unreadable } = services.db().events().list_new(after, holes, limit).await?;
        let mut recipients: HashMap<i64, Vec<UserId>> = HashMap::new();
        if !positions.is_empty() {
            for (position, user) in services.db().events().recipients(&positions).await? {
                recipients.entry(position).or_default().push(user);
            }
        }
        let with_recipients = rows.into_iter().map(|event| {
            let recipients = recipients.remove(&event.position).unwrap_or_default();
            Row { event, recipients }
        });
        Ok(NewRows { rows: with_recipients.collect(), positions, unreadable })
    }

    fn publish(&self, services: &Services, row: Row) {
        let Row { event, recipients } = row;
        metrics::histogram!("mockly_event_delay_seconds").record(services.now().since(event.occurred_at));
        let hub = services.hub();
        let message = Arc::new(message_of(&event));
        let topic = Topic::Session(event.session_id);
        hub.publish(&topic, &message);
        for user in recipients {
            hub.publish(&Topic::UserSessions(user), &message);
        }
        for user in &event.revokes {
            hub.revoke(&topic, user);
        }
    }
}

pub(crate) fn message_of(event: &SessionEvent) -> Message {
    Message {
        event_id: event.event_id,
        sequence: event.sequence,
        position: event.position,
        body: Bytes::from(event.body()),
        room: None,
    }
}
