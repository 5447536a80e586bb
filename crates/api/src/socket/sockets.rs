//! What all sockets of a node share, and the way to close them all.

use std::sync::Arc;
use std::time::Duration;

use actix_web::{HttpRequest, web};
use mockly_realtime::{Disconnect, Hub};
use mockly_service::{Clock, IdSource, OpenSockets, Principal, Services};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use crate::settings::HttpSettings;
use crate::socket::iframe::IframePage;
use crate::socket::registry::Registry;
use crate::socket::room::Rooms;
use crate::socket::settings::SocketSettings;
use crate::socket::socketio::Clients;
use crate::socket::sockjs::SessionTable;
use crate::socket::ws::link::{self, LinkLimits};

/// Entries into rooms at once. Each is a write, which SQLite has one of at a time and PostgreSQL few connections for:
/// further ones wait here, in their order, instead of taking the database from everybody else.
const ENTRIES_AT_ONCE: usize = 4;

/// The spread of the wait before a client comes back after a shutdown, in milliseconds: wide enough for one node to take
/// the other's clients, and short enough for nobody to be without news for 5 s.
const RETRY_AFTER_MS: std::ops::RangeInclusive<u32> = 200..=2_500;

/// What all sockets of a node share. Made once, handed to every worker.
pub struct Sockets {
    pub(crate) services: Services,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn IdSource>,
    pub(crate) settings: SocketSettings,
    pub(crate) http: HttpSettings,
    pub(crate) registry: Arc<Registry>,
    pub(crate) sockjs: SessionTable,
    pub(crate) iframe: Option<IframePage>,
    pub(crate) rooms: Rooms,
    pub(crate) entries: Semaphore,
    pub(crate) socketio_clients: Clients,
    pub(crate) tasks: TaskTracker,
    epoch: Instant,
}

impl Sockets {
    /// Gathers it. `tasks` tracks one task per socket.
    ///
    /// Must be called inside the runtime, whose clock it takes as that of the sockets.
    pub fn new(
        services: Services,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
        settings: SocketSettings,
        http: HttpSettings,
        tasks: TaskTracker,
    ) -> Arc<Self> {
        Arc::new(Self {
            services,
            clock,
            ids,
            registry: Arc::new(Registry::new(settings.sockets_max)),
            sockjs: SessionTable::default(),
            iframe: settings.sockjs_script_url.as_deref().map(IframePage::new),
            rooms: Rooms::default(),
            entries: Semaphore::new(ENTRIES_AT_ONCE),
            socketio_clients: Clients::default(),
            settings,
            http,
            tasks,
            epoch: Instant::now(),
        })
    }

    fn of(request: &HttpRequest) -> Option<&Self> {
        request.app_data::<web::Data<Self>>().map(web::Data::get_ref)
    }

    /// Closes every socket and takes no new ones: WebSockets by 1001 with the reason `retry-after-ms=N`, N at random so
    /// that not all come back at once, and SockJS sessions by a close frame of the same, which stays there to be asked for.
    /// Waits until all are gone, at most for `deadline`, and tells how many were not.
    pub async fn drain(&self, deadline: Duration) -> usize {
        for outbox in self.registry.close() {
            outbox.disconnect(Disconnect::GoingAway { retry_after_ms: self.retry_after_ms() });
        }
        // Those that are closed already but still remembered have no outbox to hear it by.
        self.sockjs.wake_all();
        let everyone_gone = tokio::time::timeout(deadline, self.registry.wait_until_empty()).await;
        if everyone_gone.is_ok() { 0 } else { self.registry.len() }
    }

    /// How many sockets are open.
    pub fn open_sockets(&self) -> usize {
        self.registry.len()
    }

    /// The sockets that are open on this node.
    pub fn count(&self) -> OpenSockets {
        let by_transport = self.registry.by_transport();
        OpenSockets { total: by_transport.values().sum(), socketio: self.socketio_clients.count(), by_transport }
    }

    /// The same of the node that answers a request; none where it is REST alone.
    pub(crate) fn count_of(request: &HttpRequest) -> OpenSockets {
        Self::of(request).map(Self::count).unwrap_or_default()
    }

    pub(crate) fn hub(&self) -> &Hub {
        self.services.hub()
    }

    /// The milliseconds of the sockets' clock.
    pub(crate) fn now(&self) -> u64 {
        link::now(self.epoch)
    }

    pub(crate) fn instant(&self, at: u64) -> Instant {
        link::instant(self.epoch, at)
    }

    /// A number nobody can foresee.
    pub(crate) fn random(&self) -> u32 {
        let [a, b, c, d, ..] = self.ids.secret();
        u32::from_le_bytes([a, b, c, d])
    }

    pub(crate) fn link_limits(&self, message_bytes_max: usize) -> LinkLimits {
        LinkLimits {
            epoch: self.epoch,
            message_bytes_max,
            write_timeout_ms: millis(self.settings.write_timeout),
            ping_ms: millis(self.settings.ping_interval),
        }
    }

    /// When a socket of this principal is closed, in milliseconds of the sockets' clock.
    pub(crate) fn expires_at(&self, principal: &Principal) -> u64 {
        // The leeway follows the token's end, not the moment at which it was taken.
        let left = principal.expires_at.plus(self.settings.expiry_leeway).since(self.clock.now());
        self.now().saturating_add(millis(left))
    }

    fn retry_after_ms(&self) -> u32 {
        let span = RETRY_AFTER_MS.end() - RETRY_AFTER_MS.start() + 1;
        RETRY_AFTER_MS.start() + self.random() % span
    }
}

pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
