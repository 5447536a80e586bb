//! Events of rooms, to the doors.
//!
//! A room's events are stored under its lock, so they reach the hub in the order of `sequence` without a gap.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use mockly_data::{ByPosition, DataError, NewRows, Store};
use mockly_domain::EventId;
use mockly_domain::room::RoomMessage;
use mockly_realtime::{Message, Topic};
use tokio::sync::Notify;

use super::source::Source;
use crate::{ServiceError, Services};

/// How long to wait for a pass of the relay.
const PASS_MAX: Duration = Duration::from_secs(5);

pub(super) struct RoomEvents;

impl Source for RoomEvents {
    const NAME: &'static str = "events of rooms";

    type Row = RoomMessage;

    fn stored<'s>(&self, services: &'s Services) -> &'s Notify {
        &services.inner.room_events_stored
    }

    fn table<'s>(&self, services: &'s Services) -> impl ByPosition + Send + Sync + 's {
        services.db().room_events()
    }

    async fn list_new(
        &self,
        services: &Services,
        after: i64,
        holes: &[RangeInclusive<i64>],
        limit: u64,
    ) -> Result<NewRows<RoomMessage>, DataError> {
        services.db().room_events().list_new(after, holes, limit).await
    }

    fn publish(&self, services: &Services, row: RoomMessage) {
        let topic = Topic::Room(row.room_id);
        services.hub().publish(&topic, &Arc::new(message_of(row)));
    }

    fn begin_pass(&self, services: &Services) -> u64 {
        services.inner.passes.wanted()
    }

    fn end_pass(&self, services: &Services, pass: u64) {
        services.inner.passes.note_done(pass);
    }
}

pub(crate) fn message_of(room: RoomMessage) -> Message {
    // What a frame of the doors `zoom`, `chat` and `screenshare` says.
    let body = serde_json::to_vec(&room.event).unwrap_or_default();
    Message {
        event_id: EventId(uuid::Uuid::nil()),
        sequence: room.sequence,
        position: room.position,
        body: Bytes::from(body),
        room: Some(Box::new(room)),
    }
}

impl Services {
    /// Waits until everything that was committed before this call has been handed to the connections of this node.
    ///
    /// # Errors
    /// [`ServiceError::Internal`] where the relay does not come round in time.
    pub async fn settle(&self) -> Result<(), ServiceError> {
        let (pass, mut done) = self.inner.passes.want();
        self.inner.room_events_stored.notify_one();
        let came_round = tokio::time::timeout(PASS_MAX, done.wait_for(|done| *done >= pass)).await;
        match came_round {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(ServiceError::Internal("the relay does not come round".to_owned())),
        }
    }
}
