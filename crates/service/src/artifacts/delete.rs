//! `DELETE /api/sessions/{id}/artifacts/{aid}`, and what becomes of a deleted session's files.

use mockly_data::Store as _;
use mockly_domain::access::Action;
use mockly_domain::{ArtifactId, EventType, SessionId};

use super::list::not_found;
use crate::jobs::Work;
use crate::sessions::Change;
use crate::{Principal, ServiceError, Services};

impl Services {
    /// Deletes a file: one's own, or as host or admin anybody's. Everyone in the session is told.
    ///
    /// # Errors
    /// `session-not-found`, `artifact-not-found`, `access-denied`, `forbidden` and the refusals of one's own status.
    pub async fn delete_artifact(
        &self,
        caller: &Principal,
        session_id: SessionId,
        id: ArtifactId,
    ) -> Result<(), ServiceError> {
        let mut change = Change::begin(self, session_id).await?;
        change.authorize(caller, Action::ReadRecords).await?;
        let file = change.work().artifacts().find(id).await?.filter(|file| file.session_id == session_id);
        let file = file.ok_or_else(not_found)?;
        if file.uploaded_by.as_ref() != Some(caller.user_id()) {
            change.authorize(caller, Action::DeleteArtifact).await?;
        }
        change.abandon_analyses(Some(id)).await?;
        change.work().artifacts().delete(id).await?;
        change.schedule(Work::DeleteBlob { artifact_id: id }, change.now).await?;
        change.tell(EventType::SessionUpdated, &[], &[]).await?;
        change.commit().await
    }
}

impl Change<'_> {
    /// Sees to it that the bytes of a session's files go with it.
    pub(crate) async fn delete_blobs(&mut self) -> Result<(), ServiceError> {
        for file in self.work().artifacts().list(self.session.id).await? {
            self.schedule(Work::DeleteBlob { artifact_id: file.id }, self.now).await?;
        }
        Ok(())
    }
}
