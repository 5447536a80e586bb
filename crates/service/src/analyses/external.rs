//! Analyses that the analyser of another service carries out: given away, asked for, and ended where nobody reports.

use mockly_data::{Store, UnitOfWork};
use mockly_domain::{Analysis, AnalysisId, Artifact, Timestamp};
use serde_json::json;

use super::analyser::{Analyser, Webhook};
use super::finish::Taken;
use crate::jobs::{self, Work};
use crate::sessions::Change;
use crate::{ServiceError, Services};

impl Services {
    /// Gives an analysis away in the unit of work that took it.
    pub(super) async fn hand_over(
        &self,
        work: &UnitOfWork,
        analyser: &Analyser,
        taken: &Taken,
    ) -> Result<(), ServiceError> {
        let analysis_id = taken.analysis.id;
        work.analyses().hand_over(analysis_id, taken.lease).await?;
        let (now, deadline) = (self.now(), self.now().plus(analyser.timeout));
        jobs::schedule(work, self, Work::AskAnalyser { analysis_id, deadline }, now).await?;
        jobs::schedule(work, self, Work::EndAnalysis { analysis_id }, deadline).await
    }

    /// Asks the analyser for an analysis that is still waited for. Asked again it knows the webhook by its id.
    pub(crate) async fn ask_analyser(&self, id: AnalysisId, deadline: Timestamp) -> Result<(), ServiceError> {
        let Some(analysis) = self.db().analyses().find(id).await? else { return Ok(()) };
        let Some(artifact) = self.db().artifacts().find(analysis.artifact_id).await? else { return Ok(()) };
        // Without an analyser, after a change of the configuration, the deadline ends it.
        let (true, Some(analyser)) = (analysis.is_reported_on(), &self.inner.analyser) else { return Ok(()) };
        let timestamp = self.now();
        let body = self.question(&analysis, &artifact, timestamp, deadline);
        analyser.send(Webhook { id: &id.to_string(), timestamp: timestamp.as_secs(), body }).await
    }

    fn question(&self, analysis: &Analysis, artifact: &Artifact, now: Timestamp, deadline: Timestamp) -> String {
        let id = analysis.id;
        let url = |path: &str| self.inner.settings.public_url.resolve(path);
        let question = json!({
            "type": "analysis.requested",
            "timestamp": now,
            "data": {
                "analysisId": id,
                "sessionId": analysis.session_id,
                "artifactId": artifact.id,
                "artifactType": artifact.artifact_type,
                "fileName": artifact.file_name,
                "contentType": artifact.content_type,
                "sizeBytes": artifact.size_bytes,
                "sha256": artifact.sha256,
                "contentUrl": url(&format!("/api/analyses/{id}/content")),
                "reportUrl": url(&format!("/api/analyses/{id}")),
                "deadline": deadline,
            },
        });
        question.to_string()
    }

    /// Ends an analysis whose analyser did not report its end in time.
    pub(crate) async fn end_analysis(&self, id: AnalysisId) -> Result<(), ServiceError> {
        let Some(analysis) = self.db().analyses().find(id).await? else { return Ok(()) };
        let Some(change) = Change::find(self, analysis.session_id).await? else { return Ok(()) };
        let Some(analysis) = change.work().analyses().find(id).await? else { return Ok(()) };
        if !analysis.is_reported_on() {
            return Ok(());
        }
        let artifact = change.work().artifacts().find(analysis.artifact_id).await?;
        let text = "The analyser did not report in time. Start the analysis again, or tell whoever runs the server.";
        let reason = ("analysis-too-long".to_owned(), text.to_owned());
        change.finish_analysis(Taken { analysis, artifact, lease: id.0 }, Err(reason)).await?;
        Ok(())
    }
}
