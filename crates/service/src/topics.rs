//! What the sockets ask: may this user hear that topic, what did they miss, and who is there.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mockly_data::{Database, Store};
use mockly_domain::access::Action;
use mockly_domain::{ErrorCode, EventId, NodeId, NotificationId, SessionId, Timestamp, UserId};
use mockly_realtime::{Message, Topic};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::relay::{message_of_event, message_of_notification, message_of_room};
use crate::sessions::Change;
use crate::{Principal, ServiceError, Services};

/// How far before the last message a user topic resumes: what it carries has no common order, so what was stored a little
/// earlier may have been sent a little later.
const USER_TOPIC_OVERLAP: Duration = Duration::from_mins(1);

/// Where a subscriber goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResumePoint {
    /// After this sequence of a session.
    Session {
        /// The last sequence that was received.
        sequence: i64,
    },
    /// On a user topic: everything stored since an instant, after a position.
    User {
        /// The instant.
        since: Timestamp,
        /// The position.
        position: i64,
    },
}

impl ResumePoint {
    /// Where to go on after a message.
    #[must_use]
    pub fn after(self, message: &Message) -> Self {
        match self {
            Self::Session { .. } => Self::Session { sequence: message.sequence },
            Self::User { since, .. } => Self::User { since, position: message.position },
        }
    }
}

impl Services {
    /// Decides whether the caller may hear a topic.
    ///
    /// # Errors
    /// `access-denied`, and the own status; a session that is not there is `access-denied` too.
    pub async fn authorize_topic(&self, caller: &Principal, topic: &Topic) -> Result<(), ServiceError> {
        match topic {
            Topic::Session(id) => match self.authorized(caller, *id, Action::Follow).await {
                Err(error) if error.code() == ErrorCode::SessionNotFound => Err(ErrorCode::AccessDenied.into()),
                answer => answer.map(drop),
            },
            // Nobody subscribes to a room; its doors are ways in, with a decision of their own.
            Topic::Room(_) => Err(ErrorCode::AccessDenied.into()),
            Topic::UserSessions(user) | Topic::UserNotifications(user) => {
                if user == caller.user_id() {
                    return Ok(());
                }
                Err(ServiceError::refused(ErrorCode::AccessDenied, "This topic belongs to another user."))
            }
        }
    }

    /// Finds the place in a topic that an event id names; `None` where the id is unknown, too old, or of another
    /// session.
    ///
    /// # Errors
    /// [`ServiceError::Data`] where storage fails.
    pub async fn resume_point(&self, topic: &Topic, last_event_id: &str) -> Result<Option<ResumePoint>, ServiceError> {
        let kept_since = self.now().minus(self.inner.settings.events_kept_for);
        if let Topic::UserNotifications(user) = topic {
            let Ok(id) = last_event_id.parse::<NotificationId>() else { return Ok(None) };
            let found = self.db().notifications().find(id).await?;
            return Ok(found
                .filter(|notification| notification.user_id == *user && notification.created_at >= kept_since)
                .map(|notification| resume_user_topic(notification.created_at)));
        }
        let Ok(id) = last_event_id.parse::<EventId>() else { return Ok(None) };
        let found = self.db().events().find(id).await?.filter(|event| event.occurred_at >= kept_since);
        Ok(found.and_then(|event| match topic {
            Topic::Session(id) => {
                (event.session_id == *id).then_some(ResumePoint::Session { sequence: event.sequence })
            }
            Topic::UserSessions(_) | Topic::UserNotifications(_) => Some(resume_user_topic(event.occurred_at)),
            Topic::Room(_) => None,
        }))
    }

    /// What comes after a place in a topic, in order, at most `limit`; empty at the end.
    ///
    /// # Errors
    /// [`ServiceError::Data`] where storage fails.
    pub async fn replay(
        &self,
        topic: &Topic,
        point: &ResumePoint,
        limit: u64,
    ) -> Result<Vec<Arc<Message>>, ServiceError> {
        Ok(match (topic, point) {
            (Topic::Session(id), ResumePoint::Session { sequence }) => {
                let events = self.db().events().list_of_session(*id, *sequence, limit).await?;
                events.iter().map(|event| Arc::new(message_of_event(event))).collect()
            }
            (Topic::UserSessions(user), ResumePoint::User { since, position }) => {
                let events = self.db().events().list_of_user(user, *since, *position, limit).await?;
                events.iter().map(|event| Arc::new(message_of_event(event))).collect()
            }
            (Topic::UserNotifications(user), ResumePoint::User { since, position }) => {
                let told = self.db().notifications().list_of_user(user, *since, *position, limit).await?;
                told.iter().map(|notification| Arc::new(message_of_notification(notification))).collect()
            }
            (Topic::Room(id), ResumePoint::Session { sequence }) => {
                let events = self.db().room_events().list_of_room(*id, *sequence, limit).await?;
                events.into_iter().map(|event| Arc::new(message_of_room(event))).collect()
            }
            _ => Vec::new(),
        })
    }

    /// A subscription to a session's topic has begun. Never waits: the table follows shortly after.
    pub fn topic_opened(&self, caller: &Principal, id: SessionId) {
        self.inner.presence.change(id, caller.user_id(), 1);
    }

    /// A subscription to a session's topic has ended.
    pub fn topic_closed(&self, user: &UserId, id: SessionId) {
        self.inner.presence.change(id, user, -1);
    }

    /// Follows who is connected to this node into the database until it is told to stop, and then takes everyone out.
    pub async fn run_presence(self, stop: CancellationToken) {
        let mut beat_at = tokio::time::Instant::now();
        while !stop.is_cancelled() {
            if tokio::time::Instant::now() >= beat_at {
                beat_at = tokio::time::Instant::now() + BEAT;
                log_failure(self.beat().await, "this node's sign of life was not stored");
            }
            log_failure(self.store_presence().await, "who is connected was not stored");
            log_failure(self.store_departures().await, "who left a door was not stored");
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.inner.presence.changed.notified() => {}
                () = tokio::time::sleep_until(beat_at) => {}
            }
        }
        log_failure(self.forget_node(self.inner.node).await, "this node was not taken out");
    }

    /// Gives one sign of life and follows everyone who came or went. For whoever drives the clock by hand.
    ///
    /// # Errors
    /// [`ServiceError::Data`] where storage fails.
    pub async fn follow_presence(&self) -> Result<(), ServiceError> {
        self.beat().await?;
        self.store_presence().await?;
        self.store_departures().await
    }

    /// Notes that this node lives, and takes nodes out that do not.
    async fn beat(&self) -> Result<(), ServiceError> {
        let now = self.now();
        let work = self.begin().await?;
        let was_known = work.presence().beat(self.inner.node, now).await?;
        work.commit().await?;
        let lived_before = self.inner.departures.note_alive();
        if !was_known {
            // Others took this node for dead and everyone on it out: they are here all the same.
            self.inner.presence.write_anew();
            if lived_before {
                self.inner.departures.send_back();
            }
        }
        // SQLite is for a single node: every other one is a former run of this one.
        let silent_since = if self.db().is_sqlite() { now } else { now.minus(SILENCE_MAX) };
        for node in self.db().presence().list_silent_nodes(silent_since).await? {
            if node != self.inner.node {
                log_failure(self.forget_node(node).await, "a node that is gone was not taken out");
            }
        }
        Ok(())
    }

    /// Takes a node out with everyone on it. The node goes last and only when all else went, so whoever finds it after
    /// this was interrupted, or failed for one session, goes on with what is left.
    async fn forget_node(&self, node: NodeId) -> Result<(), ServiceError> {
        let mut outcome = self.close_connections_of(node).await;
        for id in self.db().presence().sessions_of_node(node).await? {
            keep_failure(&mut outcome, self.forget_node_in(id, node).await);
        }
        outcome?;
        let work = self.begin().await?;
        work.presence().delete_node(node).await?;
        Ok(work.commit().await?)
    }

    async fn forget_node_in(&self, id: SessionId, node: NodeId) -> Result<(), ServiceError> {
        let Some(mut change) = Change::find(self, id).await? else { return Ok(()) };
        change.work().presence().leave_all(id, node).await?;
        let now = change.now;
        change.note_absence(now).await?;
        change.commit().await
    }

    /// Writes down who came and went since the last time; what fails is for the next time and holds nobody else up.
    async fn store_presence(&self) -> Result<(), ServiceError> {
        let mut outcome = Ok(());
        let mut failed = Vec::new();
        while let Some((id, users)) = self.inner.presence.take() {
            if let Err(error) = self.store_presence_of(id, &users).await {
                keep_failure(&mut outcome, Err(error));
                failed.push((id, users));
            }
        }
        for (id, users) in failed {
            self.inner.presence.put_back(id, users);
        }
        outcome
    }

    /// Writes down who came to and went from one session since the last time.
    pub(crate) async fn store_presence_in(&self, id: SessionId) -> Result<(), ServiceError> {
        let Some(users) = self.inner.presence.take_of(id) else { return Ok(()) };
        let outcome = self.store_presence_of(id, &users).await;
        if outcome.is_err() {
            self.inner.presence.put_back(id, users);
        }
        outcome
    }

    async fn store_presence_of(&self, id: SessionId, users: &HashSet<UserId>) -> Result<(), ServiceError> {
        let Some(mut change) = Change::find(self, id).await? else { return Ok(()) };
        let now = change.now;
        let mut went = false;
        for user in users {
            if self.inner.presence.is_there(id, user) {
                change.work().presence().enter(id, user, self.inner.node, now).await?;
                let takes_part = change.participant(user).await?.is_some();
                if takes_part {
                    change.note_presence(now).await?;
                }
            } else {
                change.work().presence().leave(id, user, self.inner.node).await?;
                went = true;
            }
        }
        if went {
            change.note_absence(now).await?;
        }
        change.commit().await
    }

    /// Deletes what nobody will ask for any more.
    pub(crate) async fn purge(&self) -> Result<(), ServiceError> {
        let now = self.now();
        let work = self.begin().await?;
        work.refresh_tokens().purge(now).await?;
        work.tickets().purge(now).await?;
        work.idempotency().purge(now).await?;
        work.inbox().purge(now.minus(WEBHOOKS_KEPT_FOR)).await?;
        work.jobs().purge_dead(now.minus(DEAD_JOBS_KEPT_FOR)).await?;
        work.commit().await?;
        let before = now.minus(self.inner.settings.events_kept_for);
        while purge_events(self.db(), before).await? == PURGE_BATCH {}
        while purge_room_events(self.db(), now.minus(ROOM_EVENTS_KEPT_FOR)).await? == PURGE_BATCH {}
        while purge_notifications(self.db(), now.minus(NOTIFICATIONS_KEPT_FOR)).await? == PURGE_BATCH {}
        Ok(())
    }
}

/// How often a node gives a sign of life.
const BEAT: Duration = Duration::from_secs(10);
/// After how long without one it counts as gone.
const SILENCE_MAX: Duration = Duration::from_secs(40);
/// LiveKit repeats a webhook for seconds only.
const WEBHOOKS_KEPT_FOR: Duration = Duration::from_hours(24);
/// Long enough for somebody to look at why it died.
const DEAD_JOBS_KEPT_FOR: Duration = Duration::from_hours(30 * 24);
/// Notifications are read long after they were told.
const NOTIFICATIONS_KEPT_FOR: Duration = Duration::from_hours(90 * 24);
/// Rows deleted in one transaction, so that nobody waits long for a turn to write.
const PURGE_BATCH: u64 = 1_000;

/// Doors do not resume: whoever comes back gets the state. Longer than any node needs to read what it has not seen.
const ROOM_EVENTS_KEPT_FOR: Duration = Duration::from_mins(10);

async fn purge_room_events(db: &Database, before: Timestamp) -> Result<u64, ServiceError> {
    let work = db.begin().await?;
    let gone = work.room_events().purge(before, PURGE_BATCH).await?;
    work.commit().await?;
    Ok(gone)
}

async fn purge_events(db: &Database, before: Timestamp) -> Result<u64, ServiceError> {
    let work = db.begin().await?;
    let gone = work.events().purge(before, PURGE_BATCH).await?;
    work.commit().await?;
    Ok(gone)
}

async fn purge_notifications(db: &Database, before: Timestamp) -> Result<u64, ServiceError> {
    let work = db.begin().await?;
    let gone = work.notifications().purge(before, PURGE_BATCH).await?;
    work.commit().await?;
    Ok(gone)
}

/// A user's topics have no order but that of storing.
fn resume_user_topic(stored_at: Timestamp) -> ResumePoint {
    ResumePoint::User { since: stored_at.minus(USER_TOPIC_OVERLAP), position: 0 }
}

pub(crate) fn log_failure(result: Result<(), ServiceError>, what: &'static str) {
    if let Err(error) = result {
        tracing::warn!(error = &error as &dyn std::error::Error, "{what}");
    }
}

/// Keeps the first of several failures for the caller to report; the others are logged.
pub(crate) fn keep_failure(kept: &mut Result<(), ServiceError>, result: Result<(), ServiceError>) {
    if kept.is_ok() {
        *kept = result;
    } else {
        log_failure(result, "and another step failed");
    }
}

/// Who is subscribed to which session's topic on this node, and whose coming or going is not in the database yet.
///
/// Bounded by the number of subscriptions: a user of many tabs is one entry, and a change is noted once however often it
/// goes back and forth before it is written.
#[derive(Debug, Default)]
pub(crate) struct PresenceQueue {
    state: Mutex<PresenceState>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct PresenceState {
    subscriptions: HashMap<(SessionId, UserId), usize>,
    unwritten: HashMap<SessionId, HashSet<UserId>>,
}

impl PresenceQueue {
    /// There is something to follow.
    pub(crate) fn wake(&self) {
        self.changed.notify_one();
    }

    fn change(&self, id: SessionId, user: &UserId, by: isize) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (id, user.clone());
        let before = state.subscriptions.get(&key).copied().unwrap_or(0);
        let after = before.saturating_add_signed(by);
        if after == 0 {
            state.subscriptions.remove(&key);
        } else {
            state.subscriptions.insert(key, after);
        }
        if (before == 0) != (after == 0) {
            state.unwritten.entry(id).or_default().insert(user.clone());
            self.changed.notify_one();
        }
    }

    fn is_there(&self, id: SessionId, user: &UserId) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.subscriptions.contains_key(&(id, user.clone()))
    }

    fn take(&self) -> Option<(SessionId, HashSet<UserId>)> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let id = state.unwritten.keys().next().copied()?;
        state.unwritten.remove_entry(&id)
    }

    fn take_of(&self, id: SessionId) -> Option<HashSet<UserId>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.unwritten.remove(&id)
    }

    /// Whoever is subscribed is to be written down, whether they were before or not.
    fn write_anew(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let PresenceState { subscriptions, unwritten } = &mut *state;
        for (id, user) in subscriptions.keys() {
            unwritten.entry(*id).or_default().insert(user.clone());
        }
    }

    fn put_back(&self, id: SessionId, users: HashSet<UserId>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.unwritten.entry(id).or_default().extend(users);
    }
}
