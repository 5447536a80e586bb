//! Whether this node can serve.

use mockly_data::Database;

use crate::Services;
use crate::media::LivekitReadiness;
use crate::peers::RedisReadiness;

/// Whether this node can serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Readiness {
    /// Whether the database answers.
    pub database: bool,
    /// Whether media works; never a reason not to be ready.
    pub livekit: LivekitReadiness,
    /// Whether nodes tell each other at once; never a reason not to be ready.
    pub redis: RedisReadiness,
}

impl Services {
    /// Asks the parts that this node stands on.
    pub async fn readiness(&self) -> Readiness {
        let (database, livekit) = tokio::join!(answers(self.db()), self.inner.media.readiness());
        Readiness { database, livekit, redis: self.inner.peers.readiness() }
    }
}

async fn answers(db: &Database) -> bool {
    match db.ping().await {
        Ok(()) => true,
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "the database does not answer");
            false
        }
    }
}
