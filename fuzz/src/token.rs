//! Access tokens: three parts, their header, their claims, and who comes of them.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use mockly_data::{Database, DatabaseSettings};
use mockly_domain::join::JoinWindow;
use mockly_domain::{PublicUrl, Timestamp};
use mockly_realtime::Hub;
use mockly_service::{
    ArtifactLimits, Clock, DiskBlobs, IdentitySettings, NoMedia, Principal, ServiceError, ServiceSettings, Services,
    SystemIds,
};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::runtime::{Builder, Runtime};

const SECRET: &str = "another secret that no input can know";
fn now() -> Timestamp {
    Timestamp::from_secs(1_768_471_200)
}

/// The use cases over a database of their own.
struct World {
    runtime: Runtime,
    services: Services,
    _folder: tempfile::TempDir,
}

struct StoppedClock;

impl Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        now()
    }
}

thread_local! {
    static WORLD: World = World::new();
}

/// The first byte says what the rest is: a token of a stranger, which must be refused; claims that were signed with the
/// right secret, which must be in force and name a user; or a header that was, which must be HS256.
pub(crate) fn token(input: &[u8]) {
    let Some((kind, input)) = input.split_first() else { return };
    match kind % 3 {
        0 => assert!(authenticate(&String::from_utf8_lossy(input)).is_err(), "what nobody signed was believed"),
        1 => {
            if let Ok(principal) = authenticate(&sign(SECRET, br#"{"alg":"HS256"}"#, input)) {
                let id = principal.user_id().as_str();
                assert!(!id.is_empty() && id.chars().count() <= 128 && !id.chars().any(char::is_control), "{id:?}");
                assert!(principal.expires_at.plus(Duration::from_mins(1)) > now(), "{:?}", principal.expires_at);
                assert!(!principal.user.display_name.chars().any(char::is_control), "{principal:?}");
            }
        }
        _ => {
            let claims = json!({ "sub": "ada", "exp": now().as_secs() + 300 }).to_string();
            if authenticate(&sign(SECRET, input, claims.as_bytes())).is_ok() {
                let header: Value = serde_json::from_slice(input).unwrap_or_default();
                assert_eq!(header["alg"], "HS256", "{header}");
            }
        }
    }
}

/// A token of any header and claims, with the signature that HS256 gives them.
pub(crate) fn sign(secret: &str, header: &[u8], claims: &[u8]) -> String {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    // HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return signed };
    mac.update(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

fn authenticate(token: &str) -> Result<Principal, ServiceError> {
    WORLD.with(|world| world.runtime.block_on(world.services.authenticate(token)))
}

impl World {
    #[expect(clippy::expect_used, reason = "without it there is nothing to test")]
    fn new() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let folder = tempfile::tempdir().expect("a folder");
        let services = runtime.block_on(start(folder.path())).expect("the use cases");
        Self { runtime, services, _folder: folder }
    }
}

async fn start(folder: &std::path::Path) -> Result<Services, ServiceError> {
    let url = format!("sqlite://{}", folder.join("fuzz.sqlite").display());
    let settings = DatabaseSettings { url, connections_max: 2, timeout: Duration::from_secs(5) };
    let database = Database::connect(&settings).await?;
    database.migrate().await?;
    let settings = ServiceSettings {
        identity: IdentitySettings::new(SECRET.to_owned()),
        public_url: PublicUrl::new("https://mockly.example/"),
        join_window: JoinWindow::default(),
        empty_room_timeout: Duration::from_mins(10),
        host_absence_timeout: Duration::from_mins(10),
        chat_history_limit: 100,
        leave_grace: Duration::from_secs(15),
        events_kept_for: Duration::from_hours(1),
        look_every: Duration::from_millis(500),
        artifacts: ArtifactLimits::default(),
        analyser: None,
    };
    let blobs = Arc::new(DiskBlobs::new(folder.join("artifacts")));
    Services::new(database, Hub::new(), Arc::new(NoMedia), blobs, Arc::new(StoppedClock), Arc::new(SystemIds), settings)
}
