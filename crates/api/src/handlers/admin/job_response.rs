//! Follow-up work as admins see it.

use mockly_domain::{JobId, JobState, SessionId, Timestamp};
use mockly_service::JobRow;
use serde::Serialize;
use utoipa::ToSchema;

/// A job.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "0197c1a0-7e5d-7c3a-9f00-1f6b2d3c4e61",
    "kind": "livekit-delete-room",
    "state": "DEAD",
    "sessionId": "0197c1a0-7e5d-7c3a-9f00-1f6b2d3c4e5f",
    "runAt": "2026-01-15T10:00:00Z",
    "attempts": 20,
    "lastError": "media failed: LiveKit does not answer",
    "deadAt": "2026-01-15T22:00:00Z",
    "createdAt": "2026-01-15T09:00:00Z"
}))]
pub(crate) struct JobResponse {
    /// Id.
    id: JobId,
    /// What is to be done.
    kind: String,
    /// How it stands.
    state: JobState,
    /// The session that it is about, where it is about one.
    session_id: Option<SessionId>,
    /// When it was or is due.
    run_at: Timestamp,
    /// Tries so far.
    attempts: u32,
    /// Why the last try failed, if it did.
    last_error: Option<String>,
    /// Since when it is dead, if it is.
    dead_at: Option<Timestamp>,
    /// When it was written down.
    created_at: Timestamp,
}

impl From<JobRow> for JobResponse {
    fn from(job: JobRow) -> Self {
        Self {
            session_id: job.session_id(),
            id: job.id,
            kind: job.kind,
            state: job.state,
            run_at: job.run_at,
            attempts: job.attempts,
            last_error: job.last_error,
            dead_at: job.dead_at,
            created_at: job.created_at,
        }
    }
}
