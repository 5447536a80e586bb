//! Configuration: defaults in code, then the file, then the environment; checked as a whole at start.
//!
//! One table names every setting, one file reads each section. Nothing else in the workspace reads the environment. A
//! value that is wrong is a fault with a remedy, and all faults are told together, so that nobody mends them one start
//! at a time. To add a setting see `table.rs`.

mod analyses;
mod artifacts;
mod database;
mod development;
mod fault;
mod generate;
mod identity;
mod limits;
mod livekit;
mod logging;
mod reader;
mod redis;
mod secret;
mod server;
mod sessions;
mod setting;
mod sockets;
mod source;
mod table;
mod url;
mod value;

use mockly_service::RedisSettings;
use reader::Reader;

pub(crate) use analyses::AnalysesConfig;
pub(crate) use artifacts::ArtifactsConfig;
pub(crate) use database::DatabaseConfig;
pub(crate) use fault::Faults;
pub(crate) use generate::{effective, env_example, reference};
pub(crate) use identity::{IdentityConfig, OidcConfig};
pub(crate) use limits::LimitsConfig;
pub(crate) use livekit::LivekitConfig;
pub(crate) use logging::{LogFormat, LoggingConfig};
pub(crate) use server::{Environment, ListenConfig, Origins, ServerConfig};
pub(crate) use sessions::SessionsConfig;
pub(crate) use sockets::SocketsConfig;
pub(crate) use source::Sources;
pub(crate) use value::Rate;

/// Everything that `mockly serve` needs, checked.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) server: ServerConfig,
    pub(crate) database: DatabaseConfig,
    pub(crate) redis: Option<RedisSettings>,
    pub(crate) identity: IdentityConfig,
    pub(crate) livekit: Option<LivekitConfig>,
    pub(crate) sessions: SessionsConfig,
    pub(crate) artifacts: ArtifactsConfig,
    pub(crate) analyses: AnalysesConfig,
    pub(crate) sockets: SocketsConfig,
    pub(crate) limits: LimitsConfig,
    pub(crate) logging: LoggingConfig,
}

/// What `mockly migrate` needs: a job that changes the schema gets no secrets it has no use for.
#[derive(Debug, Clone)]
pub(crate) struct StorageConfig {
    pub(crate) database: DatabaseConfig,
    pub(crate) logging: LoggingConfig,
}

impl Config {
    /// Reads and checks everything. In development missing secrets are made here and kept beside the database.
    ///
    /// # Errors
    /// [`Faults`] with everything that is wrong.
    pub(crate) fn load(sources: &Sources) -> Result<Self, Faults> {
        let mut reader = Reader::new(sources);
        let mut config = Self::read(&mut reader);
        // Only a configuration without fault says where secrets may be written.
        if !reader.has_faults() && config.server.environment == Environment::Development {
            development::complete(&mut reader, &config.database, &mut config.identity);
        }
        reader.finish(config)
    }

    /// Reads and checks everything, and makes nothing.
    ///
    /// # Errors
    /// [`Faults`] with everything that is wrong.
    pub(crate) fn check(sources: &Sources) -> Result<Self, Faults> {
        let mut reader = Reader::new(sources);
        let config = Self::read(&mut reader);
        reader.finish(config)
    }

    fn read(reader: &mut Reader) -> Self {
        let (server, database) = (ServerConfig::read(reader), DatabaseConfig::read(reader));
        Self {
            server,
            redis: redis::read(reader, &database),
            database,
            identity: IdentityConfig::read(reader),
            livekit: LivekitConfig::read(reader),
            sessions: SessionsConfig::read(reader),
            artifacts: ArtifactsConfig::read(reader),
            analyses: AnalysesConfig::read(reader),
            sockets: SocketsConfig::read(reader),
            limits: LimitsConfig::read(reader),
            logging: LoggingConfig::read(reader),
        }
    }
}

impl StorageConfig {
    /// Reads and checks what concerns the database and the log.
    ///
    /// # Errors
    /// [`Faults`] with everything that is wrong there.
    pub(crate) fn load(sources: &Sources) -> Result<Self, Faults> {
        let mut reader = Reader::new(sources);
        let config = Self { database: DatabaseConfig::read(&mut reader), logging: LoggingConfig::read(&mut reader) };
        reader.finish(config)
    }
}

impl ListenConfig {
    /// Reads and checks the address alone, for `mockly healthcheck`.
    ///
    /// # Errors
    /// [`Faults`] with what is wrong with it.
    pub(crate) fn load(sources: &Sources) -> Result<Self, Faults> {
        let mut reader = Reader::new(sources);
        let config = Self::read(&mut reader);
        reader.finish(config)
    }
}

#[cfg(test)]
mod tests;
