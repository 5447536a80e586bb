//! Coming in: from the socket's first moment to the first frame.

use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use mockly_domain::{ErrorCode, RoomId};
use mockly_realtime::{Connection, Outbox, Released, Resume, Subscription, Topic};
use mockly_service::{Entered, ResumePoint, ServiceError};

use super::dialect::{Dialect, RoomEncoding};
use super::doorway::Doorway;
use super::listener::DoorListener;
use crate::socket::sockets::Sockets;

/// How long to wait for a turn to come in: thousands may come at once, as they do after a restart.
const TURN_WAIT_MAX: Duration = Duration::from_mins(2);
/// Messages that one query reads of those that came while somebody came in.
const REPLAY_PAGE: u64 = 100;

/// One who is at a door; ends when it is dropped, whatever the cause.
pub(super) struct Visitor {
    sockets: Arc<Sockets>,
    subscription: Arc<Subscription>,
    _connection: Arc<Connection>,
    doorway: Rc<Doorway>,
    room_id: RoomId,
}

/// Joins, greets, and has the connection hear its room from that point on, without a gap.
pub(super) async fn enter(doorway: Rc<Doorway>, outbox: Outbox) -> Result<Visitor, ServiceError> {
    let sockets = Arc::clone(&doorway.sockets);
    let principal = &doorway.principal;
    let sockets_max = sockets.settings.sockets_per_user_max;
    let connection = sockets
        .hub()
        .admit(principal.user_id().clone(), principal.is_admin(), outbox.clone(), sockets_max)
        .map_err(|error| ServiceError::refused(ErrorCode::LimitExceeded, format!("There may be {error}.")))?;
    let services = &sockets.services;
    let turn = tokio::time::timeout(TURN_WAIT_MAX, sockets.entries.acquire()).await;
    let Ok(Ok(turn)) = turn else {
        return Err(ServiceError::refused(ErrorCode::Unavailable, "Too many come in at once. Come again in a moment."));
    };
    let entered = services.enter_room(principal, &doorway.key, doorway.door, doorway.id).await;
    drop(turn);
    let entered = entered?;
    let dialect = Dialect::of(doorway.door);
    for frame in dialect.greeting(&entered) {
        has_room(&outbox).await;
        // What does not fit cuts the connection off, which the outbox remembers.
        let _cut_off = outbox.push(frame);
    }
    let Entered { room_id, sequence, role, .. } = entered;
    let listener = Arc::new(DoorListener::new(principal.user_id().clone(), doorway.door, role));
    let encoding = Arc::new(RoomEncoding(dialect));
    let topic = Topic::Room(room_id);
    let subscription = sockets.hub().attach_listener(&topic, Arc::clone(&connection), encoding, Some(listener));
    subscription.skip_to(sequence);
    tracing::info!(
        room.id = %room_id,
        room.door = doorway.door.as_str(),
        room.role = role.as_str(),
        connection.id = %doorway.id,
        user.id = %principal.user_id(),
        "came to a door"
    );
    sockets.rooms.enter(room_id);
    let visitor = Visitor {
        sockets: Arc::clone(&sockets),
        subscription,
        _connection: connection,
        doorway: Rc::clone(&doorway),
        room_id,
    };
    visitor.catch_up(&topic, sequence, &outbox).await?;
    Ok(visitor)
}

impl Visitor {
    /// Hands over what was told since, and goes live.
    async fn catch_up(&self, topic: &Topic, sequence: i64, outbox: &Outbox) -> Result<(), ServiceError> {
        let mut from = ResumePoint::Session { sequence };
        loop {
            let page = self.sockets.services.replay(topic, &from, REPLAY_PAGE).await?;
            for message in &page {
                has_room(outbox).await;
                if self.subscription.replay(message, Resume::Seamless).is_err() {
                    return Ok(());
                }
                from = from.after(message);
            }
            if !page.is_empty() {
                continue;
            }
            match self.subscription.release(Resume::Seamless) {
                Released::Live | Released::Ended => return Ok(()),
                Released::Missed => {}
            }
        }
    }
}

/// Waits until much of the outbox is free. Whoever empties it polls this again when it is.
async fn has_room(outbox: &Outbox) {
    poll_fn(|_| if outbox.has_room() { Poll::Ready(()) } else { Poll::Pending }).await;
}

impl Drop for Visitor {
    fn drop(&mut self) {
        self.sockets.hub().detach(&self.subscription);
        self.sockets.rooms.leave(self.room_id);
        tracing::info!(room.id = %self.room_id, connection.id = %self.doorway.id, "left a door");
    }
}
