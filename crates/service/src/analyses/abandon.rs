//! What becomes of analyses whose recording is deleted.

use mockly_data::Store as _;
use mockly_domain::{AnalysisStatus, ArtifactId};

use crate::ServiceError;
use crate::notifications::Notice;
use crate::sessions::Change;

impl Change<'_> {
    /// Tells those who know that their analysis was begun, and has not ended, that it gives no figures: its recording, or
    /// each of the session's, is about to be deleted, and the analysis with it.
    pub(crate) async fn abandon_analyses(&mut self, artifact: Option<ArtifactId>) -> Result<(), ServiceError> {
        let session_id = self.session.id;
        for mut analysis in self.work().analyses().lock_open(session_id, artifact).await? {
            if analysis.started_at.is_none() {
                continue;
            }
            let file = self.work().artifacts().find(analysis.artifact_id).await?;
            let name = file.map_or_else(String::new, |file| file.file_name);
            analysis.status = AnalysisStatus::Failed;
            let message = format!("The analysis of {name} gave no figures. The recording was deleted.");
            let notice = Notice::Analysis { analysis: &analysis, message: &message };
            self.notify(std::slice::from_ref(&analysis.requested_by), &notice).await?;
        }
        Ok(())
    }
}
