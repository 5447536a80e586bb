//! Connections that end, and what becomes of those who do not come back.

use mockly_data::{RoomConnectionRow, Store};
use mockly_domain::room::Closing;
use mockly_domain::{ConnectionId, NodeId, ParticipantStatus, RoomId, SessionId, Timestamp, UserId};

use super::actor::{actor_of, presence};
use super::adhoc::AdHoc;
use crate::error::keep_failure;
use crate::jobs::Work;
use crate::sessions::Change;
use crate::{ServiceError, Services};

/// Connections of a dead node that are closed in one step.
const BATCH: u64 = 100;
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
            if let Err(error) = self.close_connection(id, self.now()).await {
                keep_failure(&mut outcome, Err(error));
                failed.push(id);
            }
        }
        for id in failed {
            self.inner.departures.put_back(id);
        }
        outcome
    }

    /// Closes every connection of a node that is gone, as many as can be. They ended when the node was last seen: how long
    /// nobody noticed is nobody's attendance (R12).
    pub(crate) async fn close_connections_of(&self, node: NodeId, seen_at: Timestamp) -> Result<(), ServiceError> {
        let mut outcome = Ok(());
        let mut after = None;
        loop {
            let connections = self.db().room_connections().list_of_node(node, after, BATCH).await?;
            let Some(last) = connections.last() else { return outcome };
            after = Some(*last);
            for id in connections {
                keep_failure(&mut outcome, self.close_connection(id, seen_at).await);
            }
        }
    }

    async fn close_connection(&self, id: ConnectionId, ended_at: Timestamp) -> Result<(), ServiceError> {
        let Some(row) = self.db().room_connections().find(id).await? else { return Ok(()) };
        if row.closed_at.is_some() {
            return Ok(());
        }
        match self.db().rooms().find(row.room_id).await? {
            Some(room) if room.name.is_none() => self.leave_session_door(&row, ended_at).await,
            Some(_) => self.leave_ad_hoc_door(&row, ended_at).await,
            None => Ok(()),
        }
    }

    async fn leave_session_door(
        &self,
        connection: &RoomConnectionRow,
        ended_at: Timestamp,
    ) -> Result<(), ServiceError> {
        let (id, user) = (SessionId(connection.room_id.0), &connection.user_id);
        let Some(mut change) = Change::find(self, id).await? else { return Ok(()) };
        let now = change.now;
        // It may have begun after its node was last seen.
        let ended_at = ended_at.max(connection.present_from.unwrap_or(connection.opened_at));
        let closed = change.work().room_connections().close(connection.id, ended_at).await?;
        if !closed || !change.session.status.is_open() {
            return change.commit().await;
        }
        let Some(mut participant) = change.participant(user).await? else { return change.commit().await };
        let left_at = participant.last_seen_at.map_or(ended_at, |seen| seen.max(ended_at));
        participant.last_seen_at = Some(left_at);
        change.work().participants().update(&participant).await?;
        let is_in = matches!(participant.status, ParticipantStatus::Joined | ParticipantStatus::Waiting);
        if is_in && !change.is_connected(user).await? {
            let actor = actor_of(change.work(), user).await?;
            change.tell_room(presence(actor, false)).await?;
            let due = now.plus(self.inner.settings.leave_grace);
            change.schedule(Work::EndGrace { session_id: id, user_id: user.clone(), left_at }, due).await?;
        }
        change.note_absence(now).await?;
        change.commit().await
    }

    async fn leave_ad_hoc_door(&self, connection: &RoomConnectionRow, ended_at: Timestamp) -> Result<(), ServiceError> {
        let (id, user) = (connection.room_id, &connection.user_id);
        let Some(mut room) = AdHoc::find(self, id).await? else { return Ok(()) };
        let now = room.now;
        let closed = room.work().room_connections().close(connection.id, ended_at).await?;
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
        let grace = Work::EndRoomGrace { room_id: id, user_id: user.clone() };
        // Whoever came back crossed it out, and whoever went again set a new one.
        let run_at = room.work().jobs().find_run_at(&grace.unique_key()).await?;
        let Some(run_at) = run_at.filter(|run_at| *run_at <= room.now) else { return Ok(()) };
        let due = self.grace_end(room.work(), run_at).await?;
        if due > room.now {
            room.schedule(grace, due).await?;
            return room.commit().await;
        }
        let is_in = room.member(user).await?.is_some_and(|member| member.role().is_some());
        if is_in && !room.work().room_connections().is_connected(id, user).await? {
            room.leave(user, None, Closing::Nobody).await?;
        }
        room.commit().await
    }
}
