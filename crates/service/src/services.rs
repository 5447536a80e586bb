//! What every command needs, in one place.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use mockly_data::{Database, UnitOfWork};
use mockly_domain::join::JoinWindow;
use mockly_domain::{NodeId, PublicUrl, Timestamp};
use mockly_realtime::Hub;
use tokio::sync::Notify;

use crate::analyses::{Analyser, AnalyserSettings};
use crate::artifacts::{ArtifactLimits, UploadTurns};
use crate::blob::BlobStore;
use crate::identity::{Identity, IdentitySettings};
use crate::media::Media;
use crate::peers::Peers;
use crate::presence::{PresenceQueue, Silence, WrittenSockets};
use crate::relay::Passes;
use crate::rooms::Departures;
use crate::under_key::is_under_key;
pub(crate) use crate::wakes::Wakes;
use crate::{Clock, IdSource, ServiceError};

/// How the use cases behave.
#[derive(Debug, Clone)]
pub struct ServiceSettings {
    /// Tokens and accounts.
    pub identity: IdentitySettings,
    /// Where people reach the server.
    pub public_url: PublicUrl,
    /// When a MENTORING can be joined.
    pub join_window: JoinWindow,
    /// How long nobody may be connected before an ACTIVE session ends.
    pub empty_room_timeout: Duration,
    /// How long a participant who lost the connection still counts as in.
    pub leave_grace: Duration,
    /// How long the host of an ACTIVE class may be away before it ends.
    pub host_absence_timeout: Duration,
    /// Messages that `get_recent_chats` answers with.
    pub chat_history_limit: u32,
    /// How long events are kept for those who come back.
    pub events_kept_for: Duration,
    /// How often to look for what other nodes stored, should nobody tell.
    pub look_every: Duration,
    /// How much may be uploaded.
    pub artifacts: ArtifactLimits,
    /// The analyser of another service; without one this server analyses by itself.
    pub analyser: Option<AnalyserSettings>,
}

/// A page of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Which page, from 0.
    pub page: u32,
    /// Rows on a page, 1 to 100.
    pub size: u32,
}

impl Page {
    pub(crate) fn offset(self) -> u64 {
        u64::from(self.page) * u64::from(self.size)
    }

    pub(crate) fn limit(self) -> u64 {
        u64::from(self.size)
    }
}

/// One page and how many rows there are in all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paged<T> {
    /// The rows of this page.
    pub items: Vec<T>,
    /// Rows on all pages.
    pub total: u64,
    /// Which page this is.
    pub page: u32,
    /// Rows on a page.
    pub size: u32,
}

/// A stretch of a stream of rows, newest last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Whether more follow.
    pub has_more: bool,
}

/// The use cases; clones are the same.
#[derive(Clone)]
pub struct Services {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) db: Database,
    pub(crate) hub: Hub,
    pub(crate) media: Arc<dyn Media>,
    pub(crate) blobs: Arc<dyn BlobStore>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn IdSource>,
    pub(crate) identity: Identity,
    pub(crate) analyser: Option<Analyser>,
    pub(crate) settings: ServiceSettings,
    /// This run of this process.
    pub(crate) node: NodeId,
    /// When it began.
    pub(crate) started_at: Timestamp,
    /// Events were stored.
    pub(crate) events_stored: Notify,
    /// Notifications were stored.
    pub(crate) notifications_stored: Notify,
    /// Events of rooms were stored.
    pub(crate) room_events_stored: Notify,
    /// Analyses were asked for.
    pub(crate) analyses_stored: Notify,
    /// Jobs were written down.
    pub(crate) jobs_stored: Notify,
    /// What LiveKit has should be compared with what we think it has.
    pub(crate) reconcile_wanted: Notify,
    pub(crate) presence: PresenceQueue,
    /// What was seen of the other nodes.
    pub(crate) silence: Mutex<Silence>,
    /// What the other nodes can know of this one's sockets.
    pub(crate) written_sockets: WrittenSockets,
    /// Uploads under way.
    pub(crate) uploads: UploadTurns,
    /// Connections to doors.
    pub(crate) departures: Departures,
    /// Passes of the relay, for those who wait for one.
    pub(crate) passes: Passes,
    /// The link to the other nodes.
    pub(crate) peers: Peers,
}

impl Services {
    /// Puts the use cases together. Nothing runs yet: the server starts [`Services::run_relay`],
    /// [`Services::run_jobs`], [`Services::run_analyses`], [`Services::run_presence`] and [`Services::run_reconciliation`].
    ///
    /// # Errors
    /// [`ServiceError`] where the settings cannot be used.
    pub fn new(
        db: Database,
        hub: Hub,
        media: Arc<dyn Media>,
        blobs: Arc<dyn BlobStore>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
        settings: ServiceSettings,
    ) -> Result<Self, ServiceError> {
        let identity = Identity::new(&settings.identity)?;
        let analyser = settings.analyser.as_ref().map(Analyser::new).transpose()?;
        let (node, started_at) = (NodeId(ids.uuid()), clock.now());
        Ok(Self {
            inner: Arc::new(Inner {
                db,
                hub,
                media,
                blobs,
                clock,
                ids,
                identity,
                analyser,
                settings,
                node,
                started_at,
                events_stored: Notify::new(),
                notifications_stored: Notify::new(),
                room_events_stored: Notify::new(),
                analyses_stored: Notify::new(),
                jobs_stored: Notify::new(),
                reconcile_wanted: Notify::new(),
                presence: PresenceQueue::default(),
                silence: Mutex::default(),
                written_sockets: WrittenSockets::default(),
                uploads: UploadTurns::default(),
                departures: Departures::default(),
                passes: Passes::default(),
                peers: Peers::default(),
            }),
        })
    }

    /// The hub that this node's sockets hang on.
    pub fn hub(&self) -> &Hub {
        &self.inner.hub
    }

    pub(crate) fn db(&self) -> &Database {
        &self.inner.db
    }

    /// The time, by the clock that the use cases go by.
    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    pub(crate) async fn begin(&self) -> Result<UnitOfWork, ServiceError> {
        let work = self.inner.db.begin().await?;
        Ok(if is_under_key() { work.surely(&self.inner.db) } else { work })
    }

    /// Commits and then wakes whoever waits for what was stored.
    pub(crate) async fn commit(&self, work: UnitOfWork, wakes: Wakes) -> Result<(), ServiceError> {
        work.commit().await?;
        self.wake(wakes);
        self.inner.peers.tell(wakes);
        Ok(())
    }

    /// Wakes whoever on this node waits for what was stored, be it here or on another node.
    pub(crate) fn wake(&self, wakes: Wakes) {
        let Wakes { events, notifications, rooms, jobs } = wakes;
        for (stored, notify) in [
            (events, &self.inner.events_stored),
            (notifications, &self.inner.notifications_stored),
            (rooms, &self.inner.room_events_stored),
            (jobs, &self.inner.jobs_stored),
        ] {
            if stored {
                notify.notify_one();
            }
        }
    }
}
