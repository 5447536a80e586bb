//! `GET /api/analyses/{id}/content`: the recording, for the analyser that is to listen to it.

use mockly_data::Store as _;
use mockly_domain::{AnalysisId, ServiceKeyScope};

use super::report::{no_analysis, not_awaited};
use crate::{OpenArtifact, Requester, ServiceError, Services};

impl Services {
    /// Opens the recording of an analysis that a report is awaited on.
    ///
    /// # Errors
    /// `service-key-scope` for everyone but keys of the scope ANALYSES, `analysis-not-found`, `analysis-not-awaited`.
    pub async fn open_recording(&self, requester: Requester<'_>, id: AnalysisId) -> Result<OpenArtifact, ServiceError> {
        requester.require_scope(ServiceKeyScope::Analyses)?;
        let analysis = self.db().analyses().find(id).await?.ok_or_else(no_analysis)?;
        if !analysis.is_reported_on() {
            return Err(not_awaited(&analysis));
        }
        let artifact = self.db().artifacts().find(analysis.artifact_id).await?.ok_or_else(no_analysis)?;
        self.open_bytes(artifact).await
    }
}
