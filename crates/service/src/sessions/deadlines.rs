//! Deadlines of sessions: what happens when nobody is there. Each is a job row, and each looks again before it acts.

use mockly_data::Store;
use mockly_domain::lifecycle;
use mockly_domain::{EndReason, Participant, ParticipantStatus, SessionId, SessionStatus, Timestamp, UserId};

use super::{Change, LeftBy};
use crate::jobs::Work;
use crate::{ServiceError, Services};

impl Change<'_> {
    /// A participant listens to the session: no EMPTY deadline runs any more.
    pub(crate) async fn note_presence(&mut self, at: Timestamp) -> Result<(), ServiceError> {
        self.somebody_is_there(&[Work::EndEmpty { session_id: self.session.id }], at).await
    }

    /// A participant is at a door or in the media room: no EMPTY deadline runs any more, nor their own grace.
    pub(crate) async fn note_connection(&mut self, user: &UserId, at: Timestamp) -> Result<(), ServiceError> {
        let (session_id, user_id) = (self.session.id, user.clone());
        let over = [Work::EndEmpty { session_id }, Work::EndGrace { session_id, user_id, left_at: at }];
        self.somebody_is_there(&over, at).await
    }

    async fn somebody_is_there(&mut self, over: &[Work], at: Timestamp) -> Result<(), ServiceError> {
        if self.session.status == SessionStatus::Active && self.session.first_connected_at.is_none() {
            self.session.first_connected_at = Some(at);
        }
        self.unschedule(over).await?;
        self.watch_host(at).await
    }

    /// Somebody is gone since `since`: where nobody is left in an ACTIVE session, the EMPTY deadline begins to run, if
    /// it does not run already.
    pub(crate) async fn note_absence(&mut self, since: Timestamp) -> Result<(), ServiceError> {
        self.watch_host(since).await?;
        let waited_for = self.session.first_connected_at.is_some() && self.session.status == SessionStatus::Active;
        if !waited_for || self.is_anybody_connected().await? {
            return Ok(());
        }
        let deadline = Work::EndEmpty { session_id: self.session.id };
        if self.work().jobs().is_scheduled(&deadline.unique_key()).await? {
            return Ok(());
        }
        // What is told last need not have happened last.
        let left_media = self.work().livekit().last_left(self.session.id).await?;
        let left_door = self.work().room_connections().last_closed(self.room_id()).await?;
        let since = left_media.into_iter().chain(left_door).fold(since, Timestamp::max);
        let timeout = self.services().inner.settings.empty_room_timeout;
        let due = lifecycle::empty_deadline(&self.session, since, timeout);
        self.schedule(deadline, due).await
    }

    /// One whose connection is lost says that they are in: their grace, if it runs, begins anew.
    pub(super) async fn renew_grace(&mut self, participant: &Participant) -> Result<(), ServiceError> {
        let (session_id, now) = (self.session.id, self.now);
        let left_at = participant.last_seen_at.unwrap_or(now);
        let grace = Work::EndGrace { session_id, user_id: participant.user_id.clone(), left_at };
        if self.work().jobs().is_scheduled(&grace.unique_key()).await? {
            let due = now.plus(self.services().inner.settings.leave_grace);
            self.schedule(grace, due).await?;
        }
        Ok(())
    }
}

impl Services {
    /// Nobody came: cancels a SCHEDULED session, ends an ACTIVE one.
    pub(crate) async fn expire(&self, id: SessionId) -> Result<(), ServiceError> {
        let Some(mut change) = Change::find(self, id).await? else { return Ok(()) };
        let (due, status) = match change.session.status {
            SessionStatus::Scheduled => (lifecycle::scheduled_expiry(&change.session), SessionStatus::Canceled),
            SessionStatus::Active if change.session.first_connected_at.is_none() => {
                (lifecycle::active_expiry(&change.session), SessionStatus::Ended)
            }
            SessionStatus::Active | SessionStatus::Ended | SessionStatus::Canceled => return Ok(()),
        };
        if change.now < due {
            change.schedule(Work::Expire { session_id: id }, due).await?;
        } else {
            if status == SessionStatus::Canceled {
                change.notify_canceled(None, EndReason::Expired).await?;
            }
            change.close(status, EndReason::Expired, &[]).await?;
        }
        change.commit().await
    }

    /// Nobody has been there for the whole timeout: ends an ACTIVE session.
    pub(crate) async fn end_empty(&self, id: SessionId) -> Result<(), ServiceError> {
        // Somebody may have come this moment who is not written down yet.
        self.store_presence_in(id).await?;
        let Some(mut change) = Change::find(self, id).await? else { return Ok(()) };
        // Whoever came crossed the deadline out, and whoever went again set a new one.
        let deadline = Work::EndEmpty { session_id: id }.unique_key();
        if change.work().jobs().find_run_at(&deadline).await?.is_none_or(|due| due > change.now) {
            return Ok(());
        }
        if change.session.status != SessionStatus::Active || change.is_anybody_connected().await? {
            return Ok(());
        }
        change.close(SessionStatus::Ended, EndReason::Empty, &[]).await?;
        change.commit().await
    }

    /// The grace of one who lost the connection is over: unless they are back, they have left.
    pub(crate) async fn end_grace(&self, id: SessionId, user: &UserId, left_at: Timestamp) -> Result<(), ServiceError> {
        let Some(mut change) = Change::find(self, id).await? else { return Ok(()) };
        let grace = Work::EndGrace { session_id: id, user_id: user.clone(), left_at };
        // Whoever came back crossed it out, and whoever went again set a new one.
        let run_at = change.work().jobs().find_run_at(&grace.unique_key()).await?;
        let Some(run_at) = run_at.filter(|run_at| *run_at <= change.now) else { return Ok(()) };
        let due = self.grace_end(change.work(), run_at).await?;
        if due > change.now {
            change.schedule(grace, due).await?;
            return change.commit().await;
        }
        let Some(participant) = change.participant(user).await? else { return Ok(()) };
        let was_here = matches!(participant.status, ParticipantStatus::Joined | ParticipantStatus::Waiting);
        if !was_here || change.is_connected(user).await? || !change.session.status.is_open() {
            return Ok(());
        }
        change.leave(participant, left_at, LeftBy::Absence).await?;
        change.commit().await
    }
}
