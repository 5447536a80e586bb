//! `GET /api/sessions/{id}/artifacts` and `GET /api/sessions/{id}/artifacts/{aid}`.

use mockly_data::Store as _;
use mockly_domain::access::Action;
use mockly_domain::view::ArtifactView;
use mockly_domain::{Artifact, ArtifactId, ErrorCode, SessionId};

use crate::{Page, Paged, Principal, ServiceError, Services};

impl Services {
    /// The files of a session, oldest first.
    ///
    /// # Errors
    /// `session-not-found`, `access-denied` and the refusals of one's own status.
    pub async fn list_artifacts(
        &self,
        caller: &Principal,
        session_id: SessionId,
        page: Page,
    ) -> Result<Paged<ArtifactView>, ServiceError> {
        self.authorized(caller, session_id, Action::ReadRecords).await?;
        let (files, total) = self.db().artifacts().list_page(session_id, page.offset(), page.limit()).await?;
        let public_url = &self.inner.settings.public_url;
        let items = files.iter().map(|file| ArtifactView::new(file, public_url)).collect();
        Ok(Paged { items, total, page: page.page, size: page.size })
    }

    /// One file of a session.
    ///
    /// # Errors
    /// As [`Services::list_artifacts`], and `artifact-not-found`.
    pub async fn read_artifact(
        &self,
        caller: &Principal,
        session_id: SessionId,
        id: ArtifactId,
    ) -> Result<ArtifactView, ServiceError> {
        let file = self.readable_artifact(caller, session_id, id).await?;
        Ok(ArtifactView::new(&file, &self.inner.settings.public_url))
    }

    pub(super) async fn readable_artifact(
        &self,
        caller: &Principal,
        session_id: SessionId,
        id: ArtifactId,
    ) -> Result<Artifact, ServiceError> {
        self.authorized(caller, session_id, Action::ReadRecords).await?;
        let file = self.db().artifacts().find(id).await?.filter(|file| file.session_id == session_id);
        file.ok_or_else(not_found)
    }
}

pub(super) fn not_found() -> ServiceError {
    ServiceError::refused(ErrorCode::ArtifactNotFound, "This session has no file with this id.")
}
