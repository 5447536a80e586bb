//! The real use cases over a SQLite file of the test's own.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use mockly_data::{Database, DatabaseSettings};
use mockly_domain::join::JoinWindow;
use mockly_domain::{PublicUrl, Timestamp};
use mockly_realtime::Hub;
use mockly_service::{
    ArtifactLimits, Clock, DiskBlobs, IdSource as _, IdentitySettings, LivekitMedia, LivekitSettings, Media,
    ServiceSettings, Services, SystemClock, SystemIds,
};

/// Removes the file, and the folder beside it, when the test is over, however it ends.
pub(crate) struct TempDatabase(PathBuf);

impl TempDatabase {
    pub(crate) fn new() -> Self {
        Self(std::env::temp_dir().join(format!("mockly-api-{}.sqlite", SystemIds.uuid())))
    }
}

impl Drop for TempDatabase {
    fn drop(&mut self) {
        for suffix in ["", "-wal", "-shm"] {
            let mut path = self.0.clone().into_os_string();
            path.push(suffix);
            // What is not there need not be removed.
            let _ = std::fs::remove_file(path);
        }
        let _ = std::fs::remove_dir_all(self.0.with_extension("artifacts"));
    }
}

/// The machine's clock, until a test moves it on, or breaks it: a failure that no rule foresees.
#[derive(Default)]
pub(crate) struct TestClock {
    ahead_sec: AtomicU64,
    broken: AtomicBool,
}

impl TestClock {
    pub(crate) fn advance(&self, by: Duration) {
        self.ahead_sec.fetch_add(by.as_secs(), Ordering::Relaxed);
    }

    pub(crate) fn break_it(&self) {
        self.broken.store(true, Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        assert!(!self.broken.load(Ordering::Relaxed), "the secret of the failure");
        SystemClock.now().plus(Duration::from_secs(self.ahead_sec.load(Ordering::Relaxed)))
    }
}

/// A LiveKit that nobody has started: what asks it is refused after everything that we decide ourselves.
pub(crate) fn livekit_away() -> Arc<dyn Media> {
    Arc::new(LivekitMedia::new(LivekitSettings {
        // Nothing listens at the port of the discard service.
        api_url: "http://127.0.0.1:9".to_owned(),
        client_url: "ws://127.0.0.1:9".to_owned(),
        api_key: "key".to_owned(),
        api_secret: "a secret of LiveKit that has 32 bytes".to_owned(),
        webhook_secret: None,
        timeout: Duration::from_secs(1),
    }))
}

/// The database by itself.
pub(crate) async fn open(file: &TempDatabase) -> Database {
    let settings = DatabaseSettings {
        url: format!("sqlite://{}", file.0.display()),
        connections_max: 4,
        timeout: Duration::from_secs(5),
    };
    Database::connect(&settings).await.unwrap()
}

/// Starts the use cases without their background work: no test here waits for a timer.
pub(crate) async fn start(file: &TempDatabase, clock: Arc<TestClock>, media: Arc<dyn Media>) -> Services {
    let path = &file.0;
    let database = open(file).await;
    database.migrate().await.unwrap();
    let settings = ServiceSettings {
        identity: IdentitySettings::new("a test secret of more than 32 bytes".to_owned()),
        public_url: PublicUrl::new("https://mockly.example/"),
        join_window: JoinWindow::default(),
        empty_room_timeout: Duration::from_mins(10),
        host_absence_timeout: Duration::from_mins(10),
        chat_history_limit: 100,
        leave_grace: Duration::from_secs(15),
        events_kept_for: Duration::from_hours(7 * 24),
        look_every: Duration::from_millis(500),
        artifacts: ArtifactLimits::default(),
        analyser: None,
    };
    let blobs = Arc::new(DiskBlobs::new(path.with_extension("artifacts")));
    Services::new(database, Hub::new(), media, blobs, clock, Arc::new(SystemIds), settings).unwrap()
}
