//! `room_state`: everybody in a room and what they do.

use mockly_data::Store;
use mockly_domain::room::{Member, RoomRole, RoomState};
use mockly_domain::{ParticipantRole, RoomId, Timestamp, UserId};

use crate::ServiceError;
use crate::sessions::Change;

/// One who has a role in a room.
pub(super) struct Somebody {
    pub(super) user_id: UserId,
    /// `None` where the user is gone.
    pub(super) display_name: Option<String>,
    pub(super) role: RoomRole,
    pub(super) role_in_session: Option<ParticipantRole>,
    pub(super) audio: bool,
    pub(super) video: bool,
    pub(super) entered_at: Timestamp,
    pub(super) online: bool,
}

/// The state of a session's room.
pub(super) async fn session_state(change: &Change<'_>) -> Result<RoomState, ServiceError> {
    let roll = change.work().roll().list(change.session.id).await?;
    let everybody = roll.into_iter().filter_map(|entry| {
        Some(Somebody {
            role: RoomRole::of(entry.status, entry.role.is_host(), entry.may_share)?,
            user_id: entry.user_id,
            display_name: entry.display_name,
            role_in_session: Some(entry.role),
            audio: entry.audio,
            video: entry.video,
            entered_at: entry.entered_at.unwrap_or(change.now),
            online: entry.online,
        })
    });
    assemble(change.work(), change.session.id.to_string(), change.room_id(), everybody.collect()).await
}

/// Puts the state together.
pub(super) async fn assemble(
    store: &impl Store,
    wire_id: String,
    id: RoomId,
    mut everybody: Vec<Somebody>,
) -> Result<RoomState, ServiceError> {
    everybody.sort_by(|a, b| (a.entered_at, &a.user_id).cmp(&(b.entered_at, &b.user_id)));
    let raised = store.hands().list_raised(&[id]).await?;
    let seen: Vec<Member> = everybody.iter().map(view).collect();
    let admitted = || everybody.iter().zip(&seen).filter(|(somebody, _)| somebody.role > RoomRole::Waiting);
    let those = |condition: fn(&Somebody) -> bool| {
        admitted().filter(|(somebody, _)| condition(somebody)).map(|(_, member)| member.clone()).collect()
    };
    let waits = |(somebody, _): &(&Somebody, &Member)| somebody.role == RoomRole::Waiting;
    Ok(RoomState {
        room_id: wire_id,
        hosts: those(|somebody| somebody.role == RoomRole::Host),
        participants: those(|_| true),
        waiting_users: everybody.iter().zip(&seen).filter(waits).map(|(_, member)| member.clone()).collect(),
        hands_raised: raised
            .iter()
            .filter_map(|(_, user)| admitted().find(|(_, member)| member.client_id == *user))
            .map(|(_, member)| member.clone())
            .collect(),
        sharing_screen: those(|somebody| somebody.role == RoomRole::Screenshare),
        unmuted: those(|somebody| somebody.audio),
        camera_on: those(|somebody| somebody.video),
    })
}

fn view(somebody: &Somebody) -> Member {
    Member {
        client_id: somebody.user_id.clone(),
        display_name: somebody.display_name.clone().unwrap_or_else(|| "User".to_owned()),
        role: somebody.role,
        role_in_session: somebody.role_in_session,
        online: somebody.online,
    }
}
