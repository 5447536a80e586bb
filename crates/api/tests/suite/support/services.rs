//! The real use cases over a SQLite file of the test's own.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mockly_data::{Database, DatabaseSettings};
use mockly_domain::join::JoinWindow;
use mockly_domain::{PublicUrl, Timestamp};
use mockly_realtime::Hub;
use mockly_service::{
    ArtifactLimits, Clock, DiskBlobs, IdSource as _, IdentitySettings, NoMedia, ServiceSettings, Services, SystemClock,
    SystemIds,
};

/// Removes the file, and the folder beside it, when the test is over, however it ends.
pub(crate) struct TempDatabase(PathBuf);

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

/// The machine's clock, until a test breaks it: a failure that no rule foresees.
#[derive(Default)]
pub(crate) struct BreakableClock(AtomicBool);

impl BreakableClock {
    pub(crate) fn break_it(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Clock for BreakableClock {
    fn now(&self) -> Timestamp {
        assert!(!self.0.load(Ordering::Relaxed), "the secret of the failure");
        SystemClock.now()
    }
}

/// Starts the use cases without their background work: no test here waits for a timer.
pub(crate) async fn start() -> (Services, Arc<BreakableClock>, TempDatabase) {
    let path = std::env::temp_dir().join(format!("mockly-api-{}.sqlite", SystemIds.uuid()));
    let settings = DatabaseSettings {
        url: format!("sqlite://{}", path.display()),
        connections_max: 4,
        timeout: Duration::from_secs(5),
    };
    let database = Database::connect(&settings).await.unwrap();
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
        artifacts: ArtifactLimits::default(),
        analyser: None,
    };
    let clock = Arc::new(BreakableClock::default());
    let ports: (Arc<dyn Clock>, _) = (Arc::<BreakableClock>::clone(&clock), Arc::new(SystemIds));
    let blobs = Arc::new(DiskBlobs::new(path.with_extension("artifacts")));
    let services = Services::new(database, Hub::new(), Arc::new(NoMedia), blobs, ports.0, ports.1, settings);
    (services.unwrap(), clock, TempDatabase(path))
}
