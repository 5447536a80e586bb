//! Rooms without a session: the first user leads, everyone else waits, and the room is gone with its last user.

use mockly_data::{RoomMemberRow, RoomRow, Store, UnitOfWork};
use mockly_domain::room::{
    ASK_AGAIN_AFTER, Actor, Audience, Closing, Entrant, Gone, RoomEvent, RoomRole, RoomState, STATE_TO_EVERYONE_MAX,
};
use mockly_domain::{ErrorCode, ParticipantStatus, RoomId, Timestamp, UserId};

use super::actor::actor_of;
use super::log::{Draft, RoomLog};
use super::open_polls;
use super::state::{Somebody, assemble};
use crate::jobs::{self, Work};
use crate::services::Wakes;
use crate::{ServiceError, Services};

/// Most users of an ad-hoc room, those who wait among them.
const MEMBERS_MAX: u64 = 100;
/// Tries to open a room that ends at the same moment.
const OPENINGS_MAX: usize = 3;

/// An ad-hoc room, locked.
pub(super) struct AdHoc<'s> {
    services: &'s Services,
    work: UnitOfWork,
    log: RoomLog,
    name: String,
    pub(super) now: Timestamp,
    new_roles: Vec<UserId>,
    /// Who was let in and has not met the open polls yet.
    admitted: Vec<UserId>,
    scheduled: bool,
    gone: bool,
}

impl<'s> AdHoc<'s> {
    /// Locks the room of a name, if there is one.
    pub(super) async fn find_named(services: &'s Services, name: &str) -> Result<Option<Self>, ServiceError> {
        let work = services.begin().await?;
        let row = work.rooms().lock_named(name).await?;
        Ok(row.map(|row| Self::on(services, work, row)))
    }

    /// Locks a room by its id, if it lives.
    pub(super) async fn find(services: &'s Services, id: RoomId) -> Result<Option<Self>, ServiceError> {
        let work = services.begin().await?;
        let row = work.rooms().lock(id).await?;
        Ok(row.map(|row| Self::on(services, work, row)))
    }

    /// Locks the room of a name, which begins now where there is none.
    pub(super) async fn open(services: &'s Services, name: &str) -> Result<Self, ServiceError> {
        let work = services.begin().await?;
        let row = RoomRow {
            id: RoomId(services.inner.ids.uuid()),
            name: Some(name.to_owned()),
            last_sequence: 0,
            host_absence_told: false,
            created_at: services.now(),
        };
        for _ in 0..OPENINGS_MAX {
            // Of several first users one makes the room; the others find it.
            work.rooms().insert(&row).await?;
            // Its last user may take it along while we wait for the lock.
            if let Some(row) = work.rooms().lock_named(name).await? {
                return Ok(Self::on(services, work, row));
            }
        }
        Err(ServiceError::Internal("a room went away each time that it was opened".to_owned()))
    }

    fn on(services: &'s Services, work: UnitOfWork, row: RoomRow) -> Self {
        let name = row.name.clone().unwrap_or_default();
        let now = services.now();
        let log = RoomLog::new(row);
        let (new_roles, admitted) = (Vec::new(), Vec::new());
        Self { services, work, log, name, now, new_roles, admitted, scheduled: false, gone: false }
    }

    pub(super) const fn services(&self) -> &'s Services {
        self.services
    }

    pub(super) const fn work(&self) -> &UnitOfWork {
        &self.work
    }

    pub(super) const fn id(&self) -> RoomId {
        self.log.row.id
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Sequence of the newest event.
    pub(super) const fn sequence(&self) -> i64 {
        self.log.row.last_sequence
    }

    pub(super) async fn member(&self, user: &UserId) -> Result<Option<RoomMemberRow>, ServiceError> {
        Ok(self.work.rooms().find_member(self.id(), user).await?)
    }

    /// Everybody who is in or waits, in order of entry.
    pub(super) async fn members(&self) -> Result<Vec<RoomMemberRow>, ServiceError> {
        Ok(self.work.rooms().list_here(self.id(), MEMBERS_MAX).await?)
    }

    pub(super) async fn tell(&mut self, draft: Draft) -> Result<(), ServiceError> {
        self.log.append(&self.work, self.now, draft).await
    }

    pub(super) fn role_changed(&mut self, user: &UserId) {
        if !self.new_roles.contains(user) {
            self.new_roles.push(user.clone());
        }
    }

    pub(super) async fn schedule(&mut self, work: Work, run_at: Timestamp) -> Result<(), ServiceError> {
        jobs::schedule(&self.work, self.services, work, run_at).await?;
        self.scheduled = true;
        Ok(())
    }

    /// Takes a user in: to lead where nobody is there, else to wait; whoever was there before stays what they were.
    pub(super) async fn enter(&mut self, user: &UserId) -> Result<(), ServiceError> {
        let known = self.member(user).await?;
        match known.as_ref().and_then(|member| member.status) {
            Some(ParticipantStatus::Joined | ParticipantStatus::Waiting) => return Ok(()),
            Some(ParticipantStatus::Removed) => return Err(ErrorCode::Removed.into()),
            Some(ParticipantStatus::Denied) => {
                let denied_at = known.as_ref().and_then(|member| member.denied_at);
                let again_at = denied_at.map_or(self.now, |at| at.plus(ASK_AGAIN_AFTER));
                if self.now < again_at {
                    return Err(ErrorCode::Denied.into());
                }
            }
            Some(ParticipantStatus::Invited | ParticipantStatus::Left) | None => {}
        }
        let others = self.members().await?;
        if others.len() as u64 >= MEMBERS_MAX {
            return Err(ErrorCode::SessionFull.into());
        }
        let admitted = known.is_some_and(|member| member.status == Some(ParticipantStatus::Invited));
        let mut member = RoomMemberRow::new(self.id(), user.clone(), self.now);
        member.is_host = others.is_empty();
        let is_in = member.is_host || admitted;
        member.status = Some(if is_in { ParticipantStatus::Joined } else { ParticipantStatus::Waiting });
        self.work.rooms().put_member(&member).await?;
        if is_in {
            self.work.room_connections().begin_presence(self.id(), user, self.now).await?;
        }
        let actor = actor_of(&self.work, user).await?;
        let role = member.role().unwrap_or(RoomRole::Waiting);
        let entrant = Entrant {
            client_id: actor.client_id,
            display_name: actor.display_name,
            role,
            role_in_session: None,
            participant_count: self.count_present().await?,
            role_changed: false,
        };
        let draft = Draft::new(RoomEvent::Connect(entrant), Audience::everyone()).with_role(user, Some(role));
        self.tell(draft).await
    }

    /// Lets somebody in who waits.
    pub(super) async fn admit(&mut self, mut member: RoomMemberRow, actor: Actor) -> Result<(), ServiceError> {
        member.status = Some(ParticipantStatus::Joined);
        member.entered_at = self.now;
        self.work.rooms().put_member(&member).await?;
        self.work.room_connections().begin_presence(self.id(), &member.user_id, self.now).await?;
        let draft = Draft::new(RoomEvent::AcceptWaiting(actor), Audience::everyone());
        self.tell(draft.with_role(&member.user_id, member.role())).await?;
        self.role_changed(&member.user_id);
        self.admitted.push(member.user_id);
        Ok(())
    }

    /// Takes somebody out, for good or to come back another time. The last host hands over to whoever has been there
    /// longest, or else has waited longest; the last user takes the room along.
    pub(super) async fn leave(
        &mut self,
        user: &UserId,
        keeps: Option<RoomMemberRow>,
        closing: Closing,
    ) -> Result<(), ServiceError> {
        let was_host = self.member(user).await?.is_some_and(|member| member.is_host);
        self.work.hands().lower(self.id(), user, self.now).await?;
        match keeps {
            Some(member) => self.work.rooms().put_member(&member).await?,
            None => self.work.rooms().delete_member(self.id(), user).await?,
        }
        if closing != Closing::Nobody {
            self.work.room_connections().close_many(self.id(), Some(user), self.now).await?;
        }
        let actor = actor_of(&self.work, user).await?;
        let gone = Gone {
            client_id: actor.client_id,
            display_name: actor.display_name,
            participant_count: self.count_present().await?,
        };
        let draft = Draft::new(RoomEvent::Disconnect(gone), Audience::everyone()).with_role(user, None);
        self.tell(draft.closing(closing)).await?;
        let left = self.members().await?;
        if left.is_empty() {
            self.gone = true;
            return Ok(());
        }
        if was_host && !left.iter().any(|member| member.is_host) {
            self.hand_over(left).await?;
        }
        Ok(())
    }

    async fn hand_over(&mut self, left: Vec<RoomMemberRow>) -> Result<(), ServiceError> {
        let (inside, waiting): (Vec<_>, Vec<_>) =
            left.into_iter().partition(|member| member.status == Some(ParticipantStatus::Joined));
        let Some(mut heir) = inside.into_iter().next().or_else(|| waiting.into_iter().next()) else { return Ok(()) };
        heir.is_host = true;
        if heir.status == Some(ParticipantStatus::Joined) {
            self.work.rooms().put_member(&heir).await?;
            self.role_changed(&heir.user_id);
            let state = self.state().await?;
            let draft = Draft::new(RoomEvent::RoomState(state), Audience::everyone());
            self.new_roles.retain(|user| *user != heir.user_id);
            return self.tell(draft.with_role(&heir.user_id, Some(RoomRole::Host))).await;
        }
        let actor = actor_of(&self.work, &heir.user_id).await?;
        self.admit(heir, actor).await
    }

    pub(super) async fn state(&self) -> Result<RoomState, ServiceError> {
        let members = self.members().await?;
        let online = self.work.room_connections().connected_users(self.id()).await?;
        let users = self.work.users().find_many(members.iter().map(|member| &member.user_id)).await?;
        let everybody = members.into_iter().filter_map(|member| {
            Some(Somebody {
                role: member.role()?,
                display_name: users.get(&member.user_id).map(|user| user.display_name.clone()),
                online: online.contains(&member.user_id),
                user_id: member.user_id,
                role_in_session: None,
                audio: member.audio,
                video: member.video,
                entered_at: member.entered_at,
            })
        });
        assemble(&self.work, self.name.clone(), self.id(), everybody.collect()).await
    }

    async fn count_present(&self) -> Result<u32, ServiceError> {
        Ok(self.state().await?.participant_count())
    }

    async fn announce_roles(&mut self) -> Result<(), ServiceError> {
        let users = std::mem::take(&mut self.new_roles);
        if users.is_empty() || self.gone {
            return Ok(());
        }
        let state = self.state().await?;
        let few = usize::try_from(state.participant_count()).unwrap_or(usize::MAX) <= STATE_TO_EVERYONE_MAX;
        let audience = if few { Audience::everyone() } else { Audience::only(users.clone()) };
        if !few {
            let participant_count = state.participant_count();
            for member in state.participants.iter().filter(|member| users.contains(&member.client_id)) {
                let entrant = member.with_new_role(participant_count);
                self.tell(Draft::new(RoomEvent::Connect(entrant), Audience::everyone())).await?;
            }
        }
        self.tell(Draft::new(RoomEvent::RoomState(state), audience)).await
    }

    async fn tell_open_polls(&mut self) -> Result<(), ServiceError> {
        let users = std::mem::take(&mut self.admitted);
        if users.is_empty() || self.gone {
            return Ok(());
        }
        let audience = Audience::only(users.clone());
        for draft in open_polls::of_admitted(&self.work, self.id(), &users, &audience).await? {
            self.tell(draft).await?;
        }
        Ok(())
    }

    /// Makes it so, and tells everyone.
    pub(super) async fn commit(mut self) -> Result<(), ServiceError> {
        self.announce_roles().await?;
        self.tell_open_polls().await?;
        if self.gone {
            self.work.rooms().delete(self.id()).await?;
        } else {
            self.log.save(&self.work).await?;
        }
        let wakes = Wakes { rooms: self.log.has_told(), jobs: self.scheduled, ..Wakes::default() };
        self.services.commit(self.work, wakes).await
    }
}
