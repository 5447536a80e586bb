//! Whether this node can serve.

use std::time::Duration;

use mockly_data::Database;
use tokio::time::timeout;

use crate::Services;
use crate::media::LivekitReadiness;
use crate::peers::RedisReadiness;

/// How long LiveKit may take to answer. Balancers give a probe a second or two, and take out a node that needs longer.
const MEDIA_PATIENCE: Duration = Duration::from_millis(500);

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
        let media = timeout(MEDIA_PATIENCE, self.inner.media.readiness());
        let (database, media) = tokio::join!(answers(self.db()), media);
        let livekit = media.unwrap_or_else(|_late| {
            tracing::warn!("LiveKit does not answer within {MEDIA_PATIENCE:?}");
            LivekitReadiness::Degraded
        });
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
