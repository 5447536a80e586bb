//! Who is connected to this node, in the database; and nodes that are gone, with everyone on them.

mod queue;
mod silence;
mod sockets;
mod written;

use std::collections::HashSet;
use std::sync::PoisonError;
use std::time::Duration;

use mockly_data::{NodeRow, Store};
use mockly_domain::{NodeId, SessionId, Timestamp, UserId};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::error::{keep_failure, log_failure};
use crate::sessions::Change;
use crate::{Principal, ServiceError, Services};

pub(crate) use queue::PresenceQueue;
use silence::SILENCE_MAX;
pub(crate) use silence::Silence;
pub use written::OpenSockets;
pub(crate) use written::WrittenSockets;

/// How often a node gives a sign of life, and looks for those of the others.
const BEAT: Duration = Duration::from_secs(1);
/// How soon what could not be stored is tried again.
const RETRY: Duration = Duration::from_secs(10);
const NOT_STORED: &str = "this node's sign of life was not stored";

impl Services {
    /// A subscription to a session's topic has begun. Never waits: the table follows shortly after.
    pub fn topic_opened(&self, caller: &Principal, id: SessionId) {
        self.inner.presence.change(id, caller.user_id(), 1);
    }

    /// A subscription to a session's topic has ended.
    pub fn topic_closed(&self, user: &UserId, id: SessionId) {
        self.inner.presence.change(id, user, -1);
    }

    /// Follows who is connected to this node into the database until it is told to stop, and then takes everyone out.
    /// `count` counts the sockets that are open.
    pub async fn run_presence(self, count: impl Fn() -> OpenSockets + Send + Sync, stop: CancellationToken) {
        if !stop.is_cancelled() {
            // Everything else refers to the node. A former run of the only one is gone from the first moment.
            match self.beat().await {
                Ok(gone) => Box::pin(self.forget_nodes(gone)).await,
                Err(error) => log_failure(Err(error), NOT_STORED),
            }
        }
        let (gone, heard_gone) = watch::channel(Vec::new());
        // Side by side, so that no amount of coming and going keeps this node from its sign of life.
        tokio::join!(
            self.keep_alive(gone, &stop),
            Box::pin(self.take_out(heard_gone)),
            Box::pin(self.follow_sessions(&stop)),
            Box::pin(self.follow_sockets(&count, &stop)),
        );
        log_failure(self.forget_node(self.inner.node, self.now()).await, "this node was not taken out");
    }

    /// Gives signs of life and says which nodes give none, until it is told to stop.
    async fn keep_alive(&self, gone: watch::Sender<Vec<NodeRow>>, stop: &CancellationToken) {
        while stop.run_until_cancelled(tokio::time::sleep(BEAT)).await.is_some() {
            match self.beat().await {
                // Also those of the last time: whoever could not be taken out is tried again.
                Ok(nodes) => drop(gone.send_replace(nodes)),
                Err(error) => log_failure(Err(error), NOT_STORED),
            }
        }
    }

    /// Takes nodes out that are gone.
    async fn take_out(&self, mut gone: watch::Receiver<Vec<NodeRow>>) {
        while gone.changed().await.is_ok() {
            let nodes = gone.borrow_and_update().clone();
            self.forget_nodes(nodes).await;
        }
    }

    async fn forget_nodes(&self, nodes: Vec<NodeRow>) {
        for node in nodes {
            tracing::warn!(node.id = %node.id, node.seen_at = %node.seen_at, "a node is gone; everyone on it is taken out");
            log_failure(self.forget_node(node.id, node.seen_at).await, "a node that is gone was not taken out");
        }
    }

    /// Follows who comes to sessions and who goes, until it is told to stop.
    async fn follow_sessions(&self, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            log_failure(self.store_presence().await, "who is connected was not stored");
            log_failure(self.store_departures().await, "who left a door was not stored");
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.inner.presence.changed.notified() => {}
                // What could not be stored is tried again.
                () = tokio::time::sleep(RETRY) => {}
            }
        }
    }

    /// Gives one sign of life and follows everyone who came or went. For whoever drives the clock by hand.
    ///
    /// # Errors
    /// [`ServiceError::Data`] where storage fails.
    pub async fn follow_presence(&self) -> Result<(), ServiceError> {
        let gone = self.beat().await?;
        self.forget_nodes(gone).await;
        self.store_presence().await?;
        self.store_departures().await
    }

    /// Notes that this node lives; which ones do not.
    async fn beat(&self) -> Result<Vec<NodeRow>, ServiceError> {
        let now = self.now();
        let work = self.begin().await?;
        let was_known = work.presence().beat(self.inner.node, now).await?;
        work.commit().await?;
        let lived_before = self.inner.departures.note_alive();
        if !was_known {
            // Others took this node for dead and everyone on it out: they are here all the same.
            self.inner.presence.write_anew();
            for user in self.inner.written_sockets.forget() {
                self.hub().note_user(&user);
            }
            if lived_before {
                self.inner.departures.send_back();
            }
        }
        let others = self.db().presence().list_other_nodes(self.inner.node).await?;
        // SQLite is for a single node: every other one is a former run of this one.
        if self.db().is_sqlite() {
            return Ok(others);
        }
        Ok(self.inner.silence.lock().unwrap_or_else(PoisonError::into_inner).look(others, now))
    }

    /// When a grace is over that was to end at `due`: everybody has all of it with a server to come back to. What the time
    /// between two runs of the server took of it is given again.
    pub(crate) async fn grace_end(&self, store: &impl Store, due: Timestamp) -> Result<Timestamp, ServiceError> {
        let grace = self.inner.settings.leave_grace;
        let own = self.inner.started_at.plus(grace);
        // SQLite is for a single node: before it there was none.
        if own <= due || self.db().is_sqlite() {
            return Ok(due.max(own));
        }
        let first = store.presence().first_started(self.now().minus(SILENCE_MAX)).await?;
        Ok(first.map_or(own, |first| own.min(first.plus(grace))).max(due))
    }

    /// Takes a node out with everyone on it, who were last known to be there at `seen_at`. The node goes last and only when
    /// all else went, so whoever finds it after this was interrupted, or failed for one session, goes on with what is left.
    async fn forget_node(&self, node: NodeId, seen_at: Timestamp) -> Result<(), ServiceError> {
        let mut outcome = self.close_connections_of(node, seen_at).await;
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
}
