//! Analyses of recordings: what somebody asked for and what came out.

use crate::wire_enum::wire_enum;
use crate::{AnalysisId, ArtifactId, SessionId, Timestamp, UserId};

wire_enum!(
    /// How far an analysis is.
    AnalysisStatus {
        /// It waits for its turn.
        Queued = "QUEUED",
        /// It is under way.
        Running = "RUNNING",
        /// There are figures.
        Succeeded = "SUCCEEDED",
        /// There are none, and why.
        Failed = "FAILED",
    }
);

/// One analysis of one recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Analysis {
    /// Id.
    pub id: AnalysisId,
    /// The session that the recording is of.
    pub session_id: SessionId,
    /// The recording.
    pub artifact_id: ArtifactId,
    /// Who asked, and is told.
    pub requested_by: UserId,
    /// How far it is.
    pub status: AnalysisStatus,
    /// The figures, a JSON object as text.
    pub report: Option<String>,
    /// Why there are none: a stable name, and a sentence that says what to do.
    pub error: Option<(String, String)>,
    /// How often it was begun.
    pub attempts: u32,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it was begun, the last time.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}
