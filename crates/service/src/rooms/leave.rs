//! Connections that end, and what becomes of those who do not come back.

use mockly_data::Store;
use mockly_domain::room::Closing;
use mockly_domain::{ConnectionId, NodeId, ParticipantStatus, RoomId, SessionId, UserId};

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
