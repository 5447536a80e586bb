use mockly_domain::analysis::AnalysisReport;
use mockly_domain::{Analysis, AnalysisId, AnalysisStatus, ArtifactId, SessionId, Timestamp, UserId};
use mockly_service::AnalysisView;
use serde::Serialize;
use utoipa::ToSchema;

/// An analysis of a recording.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AnalysisResponse {
    /// Id.
    id: AnalysisId,
    /// The session that the recording is of.
    session_id: SessionId,
    /// The recording.
    artifact_id: ArtifactId,
    /// Who asked, and is told.
    requested_by: UserId,
    /// How far it is.
    status: AnalysisStatus,
    /// How far it is, in percent, where the analyser of another service has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    progress_percent: Option<u32>,
    /// The figures, once it has succeeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    report: Option<AnalysisReport>,
    /// Why there are none, where it has failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<AnalysisFailure>,
    /// When it was asked for.
    created_at: Timestamp,
    /// When it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<Timestamp>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_at: Option<Timestamp>,
}

/// Why an analysis gave no figures.
#[derive(Serialize, ToSchema)]
pub(super) struct AnalysisFailure {
    /// A stable name: `unknown-format`, `truncated-file`, `damaged-file`, `no-sound`, `unsupported-codec`,
    /// `unsupported-channels`, `unsupported-sample-rate`, `recording-too-long`, `part-too-large`, `empty-file`,
    /// `recording-unreadable`, `analysis-too-long` or `analysis-interrupted`; or what the analyser of another service calls
    /// it.
    code: String,
    /// What is wrong and what to do, in a sentence.
    message: String,
}

impl From<Analysis> for AnalysisResponse {
    fn from(analysis: Analysis) -> Self {
        Self {
            id: analysis.id,
            session_id: analysis.session_id,
            artifact_id: analysis.artifact_id,
            requested_by: analysis.requested_by,
            status: analysis.status,
            progress_percent: analysis.progress_percent,
            report: None,
            error: analysis.error.map(|(code, message)| AnalysisFailure { code, message }),
            created_at: analysis.created_at,
            started_at: analysis.started_at,
            finished_at: analysis.finished_at,
        }
    }
}

impl From<AnalysisView> for AnalysisResponse {
    fn from(view: AnalysisView) -> Self {
        Self { report: view.report, ..Self::from(view.analysis) }
    }
}
