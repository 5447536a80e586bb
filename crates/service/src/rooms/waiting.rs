//! The waiting room (R3), and removal (R9). Waiting is a state of the user, kept in the database; any host decides, and a
//! second decision changes nothing but is heard by all hosts.

use mockly_data::{RoomMemberRow, Store};
use mockly_domain::room::{Actor, Audience, Closing, RoomEvent, RoomRole, Target};
use mockly_domain::{ErrorCode, Participant, ParticipantStatus, UserId};

use super::actor::actor_of;
use super::adhoc::AdHoc;
use super::command::{Sender, not_here};
use super::log::Draft;
use super::unit::Room;
use crate::ServiceError;
use crate::error::explain_code;
use crate::sessions::Change;

impl Room<'_> {
    pub(super) async fn request_waiting(&mut self, sender: Sender<'_>) -> Result<(), ServiceError> {
        let who = sender.caller.actor();
        if let Self::Session(change) = self {
            change.notify_waiting(&who).await?;
        }
        self.tell(Draft::new(RoomEvent::RequestWaiting(who), Audience::hosts())).await
    }

    /// Lets in; of all who wait, as many as there are seats for, and the host is told of the others.
    pub(super) async fn accept_waiting(&mut self, target: Target) -> Result<Vec<RoomEvent>, ServiceError> {
        if let (Self::Session(change), Target::All) = (&mut *self, &target) {
            return accept_all_in_session(change).await;
        }
        for user in self.waiting(target).await? {
            match self {
                Self::Session(change) => accept_in_session(change, &user).await?,
                Self::AdHoc(room) => accept_in_ad_hoc(room, &user).await?,
            }
        }
        Ok(Vec::new())
    }

    pub(super) async fn deny_waiting(&mut self, target: Target) -> Result<(), ServiceError> {
        for user in self.waiting(target).await? {
            let actor = self.actor(&user).await?;
            match self {
                Self::Session(change) => change.deny(&user, actor).await?,
                Self::AdHoc(room) => deny_in_ad_hoc(room, &user, actor).await?,
            }
        }
        Ok(())
    }

    pub(super) async fn remove(&mut self, sender: Sender<'_>, target: Target) -> Result<(), ServiceError> {
        if target == Target::User(sender.caller.user_id().clone()) {
            return Err(ServiceError::refused(ErrorCode::Forbidden, "You cannot remove yourself; leave instead."));
        }
        let users = match target {
            Target::User(user) => vec![user],
            Target::All => {
                let everybody = self.everybody().await?.into_iter();
                everybody.filter(|(_, role)| *role != RoomRole::Host).map(|(user, _)| user).collect()
            }
        };
        for user in users {
            match self {
                Self::Session(change) => {
                    let participant = change.participant(&user).await?.ok_or_else(|| not_here(&user))?;
                    change.remove(participant).await?;
                }
                Self::AdHoc(room) => remove_from_ad_hoc(room, &user).await?,
            }
        }
        match self {
            // Their seats are free.
            Self::Session(change) => change.admit_who_need_not_wait().await,
            Self::AdHoc(_) => Ok(()),
        }
    }

    /// Whom a decision at the door is about.
    async fn waiting(&self, target: Target) -> Result<Vec<UserId>, ServiceError> {
        match target {
            Target::User(user) => Ok(vec![user]),
            Target::All => {
                let everybody = self.everybody().await?.into_iter();
                Ok(everybody.filter(|(_, role)| *role == RoomRole::Waiting).map(|(user, _)| user).collect())
            }
        }
    }
}

async fn accept_all_in_session(change: &mut Change<'_>) -> Result<Vec<RoomEvent>, ServiceError> {
    let waiting = change.waiting().await?;
    let asked = waiting.len();
    let refusals = change.admit(waiting).await?;
    let Some(first) = refusals.first() else { return Ok(Vec::new()) };
    let (stayed, admitted) = (refusals.len(), asked - refusals.len());
    Ok(vec![RoomEvent::Error {
        code: first.code,
        message: format!("{admitted} admitted; {stayed} still waiting. {}", explain_code(first.code)),
        event: Some("accept_waiting".to_owned()),
    }])
}

async fn accept_in_session(change: &mut Change<'_>, user: &UserId) -> Result<(), ServiceError> {
    let participant = change.participant(user).await?.ok_or_else(|| not_here(user))?;
    let actor = actor_of(change.work(), user).await?;
    match participant.status {
        ParticipantStatus::Waiting => {
            let refusals = change.admit(vec![participant]).await?;
            refusals.first().map_or(Ok(()), |refusal| Err(ServiceError::join(refusal)))
        }
        ParticipantStatus::Denied | ParticipantStatus::Removed => change.undo(participant, actor).await,
        ParticipantStatus::Invited | ParticipantStatus::Joined | ParticipantStatus::Left => {
            change.tell_room(Draft::new(RoomEvent::AcceptWaiting(actor), Audience::hosts())).await
        }
    }
}

impl Change<'_> {
    /// Undoes that somebody was denied or removed: they may come in again, without being asked for.
    async fn undo(&mut self, mut participant: Participant, actor: Actor) -> Result<(), ServiceError> {
        participant.status = ParticipantStatus::Invited;
        participant.admitted = true;
        participant.denied_at = None;
        self.work().participants().update(&participant).await?;
        let user = participant.user_id;
        self.tell(mockly_domain::EventType::SessionUpdated, std::slice::from_ref(&user), &[]).await?;
        self.tell_room(Draft::new(RoomEvent::AcceptWaiting(actor), Audience::everyone())).await
    }

    /// Turns somebody away who waits; their right to the session's topic ends with it.
    async fn deny(&mut self, user: &UserId, actor: Actor) -> Result<(), ServiceError> {
        let mut participant = self.participant(user).await?.ok_or_else(|| not_here(user))?;
        if participant.status != ParticipantStatus::Waiting {
            return self.tell_room(Draft::new(RoomEvent::DenyWaiting(actor), Audience::hosts())).await;
        }
        participant.status = ParticipantStatus::Denied;
        participant.denied_at = Some(self.now);
        self.work().participants().update(&participant).await?;
        let denied = [user.clone()];
        self.tell(mockly_domain::EventType::SessionUpdated, &denied, &denied).await?;
        self.tell_room(denied_at_the_door(user, actor)).await?;
        self.room_left(user, Closing::TurnedAway(vec![user.clone()])).await?;
        let now = self.now;
        self.note_absence(now).await
    }
}

async fn accept_in_ad_hoc(room: &mut AdHoc<'_>, user: &UserId) -> Result<(), ServiceError> {
    let mut member = room.member(user).await?.ok_or_else(|| not_here(user))?;
    let actor = actor_of(room.work(), user).await?;
    match member.status {
        Some(ParticipantStatus::Waiting) => room.admit(member, actor).await,
        Some(ParticipantStatus::Denied | ParticipantStatus::Removed) => {
            member.status = Some(ParticipantStatus::Invited);
            member.denied_at = None;
            room.work().rooms().put_member(&member).await?;
            room.tell(Draft::new(RoomEvent::AcceptWaiting(actor), Audience::everyone())).await
        }
        Some(ParticipantStatus::Invited | ParticipantStatus::Joined | ParticipantStatus::Left) | None => {
            room.tell(Draft::new(RoomEvent::AcceptWaiting(actor), Audience::hosts())).await
        }
    }
}

async fn deny_in_ad_hoc(room: &mut AdHoc<'_>, user: &UserId, actor: Actor) -> Result<(), ServiceError> {
    let mut member = room.member(user).await?.ok_or_else(|| not_here(user))?;
    if member.status != Some(ParticipantStatus::Waiting) {
        return room.tell(Draft::new(RoomEvent::DenyWaiting(actor), Audience::hosts())).await;
    }
    member.status = Some(ParticipantStatus::Denied);
    member.denied_at = Some(room.now);
    room.tell(denied_at_the_door(user, actor)).await?;
    room.leave(user, Some(member), Closing::TurnedAway(vec![user.clone()])).await
}

async fn remove_from_ad_hoc(room: &mut AdHoc<'_>, user: &UserId) -> Result<(), ServiceError> {
    let member = room.member(user).await?.ok_or_else(|| not_here(user))?;
    if member.status == Some(ParticipantStatus::Removed) {
        return Ok(());
    }
    let actor = actor_of(room.work(), user).await?;
    let removed = RoomEvent::RemoveParticipant(actor);
    room.tell(Draft::new(removed, Audience::hosts_and(vec![user.clone()]))).await?;
    let mut gone = RoomMemberRow::new(member.room_id, user.clone(), member.entered_at);
    gone.status = Some(ParticipantStatus::Removed);
    if member.role().is_none() {
        return Ok(room.work().rooms().put_member(&gone).await?);
    }
    room.leave(user, Some(gone), Closing::TurnedAway(vec![user.clone()])).await
}

fn denied_at_the_door(user: &UserId, actor: Actor) -> Draft {
    Draft::new(RoomEvent::DenyWaiting(actor), Audience::hosts_and(vec![user.clone()]))
}
