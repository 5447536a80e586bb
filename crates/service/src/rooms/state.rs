//! `room_state`: everybody in a room and what they do.

use std::collections::{HashMap, HashSet};

use mockly_data::{RoomMemberRow, Store};
use mockly_domain::room::{Member, RoomRole, RoomState};
use mockly_domain::{ParticipantRole, RoomId, User, UserId};

use super::actor::role_of;
use crate::ServiceError;
use crate::sessions::{Change, PLACES_MAX, present_in_media};

/// One who has a role in a room.
pub(super) struct Somebody {
    pub(super) member: RoomMemberRow,
    pub(super) role: RoomRole,
    pub(super) role_in_session: Option<ParticipantRole>,
}

/// The state of a session's room.
pub(super) async fn session_state(change: &Change<'_>) -> Result<RoomState, ServiceError> {
    let id = change.room_id();
    let mut members: HashMap<UserId, RoomMemberRow> = change
        .work()
        .rooms()
        .list_members(id, PLACES_MAX)
        .await?
        .into_iter()
        .map(|member| (member.user_id.clone(), member))
        .collect();
    let mut everybody = Vec::new();
    for participant in change.participants().await? {
        let member = members
            .remove(&participant.user_id)
            .unwrap_or_else(|| RoomMemberRow::new(id, participant.user_id.clone(), change.now));
        if let Some(role) = role_of(&participant, Some(&member)) {
            everybody.push(Somebody { member, role, role_in_session: Some(participant.role) });
        }
    }
    let mut online = connected(change.work(), id).await?;
    online.extend(present_in_media(change.work(), &[change.session.id]).await?.into_iter().map(|(_, user)| user));
    assemble(change.work(), change.session.id.to_string(), id, everybody, &online).await
}

/// Everybody with an open connection to a room.
pub(super) async fn connected(store: &impl Store, id: RoomId) -> Result<HashSet<UserId>, ServiceError> {
    Ok(store.room_connections().connected_users(id).await?.into_iter().collect())
}

/// Puts the state together.
pub(super) async fn assemble(
    store: &impl Store,
    wire_id: String,
    id: RoomId,
    mut everybody: Vec<Somebody>,
    online: &HashSet<UserId>,
) -> Result<RoomState, ServiceError> {
    everybody.sort_by(|a, b| {
        let of = |somebody: &Somebody| (somebody.member.entered_at, somebody.member.user_id.clone());
        of(a).cmp(&of(b))
    });
    let users = store.users().find_many(everybody.iter().map(|somebody| &somebody.member.user_id)).await?;
    let raised = store.hands().list_raised(&[id]).await?;
    let seen: Vec<Member> = everybody.iter().map(|somebody| view(somebody, &users, online)).collect();
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
        unmuted: those(|somebody| somebody.member.audio),
        camera_on: those(|somebody| somebody.member.video),
    })
}

fn view(somebody: &Somebody, users: &HashMap<UserId, User>, online: &HashSet<UserId>) -> Member {
    let user = &somebody.member.user_id;
    Member {
        client_id: user.clone(),
        display_name: users.get(user).map_or_else(|| "User".to_owned(), |user| user.display_name.clone()),
        role: somebody.role,
        role_in_session: somebody.role_in_session,
        online: online.contains(user),
    }
}
