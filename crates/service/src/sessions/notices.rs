//! What people in a session should notice, whether they listen at the moment or not.

use mockly_data::Store;
use mockly_domain::room::Actor;
use mockly_domain::{EndReason, SessionId, SessionKind, SessionStatus, Timestamp, UserId, lifecycle};

use super::Change;
use crate::jobs::Work;
use crate::notifications::Notice;
use crate::rooms::actor_of;
use crate::{Principal, ServiceError, Services};

/// Of how many who wait at once the hosts are told one by one; the room lists all of them.
const WAITING_TOLD_MAX: usize = 50;

impl Change<'_> {
    /// Tells those to whom somebody else gave a part in the session.
    pub(crate) async fn notify_invited(&mut self, users: &[UserId], by: &Principal) -> Result<(), ServiceError> {
        let session = self.session.clone();
        self.notify(users, &Notice::Invited { session: &session, by: &by.actor() }).await
    }

    /// Tells everyone but the one who started it.
    pub(crate) async fn notify_started(&mut self, by: &UserId) -> Result<(), ServiceError> {
        let (session, others) = (self.session.clone(), self.everyone_but(Some(by)).await?);
        self.notify(&others, &Notice::Started { session: &session }).await
    }

    /// Tells everyone but the one who canceled it.
    pub(crate) async fn notify_canceled(&mut self, by: Option<&UserId>, reason: EndReason) -> Result<(), ServiceError> {
        let (session, others) = (self.session.clone(), self.everyone_but(by).await?);
        self.notify(&others, &Notice::Canceled { session: &session, reason }).await
    }

    /// Tells everyone but the one who moved it.
    pub(crate) async fn notify_rescheduled(&mut self, by: &UserId, before: Timestamp) -> Result<(), ServiceError> {
        let (session, others) = (self.session.clone(), self.everyone_but(Some(by)).await?);
        self.notify(&others, &Notice::Rescheduled { session: &session, before }).await
    }

    /// Tells the hosts that somebody waits for them. Who waits for nothing but the start of a class needs no host yet.
    pub(crate) async fn notify_waiting(&mut self, who: &Actor) -> Result<(), ServiceError> {
        let session = self.session.clone();
        let waits_for_start = session.kind == SessionKind::Class && session.status == SessionStatus::Scheduled;
        if waits_for_start {
            return Ok(());
        }
        let hosts = self.hosts_but(&who.client_id).await?;
        self.notify(&hosts, &Notice::Waiting { session: &session, who }).await
    }

    /// Tells the hosts of those who came before the start of the class and wait for a host now.
    pub(super) async fn notify_still_waiting(&mut self) -> Result<(), ServiceError> {
        let waiting = self.waiting().await?;
        for participant in waiting.iter().take(WAITING_TOLD_MAX) {
            let who = actor_of(self.work(), &participant.user_id).await?;
            self.notify_waiting(&who).await?;
        }
        Ok(())
    }

    /// Tells the hosts that a hand went up.
    pub(crate) async fn notify_hand(&mut self, who: &Actor) -> Result<(), ServiceError> {
        let (session, hosts) = (self.session.clone(), self.hosts_but(&who.client_id).await?);
        self.notify(&hosts, &Notice::HandRaised { session: &session, who }).await
    }

    /// Has everyone reminded before the planned start, unless that is too near.
    pub(crate) async fn schedule_reminder(&mut self) -> Result<(), ServiceError> {
        let (session_id, at) = (self.session.id, lifecycle::reminder_at(&self.session));
        if at > self.now {
            return self.schedule(Work::Remind { session_id }, at).await;
        }
        Ok(())
    }

    /// Everyone whom the session concerns but one.
    pub(super) async fn everyone_but(&self, user: Option<&UserId>) -> Result<Vec<UserId>, ServiceError> {
        let mut everyone = self.everyone().await?;
        everyone.retain(|other| Some(other) != user);
        Ok(everyone)
    }

    async fn hosts_but(&self, user: &UserId) -> Result<Vec<UserId>, ServiceError> {
        let mut hosts = self.work().participants().host_ids(self.session.id).await?;
        hosts.retain(|host| host != user);
        Ok(hosts)
    }
}

impl Services {
    /// Reminds everyone in a session that it starts soon. One that was moved has a reminder of its own.
    pub(crate) async fn remind(&self, id: SessionId) -> Result<(), ServiceError> {
        let Some(mut change) = Change::find(self, id).await? else { return Ok(()) };
        let starts_soon =
            lifecycle::reminder_at(&change.session) <= change.now && change.now < change.session.scheduled_at;
        if change.session.status != SessionStatus::Scheduled || !starts_soon {
            return Ok(());
        }
        let (session, everyone) = (change.session.clone(), change.everyone().await?);
        change.notify(&everyone, &Notice::StartingSoon { session: &session }).await?;
        change.commit().await
    }
}
