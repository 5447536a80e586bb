//! A room's events within a unit of work.

use mockly_data::{RoomRow, Store, UnitOfWork};
use mockly_domain::room::{Audience, Closing, RoleChange, RoomEvent, RoomMessage, RoomRole};
use mockly_domain::{Timestamp, UserId};

use crate::ServiceError;

/// An event to be told.
#[derive(Debug)]
pub(crate) struct Draft {
    event: RoomEvent,
    audience: Audience,
    roles: Vec<RoleChange>,
    closing: Closing,
}

impl Draft {
    pub(crate) const fn new(event: RoomEvent, audience: Audience) -> Self {
        Self { event, audience, roles: Vec::new(), closing: Closing::Nobody }
    }

    /// With it a user's role changes.
    #[must_use]
    pub(crate) fn with_role(mut self, user: &UserId, role: Option<RoomRole>) -> Self {
        self.roles.push(RoleChange { user: user.clone(), role });
        self
    }

    /// With it connections end.
    #[must_use]
    pub(crate) fn closing(mut self, closing: Closing) -> Self {
        self.closing = closing;
        self
    }
}

/// The row of a locked room, and whether it has to be written.
#[derive(Debug)]
pub(crate) struct RoomLog {
    pub(crate) row: RoomRow,
    changed: bool,
    told: bool,
}

impl RoomLog {
    pub(crate) const fn new(row: RoomRow) -> Self {
        Self { row, changed: false, told: false }
    }

    /// Stores the next event of the room.
    pub(crate) async fn append(&mut self, work: &UnitOfWork, now: Timestamp, draft: Draft) -> Result<(), ServiceError> {
        self.row.last_sequence += 1;
        let Draft { event, audience, roles, closing } = draft;
        let sequence = self.row.last_sequence;
        let message = RoomMessage { position: 0, room_id: self.row.id, sequence, event, audience, roles, closing };
        work.room_events().append(&message, now).await?;
        (self.changed, self.told) = (true, true);
        Ok(())
    }

    /// Notes whether the doors know that the host is away; `true` where that is new.
    pub(crate) fn note_absence_told(&mut self, told: bool) -> bool {
        let changes = self.row.host_absence_told != told;
        self.row.host_absence_told = told;
        self.changed |= changes;
        changes
    }

    /// Writes the row, if it changed.
    pub(crate) async fn save(&self, work: &UnitOfWork) -> Result<(), ServiceError> {
        if self.changed {
            work.rooms().update(&self.row).await?;
        }
        Ok(())
    }

    /// Whether events wait for the commit.
    pub(crate) const fn has_told(&self) -> bool {
        self.told
    }
}

/// The room of a session under change.
#[derive(Debug, Default)]
pub(crate) enum RoomSlot {
    /// Not looked at yet.
    #[default]
    Unknown,
    /// Nobody was ever at its doors, so there is nobody to tell.
    Absent,
    /// Its row.
    Here(RoomLog),
}
