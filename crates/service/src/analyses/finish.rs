//! The end of an analysis, whoever carried it out.

use mockly_data::Store as _;
use mockly_domain::analysis::AnalysisReport;
use mockly_domain::{Analysis, AnalysisStatus, Artifact, EventType};
use uuid::Uuid;

use crate::ServiceError;
use crate::notifications::Notice;
use crate::sessions::Change;

/// An analysis that somebody has for themselves.
pub(super) struct Taken {
    pub(super) analysis: Analysis,
    /// `None` where it was deleted just now.
    pub(super) artifact: Option<Artifact>,
    /// By which it is known who has it.
    pub(super) lease: Uuid,
}

/// Why there are no figures: a stable name, and a sentence for whoever asked.
pub(super) type Reason = (String, String);

impl Change<'_> {
    /// Stores the figures or the reason, and the recording's length, and tells whoever asked; the analysis as it is then.
    pub(super) async fn finish_analysis(
        mut self,
        taken: Taken,
        result: Result<AnalysisReport, Reason>,
    ) -> Result<Analysis, ServiceError> {
        let Taken { mut analysis, artifact, lease } = taken;
        let name = artifact.as_ref().map_or("", |artifact| artifact.file_name.as_str());
        analysis.finished_at = Some(self.now);
        let message = match &result {
            Ok(report) => {
                analysis.status = AnalysisStatus::Succeeded;
                analysis.report = Some(json(report)?);
                format!("The analysis of {name} is ready.")
            }
            Err((code, text)) => {
                analysis.status = AnalysisStatus::Failed;
                analysis.error = Some((code.clone(), text.clone()));
                format!("The analysis of {name} gave no figures. {text}")
            }
        };
        if !self.work().analyses().finish(&analysis, lease).await? {
            return Ok(analysis);
        }
        if let (Ok(report), Some(artifact)) = (&result, &artifact) {
            let duration_sec = i64::try_from(report.duration_ms.div_ceil(1_000)).unwrap_or(i64::MAX);
            if artifact.duration_sec != Some(duration_sec) {
                self.work().artifacts().set_duration(artifact.id, duration_sec).await?;
                self.tell(EventType::SessionUpdated, &[], &[]).await?;
            }
        }
        let notice = Notice::Analysis { analysis: &analysis, message: &message };
        self.notify(std::slice::from_ref(&analysis.requested_by), &notice).await?;
        self.commit().await?;
        Ok(analysis)
    }
}

/// Figures as they are stored.
pub(super) fn json(report: &AnalysisReport) -> Result<String, ServiceError> {
    serde_json::to_string(report)
        .map_err(|error| ServiceError::Internal(format!("a report cannot be written as JSON: {error}")))
}
