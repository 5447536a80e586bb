//! Coming to a door.

use mockly_data::{RoomConnectionRow, Store};
use mockly_domain::room::{Actor, Door, RoomEvent, RoomKey, RoomRole, RoomState};
use mockly_domain::{
    ConnectionId, ErrorCode, ParticipantRole, ParticipantStatus, RoomId, SessionId, SessionStatus, Timestamp, UserId,
};
use mockly_realtime::Outbox;

use super::actor::{actor_of, presence};
use super::adhoc::AdHoc;
use super::open_polls;
use super::state::session_state;
use crate::jobs::Work;
use crate::sessions::{Arrival, Change, Joining};
use crate::{Principal, ServiceError, Services};

/// What somebody meets who came in, or to the door.
#[derive(Debug, Clone)]
pub struct Entered {
    /// This life of the room.
    pub room_id: RoomId,
    /// What comes after this sequence is news.
    pub sequence: i64,
    /// The role.
    pub role: RoomRole,
    /// Who one is, and where the session stands.
    pub welcome: Welcome,
    /// Everybody, as far as the role may see them.
    pub state: RoomState,
    /// What was told before and still holds, as far as the door carries it: that the host is away; and to those who are
    /// in, the open polls and the own votes.
    pub told: Vec<RoomEvent>,
}

/// Who one is in a room, and where its session stands.
#[derive(Debug, Clone)]
pub struct Welcome {
    /// The session's id, or the ad-hoc room's name.
    pub session_id: String,
    /// The own id.
    pub user_id: UserId,
    /// Role in the session; `None` in an ad-hoc room.
    pub role_in_session: Option<ParticipantRole>,
    /// Where the session stands; `None` in an ad-hoc room.
    pub status: Option<SessionStatus>,
    /// Distinct users present.
    pub participant_count: u32,
}

impl Services {
    /// Comes to a door: the same join as any other, with the connection noted.
    ///
    /// [`Services::door_opened`] goes before it and [`Services::door_closed`] after it, whatever comes of it.
    ///
    /// # Errors
    /// What refuses a join; `session-full` and `denied` in an ad-hoc room too.
    pub async fn enter_room(
        &self,
        caller: &Principal,
        key: &RoomKey,
        door: Door,
        connection: ConnectionId,
    ) -> Result<Entered, ServiceError> {
        let mut entered = match key {
            RoomKey::Session(id) => self.enter_session(caller, *id, door, connection).await,
            RoomKey::AdHoc(name) => self.enter_ad_hoc(caller, name, door, connection).await,
        };
        if let Ok(entered) = &mut entered {
            entered.told.retain(|event| door.carries(event));
        }
        let outcome = entered.as_ref().map_or_else(|error| error.code().as_str(), |entered| entered.role.as_str());
        metrics::counter!("mockly_room_entries_total", "door" => door.as_str(), "outcome" => outcome).increment(1);
        entered
    }

    /// A connection to a door begins. Its outbox is told to end when this node has been taken for dead and its
    /// connections for lost.
    pub fn door_opened(&self, connection: ConnectionId, outbox: Outbox) {
        self.inner.departures.open(connection, outbox);
    }

    /// A connection to a door is over. Never waits: the database follows shortly after.
    pub fn door_closed(&self, connection: ConnectionId) {
        self.inner.departures.close(connection);
        self.inner.presence.wake();
    }

    async fn enter_session(
        &self,
        caller: &Principal,
        id: SessionId,
        door: Door,
        connection: ConnectionId,
    ) -> Result<Entered, ServiceError> {
        let mut change = Change::begin(self, id).await?;
        let (user, now) = (caller.user_id(), change.now);
        change.open_room().await?;
        let sequence = change.room().await?.map_or(0, |log| log.row.last_sequence);
        let was_online = change.is_connected(user).await?;
        let row = connection_row(self, RoomId(id.0), user, door, connection, now);
        change.work().room_connections().insert(&row).await?;
        let Arrival { participant, was, .. } = match change.join(Joining { user, role: None, at: now }).await {
            Ok(arrival) => arrival,
            Err(unjoined) => {
                drop(change);
                return Err(self.unjoined(unjoined, user).await);
            }
        };
        if participant.status == ParticipantStatus::Joined {
            change.work().room_connections().begin_presence(RoomId(id.0), user, now).await?;
        }
        let state = session_state(&change).await?;
        let member = state.member(user).ok_or(ErrorCode::AccessDenied)?;
        let role = member.role;
        if was == Some(participant.status) && !was_online {
            let actor = Actor { client_id: user.clone(), display_name: member.display_name.clone() };
            change.tell_room(presence(actor, true)).await?;
        }
        change.note_connection(user, now).await?;
        change.announce_roles().await?;
        let welcome = Welcome {
            session_id: id.to_string(),
            user_id: user.clone(),
            role_in_session: Some(participant.role),
            status: Some(change.session.status),
            participant_count: state.participant_count(),
        };
        let mut told: Vec<RoomEvent> = change.host_absent().await?.into_iter().collect();
        told.extend(open_polls::of_entrant(change.work(), RoomId(id.0), caller, role).await?);
        change.commit().await?;
        Ok(Entered { room_id: RoomId(id.0), sequence, role, welcome, state: seen_by(state, role, user), told })
    }

    async fn enter_ad_hoc(
        &self,
        caller: &Principal,
        name: &str,
        door: Door,
        connection: ConnectionId,
    ) -> Result<Entered, ServiceError> {
        let mut room = AdHoc::open(self, name).await?;
        let (user, now, room_id, sequence) = (caller.user_id(), room.now, room.id(), room.sequence());
        let was_online = room.work().room_connections().is_connected(room_id, user).await?;
        let row = connection_row(self, room_id, user, door, connection, now);
        room.work().room_connections().insert(&row).await?;
        let was_in = room.member(user).await?.is_some_and(|member| member.role().is_some());
        room.enter(user).await?;
        let member = room.member(user).await?.ok_or(ErrorCode::AccessDenied)?;
        let role = member.role().ok_or(ErrorCode::AccessDenied)?;
        if role > RoomRole::Waiting {
            room.work().room_connections().begin_presence(room_id, user, now).await?;
        }
        if was_in && !was_online {
            let actor = actor_of(room.work(), user).await?;
            room.tell(presence(actor, true)).await?;
        }
        let grace = Work::EndRoomGrace { room_id, user_id: user.clone() };
        room.work().jobs().cancel([grace.unique_key()]).await?;
        let state = room.state().await?;
        let welcome = Welcome {
            session_id: name.to_owned(),
            user_id: user.clone(),
            role_in_session: None,
            status: None,
            participant_count: state.participant_count(),
        };
        let told = open_polls::of_entrant(room.work(), room_id, caller, role).await?;
        room.commit().await?;
        Ok(Entered { room_id, sequence, role, welcome, state: seen_by(state, role, user), told })
    }
}

fn seen_by(state: RoomState, role: RoomRole, user: &UserId) -> RoomState {
    if role == RoomRole::Waiting { state.as_seen_waiting(user) } else { state }
}

fn connection_row(
    services: &Services,
    room_id: RoomId,
    user: &UserId,
    door: Door,
    id: ConnectionId,
    now: Timestamp,
) -> RoomConnectionRow {
    RoomConnectionRow {
        id,
        room_id,
        user_id: user.clone(),
        node_id: Some(services.inner.node),
        door: door.as_str().to_owned(),
        opened_at: now,
        present_from: None,
        closed_at: None,
    }
}
