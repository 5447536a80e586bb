//! Connections that end, and what becomes of those who do not come back.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use mockly_data::Store;
use mockly_domain::room::Closing;
use mockly_domain::{ConnectionId, NodeId, ParticipantStatus, RoomId, SessionId, UserId};
use mockly_realtime::{Disconnect, Outbox};

use super::adhoc::AdHoc;
use super::unit::{actor_of, presence};
use crate::jobs::Work;
use crate::sessions::Change;
use crate::topics::keep_failure;
use crate::{ServiceError, Services};

/// Connections of a dead node that are closed in one step.
const BATCH: u64 = 100;
/// How long those may wait before coming back whose node was taken for dead, in milliseconds.
const COME_BACK_MS: u32 = 1_000;

/// Connections to doors on this node, and those that are over and not in the database yet.
#[derive(Default)]
pub(crate) struct Departures {
    state: Mutex<State>,
    /// Whether this node gave a sign of life before.
    alive: AtomicBool,
}

#[derive(Default)]
struct State {
    open: HashMap<ConnectionId, Outbox>,
    gone: HashSet<ConnectionId>,
}

impl Departures {
    pub(super) fn open(&self, id: ConnectionId, outbox: Outbox) {
        self.state().open.insert(id, outbox);
    }

    pub(super) fn close(&self, id: ConnectionId) {
        let mut state = self.state();
        if state.open.remove(&id).is_some() {
            state.gone.insert(id);
        }
    }

    fn take(&self) -> Option<ConnectionId> {
        let mut state = self.state();
        let id = state.gone.iter().next().copied()?;
        state.gone.remove(&id);
        Some(id)
    }

    fn put_back(&self, id: ConnectionId) {
        self.state().gone.insert(id);
    }

    /// Has everybody come in anew: the database has forgotten them.
    pub(crate) fn send_back(&self) {
        for outbox in self.state().open.values() {
            outbox.disconnect(Disconnect::GoingAway { retry_after_ms: COME_BACK_MS });
        }
    }

    /// Connections to doors.
    pub(crate) fn open_count(&self) -> usize {
        self.state().open.len()
    }

    /// Notes a sign of life of this node; whether it is not the first.
    pub(crate) fn note_alive(&self) -> bool {
        self.alive.swap(true, Ordering::Relaxed)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Services {
    /// How many connections to doors this node has.
    pub fn open_doors(&self) -> usize {
        self.inner.departures.open_count()
    }

    /// Writes down whose connection is over; what fails is for the next time and holds nobody else up.
    pub(crate) async fn store_departures(&self) -> Result<(), ServiceError> {
        let mut outcome = Ok(());
        let mut failed = Vec::new();
        while let Some(id) = self.inner.departures.take() {
            if let Err(error) = self.close_connection(id).await {
                keep_failure(&mut outcome, Err(error));
                failed.push(id);
            }
        }
        for id in failed {
            self.inner.departures.put_back(id);
        }
        outcome
    }

    /// Closes every connection of a node that is gone, as many as can be.
    pub(crate) async fn close_connections_of(&self, node: NodeId) -> Result<(), ServiceError> {
        let mut outcome = Ok(());
        let mut after = None;
        loop {
            let connections = self.db().room_connections().list_of_node(node, after, BATCH).await?;
            let Some(last) = connections.last() else { return outcome };
            after = Some(*last);
            for id in connections {
                keep_failure(&mut outcome, self.close_connection(id).await);
            }
        }
    }

    async fn close_connection(&self, id: ConnectionId) -> Result<(), ServiceError> {
        let Some(row) = self.db().room_connections().find(id).await? else { return Ok(()) };
        if row.closed_at.is_some() {
            return Ok(());
        }
        match self.db().rooms().find(row.room_id).await? {
            Some(room) if room.name.is_none() => {
                self.leave_session_door(SessionId(row.room_id.0), id, &row.user_id).await
            }
            Some(_) => self.leave_ad_hoc_door(row.room_id, id, &row.user_id).await,
            None => Ok(()),
        }
    }

    async fn leave_session_door(
        &self,
        id: SessionId,
        connection: ConnectionId,
        user: &UserId,
    ) -> Result<(), ServiceError> {
        let Some(mut change) = Change::find(self, id).await? else { return Ok(()) };
        let now = change.now;
        if !change.work().room_connections().close(connection, now).await? || !change.session.status.is_open() {
            return change.commit().await;
        }
        let Some(mut participant) = change.participant(user).await? else { return change.commit().await };
        participant.last_seen_at = participant.last_seen_at.max(Some(now));
        change.work().participants().update(&participant).await?;
        let is_in = matches!(participant.status, ParticipantStatus::Joined | ParticipantStatus::Waiting);
        if is_in && !change.is_connected(user).await? {
            let actor = actor_of(change.work(), user).await?;
            change.tell_room(presence(actor, false)).await?;
            let due = now.plus(self.inner.settings.leave_grace);
            change.schedule(Work::EndGrace { session_id: id, user_id: user.clone(), left_at: now }, due).await?;
        }
        change.note_absence(now).await?;
        change.commit().await
    }

    async fn leave_ad_hoc_door(&self, id: RoomId, connection: ConnectionId, user: &UserId) -> Result<(), ServiceError> {
        let Some(mut room) = AdHoc::find(self, id).await? else { return Ok(()) };
        let now = room.now;
        let closed = room.work().room_connections().close(connection, now).await?;
        let is_in = room.member(user).await?.is_some_and(|member| member.role().is_some());
        if closed && is_in && !room.work().room_connections().is_connected(id, user).await? {
            let actor = actor_of(room.work(), user).await?;
            room.tell(presence(actor, false)).await?;
            let due = now.plus(self.inner.settings.leave_grace);
            room.schedule(Work::EndRoomGrace { room_id: id, user_id: user.clone() }, due).await?;
        }
        room.commit().await
    }

    /// The grace of one who lost the connection to an ad-hoc room is over: unless they are back, they have left.
    pub(crate) async fn end_room_grace(&self, id: RoomId, user: &UserId) -> Result<(), ServiceError> {
        let Some(mut room) = AdHoc::find(self, id).await? else { return Ok(()) };
        let is_in = room.member(user).await?.is_some_and(|member| member.role().is_some());
        if is_in && !room.work().room_connections().is_connected(id, user).await? {
            room.leave(user, None, Closing::Nobody).await?;
        }
        room.commit().await
    }
}
