//! Comparing what LiveKit has with what we think it has: every minute, at once at start, and soon after a webhook that
//! does not fit what is known. Webhooks may be lost, late or sent while this server was down; this is what makes them a
//! convenience (R8).

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use mockly_data::Store;
use mockly_domain::session::livekit_room_name;
use mockly_domain::{SessionId, Timestamp};
use tokio_util::sync::CancellationToken;

use super::MediaParticipant;
use super::follow::Connection;
use crate::error::log_failure;
use crate::jobs::Work;
use crate::sessions::Change;
use crate::{ServiceError, Services};

/// How often to compare.
const EVERY: Duration = Duration::from_mins(1);
/// The least time between two comparisons, whatever is told: a webhook that is refused needs no secret.
const PAUSE: Duration = Duration::from_secs(2);
/// How often to delete what nobody will ask for any more.
const PURGE_EVERY: Duration = Duration::from_mins(10);
/// Sessions compared in one step.
const BATCH: u64 = 100;

impl Services {
    /// Compares until it is told to stop, and keeps the house clean.
    pub async fn run_reconciliation(self, stop: CancellationToken) {
        let mut purge_at = tokio::time::Instant::now() + PURGE_EVERY;
        loop {
            if self.inner.media.is_configured() {
                log_failure(self.reconcile().await, "LiveKit could not be compared with");
            }
            log_failure(self.watch_deserted().await, "deserted sessions could not be looked for");
            if tokio::time::Instant::now() >= purge_at {
                purge_at = tokio::time::Instant::now() + PURGE_EVERY;
                log_failure(self.purge().await, "old rows could not be deleted");
            }
            let anomaly_or_time = async {
                tokio::time::sleep(PAUSE).await;
                tokio::select! {
                    () = self.inner.reconcile_wanted.notified() => {}
                    () = tokio::time::sleep(EVERY.saturating_sub(PAUSE)) => {}
                }
            };
            if stop.run_until_cancelled(anomaly_or_time).await.is_none() {
                return;
            }
        }
    }

    /// Has what LiveKit has compared soon: something does not fit what is known.
    pub(crate) fn want_reconciliation(&self) {
        self.inner.reconcile_wanted.notify_one();
    }

    /// Sees to it that every session that everyone has left has its deadline, whatever became of the node or of the step
    /// that should have set it. One that fails holds no other up.
    ///
    /// # Errors
    /// [`ServiceError::Data`] where storage fails.
    pub async fn watch_deserted(&self) -> Result<(), ServiceError> {
        let mut after = None;
        loop {
            let deserted = self.db().sessions().list_deserted(after, BATCH).await?;
            let Some(last) = deserted.last() else { return Ok(()) };
            after = Some(*last);
            for id in deserted {
                if let Err(error) = self.watch_deserted_one(id).await {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(session.id = %id, error, "a deserted session got no deadline");
                }
            }
        }
    }

    async fn watch_deserted_one(&self, id: SessionId) -> Result<(), ServiceError> {
        // A look costs no turn to write; nearly all have their deadline.
        let deadline = Work::EndEmpty { session_id: id };
        if self.db().jobs().is_scheduled(&deadline.unique_key()).await? {
            return Ok(());
        }
        let Some(mut change) = Change::find(self, id).await? else { return Ok(()) };
        let now = change.now;
        change.note_absence(now).await?;
        change.commit().await
    }

    /// Compares once. A session that cannot be compared is left for the next time and holds no other up.
    ///
    /// # Errors
    /// [`ServiceError::Media`] where LiveKit does not answer, [`ServiceError::Data`] where storage fails.
    pub async fn reconcile(&self) -> Result<(), ServiceError> {
        let mut after = None;
        loop {
            let sessions = self.db().sessions().list_with_media(after, BATCH).await?;
            let Some(last) = sessions.last() else { return Ok(()) };
            after = Some(*last);
            self.reconcile_batch(&sessions).await?;
        }
    }

    async fn reconcile_batch(&self, sessions: &[SessionId]) -> Result<(), ServiceError> {
        let asked_at = self.now();
        let names: HashMap<String, SessionId> = sessions.iter().map(|id| (livekit_room_name(*id), *id)).collect();
        let rooms = self.inner.media.list_rooms(names.keys().cloned().collect()).await?;
        let there: HashSet<SessionId> = rooms.iter().filter_map(|room| names.get(&room.name).copied()).collect();
        for id in sessions {
            let compared = self.reconcile_one(*id, there.contains(id), asked_at).await;
            if let Err(error) = compared {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(session.id = %id, error, "a session could not be compared with LiveKit");
            }
        }
        Ok(())
    }

    async fn reconcile_one(&self, id: SessionId, has_room: bool, asked_at: Timestamp) -> Result<(), ServiceError> {
        let participants =
            if has_room { self.inner.media.list_participants(&livekit_room_name(id)).await? } else { Vec::new() };
        let people: Vec<MediaParticipant> = participants.into_iter().filter(|someone| someone.is_person).collect();
        self.reconcile_session(id, &people, asked_at).await
    }

    /// What came or went after `asked_at` is not in the list and is left alone.
    async fn reconcile_session(
        &self,
        id: SessionId,
        people: &[MediaParticipant],
        asked_at: Timestamp,
    ) -> Result<(), ServiceError> {
        let present = self.db().livekit().list_present(&[id]).await?;
        let known: HashSet<&str> = present.iter().map(|connection| connection.sid.as_str()).collect();
        let listed: HashSet<&str> = people.iter().map(|someone| someone.sid.as_str()).collect();
        if known.is_empty() && listed.is_empty() {
            return Ok(());
        }
        let Some(mut change) = Change::find(self, id).await? else { return Ok(()) };
        for someone in people.iter().filter(|someone| !known.contains(someone.sid.as_str())) {
            let who = Connection { sid: &someone.sid, identity: &someone.identity };
            let at = someone.joined_at.min(change.now);
            change.media_joined(&who, someone.grant, at).await?;
        }
        for connection in &present {
            let who = Connection { sid: &connection.sid, identity: connection.user_id.as_str() };
            if !listed.contains(connection.sid.as_str()) && connection.last_seen_at < asked_at {
                // When exactly is not known: they were there when last seen.
                change.media_left(&who, None, connection.last_seen_at).await?;
            }
        }
        let still_there: Vec<String> = listed.intersection(&known).map(|sid| (*sid).to_owned()).collect();
        change.work().livekit().touch_participants(&still_there, asked_at).await?;
        change.commit().await
    }
}
