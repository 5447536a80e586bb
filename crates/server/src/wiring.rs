//! Puts the crates together: from the configuration to a database, the use cases and their adapters.

mod settings;

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::sync::Arc;

use mockly_data::{Database, DatabaseSettings};
use mockly_domain::PublicUrl;
use mockly_domain::join::JoinWindow;
use mockly_realtime::Hub;
use mockly_service::{
    BlobStore, DiskBlobs, LivekitMedia, LivekitSettings, Media, NoMedia, S3Blobs, ServiceError, ServiceSettings,
    Services, SystemClock, SystemIds,
};

use crate::config::{Config, DatabaseConfig, LivekitConfig};
use crate::failure::{Failure, chain};

pub(crate) use settings::{http_settings, socket_settings};

/// Opens the pool. A SQLite file is made where there is none, and its folder too, for nobody else to read.
pub(crate) async fn open_database(config: &DatabaseConfig) -> Result<Database, Failure> {
    if let Some(file) = config.file() {
        let made = make_private(&file, &config.folder());
        made.map_err(|error| Failure::because(&format!("{} cannot be made", file.display()), &error))?;
    }
    let settings = DatabaseSettings {
        url: config.url.expose().to_owned(),
        connections_max: config.connections_max,
        timeout: config.timeout,
    };
    let what = "the database cannot be opened (see DATABASE_URL)";
    Database::connect(&settings).await.map_err(|error| Failure::because(what, &error))
}

/// Opens the database with a schema that this version can work on, or says what to do.
pub(crate) async fn open_ready_database(config: &Config) -> Result<Database, Failure> {
    let database = open_database(&config.database).await?;
    if config.database.migrate_on_start {
        let migrated = database.migrate().await;
        migrated.map_err(|error| Failure::because("the schema could not be brought up to date", &error))?;
        return Ok(database);
    }
    match database.is_up_to_date().await {
        Ok(true) => Ok(database),
        Ok(false) => {
            let text = "the database's schema is older than this version: run `mockly migrate` first, \
                        or set MIGRATE_ON_START=true";
            Err(Failure::Run(text.to_owned()))
        }
        Err(error) => Err(Failure::because("the database's schema cannot be read", &error)),
    }
}

/// The use cases over the database, with the machine's clock and random source.
///
/// `port` is the one that was taken; where nothing listens, the one that is configured.
pub(crate) fn build_services(config: &Config, port: u16, database: Database) -> Result<Services, Failure> {
    install_tls();
    let settings = ServiceSettings {
        identity: settings::identity_settings(config)?,
        public_url: PublicUrl::new(&settings::public_url(config, port)),
        join_window: JoinWindow {
            opens_before: config.sessions.mentoring_opens_before,
            closes_after: config.sessions.mentoring_closes_after,
        },
        empty_room_timeout: config.sessions.empty_room_timeout,
        host_absence_timeout: config.sessions.host_absence_timeout,
        chat_history_limit: config.sessions.chat_history_limit,
        leave_grace: settings::LEAVE_GRACE,
        events_kept_for: settings::EVENTS_KEPT_FOR,
        look_every: settings::LOOK_EVERY,
        artifacts: config.artifacts.limits,
        analyser: config.analyses.analyser.clone(),
    };
    let media: Arc<dyn Media> = match &config.livekit {
        Some(livekit) => Arc::new(LivekitMedia::new(livekit_settings(livekit))),
        None => Arc::new(NoMedia),
    };
    let blobs = blobs(config)?;
    let (clock, ids) = (Arc::new(SystemClock), Arc::new(SystemIds));
    let services = Services::new(database, Hub::new(), media, blobs, clock, ids, settings);
    services.map_err(|error| Failure::Run(describe(&error)))
}

/// Where files are kept: in a bucket, else in a folder.
fn blobs(config: &Config) -> Result<Arc<dyn BlobStore>, Failure> {
    if let Some(s3) = &config.artifacts.s3 {
        let blobs = S3Blobs::new(s3);
        return Ok(Arc::new(
            blobs.map_err(|error| Failure::because("the bucket cannot be used (see S3_BUCKET)", &error))?,
        ));
    }
    let folder = config.artifacts.dir.clone().unwrap_or_else(|| config.database.folder().join("artifacts"));
    Ok(Arc::new(DiskBlobs::new(folder)))
}

/// An empty file is an empty database to SQLite, whose further files take the rights of the first.
fn make_private(file: &Path, folder: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(file) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// What the use cases say, for a terminal: the sentence of a refusal, the causes of anything else.
pub(crate) fn describe(error: &ServiceError) -> String {
    match error {
        ServiceError::Refused(refused) if refused.fields.is_empty() => refused.detail.clone(),
        ServiceError::Refused(refused) => {
            let fields = refused.fields.iter().map(|field| format!("{} {}", field.field, field.message));
            fields.collect::<Vec<_>>().join("; ")
        }
        other => chain(other),
    }
}

/// The one TLS provider of the process. Dependencies ask for none of their own, and rustls would panic without one.
fn install_tls() {
    // Fails only where one is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

fn livekit_settings(config: &LivekitConfig) -> LivekitSettings {
    LivekitSettings {
        api_url: config.api_url.clone(),
        client_url: config.client_url.clone(),
        api_key: config.api_key.clone(),
        api_secret: config.api_secret.expose().to_owned(),
        webhook_secret: config.webhook_secret.as_ref().map(|secret| secret.expose().to_owned()),
        timeout: config.timeout,
    }
}
