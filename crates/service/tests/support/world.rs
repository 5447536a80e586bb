//! The use cases on a test's database.

use std::sync::Arc;
use std::time::Duration;

use mockly_data::Database;
use mockly_domain::join::JoinWindow;
use mockly_domain::{PublicUrl, Timestamp};
use mockly_realtime::Hub;
use mockly_service::{
    ArtifactLimits, BlobStore, Clock, DiskBlobs, IdentitySettings, Media, NoMedia, ServiceSettings, Services, SystemIds,
};
use tokio_util::sync::CancellationToken;

use super::{TestClock, TestDatabase};

/// The key of HS256 tokens in tests.
const SECRET: &str = "9f2b7c0d4e8a11365f0c9be27d4418a3";

/// One node: the use cases, the clock they go by and the database they write to.
pub(crate) struct TestWorld {
    /// The use cases.
    pub(crate) services: Services,
    /// Their clock.
    pub(crate) clock: Arc<TestClock>,
    /// Their database, for looking behind them.
    pub(crate) database: Database,
    /// The key that its HS256 tokens are signed with.
    pub(crate) secret: &'static str,
}

impl TestWorld {
    /// A node with default settings and no media.
    pub(crate) fn new(database: &TestDatabase) -> Self {
        Self::with(database, Arc::new(NoMedia), |_settings| ())
    }

    /// A node with a media server and other settings. Several on one database are several nodes, each with a clock of its
    /// own.
    pub(crate) fn with(
        database: &TestDatabase,
        media: Arc<dyn Media>,
        change: impl FnOnce(&mut ServiceSettings),
    ) -> Self {
        Self::with_blobs(database, media, Arc::new(DiskBlobs::new(database.files())), change)
    }

    /// A node whose files lie elsewhere.
    pub(crate) fn with_blobs(
        database: &TestDatabase,
        media: Arc<dyn Media>,
        blobs: Arc<dyn BlobStore>,
        change: impl FnOnce(&mut ServiceSettings),
    ) -> Self {
        Self::started(database, media, blobs, TestClock::default(), change)
    }

    /// A node that starts on the same database when this one's clock has gone on for a while.
    pub(crate) fn next_run(&self, database: &TestDatabase, media: Arc<dyn Media>, after: Duration) -> Self {
        let clock = TestClock::default();
        clock.advance(self.now().plus(after).since(clock.now()));
        Self::started(database, media, Arc::new(DiskBlobs::new(database.files())), clock, |_settings| ())
    }

    fn started(
        database: &TestDatabase,
        media: Arc<dyn Media>,
        blobs: Arc<dyn BlobStore>,
        clock: TestClock,
        change: impl FnOnce(&mut ServiceSettings),
    ) -> Self {
        // The first test of the process does it; the others find it done.
        let _done_before = rustls::crypto::ring::default_provider().install_default();
        let mut settings = ServiceSettings {
            identity: IdentitySettings::new(SECRET),
            public_url: PublicUrl::new("https://mockly.example"),
            join_window: JoinWindow::default(),
            empty_room_timeout: Duration::from_mins(2),
            leave_grace: Duration::from_secs(15),
            host_absence_timeout: Duration::from_mins(10),
            chat_history_limit: 100,
            events_kept_for: Duration::from_hours(7 * 24),
            look_every: Duration::from_millis(500),
            artifacts: ArtifactLimits::default(),
            analyser: None,
        };
        change(&mut settings);
        let (clock, database) = (Arc::new(clock), database.pool().clone());
        let ids = Arc::new(SystemIds);
        let services = Services::new(
            database.clone(),
            Hub::default(),
            media,
            blobs,
            Arc::clone(&clock) as Arc<dyn Clock>,
            ids,
            settings,
        )
        .unwrap();
        Self { services, clock, database, secret: SECRET }
    }

    /// A relay that has begun: what is stored from now on is published once it is polled, until `stop`.
    pub(crate) async fn relay(&self, stop: &CancellationToken) -> impl Future<Output = ()> + use<> {
        let start = self.services.prepare_relay().await.unwrap();
        self.services.clone().run_relay(start, stop.clone())
    }

    /// Looks on for long enough to see that another node gives no sign of life any more.
    pub(crate) async fn outlive(&self) {
        self.services.follow_presence().await.unwrap();
        for _ in 0..5 {
            self.clock.advance(Duration::from_secs(1));
            self.services.follow_presence().await.unwrap();
        }
    }

    /// The time.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
