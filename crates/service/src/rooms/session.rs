//! What the changes of a session mean at the doors of its room.

use mockly_data::{RoomMemberRow, RoomRow, Store};
use mockly_domain::room::{Actor, Audience, Closing, Entrant, Gone, RoomEvent, RoomRole, STATE_TO_EVERYONE_MAX};
use mockly_domain::{Participant, ParticipantStatus, RoomId, UserId};

use super::actor::{actor_of, role_of};
use super::log::{Draft, RoomLog, RoomSlot};
use super::open_polls;
use super::state::session_state;
use crate::ServiceError;
use crate::jobs::Work;
use crate::sessions::Change;

/// Where more roles than this are new at once, everybody gets the whole state: it is one message instead of many.
const ROLES_TOLD_SINGLY_MAX: usize = 20;

impl Change<'_> {
    /// The id that the session's room has.
    pub(crate) const fn room_id(&self) -> RoomId {
        RoomId(self.session.id.0)
    }

    /// The room's row; `None` where nobody was ever at its doors.
    pub(crate) async fn room(&mut self) -> Result<Option<&mut RoomLog>, ServiceError> {
        if matches!(self.room, RoomSlot::Unknown) {
            self.room = match self.work().rooms().find(self.room_id()).await? {
                Some(row) => RoomSlot::Here(RoomLog::new(row)),
                None => RoomSlot::Absent,
            };
        }
        Ok(match &mut self.room {
            RoomSlot::Here(log) => Some(log),
            RoomSlot::Unknown | RoomSlot::Absent => None,
        })
    }

    /// Opens the room for its first visitor; everyone who joined by another way is in it.
    pub(super) async fn open_room(&mut self) -> Result<(), ServiceError> {
        if self.room().await?.is_some() {
            return Ok(());
        }
        let (id, now) = (self.room_id(), self.now);
        let row = RoomRow { id, name: None, last_sequence: 0, host_absence_told: false, created_at: now };
        self.work().rooms().insert(&row).await?;
        self.room = RoomSlot::Here(RoomLog::new(row));
        for participant in self.participants().await? {
            if matches!(participant.status, ParticipantStatus::Joined | ParticipantStatus::Waiting) {
                let entered_at = participant.joined_at.unwrap_or(now);
                let member = RoomMemberRow::new(id, participant.user_id, entered_at);
                self.work().rooms().put_member(&member).await?;
            }
        }
        Ok(())
    }

    /// Tells the doors, where there is anybody to tell.
    pub(crate) async fn tell_room(&mut self, draft: Draft) -> Result<(), ServiceError> {
        let now = self.now;
        if self.room().await?.is_none() {
            return Ok(());
        }
        let mut slot = std::mem::take(&mut self.room);
        let outcome = match &mut slot {
            RoomSlot::Here(log) => log.append(self.work(), now, draft).await,
            RoomSlot::Unknown | RoomSlot::Absent => Ok(()),
        };
        self.room = slot;
        outcome
    }

    /// Somebody's role in the room now.
    pub(super) async fn room_role(&self, user: &UserId) -> Result<Option<RoomRole>, ServiceError> {
        let Some(participant) = self.participant(user).await? else { return Ok(None) };
        let member = self.work().rooms().find_member(self.room_id(), user).await?;
        Ok(role_of(&participant, member.as_ref()))
    }

    /// Somebody's role is new; the doors learn of it at the end of the change.
    pub(super) fn room_role_changed(&mut self, user: &UserId) {
        if !self.new_roles.contains(user) {
            self.new_roles.push(user.clone());
        }
    }

    /// Tells of roles that are new: everybody in a small room, else those concerned, and the others by `connect`.
    pub(crate) async fn announce_roles(&mut self) -> Result<(), ServiceError> {
        if self.new_roles.is_empty() || self.room().await?.is_none() {
            return Ok(());
        }
        let users = std::mem::take(&mut self.new_roles);
        let state = session_state(self).await?;
        let present = usize::try_from(state.participant_count()).unwrap_or(usize::MAX);
        if present <= STATE_TO_EVERYONE_MAX || users.len() > ROLES_TOLD_SINGLY_MAX {
            return self.tell_room(Draft::new(RoomEvent::RoomState(state), Audience::everyone())).await;
        }
        let participant_count = state.participant_count();
        for member in state.participants.iter().filter(|member| users.contains(&member.client_id)) {
            let entrant = member.with_new_role(participant_count);
            self.tell_room(Draft::new(RoomEvent::Connect(entrant), Audience::everyone())).await?;
        }
        self.tell_room(Draft::new(RoomEvent::RoomState(state), Audience::only(users))).await
    }

    /// Those who come in count as present from now on, as far as they are at a door: before it is told that they joined,
    /// so that what is told counts them.
    pub(crate) async fn begin_presence(&self, users: &[UserId]) -> Result<(), ServiceError> {
        Ok(self.work().room_connections().begin_presence_of_many(self.room_id(), users, self.now).await?)
    }

    /// Somebody is in who was not, or waited.
    pub(crate) async fn room_entered(
        &mut self,
        participant: &Participant,
        was: ParticipantStatus,
    ) -> Result<(), ServiceError> {
        if was == ParticipantStatus::Waiting {
            return self.room_admitted(std::slice::from_ref(participant)).await;
        }
        if self.room().await?.is_none() {
            return Ok(());
        }
        let (id, now) = (self.room_id(), self.now);
        let member = RoomMemberRow::new(id, participant.user_id.clone(), now);
        self.work().rooms().put_member(&member).await?;
        self.tell_connect(participant, &member).await
    }

    /// Those who waited are in: of few everybody is told singly, of many each is, and everybody gets the whole state.
    /// They meet the open polls, as whoever comes in does.
    pub(crate) async fn room_admitted(&mut self, admitted: &[Participant]) -> Result<(), ServiceError> {
        if admitted.is_empty() || self.room().await?.is_none() {
            return Ok(());
        }
        let users: Vec<UserId> = admitted.iter().map(|participant| participant.user_id.clone()).collect();
        let id = self.room_id();
        let audience = if admitted.len() <= ROLES_TOLD_SINGLY_MAX {
            for participant in admitted {
                self.tell_admitted(participant).await?;
            }
            self.announce_roles().await?;
            Audience::only(users.clone())
        } else {
            let state = session_state(self).await?;
            let mut draft = Draft::new(RoomEvent::RoomState(state), Audience::everyone());
            let names = self.work().users().find_many(&users).await?;
            for participant in admitted {
                let user = &participant.user_id;
                // Clients of old wait at the door for this, each for their own; of the others the state tells them.
                let display_name = names.get(user).map_or_else(|| "User".to_owned(), |user| user.display_name.clone());
                let accepted = RoomEvent::AcceptWaiting(Actor { client_id: user.clone(), display_name });
                self.tell_room(Draft::new(accepted, Audience::only(vec![user.clone()]))).await?;
                draft = draft.with_role(user, role_of(participant, None));
            }
            self.tell_room(draft).await?;
            Audience::admitted()
        };
        for draft in open_polls::of_admitted(self.work(), id, &users, &audience).await? {
            self.tell_room(draft).await?;
        }
        Ok(())
    }

    async fn tell_admitted(&mut self, participant: &Participant) -> Result<(), ServiceError> {
        let user = &participant.user_id;
        let member = RoomMemberRow::new(self.room_id(), user.clone(), self.now);
        self.work().rooms().put_member(&member).await?;
        let admitted = RoomEvent::AcceptWaiting(actor_of(self.work(), user).await?);
        let role = role_of(participant, Some(&member));
        self.tell_room(Draft::new(admitted, Audience::everyone()).with_role(user, role)).await?;
        self.room_role_changed(user);
        Ok(())
    }

    /// Somebody waits who did not.
    pub(crate) async fn room_waits(&mut self, participant: &Participant) -> Result<(), ServiceError> {
        if self.room().await?.is_none() {
            return Ok(());
        }
        let member = RoomMemberRow::new(self.room_id(), participant.user_id.clone(), self.now);
        self.work().rooms().put_member(&member).await?;
        self.tell_connect(participant, &member).await
    }

    async fn tell_connect(&mut self, participant: &Participant, member: &RoomMemberRow) -> Result<(), ServiceError> {
        let Some(role) = role_of(participant, Some(member)) else { return Ok(()) };
        let actor = actor_of(self.work(), &participant.user_id).await?;
        let entrant = Entrant {
            client_id: actor.client_id,
            display_name: actor.display_name,
            role,
            role_in_session: Some(participant.role),
            participant_count: self.count_present(None).await?,
            role_changed: false,
        };
        let draft = Draft::new(RoomEvent::Connect(entrant), Audience::everyone());
        self.tell_room(draft.with_role(&participant.user_id, Some(role))).await
    }

    /// Somebody is gone; `closing` says what becomes of their connections, if they still have some.
    pub(crate) async fn room_left(&mut self, user: &UserId, closing: Closing) -> Result<(), ServiceError> {
        let (id, now) = (self.room_id(), self.now);
        if self.room().await?.is_none() {
            return Ok(());
        }
        self.work().hands().lower(id, user, now).await?;
        self.work().rooms().delete_member(id, user).await?;
        if closing != Closing::Nobody {
            self.work().room_connections().close_many(id, Some(user), now).await?;
        }
        let actor = actor_of(self.work(), user).await?;
        let gone = Gone {
            client_id: actor.client_id,
            display_name: actor.display_name,
            participant_count: self.count_present(Some(user)).await?,
        };
        let draft = Draft::new(RoomEvent::Disconnect(gone), Audience::everyone());
        // The one who is gone hears it too: their role ends after it.
        let draft = match &closing {
            Closing::Nobody | Closing::Ended | Closing::TurnedAway(_) => draft.with_role(user, None),
            Closing::Left(_) => draft,
        };
        self.tell_room(draft.closing(closing)).await
    }

    /// The session is over: the doors are told and closed.
    pub(crate) async fn room_closed(&mut self, ended: RoomEvent) -> Result<(), ServiceError> {
        let (id, now) = (self.room_id(), self.now);
        if self.room().await?.is_none() {
            return Ok(());
        }
        self.work().hands().lower_all(id, now).await?;
        self.work().room_connections().close_many(id, None, now).await?;
        self.work().rooms().delete_members(id).await?;
        self.new_roles.clear();
        self.tell_room(Draft::new(ended, Audience::everyone()).closing(Closing::Ended)).await
    }

    /// Whether somebody is connected: at a door, or in the media room.
    pub(crate) async fn is_connected(&self, user: &UserId) -> Result<bool, ServiceError> {
        Ok(self.work().roll().is_connected(self.session.id, user).await?)
    }

    /// Distinct users who are in and connected, but one who is being taken out.
    async fn count_present(&self, gone: Option<&UserId>) -> Result<u32, ServiceError> {
        let counts = self.work().roll().count_present(&[self.session.id], gone).await?;
        Ok(counts.get(&self.session.id).map_or(0, |count| u32::try_from(*count).unwrap_or(u32::MAX)))
    }

    /// Has LiveKit give somebody what they may publish now, where they are in the media room.
    pub(super) async fn update_grant(&mut self, user: &UserId) -> Result<(), ServiceError> {
        let (session_id, now) = (self.session.id, self.now);
        let connections = self.work().livekit().list_of_user(session_id, user).await?;
        if connections.iter().any(|connection| connection.left_at.is_none()) {
            self.schedule(Work::UpdateGrant { session_id, user_id: user.clone() }, now).await?;
        }
        Ok(())
    }
}
