//! A class whose host is away (R4): the doors are told after a minute, and after the timeout the session ends. Both are
//! job rows, so they survive a restart and fire on one node; a host can always come back.

use std::time::Duration;

use mockly_data::Store;
use mockly_domain::room::{Audience, RoomEvent};
use mockly_domain::{EndReason, ParticipantStatus, SessionId, SessionKind, SessionStatus, Timestamp};

use super::log::Draft;
use crate::jobs::Work;
use crate::sessions::Change;
use crate::{ServiceError, Services};

/// How long a host may be away before the doors are told.
const TOLD_AFTER: Duration = Duration::from_mins(1);

impl Change<'_> {
    /// Looks whether the host of an ACTIVE class is there, and sets or lifts the deadlines by it. `since` is when they
    /// went, where they are gone.
    pub(crate) async fn watch_host(&mut self, since: Timestamp) -> Result<(), ServiceError> {
        if self.session.kind != SessionKind::Class || self.session.status != SessionStatus::Active {
            return Ok(());
        }
        let session_id = self.session.id;
        let end = Work::EndHostAbsent { session_id };
        let is_running = self.work().jobs().is_scheduled(&end.unique_key()).await?;
        match (self.is_host_there().await?, is_running) {
            (true, true) => {
                self.unschedule(&[end, Work::TellHostAbsent { session_id, since }]).await?;
                self.tell_host_returned().await
            }
            (false, false) => {
                let timeout = self.services().inner.settings.host_absence_timeout;
                self.schedule(Work::TellHostAbsent { session_id, since }, since.plus(TOLD_AFTER)).await?;
                self.schedule(end, since.plus(timeout)).await
            }
            (true, false) | (false, true) => Ok(()),
        }
    }

    /// That the host is away, where the doors know it.
    pub(super) async fn host_absent(&mut self) -> Result<Option<RoomEvent>, ServiceError> {
        if !self.room().await?.is_some_and(|log| log.row.host_absence_told) {
            return Ok(None);
        }
        let end = Work::EndHostAbsent { session_id: self.session.id };
        let ends_at = self.work().jobs().find_run_at(&end.unique_key()).await?;
        Ok(ends_at.map(|ends_at| RoomEvent::HostAbsent { ends_at }))
    }

    async fn tell_host_returned(&mut self) -> Result<(), ServiceError> {
        let now = self.now;
        if !self.room().await?.is_some_and(|log| log.note_absence_told(false)) {
            return Ok(());
        }
        let returned = RoomEvent::HostReturned { returned_at: now };
        self.tell_room(Draft::new(returned, Audience::everyone())).await
    }

    async fn is_host_there(&self) -> Result<bool, ServiceError> {
        let hosts = self.work().participants().host_ids(self.session.id).await?;
        for (_, host) in self.work().roll().present_among(&[self.session.id], &hosts).await? {
            if self.participant(&host).await?.is_some_and(|host| host.status == ParticipantStatus::Joined) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl Services {
    /// The host has been away for a minute.
    pub(crate) async fn tell_host_absent(&self, id: SessionId, since: Timestamp) -> Result<(), ServiceError> {
        let Some(mut change) = self.host_is_away(id, &Work::TellHostAbsent { session_id: id, since }).await? else {
            return Ok(());
        };
        // Whoever comes later has to know it, too.
        change.open_room().await?;
        if change.room().await?.is_some_and(|log| log.note_absence_told(true)) {
            let ends_at = since.plus(self.inner.settings.host_absence_timeout);
            change.tell_room(Draft::new(RoomEvent::HostAbsent { ends_at }, Audience::everyone())).await?;
        }
        change.commit().await
    }

    /// The host has been away for the whole timeout: ends the class.
    pub(crate) async fn end_host_absent(&self, id: SessionId) -> Result<(), ServiceError> {
        let Some(mut change) = self.host_is_away(id, &Work::EndHostAbsent { session_id: id }).await? else {
            return Ok(());
        };
        change.close(SessionStatus::Ended, EndReason::HostAbsent, &[]).await?;
        change.commit().await
    }

    /// The session, locked, where a deadline of its host's absence is due.
    async fn host_is_away(&self, id: SessionId, deadline: &Work) -> Result<Option<Change<'_>>, ServiceError> {
        let Some(change) = Change::find(self, id).await? else { return Ok(None) };
        // A host who came crossed the deadline out, and one who went again set a new one.
        let run_at = change.work().jobs().find_run_at(&deadline.unique_key()).await?;
        let is_due = run_at.is_some_and(|due| due <= change.now) && change.session.status == SessionStatus::Active;
        Ok(if is_due && !change.is_host_there().await? { Some(change) } else { None })
    }
}
