//! One room, locked: a session's or an ad-hoc one, so that what is the same in both is written once.

use mockly_data::{RoomMemberRow, Store, UnitOfWork};
use mockly_domain::room::{Actor, RoomKey, RoomRole};
use mockly_domain::{ErrorCode, RoomId, Timestamp, UserId};

use super::actor::actor_of;
use super::adhoc::AdHoc;
use super::log::Draft;
use crate::sessions::Change;
use crate::{ServiceError, Services};

/// A room, kept from others until the unit of work ends; dropping it undoes everything.
pub(super) enum Room<'s> {
    Session(Box<Change<'s>>),
    AdHoc(Box<AdHoc<'s>>),
}

impl<'s> Room<'s> {
    /// Locks a room that somebody is in.
    ///
    /// # Errors
    /// `session-not-found`; `not-found` where the ad-hoc room is gone.
    pub(super) async fn begin(services: &'s Services, key: &RoomKey) -> Result<Self, ServiceError> {
        match key {
            RoomKey::Session(id) => Ok(Self::Session(Box::new(Change::begin(services, *id).await?))),
            RoomKey::AdHoc(name) => {
                let room = AdHoc::find_named(services, name).await?;
                Ok(Self::AdHoc(Box::new(room.ok_or(ErrorCode::NotFound)?)))
            }
        }
    }

    pub(super) fn work(&self) -> &UnitOfWork {
        match self {
            Self::Session(change) => change.work(),
            Self::AdHoc(room) => room.work(),
        }
    }

    pub(super) const fn now(&self) -> Timestamp {
        match self {
            Self::Session(change) => change.now,
            Self::AdHoc(room) => room.now,
        }
    }

    pub(super) fn services(&self) -> &'s Services {
        match self {
            Self::Session(change) => change.services(),
            Self::AdHoc(room) => room.services(),
        }
    }

    pub(super) const fn id(&self) -> RoomId {
        match self {
            Self::Session(change) => RoomId(change.session.id.0),
            Self::AdHoc(room) => room.id(),
        }
    }

    /// How the room is named on the wire.
    pub(super) fn wire_id(&self) -> String {
        match self {
            Self::Session(change) => change.session.id.to_string(),
            Self::AdHoc(room) => room.name().to_owned(),
        }
    }

    pub(super) async fn tell(&mut self, draft: Draft) -> Result<(), ServiceError> {
        match self {
            Self::Session(change) => change.tell_room(draft).await,
            Self::AdHoc(room) => room.tell(draft).await,
        }
    }

    /// Somebody's role now; `None` where they are not in the room.
    pub(super) async fn role_of(&self, user: &UserId) -> Result<Option<RoomRole>, ServiceError> {
        match self {
            Self::Session(change) => change.room_role(user).await,
            Self::AdHoc(room) => Ok(room.member(user).await?.and_then(|member| member.role())),
        }
    }

    /// The row of somebody who is in the room.
    pub(super) async fn member(&self, user: &UserId) -> Result<Option<RoomMemberRow>, ServiceError> {
        Ok(self.work().rooms().find_member(self.id(), user).await?)
    }

    /// The row of somebody who is in, made where there is none.
    pub(super) async fn member_or_new(&self, user: &UserId) -> Result<RoomMemberRow, ServiceError> {
        let known = self.member(user).await?;
        Ok(known.unwrap_or_else(|| RoomMemberRow::new(self.id(), user.clone(), self.now())))
    }

    /// Somebody's role is new: at the end those who have to know are told.
    pub(super) fn role_changed(&mut self, user: &UserId) {
        match self {
            Self::Session(change) => change.room_role_changed(user),
            Self::AdHoc(room) => room.role_changed(user),
        }
    }

    /// Has LiveKit give somebody what they may publish now; ad-hoc rooms carry no media.
    pub(super) async fn update_grant(&mut self, user: &UserId) -> Result<(), ServiceError> {
        match self {
            Self::Session(change) => change.update_grant(user).await,
            Self::AdHoc(_) => Ok(()),
        }
    }

    /// Somebody by id and name.
    pub(super) async fn actor(&self, user: &UserId) -> Result<Actor, ServiceError> {
        actor_of(self.work(), user).await
    }

    pub(super) async fn commit(self) -> Result<(), ServiceError> {
        match self {
            Self::Session(change) => change.commit().await,
            Self::AdHoc(room) => room.commit().await,
        }
    }
}
