//! `POST /api/sessions/{id}/analyses`.

use mockly_data::Store as _;
use mockly_domain::access::Action;
use mockly_domain::{Analysis, AnalysisId, AnalysisStatus, ArtifactId, ErrorCode, SessionId};

use crate::sessions::Change;
use crate::{Principal, ServiceError, Services};

/// Analyses of one user that have not ended.
const OPEN_PER_USER_MAX: u64 = 20;
/// Ended analyses that are kept of one recording.
const KEPT_PER_ARTIFACT: u64 = 20;

impl Services {
    /// Queues the analysis of a recording; where the caller waits for one of it already, that one.
    ///
    /// # Errors
    /// `session-not-found`, `artifact-not-found`, `access-denied`, `forbidden` and the refusals of one's own status;
    /// `not-a-recording`; `rate-limited` where the caller waits for too many.
    pub async fn request_analysis(
        &self,
        caller: &Principal,
        session_id: SessionId,
        artifact_id: ArtifactId,
    ) -> Result<Analysis, ServiceError> {
        // The file cannot be deleted meanwhile, and the caller's requests come one after the other.
        let change = Change::begin(self, session_id).await?;
        change.authorize(caller, Action::AddArtifact).await?;
        change.work().users().lock(caller.user_id()).await?;
        let artifact = change.work().artifacts().find(artifact_id).await?.filter(|file| file.session_id == session_id);
        let artifact = artifact.ok_or_else(|| {
            ServiceError::refused(ErrorCode::ArtifactNotFound, "This session has no file with the id `artifactId`.")
        })?;
        if !artifact.artifact_type.is_recording() {
            let detail = format!("A file of type {} has no sound in it; name a recording.", artifact.artifact_type);
            return Err(ServiceError::refused(ErrorCode::NotARecording, detail));
        }
        if let Some(open) = change.work().analyses().find_open(artifact_id, caller.user_id()).await? {
            return Ok(open);
        }
        if change.work().analyses().count_open(caller.user_id()).await? >= OPEN_PER_USER_MAX {
            let detail = format!("You wait for {OPEN_PER_USER_MAX} analyses; ask again once one of them has ended.");
            return Err(ServiceError::refused(ErrorCode::RateLimited, detail));
        }
        let analysis = Analysis {
            id: AnalysisId(self.inner.ids.uuid()),
            session_id,
            artifact_id,
            requested_by: caller.user_id().clone(),
            status: AnalysisStatus::Queued,
            report: None,
            error: None,
            attempts: 0,
            progress_percent: None,
            created_at: self.now(),
            started_at: None,
            finished_at: None,
        };
        change.work().analyses().keep_newest(artifact_id, KEPT_PER_ARTIFACT).await?;
        change.work().analyses().insert(&analysis).await?;
        change.commit().await?;
        self.inner.analyses_stored.notify_one();
        Ok(analysis)
    }
}
