//! Who somebody is in a room.

use mockly_data::{RoomMemberRow, Store};
use mockly_domain::room::{Actor, Audience, RoomEvent, RoomRole};
use mockly_domain::{Participant, UserId};

use super::log::Draft;
use crate::ServiceError;

/// A user by id and name.
pub(crate) async fn actor_of(store: &impl Store, user: &UserId) -> Result<Actor, ServiceError> {
    let known = store.users().find(user).await?;
    let display_name = known.map_or_else(|| "User".to_owned(), |user| user.display_name);
    Ok(Actor { client_id: user.clone(), display_name })
}

/// Somebody lost the last connection, or is back.
pub(crate) fn presence(who: Actor, online: bool) -> Draft {
    let event = RoomEvent::Presence { client_id: who.client_id, display_name: who.display_name, online };
    Draft::new(event, Audience::everyone())
}

/// The role of a participant in the session's room.
pub(crate) fn role_of(participant: &Participant, member: Option<&RoomMemberRow>) -> Option<RoomRole> {
    let may_share = member.is_some_and(|member| member.may_share);
    RoomRole::of(participant.status, participant.role.is_host(), may_share)
}
